"""Whether a candidate's share of bad requests is higher than stable's, from counts by interval.

The test. Given how many bad requests an interval has, how many are the candidate's follows, with no difference, from
its part of the requests: at most a binomial, whose tail Chernoff's bound `exp(-G)` limits for any number of requests.
Comparing within intervals cancels what hits both versions at once, and a traffic weight that changes in between.
Bad requests come in bursts: `dispersion` is how much more the counts vary than single requests would (of the split
between the versions and of the candidate's own counts; by interval and by blocks of `BLOCK` intervals, whichever is
most, at least 1). `G` is divided by it, and `(1 + 2 G / n)^(-n/2)` instead of `exp(-G)` pays for its being estimated
from n + 1 intervals.

False alarms. `FALSE_ALARMS` holds for all looks of one step's bake time and all comparisons together (Bonferroni), for
a look every `LOOK_SECONDS` or more rarely, whatever window each takes. It assumes that a burst is over within `BLOCK`
intervals and isn't caused by how few replicas the candidate has. Arrays end in the axis of intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]

FALSE_ALARMS = 0.01
"""Most wrong alarms, per step of a rollout."""

LOOK_SECONDS = 60
BLOCK = 5
LEAST_INTERVALS = 10
"""Fewest intervals from which a dispersion says something."""

DOUBLED, LEAST_RISE = 2.0, 0.005
"""What has to be seen: a doubled share, and where that is less, one that is 0.5 percentage points higher."""

SEEN_IN = 0.95
"""Part of the looks with enough requests that see it (simulated)."""

SEEN = 2.326
"""Normal quantile behind it, of 99%: that the dispersion is estimated costs the rest."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Requests and the bad ones among them, by interval, of both versions."""

    bad: Counts
    requests: Counts
    stable_bad: Counts
    stable_requests: Counts


@dataclass(frozen=True, slots=True)
class CountsOutcome:
    """Of one look, or an array of looks. `chance`: the most likely it is to look so bad with no difference."""

    chance: Counts
    dispersion: Counts
    intervals: Counts


def chance_each(bake: timedelta, comparisons: int) -> float:
    """Below which `chance` a comparison counts as worse."""
    looks = max(1, ceil(bake.total_seconds() / LOOK_SECONDS))
    return FALSE_ALARMS / (looks * max(1, comparisons))


def compare(pair: Pair) -> CountsOutcome:
    """The test. Intervals in which only one version has requests say nothing."""
    both = (pair.requests > 0) & (pair.stable_requests > 0)
    bad, requests, stable_bad, stable_requests = (
        np.where(both, counts, 0.0) for counts in (pair.bad, pair.requests, pair.stable_bad, pair.stable_requests)
    )
    intervals = both.sum(axis=-1).astype(np.float64)
    all_bad, part = bad + stable_bad, _over(requests, requests + stable_requests)
    total, expected = all_bad.sum(axis=-1), (all_bad * part).sum(axis=-1)
    got = bad.sum(axis=-1)
    dispersion = _dispersion(bad, requests, stable_bad, stable_requests)
    surprise = np.where(got > expected, total * _divergence(_over(got, total), _over(expected, total)), 0.0)
    freedom = np.maximum(intervals - 1, 1.0)
    chance = (1 + 2 * surprise / (freedom * dispersion)) ** (-freedom / 2)
    return CountsOutcome(chance, dispersion, intervals)


def needed(share: float, part: float, chance: float, dispersion: float, intervals: float) -> int:
    """Requests of the candidate from which `SEEN_IN` of the looks see what has to be seen.

    `share`: stable's bad ones of its requests; `part`: the candidate's part of all requests.
    """
    rise = min(max(share * (DOUBLED - 1), LEAST_RISE), (1 - share) / 2)
    part = min(max(part, 1e-6), 1 - 1e-6)
    worse, other = (share + rise) * part, share * (1 - part)  # bad ones of all requests
    split = worse / (worse + other)
    information = (worse + other) / part * float(_divergence(np.array(split), np.array(part)))
    freedom = max(intervals - 1, 1.0)
    surprise = freedom / 2 * (chance ** (-2 / freedom) - 1)
    return ceil(dispersion * (sqrt(surprise) + SEEN / sqrt(2)) ** 2 / information)


def _dispersion(bad: Counts, requests: Counts, stable_bad: Counts, stable_requests: Counts) -> Counts:
    """The largest of the estimates, at least 1."""
    largest = np.ones(bad.shape[:-1])
    for size in (1, BLOCK):
        a, n, b, m = (_blocks(counts, size) for counts in (bad, requests, stable_bad, stable_requests))
        all_requests = n + m
        ratio = _over((_over(a * m, all_requests)).sum(-1), (_over(b * n, all_requests)).sum(-1), np.inf)
        odds = np.where(np.isinf(ratio), 1e12, ratio)[..., None]
        split = _over(odds * n, odds * n + m)
        largest = np.maximum(largest, _spread(a, (a + b) * split, (a + b) * split * (1 - split)))
        mean = n * _over(a.sum(-1), n.sum(-1))[..., None]
        largest = np.maximum(largest, _spread(a, mean, mean))
    return largest


def _spread(got: Counts, expected: Counts, variance: Counts) -> Counts:
    """Variance of counts as a multiple of that of single requests; 0 where there is nothing to compare."""
    used = (expected > 0).sum(axis=-1)
    squares, alone = ((got - expected) ** 2).sum(axis=-1), variance.sum(axis=-1)
    return np.where(used > 1, _over(squares, alone) * _over(used, used - 1), 0.0)


def _blocks(counts: Counts, size: int) -> Counts:
    """Sums of neighbours; the oldest that fill no block are left out."""
    whole = counts.shape[-1] // size
    kept = counts[..., counts.shape[-1] - whole * size :]
    return np.asarray(kept.reshape(*kept.shape[:-1], whole, size).sum(axis=-1))


def _divergence(got: Counts, expected: Counts) -> Counts:
    """Kullback-Leibler's, of two Bernoulli distributions, in nats. `expected` is 0 or 1 only where `got` is too."""
    return _part_of_divergence(got, expected) + _part_of_divergence(1 - got, 1 - expected)


def _part_of_divergence(got: Counts, expected: Counts) -> Counts:
    ratio = _over(got, expected, 1.0)
    return np.asarray(got * np.log(ratio, out=np.zeros(ratio.shape), where=ratio > 0))


def _over(numerator: Counts, denominator: Counts, otherwise: float = 0.0) -> Counts:
    """The quotient; `otherwise` where there is nothing to divide by."""
    top, bottom = np.broadcast_arrays(numerator, denominator)
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, otherwise), where=bottom != 0))
