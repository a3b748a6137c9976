"""Late labels of a window that is a table: its engine joins them by the key, counts and sums; one row comes back.

    partition of the window ─ by key ─▶ rows, prediction, rows in each slice ─┐
    partitions of labels ─ by key ─▶ labels, smallest and largest value ──────┴─ outer join ─▶ sums ─▶ JoinedLabels

Keys, classes and numbers are brought into the forms that `late_labels` has for files, so that the same rows are judged.
Labels lie in a table of the same engine. Where that is partitioned by time as the window is, its partitions from the
window's on are read, as a label comes with its prediction or after it; where the two can't be compared, all are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa

from weighbridge.drift_monitor.columns import is_text
from weighbridge.drift_monitor.engine import Partitioning, PartitionSpan, address_of, span_of
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.joined_labels import (
    COMPARED_AS,
    FARTHEST,
    SURE,
    ComparedAs,
    JoinedLabels,
    JudgedPart,
    LabelJoin,
    column_problem,
    unlike_keys,
)
from weighbridge.drift_monitor.quality import LabelCounts
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.table_rows import (
    BoundedQueries,
    TableRows,
    double,
    is_null,
    micros_of,
    number_of,
    text_of,
)
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.window import Window
from weighbridge.spec.pipeline import LateLabels

_BLANK = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What pyarrow trims; each engine's own idea of a blank is another."""

_NEAR_ZERO = 1e-5
"""Below it, the logarithm of 1 - p is its series: the difference itself would lose digits."""


def label_partitions(store: Store, source: str, window: Window) -> tuple[DataFile, ...]:
    """The partitions of labels from a window's on, the oldest first; a table without partitions itself.

    `modified_ns` is 0 where nobody knows whether it has changed. Raises `UnreadableData`.
    """
    address, of_window = address_of(source), address_of(window.files[0].path)
    engine = store.engine(address.scheme)
    described = engine.describe(address)
    if described.partitioning is None:
        return (DataFile(source, described.size, described.modified_ns if described.tells_changes else 0),)
    split = engine.describe(of_window).partitioning
    begun = span_of(of_window.partition, split) if split is not None else None
    found = [part for part in engine.partitions(address) if not _is_before(part.name, described.partitioning, begun)]
    found.sort(key=lambda part: (len(part.name) if part.name.isdigit() else 0, part.name))
    return tuple(DataFile(f"{source}${part.name}", part.size, part.modified_ns) for part in found)


def _is_before(labels: str, split: Partitioning, window: PartitionSpan | None) -> bool:
    match span_of(labels, split), window:
        case (datetime(), datetime() as end), (datetime() as begun, datetime()):
            return end <= begun
        case (int(), int() as end), (int() as begun, int()):
            return end <= begun
    return False


def join_labels(store: Store, asked: LabelJoin) -> JoinedLabels:
    """A partition joined to labels in `sources`, as `label_partitions` finds them. Raises `UnreadableData`."""
    (file,), labels, slices = asked.window.files, asked.labels, asked.slices
    address, label_address = address_of(file.path), address_of(labels.source)
    engine = store.engine(address.scheme)
    rows = TableRows(address, engine.describe(address), asked.form.sample)
    names = [address_of(source.path).partition for source in asked.sources]
    found = TableRows(label_address, engine.describe(label_address), since=names)
    for part, value in ((rows, labels.prediction), (found, labels.label)):
        for name in (*labels.key, value):
            problem = column_problem(part.table, part.types, name, is_key=name in labels.key)
            if problem is not None:
                raise UnreadableData(problem)
    metric = asked.quality.metric
    known = [part for part in slices if part.column in rows.types]
    own = _predictions(rows, found, labels, COMPARED_AS[metric], known)
    given = _labels(found, rows, labels, COMPARED_AS[metric])
    query = _joined(own, given, len(labels.key), _LOSSES[metric], len(known))
    doing = f"joining labels of {labels.source} to {file.path}"
    bounded = BoundedQueries(engine, doing, "partition both tables into smaller spans of time")
    answers = bounded.answers([ibis.to_sql(query, dialect=engine.dialect, pretty=False)])
    (row,) = [row for _, batch in answers for row in batch.to_pylist()]
    return _result(row, asked, known)


