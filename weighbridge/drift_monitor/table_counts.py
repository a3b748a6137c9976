"""What is asked of an engine about one partition: queries as expressions of Ibis, and the tallies of their answers.

A bin is found by halving: some ten comparisons for 540 edges, written as nested conditions, which every dialect has.
Ibis would take half a second for each column of them, so it compiles the call of a function that doesn't exist, and the
conditions take its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from weighbridge.drift_monitor.baseline import BaselineColumn
from weighbridge.drift_monitor.category_cells import CategoryCells
from weighbridge.drift_monitor.columns import as_categories, is_moment, is_number, is_text
from weighbridge.drift_monitor.dependence import LOOKED_AT
from weighbridge.drift_monitor.engine import (
    CountingEngine,
    Dialect,
    TableAddress,
    TableDescription,
)
from weighbridge.drift_monitor.number_bins import NumberBins
from weighbridge.drift_monitor.opening import Opening
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.drift_monitor.summary import tally_of
from weighbridge.drift_monitor.table_rows import BoundedQueries, TableRows, double, is_null, number_of, text_of
from weighbridge.drift_monitor.tally import Floats, Tally
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import TimeSample

_NULL, _NAN, _BELOW, _ABOVE, _MISTYPED = -1, -2, -3, -4, -5
"""Beside the bins."""

_MOST_EDGES = 6_000
"""Of one query: BigQuery takes no longer text than 1 MB, and an edge takes some 60 characters of it."""

_MOST_COLUMNS = 50
_PART = "weighbridge_part_of_row"
"""A column that no table has, beside those that it may have, such as `part`."""


_Way = Literal["number", "values", "mistyped", "whole"]
"""In bins; each value; none of them, as they are of another type; by pyarrow, which is given the column."""


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
        self._dialect, self._table = engine.dialect, TableRows(address, table, sample)
        self.types = self._table.types
        shown = address.table + (f"${address.partition}" if address.partition else "")
        smaller = "watch fewer columns, partition the table into smaller spans"
        self._queries = BoundedQueries(engine, f"counting {shown}", smaller)

    def count(self, columns: Mapping[str, BaselineColumn]) -> CountedPart:
        """All rows. Columns that the table lacks are left out. Raises `UnreadableData`."""
        (part,) = self._count(columns, ibis.literal(0), 1)
        return part

    def sampled(self) -> SampledRows:
        """All rows, in the sample or not, and those without a time. Raises `UnreadableData`."""
        whole = self._table.whole
        timed = self._table.time.count() if self._table.time is not None else whole.count()
        asked = whole.aggregate(n=whole.count(), timed=timed)
        ((rows, timed_rows),) = [
            (row["n"], row["timed"]) for batch in self._answers([asked]) for row in batch.to_pylist()
        ]
        return SampledRows(rows, rows - timed_rows)

    def split(self, columns: Mapping[str, BaselineColumn], by: str, values: Sequence[str]) -> list[CountedPart]:
        """The rows in which the column `by` has each value, as text. Raises `UnreadableData`."""
        text = text_of(self._table.column(by), self.types[by])
        branches = [(text == value, place) for place, value in enumerate(values)]
        return self._count(columns, ibis.cases(*branches, else_=len(values)), len(values))

    def values_of(self, column: str) -> Iterator[tuple[pa.Array, pa.Array]]:
        """The different values of a column, null among them, and how many rows have each. Raises `UnreadableData`."""
        asked = self._table.rows.select(v=self._table.column(column)).group_by("v").agg(n=lambda rows: rows.count())
        for batch in self._answers([asked]):
            yield batch["v"], batch["n"]

    def rows(self, columns: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
        """The values of columns. Raises `UnreadableData`."""
        for batch in self._answers([self._selected(columns)]):
            yield {name: batch[f"c{place}"] for place, name in enumerate(columns)}

    def openings(self, columns: Mapping[str, BaselineColumn], order_by: str) -> dict[str, Opening]:
        """The first rows in the order of a column, each in the column's kind. Raises `UnreadableData`."""
        if order_by not in self.types:
            raise UnreadableData(f"{self._table.table} has no column '{order_by}', which `watch.tables.order_by` names")
        names = [name for name in columns if name in self.types]
        selected = {f"c{place}": self._table.column(name) for place, name in enumerate(names)}
        asked = self._table.rows.select(**selected, at=self._table.column(order_by)).order_by("at").limit(LOOKED_AT)
        found = {name: Opening() for name in names}
        for batch in self._answers([asked]) if names else ():
            for place, name in enumerate(names):
                tally_of(columns[name], batch[f"c{place}"], None, found[name])
        return found

    def _selected(self, columns: Sequence[str]) -> Any:
        return self._table.rows.select(**{f"c{place}": self._table.column(name) for place, name in enumerate(columns)})

    def _count(self, columns: Mapping[str, BaselineColumn], part: Any, parts: int) -> list[CountedPart]:
        """`part` says of each row to which part it belongs; what is none of them is left out."""
        known = {name: column for name, column in columns.items() if name in self.types}
        ways = {name: _way(column, self.types[name]) for name, column in known.items()}
        tallies = [{name: column.bins.empty() for name, column in known.items()} for _ in range(parts)]
        base = self._table.rows.mutate(**{_PART: part})
        base = base.filter(base[_PART] < parts)
        numbers = [name for name, way in ways.items() if way in ("number", "mistyped")]
        queries = [base.group_by(part=base[_PART]).agg(n=lambda rows: rows.count())]
        for group in _groups({name: known[name] for name in numbers}):
            asked = [self._binned(base, name, known[name], ways[name], numbers.index(name)) for name in group]
            queries.append(ibis.union(*asked, distinct=False) if len(asked) > 1 else asked[0])
        edges = [bins.edges if isinstance(bins := known[name].bins, NumberBins) else np.empty(0) for name in numbers]
        by_value = [name for name, way in ways.items() if way == "values"]
        queries += [
            base.select(part=base[_PART], v=self._table.column(name))
            .group_by("part", "v")
            .agg(n=lambda rows: rows.count())
            for name in by_value
        ]
        whole = [name for name, way in ways.items() if way == "whole"]
        queries += [base.select(part=base[_PART], v=self._table.column(name)) for name in whole]
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
        stored = self._table.column(name)
        if way == "mistyped":
            coded = base.select(
                part=base[_PART],
                x=ibis.literal(0.0),
                code=ibis.ifelse(is_null(stored, self.types[name]), _NULL, _MISTYPED).cast("int64"),
            )
            beyond = coded.x > 0
        else:
            assert isinstance(column.bins, NumberBins)  # noqa: S101 - for the type checker
            x = number_of(stored, self.types[name])
            code = ibis.cases(
                (x.isnull(), _NULL),
                (x.isnan(), _NAN),
                (x == double(-np.inf), _BELOW),
                (x == double(np.inf), _ABOVE),
                else_=_bin_call(place)(x),
            )
            coded = base.select(part=base[_PART], x=x, code=code.cast("int64"))
            beyond = (coded.x < double(column.bins.low)) | (coded.x > double(column.bins.high))
        return (
            coded.group_by("part", "code")
            .agg(n=coded.count(), total=coded.x.sum(), outside=beyond.cast("int64").sum().cast("int64"))
            .mutate(place=ibis.literal(place, "int64"))
        )

    def _answers(self, queries: Sequence[Any]) -> Iterator[pa.RecordBatch]:
        for _, batch in self._numbered_answers(queries):
            yield batch

    def _numbered_answers(
        self, queries: Sequence[Any], edges: Sequence[Floats] = ()
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """The batches of each query by its place, once all together are known to scan no more than is allowed."""
        texts = [
            _with_bins(ibis.to_sql(query, dialect=self._dialect, pretty=False), edges, self._dialect)
            for query in queries
        ]
        return self._queries.answers(texts)


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
