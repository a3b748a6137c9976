"""A window beside the baseline, and beside the window before: one result per column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.category_cells import CategoryCells, in_cells
from weighbridge.drift_monitor.config import Role
from weighbridge.drift_monitor.dependence import INDEPENDENT, Dependence
from weighbridge.drift_monitor.distance import CATEGORIES, NUMBERS, WASSERSTEIN, shares, wasserstein
from weighbridge.drift_monitor.noise import can_be_far, chance_of, noise
from weighbridge.drift_monitor.slice_tallies import DataSlice, SliceTallies
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.tally import Tally

Against = Literal["training", "previous"]
"""The label `baseline`: the baseline file, or the window before."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One column's distance from one other sample. `method` decides; `noise` is that method's."""

    against: Against
    method: str
    distance: float
    noise: float
    distances: Mapping[str, float]  # of every method
    judged: bool = True  # False: of so few values that no distance would be far


@dataclass(frozen=True, slots=True)
class ColumnResult:
    """One column of a window. Without values in either sample there is no distance."""

    name: str
    role: Role
    missing: float
    missing_baseline: float
    invalid: Mapping[str, float]  # share of values by reason: type, range, unseen
    measured: tuple[Measured, ...]

    @property
    def is_compared(self) -> bool:
        """Whether anything could be far from the baseline: both have values, and enough of them."""
        return any(measured.against == "training" and measured.judged for measured in self.measured)


@dataclass(frozen=True, slots=True)
class SliceColumn:
    """One column in a slice; `missing_noise`: how far shares of missing values lie apart by chance."""

    result: ColumnResult
    missing_noise: float


@dataclass(frozen=True, slots=True)
class SliceResult:
    """One slice of a window; `expected`: the rows it would have if it held as large a share as in the baseline."""

    name: str
    rows: int
    expected: float
    columns: tuple[SliceColumn, ...]


def compare(baseline: Baseline, window: Summary, previous: Summary | None) -> tuple[ColumnResult, ...]:
    """The results of all columns, in the order of the spec. The chance of a false alarm is shared by all of them."""
    chance = _chance(baseline, previous)
    return tuple(
        _column(
            column,
            _Sample(column.tally, column.dependence),
            _sample(window, name),
            _sample(previous, name) if previous is not None else None,
            chance,
        )
        for name, column in baseline.columns.items()
    )


def compare_slices(baseline: Baseline, window: Summary, previous: Summary | None) -> tuple[SliceResult, ...]:
    """The results of all slices of the baseline, each beside the same slice of the others."""
    chance = _chance(baseline, previous)
    return tuple(
        _slice(baseline, part, window, previous.slices.get(part) if previous is not None else None, chance)
        for part in baseline.slices
    )


def _chance(baseline: Baseline, previous: Summary | None) -> float:
    """For each comparison of a window: two distances of each column, also in each slice, and what is missing there."""
    distances = 1 if previous is None else 2
    in_slices = sum(len(part.tallies) for part in baseline.slices.values())
    return chance_of(len(baseline.columns) * distances + in_slices * (distances + 1))


def _slice(
    baseline: Baseline, part: DataSlice, window: Summary, before: SliceTallies | None, chance: float
) -> SliceResult:
    usual, now = baseline.slices[part], window.slices[part]
    columns = []
    for name, tally in usual.tallies.items():
        result = _column(
            baseline.columns[name],
            _sample(usual, name),
            _sample(now, name),
            _sample(before, name) if before is not None else None,
            chance,
        )
        columns.append(SliceColumn(result, _missing_noise(tally, now.tallies[name], chance)))
    expected = window.rows * usual.rows / baseline.rows if baseline.rows else 0.0
    return SliceResult(part.name, now.rows, expected, tuple(columns))


def _missing_noise(one: Tally, other: Tally, chance: float) -> float:
    counts = [np.array([tally.missing, tally.values], np.int64) for tally in (one, other)]
    return noise("l-infinity", counts[0], counts[1], chance) if one.rows and other.rows else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """One of the two samples that are compared."""

    tally: Tally
    dependence: Dependence

    @property
    def size(self) -> int:
        return int(self.tally.counts.sum()) + self.tally.below + self.tally.above


def _sample(counted: Summary | SliceTallies, name: str) -> _Sample:
    return _Sample(counted.tallies[name], counted.dependences.get(name, INDEPENDENT))


def _column(
    column: BaselineColumn, usual: _Sample, now: _Sample, previous: _Sample | None, chance: float
) -> ColumnResult:
    tally = now.tally
    beyond = "unseen" if isinstance(column.bins, CategoryCells) else "range"
    parts = {"type": 0, "range": 0, "unseen": 0, beyond: tally.outside} | {"type": tally.mistyped}
    others: list[tuple[Against, _Sample]] = [("training", usual)]
    if previous is not None:
        others.append(("previous", previous))
    return ColumnResult(
        name=column.watched.name,
        role=column.watched.role,
        missing=tally.missing_ratio,
        missing_baseline=usual.tally.missing_ratio,
        invalid={reason: tally.share(part) for reason, part in parts.items()},
        measured=tuple(
            _measured(column, against, other, now, chance) for against, other in others if other.size and now.size
        ),
    )


def _measured(column: BaselineColumn, against: Against, other: _Sample, now: _Sample, chance: float) -> Measured:
    bins = column.bins
    if isinstance(bins, CategoryCells):
        methods, (before, counts) = CATEGORIES, in_cells(other.tally, now.tally)
    else:
        methods, before, counts = NUMBERS, bins.coarse(other.tally), bins.coarse(now.tally)
    distances = {method: float(distance(shares(before), shares(counts))) for method, distance in methods.items()}
    if not isinstance(bins, CategoryCells):
        distances |= dict(_wasserstein(column, other.tally, now.tally))
    method = next(iter(methods))
    limit = noise(method, before, counts, chance, (other.dependence, now.dependence))
    judged = can_be_far(limit, before, counts, chance)
    return Measured(against, method, distances[method], limit, distances, judged)


def _wasserstein(column: BaselineColumn, other: Tally, tally: Tally) -> Iterator[tuple[str, float]]:
    assert not isinstance(column.bins, CategoryCells)  # noqa: S101 - for the type checker
    found = wasserstein(column.bins, other, tally)
    if found is not None:
        yield WASSERSTEIN, found
