"""Project folders that the engine and the offline host can run side by side."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.engine.bounded import Finished, finished
from tests.engine.real import PACK

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PACKS = HERE / "packs"


def example(folder: Path) -> Path:
    """A copy of the repository's own program, specs and pack, and of the pack that writes down what it is asked."""
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(REPOSITORY / name, _made(folder) / name)
    for name in ("stacks", "policies"):
        shutil.copytree(REPOSITORY / name, folder / name)
    return _with_pack(folder)


def small(folder: Path, program: str, name: str = "small") -> Path:
    """A project of one program, judged by the repository's quota and specs, as the stack dev of them."""
    _made(folder)
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n", encoding="utf-8")
    (folder / "__main__.py").write_text(program, encoding="utf-8")
    shutil.copytree(REPOSITORY / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("Pulumi.*"))
    return _with_pack(folder)


def edit(project: Path, stack: str, old: str, new: str) -> None:
    """Changes a stack's spec, which has to have what is changed."""
    file = project / "stacks" / f"{stack}.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{stack}.yaml has no {old!r}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def weighbridge(project: Path, *arguments: str) -> Finished:
    """Runs the project's own command line."""
    command = [str(Path(sys.executable).with_name("weighbridge")), *arguments]
    return finished(command, project, {"PATH": "/usr/bin:/bin", "HOME": str(project)}, 60)


def _with_pack(folder: Path) -> Path:
    shutil.copytree(PACKS / PACK, folder / PACK)
    shutil.copy(REPOSITORY / "policies" / "__main__.py", folder / PACK / "own_main.py")
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
