"""Which files are which window, and which window is the newest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise, takewhile
from typing import TypeAlias
from urllib.parse import unquote

from weighbridge.drift_monitor.engine import is_table
from weighbridge.drift_monitor.files import DataFile, Store, UnreadableData, is_hidden, is_tabular, parts_below
from weighbridge.spec.pipeline import LogFormat

HIVE_NO_VALUE, HUDI_NO_VALUE = "__HIVE_DEFAULT_PARTITION__", "default"
FINISHED = "_SUCCESS"
"""What Spark, Hadoop and many others leave in a folder when all of it is written."""

WRITTEN_WITHIN = timedelta(hours=1)
"""A folder without data in which nothing was written for so long isn't being written any more."""

_TIME_PART = re.compile(rf"(?:year|yyyy|month|mm|day|dd|hour|hh)=(?:[0-9]+|{HIVE_NO_VALUE})$", re.IGNORECASE)
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_HOUR_FILE = re.compile("([0-9]{2}):00:00_[0-9]{2}:59:59_")
"""Begins the names of what a sink of Cloud Logging writes: `08:00:00_08:59:59_S0.json`."""

_DIGITS = re.compile(r"([0-9]+)")
_LETTERS = re.compile(r"[^\W\d_]")
_YEAR_FIRST = re.compile(r"(?:19|20|21)[0-9]{2}[-_./ ][0-9]")
_DAY_FIRST = re.compile(r"([0-9]{2})([-_. /]?)([0-9]{2})\2(?:19|20|21)[0-9]{2}(?![0-9])")
_MONTHS, _DAYS = 12, 31
_Parts: TypeAlias = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Files that together are one window. `name` is its subfolder's, empty where the folder itself is the window."""

    name: str
    files: tuple[DataFile, ...]
    marks: tuple[DataFile, ...] = ()  # of a window without data: the hidden files in it

    @property
    def key(self) -> str:
        """Equal as long as no file is added, removed or changed."""
        files = self.files or self.marks
        lines = "".join(f"{file.path}\n{file.size}\n{file.modified_ns}\n" for file in files)
        return sha256(f"{self.name}\n{lines}".encode()).hexdigest()[:32]

    @property
    def modified(self) -> datetime:
        """When its newest file was last modified."""
        return _modified(self.files or self.marks)


@dataclass(frozen=True, slots=True)
class FoundWindows:
    """The windows of a folder, the newest first, at least one."""

    windows: tuple[Window, ...]
    unfinished: str = ""  # a newer subfolder into which somebody is writing, if there is one

    @property
    def newest(self) -> Window:
        """The window to be judged."""
        return self.windows[0]

    @property
    def before(self) -> Window | None:
        """The one before it, where the folder has a subfolder for each."""
        return self.windows[1] if len(self.windows) > 1 else None


def find_windows(store: Store, folder: str, now: datetime, log: LogFormat | None = None) -> FoundWindows:
    """The windows of a folder.

    A subfolder that is newer than all with data and holds hidden files alone is an empty window once its job is done:
    it left `_SUCCESS`, or nothing for an hour. Before, it is unfinished. Hive's partition of what has no value is no
    window. Of a table, windows are its partitions. With `log`, files of any name are data, and folders of year, month
    and day are one window for each day, or for each hour that Cloud Logging has exported. Raises `UnreadableData`.
    """
    if is_table(folder):
        from weighbridge.drift_monitor.engine_table import table_windows

        return table_windows(store, folder)
    inside: dict[str, list[DataFile]] = {}  # by window; a bucket has folders only in the names of its objects
    other: dict[str, list[DataFile]] = {}  # the same of what is no data
    left_out = 0
    for file in store.all_files(folder):
        *folders, last = parts_below(file, folder)
        shown = list(takewhile(lambda part: not is_hidden(part), folders))
        name = _dated_window_name(shown, last if log is not None else "")
        hidden = is_hidden(last) or any(map(is_hidden, folders))
        if hidden or (log is None and not data_files((file,))):
            other.setdefault(name, []).append(file)
        elif any(map(_has_no_value, name.split("/"))):
            left_out += 1
        else:
            inside.setdefault(name, []).append(file)
    if not inside:
        what = "Parquet or CSV file" if log is None else "log"
        raise UnreadableData(f"there is no {what} in {folder}{_instead(store, folder, left_out, other.values())}")
    if "" in inside and len(inside) > 1:
        problem = f"{folder} holds data files and folders, so which is the newest window can't be told"
        raise UnreadableData(f"{problem}: keep one of the two")
    windows = tuple(Window(name, tuple(inside[name])) for name in newest_first(list(inside), folder))
    without_data = {name: files for name, files in other.items() if name not in inside}
    dataless = _newer_without_data(windows[0].name, without_data)
    if dataless is None:
        return FoundWindows(windows)
    files = tuple(other[dataless])
    if not any(file.name == FINISHED for file in files) and now - _modified(files) < WRITTEN_WITHIN:
        return FoundWindows(windows, unfinished=dataless)
    foreign = next((file for file in files if not any(map(is_hidden, parts_below(file, folder)))), None)
    if foreign is not None:
        raise UnreadableData(f"the newest window {dataless} holds {foreign.name}, but no Parquet or CSV file")
    return FoundWindows((Window(dataless, (), files), *windows))


