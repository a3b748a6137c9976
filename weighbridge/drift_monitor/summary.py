"""One window, counted in the baseline's bins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.category_cells import CategoryCells
from weighbridge.drift_monitor.columns import as_categories, as_moments, as_numbers
from weighbridge.drift_monitor.dependence import Dependence
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.opening import Opening
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.drift_monitor.slice_tallies import Slices
from weighbridge.drift_monitor.tally import Tally
from weighbridge.spec.pipeline import CsvFormat

_NEVER = datetime.min.replace(tzinfo=UTC)


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
    dependences: Mapping[str, Dependence] = field(default_factory=dict)  # of rows on one another, by column
    changed: datetime = _NEVER  # since when what is counted is what it is
    disagreements: tuple[str, ...] = ()  # sentences on columns that are of several types
    lines: LineCounts | None = None  # of logs
    sampled: SampledRows | None = None  # None: all rows are counted
    slices: Slices = field(default_factory=dict)  # not remembered over a restart

    def fits(self, baseline: Baseline) -> bool:
        """Whether it was counted in the bins of this baseline."""
        return self.baseline == baseline.fingerprint and all(
            name in self.tallies
            and (isinstance(column.bins, CategoryCells) or self.tallies[name].counts.size == column.tally.counts.size)
            for name, column in baseline.columns.items()
        )

    def counts_as(self, other: Summary) -> bool:
        """Whether both hold the same data, as far as counts tell: the same window, or a copy of it."""
        return (self.baseline, self.rows, self.tallies.keys()) == (
            other.baseline, other.rows, other.tallies.keys()
        ) and all(_same(tally, other.tallies[name]) for name, tally in self.tallies.items())  # fmt: skip


def _same(one: Tally, other: Tally) -> bool:
    numbers = ("rows", "missing", "mistyped", "outside", "below", "above", "folded")
    return all(getattr(one, name) == getattr(other, name) for name in numbers) and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("counts", "keys")
    )


def tally_of(column: BaselineColumn, values: object, csv: CsvFormat | None, opening: Opening) -> Tally:
    """The values of a column, counted in the bins of the baseline; what comes first is kept in `opening`."""
    if isinstance(column.bins, CategoryCells):
        found = as_categories(values, column.kind, csv, opening.lacking)
        opening.add_categories(found)
        tally = column.bins.tally(found.keys, found.counts)
        return replace(tally, rows=found.rows, missing=found.missing, mistyped=found.mistyped)
    read = as_moments(values) if column.kind == "moment" else as_numbers(values, csv)
    opening.add_numbers(read)
    tally = column.bins.tally(read.values)
    return replace(tally, rows=read.rows, missing=read.missing, mistyped=read.mistyped)


def without(tally: Tally, rows: int) -> Tally:
    """The tally, and so many rows without a value."""
    return replace(tally, rows=tally.rows + rows, missing=tally.missing + rows)
