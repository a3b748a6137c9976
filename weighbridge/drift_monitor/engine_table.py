"""A table of an engine: its rows are read where the baseline is made of them; where it is a window, the engine counts.

A partition is a `DataFile`, named as BigQuery names it: `bq://project.dataset.table$20261120`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import pyarrow as pa

from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.columns import Kind, column_groups, kind_of
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.dependence import Dependence
from weighbridge.drift_monitor.engine import CountingEngine, address_of
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.slice_tallies import DataSlice, Slices, SliceTallies
from weighbridge.drift_monitor.summary import Summary, without
from weighbridge.drift_monitor.tally import Tally
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.window import FoundWindows, Window
from weighbridge.drift_monitor.window_order import newest_first
from weighbridge.spec.pipeline import TimeSample


class EngineTable:
    """One partition, or a whole table; read as a `TableFile` is. Raises `UnreadableData`, as every method does."""

    csv = lines = None
    in_order: Literal[False] = False
    twice: frozenset[str] = frozenset()

    def __init__(self, store: Store, file: DataFile, sample: TimeSample | None = None) -> None:
        from weighbridge.drift_monitor.table_counts import PartitionCounts

        address = address_of(file.path)
        self.engine: CountingEngine = store.engine(address.scheme)
        described = self.engine.describe(address)
        self.counts = PartitionCounts(self.engine, address, described, sample)
        self.types: Mapping[str, pa.DataType] = self.counts.types
        self.stored = self.types
        self.rows = described.rows

    def groups(self, columns: Sequence[str]) -> Iterator[Sequence[str]]:
        """The columns, so many at a time that what their values take in memory is bounded."""
        return column_groups(columns, self.rows)

    def batches(self, columns: Sequence[str]) -> Iterator[Mapping[str, pa.Array]]:
        """The named columns, which all exist, together in batches. Their rows have no order."""
        return self.counts.rows(columns)

    def kind(self, column: str) -> Kind | None:
        """What the column is compared as; None if it can't be. A table has types, so texts are categories."""
        return kind_of(self.types[column])

    def family(self, _column: str) -> None:
        """A column of a table has one type."""

    def value_counts(self, column: str) -> Iterator[tuple[pa.Array, pa.Array]]:
        """Values of a column, and how often each occurs, in parts."""
        return self.counts.values_of(column)

    def dependences(self, columns: Mapping[str, BaselineColumn]) -> dict[str, Dependence]:
        """Of rows on one another, in the order that the spec names; none where it names none."""
        order_by = self.engine.tables.order_by
        if order_by is None:
            return {}
        found = self.counts.openings(columns, order_by)
        return {name: opening.dependence(columns[name].bins) for name, opening in found.items()}


def table_file(store: Store, path: str) -> DataFile:
    """A table, or the partition of it that a path names. Raises `UnreadableData`."""
    address = address_of(path)
    engine = store.engine(address.scheme)
    if not address.partition:
        described = engine.describe(address)
        return DataFile(path, described.size, described.modified_ns)
    found = {part.name: part for part in engine.partitions(address)}
    if address.partition not in found:
        latest = max(found, default="none")
        raise UnreadableData(f"{address.table} has no partition {address.partition}; the last one is {latest}")
    return DataFile(path, found[address.partition].size, found[address.partition].modified_ns)


def table_windows(store: Store, path: str) -> FoundWindows:
    """The partitions of a table, the newest first. Raises `UnreadableData`."""
    address = address_of(path)
    engine = store.engine(address.scheme)
    if engine.describe(address).partitioning is None:
        raise UnreadableData(f"{path} has no partitions, which are the windows: partition it, such as by day")
    parts = {part.name: part for part in engine.partitions(address)}
    if not parts:
        raise UnreadableData(f"{path} has no partition with rows in it")
    files = {name: DataFile(f"{path}${name}", part.size, part.modified_ns) for name, part in parts.items()}
    return FoundWindows(tuple(Window(name, (files[name],)) for name in newest_first(list(files), path)))


def count_window(store: Store, window: Window, baseline: Baseline, form: DataForm = AS_IT_IS) -> Summary:
    """The watched columns of a partition. A column that the table lacks is missing in all rows.

    Raises `UnreadableData`.
    """
    table = EngineTable(store, window.files[0], form.sample)
    counted = table.counts.count(baseline.columns)
    vanished = tuple(sorted(baseline.columns.keys() - counted.tallies.keys()))
    return Summary(
        key=form.key(window),
        name=window.name,
        baseline=baseline.fingerprint,
        rows=counted.rows,
        modified=window.modified,
        tallies=_complete(baseline.columns, counted.tallies, counted.rows),
        vanished=vanished,
        dependences=table.dependences(baseline.columns),
        changed=window.modified,
        sampled=table.counts.sampled() if form.sample is not None else None,
    )


def count_slices(
    store: Store,
    file: DataFile,
    columns: Mapping[str, BaselineColumn],
    slices: Sequence[DataSlice],
    form: DataForm = AS_IT_IS,
) -> Slices:
    """What is counted in each slice. Rows depend on one another as those of the whole do. Raises `UnreadableData`."""
    table = EngineTable(store, file, form.sample)
    found: dict[DataSlice, SliceTallies] = {}
    dependences = table.dependences(columns) if slices else {}
    for by in dict.fromkeys(part.column for part in slices):
        parts = [part for part in slices if part.column == by]
        watched = {name: column for name, column in columns.items() if name != by}
        if by not in table.types:
            nothing = {name: column.bins.empty() for name, column in watched.items()}
            found |= {part: SliceTallies(0, nothing) for part in parts}
            continue
        counted = table.counts.split(watched, by, [part.value for part in parts])
        for part, count in zip(parts, counted, strict=True):
            rows = {name: rows for name, rows in dependences.items() if name != by}
            found[part] = SliceTallies(count.rows, _complete(watched, count.tallies, count.rows), rows)
    return found


def _complete(columns: Mapping[str, BaselineColumn], tallies: Mapping[str, Tally], rows: int) -> dict[str, Tally]:
    """All columns: those that the table lacks as missing in all rows."""
    return {
        name: tallies[name] if name in tallies else without(column.bins.empty(), rows)
        for name, column in columns.items()
    }
