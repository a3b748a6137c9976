"""What is asked of an engine about one partition: queries as expressions of Ibis, and the tallies of their answers.

A bin is found by halving: some ten comparisons for 540 edges, written as nested conditions, which every dialect has.
Ibis would take half a second for each column of them, so it compiles the call of a function that doesn't exist, and the
conditions take its place. Edges are written as texts that are read as doubles, so that each engine compares with the
very same number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Literal

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from weighbridge.drift_monitor.baseline import BaselineColumn
from weighbridge.drift_monitor.category_cells import CategoryCells
from weighbridge.drift_monitor.columns import as_categories, is_moment, is_number, is_text, leaves_of
from weighbridge.drift_monitor.dependence import LOOKED_AT
from weighbridge.drift_monitor.engine import (
    CountingEngine,
    Dialect,
    Partitioning,
    TableAddress,
    TableDescription,
    bounds,
)
from weighbridge.drift_monitor.number_bins import NumberBins
from weighbridge.drift_monitor.opening import Opening
from weighbridge.drift_monitor.sampled_rows import SampledRows, microseconds_of
from weighbridge.drift_monitor.summary import tally_of
from weighbridge.drift_monitor.tally import Floats, Tally
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import TimeSample

_NULL, _NAN, _BELOW, _ABOVE, _MISTYPED = -1, -2, -3, -4, -5
"""Beside the bins."""

_MOST_EDGES = 6_000
"""Of one query: BigQuery takes no longer text than 1 MB, and an edge takes some 60 characters of it."""

_MOST_COLUMNS = 50

_Way = Literal["number", "values", "mistyped", "whole"]
"""In bins; each value; none of them, as they are of another type; by pyarrow, which is given the column."""


@ibis.udf.scalar.builtin(name="unix_micros")  # type: ignore[untyped-decorator]  # Ibis has no types for it
def _unix_micros(moment: ibis.expr.datatypes.Timestamp(timezone="UTC")) -> int:  # type: ignore[valid-type,empty-body]
    """Microseconds since 1970: a function that BigQuery and Spark have, and DuckDB under another name."""


@dataclass(frozen=True, slots=True)
class CountedPart:
    """What is counted of the rows of a partition, or of those in which the splitting column has one value."""

    rows: int
    tallies: Mapping[str, Tally]


class PartitionCounts:
    """One partition of a table, or all of it where the address names none."""

    def __init__(
        self, engine: CountingEngine, address: TableAddress, table: TableDescription, sample: TimeSample | None = None
    ) -> None:
        self._engine, self._address = engine, address
        self.types: dict[str, pa.DataType] = dict(leaf for field in table.columns for leaf in leaves_of(field))
        self._table = self._whole = _rows_of(address, table)
        self._time = self._time_of(sample) if sample is not None else None
        if sample is not None:
            self._table = self._whole.filter(_in_sample(self._time, sample))
        self._scanned = 0

    def count(self, columns: Mapping[str, BaselineColumn]) -> CountedPart:
        """All rows. Columns that the table lacks are left out. Raises `UnreadableData`."""
        (part,) = self._count(columns, ibis.literal(0), 1)
        return part

    def sampled(self) -> SampledRows:
        """All rows, in the sample or not, and those without a time. Raises `UnreadableData`."""
        timed = self._time.count() if self._time is not None else self._whole.count()
        asked = self._whole.aggregate(n=self._whole.count(), timed=timed)
        ((rows, timed_rows),) = [
            (row["n"], row["timed"]) for batch in self._answers([asked]) for row in batch.to_pylist()
        ]
        return SampledRows(rows, rows - timed_rows)

    def split(self, columns: Mapping[str, BaselineColumn], by: str, values: Sequence[str]) -> list[CountedPart]:
        """The rows in which the column `by` has each value, as text. Raises `UnreadableData`."""
        text = self._column(by)
        if pa.types.is_floating(self.types[by]):
            text = text.cast("int64")
        text = text.cast("string")
        branches = [(text == value, place) for place, value in enumerate(values)]
        return self._count(columns, ibis.cases(*branches, else_=len(values)), len(values))

    def values_of(self, column: str) -> Iterator[tuple[pa.Array, pa.Array]]:
        """The different values of a column, null among them, and how many rows have each. Raises `UnreadableData`."""
        asked = self._table.select(v=self._column(column)).group_by("v").agg(n=lambda rows: rows.count())
        for batch in self._answers([asked]):
            yield batch["v"], batch["n"]

    def rows(self, columns: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
        """The values of columns. Raises `UnreadableData`."""
        for batch in self._answers([self._selected(columns)]):
            yield {name: batch[f"c{place}"] for place, name in enumerate(columns)}

    def openings(self, columns: Mapping[str, BaselineColumn], order_by: str) -> dict[str, Opening]:
        """The first rows in the order of a column, each in the column's kind. Raises `UnreadableData`."""
        if order_by not in self.types:
            raise UnreadableData(
                f"{self._address.table} has no column '{order_by}', which `watch.tables.order_by` names"
            )
        names = [name for name in columns if name in self.types]
        selected = {f"c{place}": self._column(name) for place, name in enumerate(names)}
        asked = self._table.select(**selected, at=self._column(order_by)).order_by("at").limit(LOOKED_AT)
        found = {name: Opening() for name in names}
        for batch in self._answers([asked]) if names else ():
            for place, name in enumerate(names):
                tally_of(columns[name], batch[f"c{place}"], None, found[name])
        return found

    def _selected(self, columns: Sequence[str]) -> Any:
        return self._table.select(**{f"c{place}": self._column(name) for place, name in enumerate(columns)})

    def _count(self, columns: Mapping[str, BaselineColumn], part: Any, parts: int) -> list[CountedPart]:
        """`part` says of each row to which part it belongs; what is none of them is left out."""
        known = {name: column for name, column in columns.items() if name in self.types}
        ways = {name: _way(column, self.types[name]) for name, column in known.items()}
        tallies = [{name: column.bins.empty() for name, column in known.items()} for _ in range(parts)]
        base = self._table.mutate(part=part)
        base = base.filter(base.part < parts)
        numbers = [name for name, way in ways.items() if way in ("number", "mistyped")]
        queries = [base.group_by("part").agg(n=lambda rows: rows.count())]
        for group in _groups({name: known[name] for name in numbers}):
            asked = [self._binned(base, name, known[name], ways[name], numbers.index(name)) for name in group]
            queries.append(ibis.union(*asked, distinct=False) if len(asked) > 1 else asked[0])
        edges = [bins.edges if isinstance(bins := known[name].bins, NumberBins) else np.empty(0) for name in numbers]
        by_value = [name for name, way in ways.items() if way == "values"]
        queries += [
            base.select("part", v=self._column(name)).group_by("part", "v").agg(n=lambda rows: rows.count())
            for name in by_value
        ]
        whole = [name for name, way in ways.items() if way == "whole"]
        queries += [base.select("part", v=self._column(name)) for name in whole]
        plain = len(queries) - len(by_value) - len(whole)
        rows = [0] * parts
        for place, batch in self._numbered_answers(queries, edges):
            if place == 0:
                for entry in batch.to_pylist():
                    rows[entry["part"]] = entry["n"]
            elif place < plain:
                for entry in batch.to_pylist():
                    _add(tallies[entry["part"]], numbers[entry["place"]], entry)
            elif place < plain + len(by_value):
                name = by_value[place - plain]
                _add_values(tallies, name, known[name], batch)
            else:
                name = whole[place - plain - len(by_value)]
                _add_whole(tallies, name, known[name], batch)
        return [CountedPart(count, found) for count, found in zip(rows, tallies, strict=True)]

    def _binned(self, base: Any, name: str, column: BaselineColumn, way: _Way, place: int) -> Any:
        stored = self._column(name)
        if way == "mistyped":
            coded = base.select(
                "part", x=ibis.literal(0.0), code=ibis.ifelse(stored.isnull(), _NULL, _MISTYPED).cast("int64")
            )
            beyond = coded.x > 0
        else:
            assert isinstance(column.bins, NumberBins)  # noqa: S101 - for the type checker
            x = _number(stored, self.types[name])
            code = ibis.cases(
                (x.isnull(), _NULL),
                (x.isnan(), _NAN),
                (x == _double(-np.inf), _BELOW),
                (x == _double(np.inf), _ABOVE),
                else_=_bin_call(place)(x),
            )
            coded = base.select("part", x=x, code=code.cast("int64"))
            beyond = (coded.x < _double(column.bins.low)) | (coded.x > _double(column.bins.high))
        return (
            coded.group_by("part", "code")
            .agg(n=coded.count(), total=coded.x.sum(), outside=beyond.cast("int64").sum().cast("int64"))
            .mutate(place=ibis.literal(place, "int64"))
        )

    def _column(self, name: str) -> Any:
        """A column, or a leaf of one, by its path; names may hold dots themselves."""
        found = _leaf(self._table, name)
        if found is None:
            raise UnreadableData(f"{self._address.table} has no column '{name}'")
        return found

    def _time_of(self, sample: TimeSample) -> Any:
        if sample.by not in self.types:
            raise UnreadableData(f"{self._address.table} has no column '{sample.by}', which `watch.sample` names")
        kind = self.types[sample.by]
        if not is_moment(kind):
            message = f"{self._address.table} has {kind} in column '{sample.by}', and `watch.sample` goes by times"
            raise UnreadableData(message)
        moment = self._column(sample.by)
        return moment if pa.types.is_timestamp(kind) and kind.tz is not None else moment.cast("timestamp('UTC')")

    def _answers(self, queries: Sequence[Any]) -> Iterator[pa.RecordBatch]:
        for _, batch in self._numbered_answers(queries):
            yield batch

    def _numbered_answers(
        self, queries: Sequence[Any], edges: Sequence[Floats] = ()
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The batches of each query by its place, once all together are known to scan no more than is allowed."""
        dialect = self._engine.dialect
        texts = [_with_bins(ibis.to_sql(query, dialect=dialect, pretty=False), edges, dialect) for query in queries]
        self._scanned += sum(map(self._engine.scanned, texts))
        if self._scanned > self._engine.tables.most_scanned_gib * 2**30:
            shown = self._address.table + (f"${self._address.partition}" if self._address.partition else "")
            allowed = self._engine.tables.most_scanned_gib
            raise UnreadableData(
                f"counting {shown} would scan {self._scanned / 2**30:,.1f} GiB, and `watch.tables.most_scanned_gib` "
                f"allows {allowed:,}: watch fewer columns, partition the table into smaller spans, or raise it"
            )
        for place, text in enumerate(texts):
            for batch in self._engine.run(text):
                yield place, batch


def _rows_of(address: TableAddress, table: TableDescription) -> Any:
    schema = {field.name: _known_type(field.type) for field in table.columns}
    split = table.partitioning
    if split is not None and split.column not in schema:  # a pseudo-column, which no list of columns has
        schema[split.column] = ibis.expr.datatypes.Timestamp(timezone="UTC")
    catalog, database, name = (None, None, *address.parts)[-3:]
    rows = ibis.table(schema, name=name, catalog=catalog, database=database)
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


def _in_sample(moment: Any, sample: TimeSample) -> Any:
    every, take = microseconds_of(sample.of_every), microseconds_of(sample.take)
    return ((_unix_micros(moment) % every) + every) % every < take  # remainders of moments before 1970 are negative


def _moment(moment: datetime, kind: Any) -> Any:
    return ibis.literal(f"{moment:%Y-%m-%d}" if kind.is_date() else f"{moment:%Y-%m-%d %H:%M:%S}").cast(kind)


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


def _way(column: BaselineColumn, stored: pa.DataType) -> _Way:
    """How the values of a column are counted."""
    text = is_text(stored)
    match column.kind:
        case "category":
            return "values" if text else "mistyped"
        case "boolean":
            return "values" if pa.types.is_boolean(stored) else "mistyped"
        case "moment":
            return "number" if is_moment(stored) else "whole" if text else "mistyped"
        case "number":
            if not is_number(stored):
                return "mistyped"
            return "whole" if pa.types.is_time(stored) or pa.types.is_duration(stored) else "number"


def _number(stored: Any, kind: pa.DataType) -> Any:
    if is_moment(kind):
        moment = stored if pa.types.is_timestamp(kind) and kind.tz is not None else stored.cast("timestamp('UTC')")
        return _unix_micros(moment).cast("float64") / 1e6
    if pa.types.is_decimal(kind):  # by their digits, as from a file
        stored = stored.cast("string")
    return stored.cast("float64")


def _double(value: float) -> Any:
    return ibis.literal(repr(float(value))).cast("float64")


@cache
def _bin_call(place: int) -> Callable[[Any], Any]:
    """A function that stands for the fine bins of the column at a place."""

    def fine_bin(x: float) -> int:  # type: ignore[empty-body]  # the query has the body
        """The fine bin of a value."""

    call: Callable[[Any], Any] = ibis.udf.scalar.builtin(name=f"fine_bin_{place}")(fine_bin)
    return call


def _with_bins(sql: str, edges: Sequence[Floats], dialect: Dialect) -> str:
    """The query with conditions for each call of a bin. A string or a name that looks like one is left alone."""
    double = "FLOAT64" if dialect == "bigquery" else "DOUBLE"
    parts, at = [], 0
    for call in _CALL.finditer(sql):
        if call[1] is None or call.start() < at:
            continue
        end = _closing(sql, call.end())
        parts += [sql[at : call.start()], _conditions(sql[call.end() : end], edges[int(call[1])], double)]
        at = end + 1
    return "".join([*parts, sql[at:]])


_CALL = re.compile(r"""'(?:[^'\\]|\\.)*'|`[^`]*`|"[^"]*"|\bfine_bin_([0-9]+)\(""", re.IGNORECASE)
_QUOTED_OR_BRACKET = re.compile(r"""'(?:[^'\\]|\\.)*'|`[^`]*`|"[^"]*"|[()]""")