def _predictions(
    rows: TableRows, other: TableRows, labels: LateLabels, of: ComparedAs, slices: Sequence[DataSlice]
) -> Any:
    """By key: how many rows, their largest prediction, and how many of them are in each slice."""
    texts = {part.column: text_of(rows.column(part.column), rows.types[part.column]) for part in slices}
    inside = {
        f"i{place}": ibis.ifelse(texts[part.column] == part.value, 1, 0).cast("int64")
        for place, part in enumerate(slices)
    }
    keys = _keys(rows, other, labels.key)
    selected = rows.rows.select(**keys, p=_value(rows, labels.prediction, of, is_label=False), **inside)
    sums = {name: selected[name].sum() for name in inside}
    return selected.group_by(list(keys)).agg(n=selected.count(), p=selected.p.max(), **sums)


def _labels(rows: TableRows, other: TableRows, labels: LateLabels, of: ComparedAs) -> Any:
    """By key: how many labels, how many of them can be read, the smallest and the largest of those."""
    keys = {f"l{name[1:]}": key for name, key in _keys(rows, other, labels.key).items()}
    given = rows.rows.filter(~is_null(rows.column(labels.label), rows.types[labels.label]))
    selected = given.select(**keys, y=_value(rows, labels.label, of, is_label=True))
    selected = selected.filter([selected[name].notnull() for name in keys])
    y = selected.y
    return selected.group_by(list(keys)).agg(m=selected.count(), r=y.count(), low=y.min(), high=y.max())


def _joined(own: Any, given: Any, parts: int, loss: Callable[[Any, Any], Any], slices: int) -> Any:
    """One row of counts and sums."""
    both = own.outer_join(given, [own[f"k{place}"] == given[f"l{place}"] for place in range(parts)])
    keyed = both.n.notnull()
    for place in range(parts):
        keyed &= both[f"k{place}"].notnull()
    both = both.mutate(keyed=keyed)
    both = both.mutate(alone=both.keyed & (both.n == 1), matched=both.keyed & both.m.notnull())
    judged = both.alone & both.p.notnull() & (both.low == both.high)
    both = both.mutate(judged=ibis.ifelse(judged, 1, 0).cast("int64"))
    both = both.mutate(loss=ibis.ifelse(both.judged == 1, loss(both.p, both.low), double(0.0)))
    sums = {
        "all_rows": both.n,
        "keyless": ibis.ifelse(both.keyed, 0, both.n),
        "doubled": ibis.ifelse(both.keyed & (both.n > 1), both.n, 0),
        "unpredicted": ibis.ifelse(both.alone & both.p.isnull(), 1, 0),
        "conflicting": ibis.ifelse(both.alone & (both.low < both.high), 1, 0),
        "mistyped": ibis.ifelse(both.matched, both.m - both.r, 0),
        "repeated": ibis.ifelse(both.matched & (both.low == both.high), both.r - 1, 0),
        "foreign_labels": ibis.ifelse(both.n.isnull(), both.m, 0),
        "judged_rows": both.judged,
        "losses": both.loss,
    }
    for place in range(slices):
        inside = both[f"i{place}"]
        sums |= {
            f"rows{place}": ibis.ifelse(both.keyed, inside, 0),
            f"judged{place}": ibis.ifelse(both.judged == 1, inside, 0),
            f"loss{place}": ibis.ifelse((both.judged == 1) & (inside == 1), both.loss, double(0.0)),
        }
    return both.aggregate(**{name: column.sum() for name, column in sums.items()})


