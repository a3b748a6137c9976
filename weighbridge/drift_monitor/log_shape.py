"""Whether a log is of the kind that a spec says: where not one line fits, what its lines look like instead."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import get_args

from weighbridge.drift_monitor.files import DataFile, Store, is_tabular, reading
from weighbridge.drift_monitor.log_lines import LineCounts, plain
from weighbridge.drift_monitor.log_records import of_its_server, records
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.files.model_problems import listed
from weighbridge.spec.pipeline import LogFormat
from weighbridge.spelling import visible
from weighbridge.units import counted

_HEAD_BYTES = 2**18
_MOST_KEYS, _KEY_LENGTH = 6, 30


def refuse_other_logs(store: Store, path: str, files: Sequence[DataFile], log: LogFormat, lines: LineCounts) -> None:
    """Raises `UnreadableData` where none of all lines is a request, nor what the same server writes beside requests.

    A server that nobody has asked anything logs no request; that is an empty window and no other kind of log.
    """
    if lines.requests or not (lines.other or lines.unreadable):
        return
    logs = [one for file in files for one in _single(store, file)]
    heads = [(_head(store, file), datetime.fromtimestamp(file.modified_ns / 1e9, UTC)) for file in logs[:3]]
    fitting = [
        other
        for other in get_args(LogFormat)
        if other != log and any(next(records(other, [head], at, LineCounts()), None) for head, at in heads)
    ]
    if not fitting and any(of_its_server(log, head) for head, _ in heads):
        return
    found = f"{path} is no log of {log}: of {counted(lines.other + lines.unreadable, 'line')} not one is a request"
    looks = next(filter(None, (_look(head) for head, _ in heads)), "")
    do = f"known formats are {listed(get_args(LogFormat))}"
    if fitting:
        do = f"this is a log of {' or '.join(fitting)}, so say so in `watch.format`"
    raise UnreadableData(f"{found}{looks}; {do}")


def _single(store: Store, file: DataFile) -> Iterator[DataFile]:
    if not file.path.endswith("/"):
        yield file
        return
    yield from (log for log in store.files(file.path, recursive=True) if not is_tabular(log.name))


def _head(store: Store, file: DataFile) -> bytes:
    with reading(file.path), store.open(file) as stream:
        first = bytes(stream.read(_HEAD_BYTES))
    return next(plain([first], file.path, LineCounts()), b"")


def _look(head: bytes) -> str:
    """How the first line that says something is written; never a value of it."""
    line = next((line for line in head.splitlines() if line.strip()), None)
    if line is None:
        return ""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return ". Its lines are bytes that are no text"
    try:
        entry = json.loads(text.strip().rstrip(","))
    except (ValueError, RecursionError):
        return ". Its lines are text that is no JSON"
    arrays = "arrays of " if isinstance(entry, list) else ""
    first = entry[0] if isinstance(entry, list) and entry else entry
    if not isinstance(first, dict):
        return ". Its lines are JSON, but no objects"
    keys = [visible(key)[:_KEY_LENGTH] for key in first]
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    return f". Its lines are {arrays}JSON objects with {', '.join(keys[:_MOST_KEYS]) or 'nothing in them'}{more}"
