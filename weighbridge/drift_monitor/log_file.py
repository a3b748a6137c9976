"""A request log as a table: its columns are those of `request_logs.yaml`, read a batch at a time.

Of a folder, all its logs together. It is read as a `TableFile` is, so what is made of columns is the same; how many
lines could not be read is known when all batches have been.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from weighbridge.drift_monitor.columns import Kind, kind_of
from weighbridge.drift_monitor.derived import Derived
from weighbridge.drift_monitor.deriving import derived_batches
from weighbridge.drift_monitor.files import DataFile, Store, is_tabular, reading
from weighbridge.drift_monitor.log_lines import LineCounts, plain
from weighbridge.drift_monitor.log_records import Json, Record, records
from weighbridge.drift_monitor.request_logs import LogColumn, Reading, request_logs
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import LogFormat

_Value: TypeAlias = "str | float | datetime | None"

_BATCH_RECORDS = 8192
_CHUNK_BYTES = 2**20
_DURATION = re.compile(r"-?[0-9]+(?:\.[0-9]+)?s")
_DIGITS = re.compile(r"-?[0-9]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPES: Mapping[Reading, pa.DataType] = {
    "timestamp": pa.timestamp("us", "UTC"),
    "unix": pa.timestamp("us", "UTC"),
    **dict.fromkeys(("number", "digits", "duration", "nanoseconds"), pa.float64()),
    **dict.fromkeys(("text", "code", "host", "path"), pa.string()),
}


class LogFile:
    """One file, or all of a folder (a path that ends with `/`). Raises `UnreadableData`, as every method does."""

    csv = None
    in_order: Literal[True] = True
    twice: frozenset[str] = frozenset()
    rows = -1  # only known when all is read

    def __init__(self, store: Store, file: DataFile, log: LogFormat, derived: Iterable[Derived | None] = ()) -> None:
        self._store, self._file, self._log = store, file, log
        self.lines = LineCounts()
        self._columns = {column.name: column for column in request_logs()[log].columns}
        self.stored: dict[str, pa.DataType] = {name: _TYPES[column.read] for name, column in self._columns.items()}
        wanted = [column for column in derived if column is not None and column.source in self.stored]
        self._derived = {column.name: column for column in wanted}
        self.types = self.stored | {column.name: pa.float64() if column.is_number else pa.string() for column in wanted}

    def groups(self, columns: Sequence[str]) -> Iterator[Sequence[str]]:
        """All at once: a log is read line by line, once."""
        yield columns

    def batches(self, columns: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
        """The named columns, which all exist, together in batches."""
        fits = self._fits
        progress = lambda: self._store.progress(self._file.path)  # noqa: E731 - a language takes a while to be read
        yield from derived_batches(self._batches, columns, self._derived, fits, progress)

    def value_counts(self, column: str) -> Iterator[tuple[pa.Array, pa.Array]]:
        """Values of a column, and how often each occurs, in parts."""
        for batch in self.batches([column]):
            yield pc.value_counts(batch[column]).flatten()

    def kind(self, column: str) -> Kind | None:
        """What the column is compared as; None if it can't be."""
        derived = self._derived.get(column)
        if derived is not None and not self._fits(derived):
            return None
        return kind_of(self.types[column])

    def family(self, _column: str) -> None:
        """A column of a log has one type."""

    def _fits(self, column: Derived) -> bool:
        return column.of_text and self._columns[column.source].use == "text"

    def _batches(self, names: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
        counts = LineCounts()
        columns = [self._columns[name] for name in names]
        rows: list[list[_Value]] = []
        for file in self._files():
            cut_before = counts.cut
            for record in self._records(file, counts):
                try:
                    rows.append([_read(record, column) for column in columns])
                except (ValueError, OverflowError):
                    counts.unreadable += 1
                    continue
                counts.requests += 1
                if len(rows) == _BATCH_RECORDS:
                    yield _arrays(rows, columns)
                    rows = []
            counts.cut = min(counts.cut, cut_before + 1)  # one file, though its gzip and its last line both end early
        yield _arrays(rows, columns)
        self.lines = counts

    def _files(self) -> Sequence[DataFile]:
        if not self._file.path.endswith("/"):
            return (self._file,)
        return tuple(log for log in self._store.files(self._file.path, recursive=True) if not is_tabular(log.name))

    def _records(self, file: DataFile, counts: LineCounts) -> Iterator[Record]:
        changed = datetime.fromtimestamp(file.modified_ns / 1e9, UTC)
        yield from records(self._log, plain(self._chunks(file), file.path, counts), changed, counts)

    def _chunks(self, file: DataFile) -> Iterator[bytes]:
        with reading(file.path), self._store.open(file) as stream:
            while chunk := bytes(stream.read(_CHUNK_BYTES)):
                self._store.progress(file.path)
                yield chunk


def log_folder(store: Store, path: str) -> DataFile:
    """All logs of a folder as one file, which changes as they do. Raises `UnreadableData`."""
    logs = [log for log in store.files(path, recursive=True) if not is_tabular(log.name)]
    if not logs:
        raise UnreadableData(f"there is no log in {path}")
    return DataFile(path, sum(log.size for log in logs), max(log.modified_ns for log in logs))


def _arrays(rows: Sequence[Sequence[_Value]], columns: Sequence[LogColumn]) -> dict[str, pa.Array]:
    return {
        column.name: pa.array([row[place] for row in rows], _TYPES[column.read]) for place, column in enumerate(columns)
    }


def _read(record: Record, column: LogColumn) -> _Value:
    """A column's value; None where there is none. Raises ValueError for one of another type than the log has."""
    if column.read == "nanoseconds":
        return _span(record, column)
    found = (value for where in column.where if (value := _at(record, where)) not in (None, ""))
    return next((_READINGS[column.read](value) for value in found), None)


def _at(record: Json, where: str) -> Json:
    found = record
    for part in where.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isdigit():
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return None
    return found


def _span(record: Record, column: LogColumn) -> float | None:
    for where in column.where:
        begin, end = (record.get(name) for name in where.split(".."))
        if begin is not None and end is not None:
            return (_number(end) - _number(begin)) / 1e9
    return None


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004 - no mistake of the program
    return value.encode(errors="replace").decode()  # JSON may hold half a surrogate pair


def _number(value: Json) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise ValueError(value)


def _digits(value: Json) -> float:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return float(value)
    return _number(value)


def _duration(value: Json) -> float:
    text = _text(value)
    if not _DURATION.fullmatch(text):
        raise ValueError(text)
    return float(text[:-1])


def _timestamp(value: Json) -> datetime:
    at = datetime.fromisoformat(_text(value))
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _unix(value: Json) -> datetime:
    return _EPOCH + timedelta(seconds=_number(value))


def _code(value: Json) -> str:
    return value if isinstance(value, str) else f"{_number(value):.0f}"


def _host(value: Json) -> str | None:
    return urlsplit(_text(value)).hostname


def _path(value: Json) -> str:
    return urlsplit(_text(value)).path or "/"


_READINGS: Mapping[Reading, Callable[[Json], Any]] = {
    "text": _text,
    "number": _number,
    "digits": _digits,
    "duration": _duration,
    "timestamp": _timestamp,
    "unix": _unix,
    "code": _code,
    "host": _host,
    "path": _path,
}
