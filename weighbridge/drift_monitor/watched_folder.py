"""Which files of a watched folder are which window, and which window is the newest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from weighbridge.drift_monitor.engine import is_table
from weighbridge.drift_monitor.engine_table import table_windows
from weighbridge.drift_monitor.files import DataFile, Store, is_hidden, is_tabular, parts_below
from weighbridge.drift_monitor.lake_tables import files_of_today
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.window import FoundWindows, Window
from weighbridge.drift_monitor.window_order import newer_than, newest_first
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


def find_windows(store: Store, folder: str, now: datetime, log: LogFormat | None = None) -> FoundWindows:
    """The windows of a folder.

    A subfolder that is newer than all with data and holds hidden files alone is an empty window once its job is done:
    it left `_SUCCESS`, or nothing for an hour. Before, it is unfinished. Hive's partition of what has no value is no
    window. Of a table, windows are its partitions. With `log`, files of any name are data, and folders of year, month
    and day are one window for each day, or for each hour that Cloud Logging has exported. Of a table of Delta, files
    are those that its log says are its rows. Raises `UnreadableData`.
    """
    if is_table(folder):
        return table_windows(store, folder)
    inside: dict[str, list[DataFile]] = {}  # by window; a bucket has folders only in the names of its objects
    other: dict[str, list[DataFile]] = {}  # the same of what is no data
    left_out = 0
    for file in files_of_today(store, folder, store.all_files(folder)):
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
    without_data = {
        name: any(file.name == FINISHED for file in files)
        for name, files in other.items()
        if name not in inside and not any(map(_has_no_value, name.split("/")))
    }
    dataless = newer_than(windows[0].name, without_data)
    if dataless is None:
        return FoundWindows(windows)
    empty = Window(dataless, (), tuple(other[dataless]))
    if not without_data[dataless] and now - empty.modified < WRITTEN_WITHIN:
        return FoundWindows(windows, unfinished=dataless)
    foreign = next((file for file in empty.marks if not any(map(is_hidden, parts_below(file, folder)))), None)
    if foreign is not None:
        raise UnreadableData(f"the newest window {dataless} holds {foreign.name}, but no Parquet or CSV file")
    return FoundWindows((empty, *windows))


def _instead(store: Store, folder: str, left_out: int, other: Iterable[Sequence[DataFile]]) -> str:
    """What is there instead of data, as far as somebody may have meant it."""
    if left_out:
        return f", but {left_out} without a value of the partition"
    found = [file for files in other for file in files if not any(map(is_hidden, parts_below(file, folder)))]
    if found:
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        return f", but {found[0].name}{more}: write *.parquet, *.csv or *.csv.gz"
    return ", which is a file: name the folder that it is in" if store.is_file(folder) else ""


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


def data_files(files: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
    """Those that are Parquet or CSV by their names."""
    return tuple(file for file in files if is_tabular(file.name))
