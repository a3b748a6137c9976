"""Weighs every machine-learning stack on Google Cloud against the quota it shares, before it ships."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

__version__ = "0.1.0"


class _Beside:
    """Finds what is installed as parts of this package, in a checkout, where they lie beside it.

    A program in a checkout imports the checkout's copy of this package, whichever Weighbridge is installed.
    """

    @staticmethod
    def find_spec(name: str, _path: Sequence[str] | None, _target: object = None) -> ModuleSpec | None:
        """As `importlib` asks."""
        package, _, part = name.rpartition(".")
        folder = Path(__file__).resolve().parents[1] / part
        if package != __name__ or part not in ("components", "policies") or not folder.is_dir():
            return None
        from importlib.util import spec_from_file_location

        return spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])


sys.meta_path.append(_Beside)
