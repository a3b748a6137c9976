"""The line of a spec that a key path stands for, so that a report can point there."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from weighbridge.files import yaml_text
from weighbridge.files.problem import KeyPath
from weighbridge.preview.result import Location


class Locator:
    """Locations in one file; its positions are worked out when first asked for."""

    def __init__(self, file: Path, root: Path) -> None:
        self._path = file
        self.file = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
        """The file as reports name it: relative to the project's folder where it is below it."""

    def of(self, path: KeyPath | None) -> Location:
        """Where a key or an item stands; where the file doesn't say it, the nearest around it, else the first line."""
        for length in range(len(path or ()), 0, -1):
            part = (path or ())[:length]
            at = self._positions.get((part, isinstance(part[-1], str)))
            if at is not None:
                return Location(self.file, *at)
        return Location(self.file)

    @cached_property
    def _positions(self) -> yaml_text.Positions:
        return yaml_text.positions(self._path.read_text(encoding="utf-8"))
