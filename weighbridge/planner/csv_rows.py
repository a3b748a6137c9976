"""Reads rows of CSV files that people give to a plan: each with its line, and nothing that isn't such a file."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TextIO

from weighbridge.errors import WrongInput
from weighbridge.files.problem import FileError, Problem

Row = tuple[int, Sequence[object]]
"""The line, from 1, and its cells."""

MOST_PROBLEMS = 20
"""Shown of one file; the rest is counted."""

LONGEST_LINE = 100_000
"""Characters. What isn't text may be one line without an end."""


class WrongCell(WrongInput):
    """What is wrong with a cell; caught where the line is known."""


@contextmanager
def refused(file: Path) -> Iterator[None]:
    """What the system and the parser say of a file, as `FileError`."""
    try:
        yield
    except FileNotFoundError:
        raise FileError(file, [Problem((), "there is no such file")]) from None
    except UnicodeDecodeError:
        raise FileError(file, [Problem((), "not UTF-8 text: save the file with that encoding")]) from None
    except (OSError, ValueError, csv.Error) as error:  # ValueError: a path with a null character
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise FileError(file, [Problem((), f"can't be read: {reason}")]) from None


def refuse_no_file(file: Path, expected: str) -> None:
    """Raises `FileError` of pipes, devices and folders, which may never end, and OSError."""
    if not stat.S_ISREG(file.stat().st_mode):
        kind = "a folder" if file.is_dir() else "a pipe or a device"
        raise FileError(file, [Problem((), f"this is {kind}: expected a file, {expected}")])


def csv_rows(file: Path) -> Iterator[Row]:
    """The rows that aren't empty, the header first. Raises `FileError`, and what `refused` makes one."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.reader(_lines(file, opened))
        for row in reader:
            if row:
                yield reader.line_num, row


def _lines(file: Path, opened: TextIO) -> Iterator[str]:
    for number in count(1):
        line = opened.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE or "\0" in line:
            raise FileError(file, [Problem((), "this line isn't text of a CSV file", line=number, column=1)])
        if not line:
            return
        yield line


def plain_name(name: str) -> str:
    """A column's name without case, spaces, hyphens and underscores."""
    return name.lower().translate(str.maketrans("", "", " _-"))


def cell_of(row: Sequence[object], column: int | None) -> object:
    """None where the file has no such column. Raises `WrongCell` of a row that is too short."""
    if column is None:
        return None
    if column >= len(row):
        raise WrongCell(f"expected at least {column + 1} cells, got {len(row)}")
    return "" if row[column] is None else row[column]


def refuse_rows(file: Path, problems: Sequence[Problem]) -> None:
    """Raises `FileError` with the first of them and the number of the others, where there are any."""
    if not problems:
        return
    shown = list(problems[:MOST_PROBLEMS])
    if (more := len(problems) - MOST_PROBLEMS) > 0:
        shown.append(Problem((), f"{more:,} more lines are wrong", line=problems[-1].line, column=1))
    raise FileError(file, shown)
