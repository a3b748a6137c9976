"""Rows of a table as an expression of Ibis: which partitions, which of them by time, and values in one form.

Edges and limits are written as texts that are read as doubles, so that each engine compares with the very same number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa

from weighbridge.drift_monitor.columns import is_moment, is_text, leaves_of
from weighbridge.drift_monitor.engine import (
    LAST,
    CountingEngine,
    Partitioning,
    TableAddress,
    TableDescription,
    bounds,
)
from weighbridge.drift_monitor.sampled_rows import microseconds_of
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import TimeSample


@ibis.udf.scalar.builtin(name="unix_micros")  # type: ignore[untyped-decorator]  # Ibis has no types for it
def _unix_micros(moment: ibis.expr.datatypes.Timestamp(timezone="UTC")) -> int:  # type: ignore[valid-type,empty-body]
    """Microseconds since 1970: a function that BigQuery and Spark have, and DuckDB under another name."""


_MOST = 2**63 - 1
"""No whole number is larger."""


class TableRows:
    """The rows of the partition that an address names, or of all of the table; with a sample, those that are in it.

    `since`: instead, of these partitions, the oldest first, and of what has come after them since they were listed.
    Raises `UnreadableData`, as every method does.
    """

    def __init__(
        self,
        address: TableAddress,
        table: TableDescription,
        sample: TimeSample | None = None,
        since: Sequence[str] | None = None,
    ) -> None:
        self.table = address.table
        self.types: dict[str, pa.DataType] = dict(leaf for field in table.columns for leaf in leaves_of(field))
        self.rows = self.whole = _rows_of(address, table, since)
        self.time = self._time_of(sample) if sample is not None else None
        if sample is not None:
            self.rows = self.whole.filter(_in_sample(self.time, sample))

    def column(self, name: str) -> Any:
        """A column, or a leaf of one, by its path; names may hold dots themselves."""
        found = _leaf(self.rows, name)
        if found is None:
            raise UnreadableData(f"{self.table} has no column '{name}'")
        return found

    def _time_of(self, sample: TimeSample) -> Any:
        if sample.by not in self.types:
            raise UnreadableData(f"{self.table} has no column '{sample.by}', which `watch.sample` names")
        kind = self.types[sample.by]
        if not is_moment(kind):
            message = f"{self.table} has {kind} in column '{sample.by}', and `watch.sample` goes by times"
            raise UnreadableData(message)
        return _in_utc(self.column(sample.by), kind)


def _rows_of(address: TableAddress, table: TableDescription, since: Sequence[str] | None) -> Any:
    schema = {field.name: _known_type(field.type) for field in table.columns}
    split = table.partitioning
    if split is not None and split.column not in schema:  # a pseudo-column, which no list of columns has
        schema[split.column] = ibis.expr.datatypes.Timestamp(timezone="UTC")
    catalog, database, name = (None, None, *address.parts)[-3:]
    rows = ibis.table(schema, name=name, catalog=catalog, database=database)
    if since is not None and split is not None:
        return rows.filter(_since(rows[split.column], split, since))
    if not address.partition:
        if table.needs_partition:
            raise UnreadableData(
                f"{address.table} is only read by partition: name one after its name, such as {address.table}$20261120"
            )
        return rows
    if split is None:
        raise UnreadableData(f"{address.table} has no partitions, so there is no {address.partition} of it")
    return rows.filter(_within(rows[split.column], split, address.partition))


def _within(column: Any, split: Partitioning, name: str) -> Any:
    """Conditions on the bare column, so that engines leave other partitions out."""
    if split.by is None:
        return column.cast("string") == name
    if isinstance(split.by, int):
        if not name.isdigit():
            raise UnreadableData(f"there is no partition {name}: partitions of numbers are named by their first")
        return (column >= int(name)) & (column < int(name) + split.by)
    start, end = (_moment(moment, column.type()) for moment in bounds(name, split.by))
    return (column >= start) & (column < end)


def _since(column: Any, split: Partitioning, names: Sequence[str]) -> Any:
    """The same; of no partition, one that no row is in, as an engine may refuse queries without a condition."""
    if split.by is None:
        return column.cast("string").isin(names)
    if isinstance(split.by, int):
        return column >= int(names[0]) if names else column > _MOST
    start = bounds(names[0], split.by)[0] if names else LAST
    return column >= _moment(start, column.type())


def _in_sample(moment: Any, sample: TimeSample) -> Any:
    every, take = microseconds_of(sample.of_every), microseconds_of(sample.take)
    return ((_unix_micros(moment) % every) + every) % every < take  # remainders of moments before 1970 are negative


def _moment(moment: datetime, kind: Any) -> Any:
    return ibis.literal(f"{moment:%Y-%m-%d}" if kind.is_date() else f"{moment:%Y-%m-%d %H:%M:%S}").cast(kind)


def _in_utc(stored: Any, kind: pa.DataType) -> Any:
    return stored if pa.types.is_timestamp(kind) and kind.tz is not None else stored.cast("timestamp('UTC')")


def micros_of(stored: Any, kind: pa.DataType) -> Any:
    """Of a moment or a day, whole microseconds since 1970 in UTC."""
    return _unix_micros(_in_utc(stored, kind))


def _known_type(kind: pa.DataType) -> Any:
    """Ibis' type; of what is never counted, any."""
    types, known = pa.types, ibis.expr.datatypes
    if types.is_struct(kind):
        return known.Struct({field.name: _known_type(field.type) for field in kind})
    if types.is_timestamp(kind):
        return known.Timestamp(timezone=kind.tz)
    if types.is_decimal(kind):
        return known.Decimal(kind.precision, kind.scale)
    for holds, name in _NAMES.items():
        if holds(kind):
            return known.dtype(name)
    return known.binary if is_text(kind) and not _is_string(kind) else known.string


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


