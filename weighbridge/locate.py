"""Where in a spec something is said, so that a report can point there."""

from __future__ import annotations

import re
from pathlib import Path

from weighbridge import yaml_text
from weighbridge.result import Location

_SECTIONS = ("node_pools", "endpoints", "pipelines")
_SLICE = re.compile(r"-s[0-9]+$")


class Locator:
    """Places of one spec; its positions are worked out when first asked for."""

    def __init__(self, file: Path, root: Path) -> None:
        self._file = file
        self._shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
        self._places: yaml_text.Places | None = None

    def of(self, *names: str) -> Location:
        """The first of the names that is a pool, endpoint or pipeline of the spec; else the file's first line."""
        places = self._all()
        for name in names:
            for candidate in (name, _SLICE.sub("", name)):
                for section in _SECTIONS:
                    at = places.get(((section, candidate), True))
                    if at is not None:
                        return Location(self._shown, *at)
        return Location(self._shown)

    def _all(self) -> yaml_text.Places:
        if self._places is None:
            self._places = yaml_text.places(self._file.read_text(encoding="utf-8"))
        return self._places