def _result(row: Mapping[str, Any], asked: LabelJoin, known: Sequence[DataSlice]) -> JoinedLabels:
    count = {name: int(row[name] or 0) for name in row if not name.startswith("loss")}
    counts = LabelCounts(
        asked.window.name,
        count["all_rows"],
        count["judged_rows"],
        asked.least_rows,
        keyless=count["keyless"],
        doubled=count["doubled"],
        unpredicted=count["unpredicted"],
        conflicting=count["conflicting"],
        mistyped=count["mistyped"],
        repeated=count["repeated"],
        foreign=count["foreign_labels"],
        sourceless=not asked.sources,
        in_tables=True,
    )
    whole = JudgedPart(counts.rows - counts.keyless, counts.labelled, float(row["losses"] or 0.0))
    found = dict.fromkeys(asked.slices, JudgedPart(0, 0, 0.0))
    for place, part in enumerate(known):
        found[part] = JudgedPart(count[f"rows{place}"], count[f"judged{place}"], float(row[f"loss{place}"] or 0.0))
    return JoinedLabels(counts, whole, found)


def _keys(rows: TableRows, other: TableRows, names: Sequence[str]) -> dict[str, Any]:
    """Each part of the key in the form in which it meets that of the other table."""
    return {f"k{place}": _key(rows, other, name) for place, name in enumerate(names)}


def _key(rows: TableRows, other: TableRows, name: str) -> Any:
    kind, others = rows.types[name], other.types[name]
    problem = unlike_keys(name, (rows.table, kind), (other.table, others))
    if problem is not None:
        raise UnreadableData(problem)
    column = rows.column(name)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return micros_of(column, kind)
    if pa.types.is_integer(kind) and pa.types.is_integer(others):
        return column
    if kind == others and not pa.types.is_floating(kind) and not pa.types.is_decimal(kind):
        return column
    return text_of(column, kind)


def _value(rows: TableRows, name: str, of: ComparedAs, *, is_label: bool) -> Any:
    """What is compared; null for what is of another type."""
    stored, kind = rows.column(name), rows.types[name]
    if of == "category":
        return _class(stored, kind)
    nothing = ibis.null("float64")
    if pa.types.is_boolean(kind):
        x = stored.cast("int64").cast("float64")
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        x = number_of(stored, kind)
    else:
        return nothing
    fits = x.abs() < double(float("inf"))  # of NaN each engine has its own idea, but it is told first
    if of == "probability":
        fits = (x == 0) | (x == 1) if is_label else (x >= 0) & (x <= 1)
    low, high = double(-FARTHEST), double(FARTHEST)
    return ibis.cases((x.isnan(), nothing), (~fits, nothing), (x < low, low), (x > high, high), else_=x)


def _class(stored: Any, kind: pa.DataType) -> Any:
    """A class as text: `true` as 1, `2.0` as 2, without blanks around it, in small letters."""
    types = pa.types
    if types.is_boolean(kind):
        return ibis.cases((stored, "1"), (~stored, "0"))
    if types.is_timestamp(kind):
        return micros_of(stored, kind).cast("string")
    if types.is_date(kind) or types.is_integer(kind):
        return stored.cast("string")
    if types.is_floating(kind) or types.is_decimal(kind):
        return text_of(stored, kind)
    if not is_text(kind):
        return ibis.null("string")
    text = stored.cast("string").re_replace(f"^[{_BLANK}]+|[{_BLANK}]+$", "").lower()
    text = ibis.ifelse(text.re_search("^-?[0-9]+[.]0+$"), text.re_replace("[.]0+$", ""), text)
    return ibis.cases((text == "true", "1"), (text == "false", "0"), else_=text)


def _log_loss(p: Any, label: Any) -> Any:
    low, high = double(SURE), double(1 - SURE)
    sure = ibis.cases((p < low, low), (p > high, high), else_=p)
    series = sure + sure * sure / double(2.0) + sure * sure * sure / double(3.0)
    return ibis.cases((label == 1, -sure.ln()), (sure < double(_NEAR_ZERO), series), else_=-(double(1.0) - sure).ln())


_LOSSES: Mapping[str, Callable[[Any, Any], Any]] = {
    "accuracy": lambda p, label: ibis.ifelse(p == label, double(1.0), double(0.0)),
    "mean_absolute_error": lambda p, label: (p - label).abs(),
    "root_mean_squared_error": lambda p, label: (p - label) * (p - label),
    "log_loss": _log_loss,
}
"""What each row adds to the sum of a metric, as in `late_labels.METRICS`."""
