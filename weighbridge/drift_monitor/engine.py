"""Where data is a table that one machine should not read, an engine counts it; this is all that is asked of one.

The bins come from the baseline once, so a window is counts, and any engine that knows SQL can count. It says what a
table is (its columns and partitions: `describe`), what a query would scan (`scanned`), and answers queries in Arrow
batches (`run`). The queries are written by `table_counts`, as expressions of Ibis that are compiled to the engine's
dialect; for each column of a partition they ask

- of numbers and moments, by fine bin: how many values, their sum, and how many lie beyond the baseline's range; beside
  the bins, how many are missing (null or NaN), infinite on either side, or of another type;
- of categories, booleans among them: how often each value occurs, null among them;
- of columns in a form that SQL can't count as pyarrow does (moments in texts, spans): the values themselves.

The answers become the `Tally` of each column, the same as `columns` makes of files: counts are equal, sums within
rounding. Distances, noise and alerts never know who counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import WatchedTables

if TYPE_CHECKING:
    import pyarrow as pa

BIGQUERY, SPARK = "bq://", "spark://"
SCHEMES = (BIGQUERY, SPARK)

Dialect = Literal["bigquery", "duckdb", "pyspark"]
Span = Literal["hour", "day", "month", "year"]
PartitionSpan: TypeAlias = "tuple[datetime, datetime] | tuple[int, int]"
LAST = datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - as the names of partitions have none
"""The last second of all: tables write the 31st of December 9999 for "never", and no day comes after it."""

_ID_LENGTHS: dict[int, tuple[Span, str]] = {
    4: ("year", "%Y"), 6: ("month", "%Y%m"), 8: ("day", "%Y%m%d"), 10: ("hour", "%Y%m%d%H")
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableAddress:
    """`scheme://catalog.schema.table$partition`; of Spark's, the first two may be missing."""

    scheme: str
    parts: tuple[str, ...]
    partition: str = ""

    @property
    def table(self) -> str:
        """Without the partition, as people write it."""
        return self.scheme + ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a table is split: by a column's spans of time, by so many whole numbers, or by each value (None)."""

    column: str
    by: Span | int | None


@dataclass(frozen=True, slots=True)
class TableDescription:
    """What an engine says of a table; `rows` and `size` (bytes) are -1 where it does not."""

    columns: pa.Schema
    partitioning: Partitioning | None
    rows: int = -1
    size: int = -1
    modified_ns: int = 0
    needs_partition: bool = False  # the engine refuses queries of the whole
    tells_changes: bool = True  # whether `modified_ns` is when its rows were written, and not a view's definition


@dataclass(frozen=True, slots=True)
class TablePartition:
    """One partition; `size` changes with its data: bytes, or rows."""

    name: str
    rows: int
    size: int
    modified_ns: int


class CountingEngine(Protocol):
    """What counts. Methods raise `UnreadableData`."""

    @property
    def dialect(self) -> Dialect:
        """Of its SQL."""

    @property
    def tables(self) -> WatchedTables:
        """What the spec says of tables."""

    def describe(self, address: TableAddress) -> TableDescription:
        """What the table is."""

    def partitions(self, address: TableAddress) -> list[TablePartition]:
        """Those that have a value."""

    def scanned(self, sql: str) -> int:
        """Bytes that the query would scan, without running it; 0 where nobody is billed for them."""

    def run(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The answer."""


def is_table(path: str) -> bool:
    """Whether a path names a table."""
    return path.startswith(SCHEMES)


def address_of(path: str) -> TableAddress:
    """The parts of a table's path, which the spec has checked."""
    scheme, _, rest = path.partition("://")
    named, _, partition = rest.partition("$")
    return TableAddress(f"{scheme}://", tuple(named.split(".")), partition)


def bounds(name: str, by: Span) -> tuple[datetime, datetime]:
    """Begin and end of a partition of time by its name, such as 2026112007. Raises `UnreadableData`."""
    span, form = _ID_LENGTHS.get(len(name), ("day", ""))
    try:
        start = datetime.strptime(name, form) if re.fullmatch("[0-9]+", name) and span == by else None  # noqa: DTZ007
    except ValueError:
        start = None
    if start is None:
        example = {"hour": "2026112007", "day": "20261120", "month": "202611", "year": "2026"}[by]
        raise UnreadableData(f"there is no partition {name}: partitions of one {by} are named as in {example}")
    try:
        match by:
            case "hour":
                return start, start + timedelta(hours=1)
            case "day":
                return start, start + timedelta(days=1)
            case "month":
                return start, (start.replace(day=1) + timedelta(days=32)).replace(day=1)
            case "year":
                return start, start.replace(year=start.year + 1)
    except (OverflowError, ValueError):
        return start, LAST


def span_of(name: str, split: Partitioning) -> PartitionSpan | None:
    """Begin and end of a partition by its name: times in UTC, or whole numbers; None where it is named after neither.

    Of a time without an end, that of a day after it. Raises `UnreadableData`.
    """
    if isinstance(split.by, int):
        return (int(name), int(name) + split.by) if name.isdigit() else None
    if split.by is not None:
        return bounds(name, split.by)
    try:
        start = datetime.fromisoformat(name)
        start = start.astimezone(UTC).replace(tzinfo=None) if start.tzinfo is not None else start
        return start, start + timedelta(days=1)
    except OverflowError:
        return start, LAST
    except ValueError:
        return None


def end_of_day(name: str) -> datetime | None:
    """When the time is over that a partition is named after; None where it is named after none."""
    try:
        if len(name) == len("2026-11-20"):
            return datetime.combine(date.fromisoformat(name) + timedelta(days=1), datetime.min.time())
        return datetime.fromisoformat(name)
    except OverflowError:
        return LAST
    except ValueError:
        return None
