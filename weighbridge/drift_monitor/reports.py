"""Small JSON files that others leave in a folder, each read once and remembered until it changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.files.model_problems import problems_of

MOST = 500
"""Files that are looked at, newest first: older ones change nothing that is exposed."""

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass
class Reports(Generic[_Model]):
    """The files ``*.json`` of one folder as models. `problem` says what is wrong with a good model, if anything."""

    store: Store
    folder: str
    model: type[_Model]
    problem: Callable[[DataFile, _Model], str | None]
    _known: dict[DataFile, _Model | str] = field(default_factory=dict)

    def read(self) -> tuple[tuple[_Model, ...], tuple[str, ...]]:
        """What is right, and a sentence for each file that isn't. Raises `UnreadableData` for the folder itself."""
        listed = [file for file in self.store.files(self.folder) if file.name.endswith(".json")]
        newest = sorted(listed, key=lambda file: (-file.modified_ns, file.path))[:MOST]
        self._known = {file: self._known[file] if file in self._known else self._parse(file) for file in newest}
        right = tuple(report for report in self._known.values() if isinstance(report, BaseModel))
        return right, tuple(problem for problem in self._known.values() if isinstance(problem, str))

    def _parse(self, file: DataFile) -> _Model | str:
        try:
            read = json.loads(self.store.text(file))
            made = self.model.model_validate(read)
        except UnreadableData as unreadable:
            return str(unreadable)
        except (json.JSONDecodeError, RecursionError):
            return f"{file.path} is not JSON: write it whole, under another name first"
        except ValidationError as error:
            first = problems_of(error, self.model, read)[0] if isinstance(read, dict) else None
            return f"{file.path} is wrong: " + (f"{first.location}: {first.message}" if first else "expected an object")
        wrong = self.problem(file, made)
        return made if wrong is None else f"{file.path} is wrong: {wrong}"
