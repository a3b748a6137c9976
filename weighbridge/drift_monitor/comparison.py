"""A window beside the baseline, and beside the window before: one result per column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.category_cells import CategoryCells
from weighbridge.drift_monitor.config import Role
from weighbridge.drift_monitor.distance import CATEGORIES, NUMBERS, WASSERSTEIN, shares, wasserstein
from weighbridge.drift_monitor.noise import noise
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


@dataclass(frozen=True, slots=True)
class ColumnResult:
    """One column of a window. Without values in either sample there is no distance."""

    name: str
    role: Role
    missing: float
    missing_baseline: float
    invalid: Mapping[str, float]  # share of values by reason: type, range, unseen
    measured: tuple[Measured, ...]


def compare(baseline: Baseline, window: Summary, previous: Summary | None) -> tuple[ColumnResult, ...]:
    """The results of all columns, in the order of the spec."""
    return tuple(_column(column, window, previous) for column in baseline.columns.values())


def _column(column: BaselineColumn, window: Summary, previous: Summary | None) -> ColumnResult:
    name = column.watched.name
    tally = window.tallies[name]
    beyond = "unseen" if isinstance(column.bins, CategoryCells) else "range"
    parts = {"type": 0, "range": 0, "unseen": 0, beyond: tally.outside} | {"type": tally.mistyped}
    others: list[tuple[Against, Tally]] = [("training", column.tally)]
    if previous is not None:
        others.append(("previous", previous.tallies[name]))
    return ColumnResult(
        name=name,
        role=column.watched.role,
        missing=tally.missing_ratio,
        missing_baseline=column.tally.missing_ratio,
        invalid={reason: tally.share(part) for reason, part in parts.items()},
        measured=tuple(_measured(column, against, other, tally) for against, other in others if _both(other, tally)),
    )


def _both(*tallies: Tally) -> bool:
    return all(tally.counts.sum() + tally.below + tally.above for tally in tallies)


def _measured(column: BaselineColumn, against: Against, other: Tally, tally: Tally) -> Measured:
    bins = column.bins
    if isinstance(bins, CategoryCells):
        methods, before, now = CATEGORIES, other.counts, tally.counts
    else:
        methods, before, now = NUMBERS, bins.coarse(other), bins.coarse(tally)
    distances = {method: float(distance(shares(before), shares(now))) for method, distance in methods.items()}
    if not isinstance(bins, CategoryCells):
        distances |= dict(_wasserstein(column, other, tally))
    method, distance = next(iter(methods.items()))
    return Measured(against, method, distances[method], noise(distance, before, now), distances)


def _wasserstein(column: BaselineColumn, other: Tally, tally: Tally) -> Iterator[tuple[str, float]]:
    assert not isinstance(column.bins, CategoryCells)  # noqa: S101 - for the type checker
    found = wasserstein(column.bins, other, tally)
    if found is not None:
        yield WASSERSTEIN, found
