"""One window, counted in the baseline's bins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.category_cells import CategoryCells
from weighbridge.drift_monitor.columns import TableFile, as_categories, as_numbers
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.tally import Tally
from weighbridge.drift_monitor.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What is kept of a window. Two of them are comparable if their `baseline` fingerprints are equal."""

    key: str
    name: str
    baseline: str
    rows: int
    modified: datetime
    tallies: Mapping[str, Tally]
    vanished: tuple[str, ...] = ()  # watched columns that at least one file lacks

    def fits(self, baseline: Baseline) -> bool:
        """Whether it was counted in the bins of this baseline."""
        return self.baseline == baseline.fingerprint and all(
            name in self.tallies and self.tallies[name].counts.size == column.tally.counts.size
            for name, column in baseline.columns.items()
        )


def read_window(store: Store, window: Window, baseline: Baseline) -> Summary:
    """The watched columns of all files of a window. A column that a file lacks is missing in all its rows.

    Raises `Unreadable` at the first file that is not whole.
    """
    tallies = {name: column.bins.empty() for name, column in baseline.columns.items()}
    rows = 0
    vanished: set[str] = set()
    for file in window.files:
        counted, added = _read_file(store, file, baseline, tallies)
        rows += counted
        for name in baseline.columns.keys() - added:
            vanished.add(name)
            tallies[name] = _without(tallies[name], counted)
    return Summary(
        window.key, window.name, baseline.fingerprint, rows, window.modified, tallies, tuple(sorted(vanished))
    )


def _read_file(
    store: Store, file: DataFile, baseline: Baseline, tallies: dict[str, Tally]
) -> tuple[int, frozenset[str]]:
    """Adds a file to the tallies; gives its rows, and the columns that it has."""
    table = TableFile(store, file)
    present = [name for name in baseline.columns if name in table.types]
    rows = 0
    counted = present or list(table.types)[:1]  # something has to be read to count the rows of a CSV file
    for batch in table.batches(counted):
        for name, values in batch.items():
            if name in baseline.columns:
                tallies[name] = tallies[name].plus(_tally(baseline.columns[name], values, from_csv=table.is_csv))
            if name == counted[0]:
                rows += len(values)
    return rows, frozenset(present)


def _tally(column: BaselineColumn, values: object, *, from_csv: bool) -> Tally:
    if isinstance(column.bins, CategoryCells):
        found = as_categories(values, column.kind, from_csv=from_csv)
        tally = column.bins.tally(found.categories, found.counts)
        return replace(tally, rows=found.rows, missing=found.missing, mistyped=found.mistyped)
    read = as_numbers(values, from_csv=from_csv)
    tally = column.bins.tally(read.values)
    return replace(tally, rows=read.rows, missing=read.missing, mistyped=read.mistyped)


def _without(tally: Tally, rows: int) -> Tally:
    return replace(tally, rows=tally.rows + rows, missing=tally.missing + rows)