def _instead(store: Store, folder: str, left_out: int, other: Iterable[Sequence[DataFile]]) -> str:
    """What is there instead of data, as far as somebody may have meant it."""
    if left_out:
        return f", but {left_out} without a value of the partition"
    found = [file for files in other for file in files if not any(map(is_hidden, parts_below(file, folder)))]
    if found:
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        return f", but {found[0].name}{more}: write *.parquet, *.csv or *.csv.gz"
    return ", which is a file: name the folder that it is in" if store.is_file(folder) else ""


def _newer_without_data(newest: str, other: Mapping[str, Sequence[DataFile]]) -> str | None:
    """The newest subfolder without data, if it is named as windows are and newer than all that have data.

    Of names that begin with no date or number, only a folder that a job has marked as done is known to be a window.
    """
    alike = [
        name
        for name, files in other.items()
        if newest
        and name
        and (_key(name), _is_dated(name)) == (_key(newest), _is_dated(newest))
        and not any(map(_has_no_value, name.split("/")))
        and (_is_dated(name) or any(file.name == FINISHED for file in files))
    ]
    latest = max([*alike, newest], key=_order)
    return latest if latest != newest else None


def _modified(files: Sequence[DataFile]) -> datetime:
    return datetime.fromtimestamp(max(file.modified_ns for file in files) / 1e9, UTC)


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


def _dated_window_name(folders: Sequence[str], log: str) -> str:
    """As `_window_name`, and of folders that are numbers: `2026/11/20`, with the hour that a file of logs is of."""
    dated = list(takewhile(lambda part: part.isascii() and part.isdigit(), folders))
    if not dated or not _YEAR.fullmatch(dated[0]) or len(dated) == 1:
        return _window_name(folders)
    hour = _HOUR_FILE.match(log) if len(dated) == len(folders) == len(("year", "month", "day")) else None
    return "/".join([*dated, hour[1]] if hour is not None else dated)


def _is_part_of_time(folder: str) -> bool:
    return _TIME_PART.match(folder) is not None


def newest_first(names: list[str], folder: str) -> list[str]:
    """Names in the order of the dates or numbers in them. Raises `UnreadableData` where letters decide which is newest.

    So it does where a day stands before its month and year, as it may be the month.
    """
    dated = [name for name in names if _is_dated(name)]
    days = [name for name in dated if _YEAR_FIRST.match(_value(name))]
    number = next((name for name in dated if _value(name).isdigit()), None)
    if days and number is not None:  # 20261121 is the larger number, and may be the earlier day
        raise _without_order(folder, days[0], number)
    one_key = len(set(map(_key, names))) == 1
    if not one_key or (dated and len(dated) < len(names)):
        first, other = (dated[0], next(name for name in names if name not in dated)) if one_key else names[:2]
        raise _without_order(folder, first, other)
    ordered = sorted(names, key=_order, reverse=True)
    if len(names) > 1 and all(map(_is_day_first, map(_value, names))):
        problem = f"{folder} holds '{ordered[0]}' and '{ordered[1]}', whose days and months can't be told apart"
        raise UnreadableData(f"{problem}: name them with the year first, such as 2026-11-20")
    for newer, older in pairwise(ordered[:3]):
        if _letters_decide(_natural(_value(newer)), _natural(_value(older))):
            raise _without_order(folder, newer, older)
    return ordered


def _without_order(folder: str, one: str, other: str) -> UnreadableData:
    problem = f"{folder} holds '{one}' and '{other}', so which is the newest window can't be told"
    return UnreadableData(f"{problem}: name all alike, by a date or a number")


def _is_day_first(value: str) -> bool:
    """31-10-2026, 10/31/2026, 31.10.2026 or 31102026."""
    found = _DAY_FIRST.match(value)
    one, other = (int(found[1]), int(found[3])) if found is not None else (0, 0)
    return 1 <= min(one, other) <= _MONTHS and 1 <= max(one, other) <= _DAYS


def _letters_decide(newer: _Parts, older: _Parts) -> bool:
    """Whether the first difference of two names is one of letters, such as Nov and Dec, or eu and us."""
    parts = next(((one, other) for one, other in zip(newer, older, strict=False) if one != other), ())
    return bool(parts) and all(not is_number and _LETTERS.search(text) for is_number, _, text in parts)


def _key(name: str) -> str:
    """`dt` of `dt=2026-11-20`; nothing of a time in several folders."""
    return "" if "/" in name else name.rpartition("=")[0]


def _value(name: str) -> str:
    return unquote(name if "/" in name else name.rpartition("=")[2])


def _is_dated(name: str) -> bool:
    return "/" in name or _value(name)[:1].isdigit()


def _order(name: str) -> tuple[_Parts, str]:
    return _natural(_value(name)), name


def _natural(value: str) -> _Parts:
    """Sorts numbers within a text by their value: 9 before 10, 2026-9-30 before 2026-10-01."""
    parts = _DIGITS.split(value)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts if part)


def data_files(files: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
    """Those that are Parquet or CSV by their names."""
    return tuple(file for file in files if is_tabular(file.name))
