"""Distances between two distributions over the same bins or cells. Shares stand in the last axis and sum to 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from weighbridge.drift_monitor.number_bins import NumberBins
from weighbridge.drift_monitor.tally import Counts, Floats, Tally

LEAST_SHARE = 1e-4
"""What an empty bin counts as in the population stability index, whose logarithm of nothing would be infinite.
Evidently uses the same."""


def shares(counts: Counts) -> Floats:
    """Counts as shares of their sum, which is not zero."""
    found: Floats = counts / counts.sum(axis=-1, keepdims=True)
    return found


def population_stability_index(one: Floats, other: Floats) -> Floats:
    """Sum of ``(p - q) ln(p / q)``, from 0 without end; shares of zero count as `LEAST_SHARE`. Symmetric."""
    p, q = (np.where(part == 0, LEAST_SHARE, part) for part in (one, other))
    found: Floats = np.sum((p - q) * np.log(p / q), axis=-1)
    return found


def jensen_shannon(one: Floats, other: Floats) -> Floats:
    """Root of the Jensen-Shannon divergence to base 2: 0 alike, 1 nothing in common. Symmetric."""
    middle = (one + other) / 2
    divergence = (_information(one, middle) + _information(other, middle)) / 2
    found: Floats = np.sqrt(np.clip(divergence, 0, 1))
    return found


def l_infinity(one: Floats, other: Floats) -> Floats:
    """The largest difference of a share, 0 to 1. Symmetric."""
    found: Floats = np.max(np.abs(one - other), axis=-1)
    return found


def chi_square(one: Floats, other: Floats) -> Floats:
    """Effect size of the chi-square test, 0 to 1: ``sqrt(1/2 sum (p - q)^2 / (p + q))``. Symmetric.

    It is Cramér's V of the table of both, each weighted alike, so it doesn't depend on how many rows there are.
    """
    both = one + other
    parts = np.divide((one - other) ** 2, both, out=np.zeros(np.shape(both)), where=both > 0)
    found: Floats = np.sqrt(np.clip(np.sum(parts, axis=-1) / 2, 0, 1))
    return found


def wasserstein(bins: NumberBins, one: Tally, other: Tally) -> float | None:
    """The area between both distribution functions, in standard deviations of the baseline; infinite values left out.

    Counts and sums give the signed area of each fine bin exactly. That is the true area but where both functions cross
    within a bin, so the result is never too large, and too small by at most the width of those bins times the share
    they hold (0.2 % or less each); tests hold it to within 0.5 % of the true one. None if the baseline is constant, or
    nothing finite is there.
    """
    sizes = [float(tally.counts.sum()) for tally in (one, other)]
    if not bins.deviation or not all(sizes):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        areas = [_areas(bins.edges, tally, size) for tally, size in zip((one, other), sizes, strict=True)]
        found = float(np.sum(np.abs(areas[0] - areas[1]))) / bins.deviation
    return found if math.isfinite(found) else None


def _areas(edges: Floats, tally: Tally, size: float) -> Floats:
    """Area below the distribution function per fine bin; in the last one, minus the area above it."""
    up_to = np.cumsum(tally.counts)[:-1] / size  # at each edge
    areas: Floats = (np.append(edges, edges[-1]) * tally.counts - tally.sums) / size
    areas[1:-1] += up_to[:-1] * np.diff(edges)
    return areas


def _information(one: Floats, other: Floats) -> Floats:
    ratio = np.divide(one, other, out=np.ones(np.shape(other)), where=one > 0)
    found: Floats = np.sum(one * np.log2(ratio), axis=-1)
    return found


Distance = Callable[[Floats, Floats], Floats]

NUMBERS: Mapping[str, Distance] = {
    "jensen-shannon": jensen_shannon,
    "population-stability-index": population_stability_index,
    "l-infinity": l_infinity,
}
CATEGORIES: Mapping[str, Distance] = {
    "l-infinity": l_infinity,
    "chi-square": chi_square,
    "jensen-shannon": jensen_shannon,
}
"""Distances by the name that metrics carry; the first one decides."""

WASSERSTEIN = "wasserstein"