_NAMES = {
    pa.types.is_boolean: "boolean",
    pa.types.is_integer: "int64",
    pa.types.is_float32: "float32",
    pa.types.is_floating: "float64",
    pa.types.is_date: "date",
    pa.types.is_time: "time",
}


def _leaf(parent: Any, name: str) -> Any:
    names = parent.columns if hasattr(parent, "columns") else getattr(parent, "names", ())
    if name in names:
        return parent[name]
    for root in names:
        if name.startswith(f"{root}.") and (found := _leaf(parent[root], name[len(root) + 1 :])) is not None:
            return found
    return None


def number_of(stored: Any, kind: pa.DataType) -> Any:
    """A number as a double, a moment as seconds since 1970."""
    if is_moment(kind):
        return micros_of(stored, kind).cast("float64") / 1e6
    if pa.types.is_decimal(kind):  # by their digits, as from a file
        stored = stored.cast("string")
    return stored.cast("float64")


def is_null(stored: Any, kind: pa.DataType) -> Any:
    """Whether there is no value. NaN is one: Ibis' own question of Spark takes it for none."""
    return (stored.cast("string") if pa.types.is_floating(kind) else stored).isnull()


def double(value: float) -> Any:
    """The very same number in each engine."""
    return ibis.literal(repr(float(value))).cast("float64")


@ibis.udf.scalar.builtin(name="round")  # type: ignore[untyped-decorator]  # Ibis has no types for it
def _rounded(x: float) -> float:  # type: ignore[empty-body]
    """As a double in each engine: Ibis and Spark make whole numbers of 64 bits of `floor`, which 1e300 is none of."""


def text_of(stored: Any, kind: pa.DataType) -> Any:
    """Texts, whole numbers and truth values as texts, as `as_texts` makes them; null for fractions and no numbers."""
    if pa.types.is_floating(kind):
        x = stored.cast("float64")
        is_whole = (_rounded(x) == x) & (x.abs() < double(2.0**63))
        return ibis.ifelse(is_whole, x, ibis.null("float64")).cast("int64").cast("string")
    if pa.types.is_decimal(kind):
        digits = stored.cast("string").re_replace("[.]0*$", "")
        return ibis.ifelse(digits.contains("."), ibis.null("string"), digits)
    return stored.cast("string")


class BoundedQueries:
    """What an engine is asked for one purpose: all of it together scans no more than the spec allows."""

    def __init__(self, engine: CountingEngine, doing: str, instead: str) -> None:
        self._engine, self._doing, self._instead = engine, doing, instead
        self._scanned = 0

    def answers(self, texts: Sequence[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The batches of each query by its place. Raises `UnreadableData`, before any is run if they scan too much."""
        self._scanned += sum(map(self._engine.scanned, texts))
        allowed = self._engine.tables.most_scanned_gib
        if self._scanned > allowed * 2**30:
            raise UnreadableData(
                f"{self._doing} would scan {self._scanned / 2**30:,.1f} GiB, and `watch.tables.most_scanned_gib` "
                f"allows {allowed:,}: {self._instead}, or raise it"
            )
        for place, text in enumerate(texts):
            for batch in self._engine.run(text):
                yield place, batch
