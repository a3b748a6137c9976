"""Tables of a lake as folders of files: which of them hold rows of today.

A table format keeps files that it has replaced for days, beside those that are its rows now. Delta's log says which are
which; of Iceberg and Hudi only an engine can tell, so their tables are refused where that would matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet

from weighbridge.drift_monitor.files import DataFile, Store, parts_below, reading
from weighbridge.drift_monitor.unreadable_data import UnreadableData

_DELTA, _HUDI, _ICEBERG = "_delta_log", ".hoodie", "metadata"
_COMMIT = re.compile(r"([0-9]{20})\.json")
_CHECKPOINT = re.compile(r"([0-9]{20})\.checkpoint\.parquet")
_OTHER_CHECKPOINT = re.compile(r"[0-9]{20}\.checkpoint\..+")
_ACTIONS = {"protocol", "metaData", "add", "remove"}
_ICEBERG_STATE = re.compile(r".*\.metadata\.json")
_HUDI_FILE = re.compile(r"(.+)_[^_]+_([0-9]{8,})\.parquet")
_INSTEAD = "read it by an engine, as spark://catalog.schema.table, or write windows as plain files"


def files_of_today(store: Store, folder: str, files: Sequence[DataFile]) -> tuple[DataFile, ...]:
    """All files of a folder without those that the log of a Delta table has taken out. Raises `UnreadableData`.

    Also of a table whose log can't be followed, and of Iceberg's and Hudi's that have replaced rows.
    """
    placed = [(parts_below(file, folder), file) for file in files]
    log = {parts[1]: file for parts, file in placed if parts[0] == _DELTA and len(parts) == 2}  # noqa: PLR2004
    live = _delta(store, folder, log) if log else None
    if live is not None:
        return tuple(file for parts, file in placed if parts[0] == _DELTA or _is_no_row_of_delta(parts, live))
    if any(parts[0] == _ICEBERG and _ICEBERG_STATE.fullmatch(parts[-1]) for parts, _ in placed):
        raise UnreadableData(f"{folder} is a table of Iceberg, whose files may hold rows that are deleted: {_INSTEAD}")
    if any(parts[0] == _HUDI for parts, _ in placed):
        _refuse_replaced(folder, [parts for parts, _ in placed if parts[0] != _HUDI])
    return tuple(files)


def _is_no_row_of_delta(parts: Sequence[str], live: set[str]) -> bool:
    return not parts[-1].endswith(".parquet") or "/".join(parts) in live


def _delta(store: Store, folder: str, log: Mapping[str, DataFile]) -> set[str] | None:
    """The paths below the folder of the files that are the table's rows; None where that is no log of a table."""
    known = {int(found[1]): file for name, file in log.items() if (found := _CHECKPOINT.fullmatch(name))}
    latest = max(known, default=-1)
    if any(_OTHER_CHECKPOINT.fullmatch(name) and not _CHECKPOINT.fullmatch(name) for name in log):
        raise UnreadableData(f"{folder} is a table of Delta with checkpoints of several files: {_INSTEAD}")
    commits = sorted((int(found[1]), file) for name, file in log.items() if (found := _COMMIT.fullmatch(name)))
    commits = [(version, file) for version, file in commits if version > latest]
    if [version for version, _ in commits] != list(range(latest + 1, latest + 1 + len(commits))):
        raise UnreadableData(f"{folder} is a table of Delta whose log lacks a version: {_INSTEAD}")
    live = set(_checkpointed(store, folder, known[latest])) if known else set()
    is_table = bool(known)
    for _, file in commits:
        for action in _actions(store, file):
            is_table = is_table or not _ACTIONS.isdisjoint(action)
            if isinstance(removed := action.get("remove"), dict):
                live.discard(str(removed.get("path")))
            if isinstance(added := action.get("add"), dict):
                live.add(_path(folder, added))
    return set(map(unquote, live)) if is_table else None


def _actions(store: Store, file: DataFile) -> Iterator[dict[str, Any]]:
    with reading(file.path), store.open(file) as stream:
        lines = bytes(stream.read()).decode().splitlines()
    for line in lines:
        try:
            action = json.loads(line)
        except ValueError:
            raise UnreadableData(f"{file.path} can't be read: a line of it is no JSON") from None
        if isinstance(action, dict):
            yield action


def _checkpointed(store: Store, folder: str, file: DataFile) -> Iterator[str]:
    with reading(file.path):
        added = pa.parquet.read_table(store.open(file), columns=["add"])["add"].to_pylist()
    for entry in added:
        if isinstance(entry, dict):
            yield _path(folder, entry)


def _path(folder: str, added: Mapping[str, Any]) -> str:
    """Of a file, all of whose rows are the table's; as the log writes it."""
    path = str(added.get("path"))
    if added.get("deletionVector"):
        raise UnreadableData(f"{folder} is a table of Delta whose files have deleted rows in them: {_INSTEAD}")
    if "://" in path or path.startswith("/"):
        raise UnreadableData(f"{folder} is a table of Delta with files in another folder: {_INSTEAD}")
    return path


def _refuse_replaced(folder: str, placed: Sequence[Sequence[str]]) -> None:
    seen: set[tuple[str, ...]] = set()
    for *folders, name in placed:
        found = _HUDI_FILE.fullmatch(name)
        group = (*folders, found[1]) if found is not None else ()
        if ".log." in name or (group and group in seen):
            raise UnreadableData(f"{folder} is a table of Hudi with rows that newer ones replace: {_INSTEAD}")
        seen.add(group)
