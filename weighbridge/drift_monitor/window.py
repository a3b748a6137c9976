"""Which files are the newest window, and which the window before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import takewhile
from urllib.parse import unquote

from weighbridge.drift_monitor.files import DataFile, Store, UnreadableData

SUFFIXES = (".parquet", ".csv", ".csv.gz")
HIVE_NO_VALUE, HUDI_NO_VALUE = "__HIVE_DEFAULT_PARTITION__", "default"

_TIME_PART = re.compile(rf"(?:year|yyyy|month|mm|day|dd|hour|hh)=(?:[0-9]+|{HIVE_NO_VALUE})$", re.IGNORECASE)
_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Window:
    """Files that together are one window. `name` is its subfolder's, empty where the folder itself is the window."""

    name: str
    files: tuple[DataFile, ...]

    @property
    def key(self) -> str:
        """Equal as long as no file is added, removed or changed."""
        lines = "".join(f"{file.path}\n{file.size}\n{file.modified_ns}\n" for file in self.files)
        return sha256(f"{self.name}\n{lines}".encode()).hexdigest()[:32]

    @property
    def modified(self) -> datetime:
        """When its newest file was last modified."""
        return datetime.fromtimestamp(max(file.modified_ns for file in self.files) / 1e9, UTC)


def find_windows(store: Store, folder: str) -> tuple[Window, Window | None]:
    """The newest window, and the one before it where the folder has a subfolder for each.

    Subfolders without data are no windows: one is being made. Neither is Hive's partition of what has no value. Raises
    `UnreadableData`.
    """
    inside: dict[str, list[DataFile]] = {}  # by window; a bucket has folders only in the names of its objects
    left_out = 0
    for file in data_files(store.files(folder, recursive=True)):
        rest = file.path.removeprefix(folder.rstrip("/")).strip("/")
        *folders, _ = rest.split("/")
        name = _window_name(folders)
        if any(map(_has_no_value, name.split("/"))):
            left_out += 1
        else:
            inside.setdefault(name, []).append(file)
    if not inside:
        only = f", but {left_out} without a value of the partition" if left_out else ""
        raise UnreadableData(f"there is no Parquet or CSV file in {folder}{only}")
    if "" in inside and len(inside) > 1:
        problem = f"{folder} holds data files and folders, so which is the newest window can't be told"
        raise UnreadableData(f"{problem}: keep one of the two")
    newest, *before = [Window(name, tuple(inside[name])) for name in _newest_first(list(inside), folder)[:2]]
    return newest, before[0] if before else None


def _has_no_value(folder: str) -> bool:
    """Whether it is where Hive, or Hudi, puts the rows whose partition column is null."""
    _, equals, value = folder.partition("=")
    return bool(equals) and value in (HIVE_NO_VALUE, HUDI_NO_VALUE, "")


def _window_name(folders: Sequence[str]) -> str:
    """The first subfolder; where it is a year, also the month, the day and the hour below it."""
    if not folders:
        return ""
    parts = list(takewhile(_is_part_of_time, folders)) if _TIME_PART.match(folders[0]) else []
    return "/".join(parts or folders[:1])


def _is_part_of_time(folder: str) -> bool:
    return _TIME_PART.match(folder) is not None


def _newest_first(names: list[str], folder: str) -> list[str]:
    """Names in the order of the dates or numbers in them, texts in that of their letters."""
    keys = {name.rpartition("=")[0] for name in names if "/" not in name}
    values = {name: unquote(name.rpartition("=")[2]) if "/" not in name else unquote(name) for name in names}
    dated = [name for name in names if values[name][:1].isdigit() or "/" in name]
    if len(keys) > 1 or (dated and len(dated) < len(names)):
        first, other = (dated[0], next(name for name in names if name not in dated)) if len(keys) <= 1 else names[:2]
        problem = f"{folder} holds '{first}' and '{other}', so which is the newest window can't be told"
        raise UnreadableData(f"{problem}: name all alike, by a date or a number")
    return sorted(names, key=lambda name: (_natural(values[name]), name), reverse=True)


def _natural(value: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts numbers within a text by their value: 9 before 10, 2026-9-30 before 2026-10-01."""
    parts = _DIGITS.split(value)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts if part)


def data_files(files: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
    """Those that are Parquet or CSV by their names."""
    return tuple(file for file in files if file.name.lower().endswith(SUFFIXES))
