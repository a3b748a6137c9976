"""Reads rows of CSV files that people give to a plan: each with its line, and nothing that isn't such a file."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import TextIO

from weighbridge.errors import WrongInput
from weighbridge.files.problem import FileError, Problem

Row = tuple[int, Sequence[object]]
"""The line, from 1, and its cells."""

MOST_PROBLEMS = 20
"""Shown of one file; the rest is counted."""

SEPARATORS = (",", ";", "\t", "|")
"""The first of them that a header has is the file's."""

_GZIP = b"\x1f\x8b"

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
    """The rows that aren't empty, the header first. Raises `FileError`, and what `refused` makes one.

    A header without commas says what else parts values: semicolons, as many spreadsheets write, tabs or bars.
    """
    _refuse_compressed(file)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        lines = _lines(file, opened)
        header = list[str]()
        for line in lines:
            header.append(line)
            if line.strip():
                break
        if header and header[-1].lstrip().startswith(("{", "[")):
            message = "this is JSON: write CSV, a header and below it a row for each entry"
            raise FileError(file, [Problem((), message, line=len(header), column=1)])
        reader = csv.reader(chain(header, lines), delimiter=_separator(header[-1] if header else ""))
        for row in reader:
            if row:
                yield reader.line_num, row


def _refuse_compressed(file: Path) -> None:
    with file.open("rb") as opened:
        if opened.read(len(_GZIP)) == _GZIP:
            raise FileError(file, [Problem((), "compressed by gzip: unpack it first (gunzip)")])


def _separator(header: str) -> str:
    return next((separator for separator in SEPARATORS if separator in header), SEPARATORS[0])


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


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """Where the columns of each kind are; `notes` say which of several is read, `problems` where that can't be told."""

    names: tuple[str, ...]
    plain: tuple[str, ...]  # the names as `plain_name` has them
    places: Mapping[str, int | None]
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]


def find_columns(header: Sequence[object], kinds: Mapping[str, Sequence[str]]) -> FoundColumns:
    """The columns of a header by the plain names that each kind has, the best first. Two of one name are a problem."""
    names = tuple(str(name).strip() for name in header)
    plain = tuple(plain_name(name) for name in names)
    found, notes, problems = dict[str, int | None](), list[str](), list[Problem]()
    for kind, known in kinds.items():
        places = sorted((known.index(name), place) for place, name in enumerate(plain) if name in known)
        found[kind] = places[0][1] if places else None
        if len(places) > 1:
            several = " and ".join(f"`{names[place]}`" for _, place in places)
            if len({plain[place] for _, place in places}) < len(places):
                problems.append(Problem((), f"several columns of {kind}, {several}: leave one", line=1, column=1))
            notes.append(f"several columns of {kind}, {several}: the first of these is read")
    return FoundColumns(names, plain, found, tuple(notes), tuple(problems))


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
