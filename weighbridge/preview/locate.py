"""Where in a spec something is said, so that a report can point there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from weighbridge.conventions import picker_name, version_name
from weighbridge.files import yaml_text
from weighbridge.preview.result import Location

_SECTIONS = ("node_pools", "endpoints", "pipelines")
_SLICE = re.compile(r"-s[0-9]+$")


class Locator:
    """Locations in one spec; their positions are worked out when first asked for."""

    def __init__(self, file: Path, root: Path) -> None:
        self._file = file
        self._shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
        self._positions: yaml_text.Positions | None = None

    def of(self, *names: str) -> Location:
        """The first of the names that is a pool, endpoint or pipeline of the spec, or an object of a version.

        Else the file's first line.
        """
        positions = self._all()
        for name in names:
            at = self._versions.get(name)
            if at is not None:
                return Location(self._shown, *at)
            for candidate in (name, _SLICE.sub("", name)):
                for section in _SECTIONS:
                    at = positions.get(((section, candidate), True))
                    if at is not None:
                        return Location(self._shown, *at)
        return Location(self._shown)

    @cached_property
    def _versions(self) -> Mapping[str, tuple[int, int]]:
        """Positions of versions, by the names of their objects."""
        found: dict[str, tuple[int, int]] = {}
        for (path, on_key), at in self._all().items():
            match path:
                case ("endpoints", endpoint, "versions", version) if on_key:
                    name = version_name(str(endpoint), str(version))
                    found |= {name: at, picker_name(name): at}
        return found

    def _all(self) -> yaml_text.Positions:
        if self._positions is None:
            self._positions = yaml_text.positions(self._file.read_text(encoding="utf-8"))
        return self._positions