def _closing(sql: str, start: int) -> int:
    """The place of the bracket that closes the one before `start`."""
    depth = 1
    for found in _QUOTED_OR_BRACKET.finditer(sql, start):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth:
            return found.start()
    raise ValueError("a bracket is not closed")


def _conditions(x: str, edges: Floats, double: str) -> str:
    def within(low: int, high: int) -> str:
        if low == high:
            return str(low)
        middle = (low + high) // 2
        edge = f"CAST('{float(edges[middle])!r}' AS {double})"
        return f"CASE WHEN {x} <= {edge} THEN {within(low, middle)} ELSE {within(middle + 1, high)} END"

    return within(0, edges.size)


def _groups(columns: Mapping[str, BaselineColumn]) -> Iterator[list[str]]:
    group: list[str] = []
    edges = 0
    for name, column in columns.items():
        size = column.bins.edges.size if isinstance(column.bins, NumberBins) else 1
        if group and (edges + size > _MOST_EDGES or len(group) == _MOST_COLUMNS):
            yield group
            group, edges = [], 0
        group.append(name)
        edges += size
    if group:
        yield group


def _add(tallies: dict[str, Tally], name: str, entry: Mapping[str, Any]) -> None:
    tally, code, count = tallies[name], entry["code"], entry["n"]
    found = replace(tally, rows=tally.rows + count)
    match code:
        case -1 | -2:
            found = replace(found, missing=found.missing + count)
        case -5:
            found = replace(found, mistyped=found.mistyped + count)
        case -3:
            found = replace(found, below=found.below + count, outside=found.outside + entry["outside"])
        case -4:
            found = replace(found, above=found.above + count, outside=found.outside + entry["outside"])
        case _:
            found = replace(found, outside=found.outside + entry["outside"])
            found.counts[code] += count
            found.sums[code] += entry["total"]
    tallies[name] = found


def _add_values(tallies: Sequence[dict[str, Tally]], name: str, column: BaselineColumn, batch: pa.RecordBatch) -> None:
    assert isinstance(column.bins, CategoryCells)  # noqa: S101 - for the type checker
    for place, found in enumerate(tallies):
        own = batch.filter(pc.equal(batch["part"], place))
        values, counts = own["v"], own["n"].to_numpy(zero_copy_only=False).astype(np.int64)
        present = values.is_valid()
        kept = as_categories(values.filter(present), column.kind, None, 0)
        counted = column.bins.tally(kept.keys, counts[present.to_numpy(zero_copy_only=False)])
        rows = int(counts.sum())
        found[name] = found[name].plus(replace(counted, rows=rows, missing=rows - int(counted.rows)))


def _add_whole(tallies: Sequence[dict[str, Tally]], name: str, column: BaselineColumn, batch: pa.RecordBatch) -> None:
    for place, found in enumerate(tallies):
        own = batch.filter(pc.equal(batch["part"], place))["v"]
        found[name] = found[name].plus(tally_of(column, own, None, Opening()))
