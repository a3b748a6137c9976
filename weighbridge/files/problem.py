"""What is wrong with a file that a person wrote: one problem, and the error that carries all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from weighbridge.errors import WrongInput

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where in the file: mapping keys and list indices from the root."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `message` is one sentence without its location: what is wrong, what was given, what is allowed, what to do.
    """

    path: KeyPath
    message: str
    on_key: bool = False  # the key itself is wrong, not its value
    line: int | None = None  # from 1
    column: int | None = None  # from 1

    @property
    def location(self) -> str:
        """The path as people write it: ``node_pools.serve-l4.nodes.max``, ``limits[3].quota``."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


class FileError(WrongInput):
    """A file can't be used; `problems` says everything that is wrong with it, in the order of the file."""

    prefix = ""

    def __init__(self, file: Path, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line per problem: ``file:line:column: path: what is wrong``."""
        shown = []
        for problem in self.problems:
            position = "" if problem.line is None else f":{problem.line}:{problem.column}"
            location = f"{problem.location}: " if problem.path else ""
            shown.append(f"{self.file}{position}: {location}{problem.message}")
        return shown


class FolderError(WrongInput):
    """Files of a folder can't be used; `errors` has one `FileError` for each, `closing` what follows from it."""

    prefix = ""

    def __init__(self, errors: Iterable[FileError], closing: str = "") -> None:
        self.errors = tuple(errors)
        self.closing = closing
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line per problem of every file, and what follows from them."""
        return [*(line for error in self.errors for line in error.lines()), *filter(None, (self.closing,))]
