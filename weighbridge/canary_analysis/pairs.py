"""Whether a candidate's latency is higher than stable's where a server exposes quantiles only: pairs of intervals.

The test. Quantiles of replicas can't be added up, nor can anybody tell how sure they are. So an interval says one thing
only: whether the candidate's quantile is more than a floor times stable's. With no difference at most half of the
intervals do, whatever the distribution: the tail of a fair coin is the chance (a sign test). What hits both versions at
once hits both sides of a pair.

The floor is what matters to nobody, times `allowance`. A replica's quantile is of the requests of the last
`LOOKBACK_SECONDS` (the default of prometheus-cpp, on which Triton builds; unverified on a running one), and of n
requests it is too low, by a share of about 1/n. The server's estimate is too low by a further `SKETCH_LEAST` to
`SKETCH_MOST`, depending on n (prometheus-cpp's algorithm, simulated: its p99 is a p97 to p98 of many requests, a p93 of
30). `TAIL` makes a factor of that: latency grows at most with that power of how rare it is.

Neighbouring intervals are alike: numbers of them are divided by the factor by which an autocorrelation of the ratios
widens the sum of their signs. It is the one that is seen, at least `AUTOCORRELATION`.

False alarms. As in `counts`: `FALSE_ALARMS` for all looks of a bake time and all comparisons together. It assumes
an AR(1) process of intervals; simulated at the floor itself, with hourly looks, it holds up to an autocorrelation of
0.75 from one to the next, breaks from about 0.8 on and lets up to 4% of steps fail at 0.9. Where the versions' replicas
have different numbers of requests, it assumes tails no heavier than `TAIL` (lognormal with sigma 1, Pareto with index
2): with heavier ones and 10 times as many requests to a candidate's replica, alike versions fail. What makes a version
slower for hours, such as one slow node, is a difference to the test.
Arrays end in the axis of intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import asin, comb, erf, exp, log, pi, sqrt

import numpy as np
import numpy.typing as npt

from weighbridge.canary_analysis.counts import DOUBLED, SEEN
from weighbridge.canary_analysis.samples import QUANTILE_INTERVAL as INTERVAL_SECONDS

Values = npt.NDArray[np.float64]

LOOKBACK_SECONDS = 60
LEAST_REQUESTS = 30
"""Fewest requests of a replica in `LOOKBACK_SECONDS`; from fewer, no quantile is worth a comparison."""

SKETCH_LEAST, SKETCH_MOST = 0.01, 0.02
TAIL = 0.5
AUTOCORRELATION = 0.3
LEAST_PAIRS = 3
"""Fewest intervals from which a variation or an autocorrelation is estimated."""


@dataclass(frozen=True, slots=True)
class Side:
    """Of one version, by interval: its quantile in any unit (NaN: unknown), and a replica's requests on average."""

    quantile: Values
    requests: Values


@dataclass(frozen=True, slots=True)
class PairsOutcome:
    """Of one look, or an array of looks. `chance`: the most likely it is to look so bad with no difference."""

    chance: Values
    counts: npt.NDArray[np.bool_]  # which intervals do
    intervals: Values  # how many do
    above: Values  # of them, with a ratio above the floor
    inflation: Values  # by which intervals are worth less, as neighbours are alike
    spread: Values  # standard deviation of the ratios' logarithms; NaN where nothing is known
    ratio: Values  # the middle one; NaN without intervals
    floor: Values  # likewise
    doubled: Values  # the least ratio that a doubled quantile shows as, likewise


def allowance(quantile: float, requests: Values, stable_requests: Values) -> Values:
    """The most by which stable's quantile comes out too low against the candidate's, as a factor of at least 1.

    Requests are a replica's, per interval.
    """
    beyond, scale = 1 - quantile, INTERVAL_SECONDS / LOOKBACK_SECONDS
    lowest = beyond + SKETCH_MOST + scale / np.maximum(stable_requests, 1.0)
    highest = beyond + SKETCH_LEAST + scale / np.maximum(requests, 1.0)
    return np.asarray(np.maximum(1.0, lowest / highest) ** TAIL)


def compare(quantile: float, candidate: Side, stable: Side, least_ratio: float) -> PairsOutcome:
    """The test. Intervals in which a quantile is missing or rests on too few requests say nothing.

    `least_ratio`: up to which a difference matters to nobody, however sure.
    """
    least = LEAST_REQUESTS * INTERVAL_SECONDS / LOOKBACK_SECONDS
    counts = (candidate.quantile > 0) & (stable.quantile > 0)
    counts &= (candidate.requests >= least) & (stable.requests >= least)
    ratios = np.full(counts.shape, np.nan)
    np.divide(candidate.quantile, stable.quantile, out=ratios, where=counts)
    sides = (candidate.requests, stable.requests)
    limits = np.where(counts, least_ratio * allowance(quantile, *sides), np.nan)
    shown = np.where(counts, DOUBLED / allowance(quantile, *sides[::-1]), np.nan)
    logs = np.log(ratios)
    intervals = counts.sum(axis=-1).astype(np.float64)
    above = (counts & (logs > np.log(limits))).sum(axis=-1).astype(np.float64)
    spread, alike = _variation(logs, counts, intervals)
    inflation = np.asarray(np.vectorize(_inflation, otypes=[np.float64])(np.round(alike, 2)))
    won, lost = np.floor(above / inflation), np.ceil((intervals - above) / inflation)
    chance = np.asarray(np.vectorize(_tail, otypes=[np.float64])(won.astype(int), (won + lost).astype(int)))
    return PairsOutcome(chance, counts, intervals, above, inflation, spread, *map(_middle, (ratios, limits, shown)))


def needed(lead: float, spread: float, inflation: float, chance: float) -> int:
    """Intervals from which 99 of 100 looks see a quantile that is twice stable's (a normal approximation).

    `lead`: by what factor such a ratio is above the floor; `spread`: of the ratios' logarithms.
    """
    part = 0.5 + erf(log(lead) / (max(spread, 1e-9) * sqrt(2))) / 2
    part = min(max(part, LEAST_PART), MOST_PART)
    least, most = 1, 1
    while not _seen(most, part, inflation, chance):
        least, most = most, most * 2
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if _seen(middle, part, inflation, chance) else (middle + 1, most)
    return most


LEAST_PART, MOST_PART = 0.55, 0.98
"""Of the intervals above the floor: what a number of them is asked for."""


def _seen(intervals: int, part: float, inflation: float, chance: float) -> bool:
    """Whether so many intervals see it, unlucky ones taken off."""
    worth = intervals / inflation
    share = part - SEEN * sqrt(part * (1 - part) / worth)
    return share > 1 / 2 and exp(-worth * _divergence(share)) < chance


def _divergence(share: float) -> float:
    """Kullback-Leibler's, of a coin that falls so from a fair one, in nats."""
    return log(2) + sum(part * log(part) for part in (share, 1 - share) if part > 0)


def _variation(logs: Values, counts: npt.NDArray[np.bool_], intervals: Values) -> tuple[Values, Values]:
    """Standard deviation of the logarithms, and their autocorrelation, the least that is assumed included."""
    total = np.where(counts, logs, 0.0)
    known = intervals >= LEAST_PAIRS
    mean = _over(total.sum(axis=-1), intervals)
    off = np.where(counts, logs - mean[..., None], 0.0)
    squares = (off**2).sum(axis=-1)
    spread = np.where(known, np.sqrt(_over(squares, intervals - 1)), np.nan)
    pairs = (counts[..., 1:] & counts[..., :-1]).sum(axis=-1)
    together = _over((off[..., 1:] * off[..., :-1]).sum(axis=-1), pairs.astype(np.float64))
    seen = _over(together, _over(squares, intervals))
    return spread, np.clip(np.where(known, seen, 0.0), AUTOCORRELATION, 0.98)


@cache
def _inflation(alike: float) -> float:
    """Variance of a sum of signs of an AR(1) process, as a multiple of that of independent ones."""
    return 1 + sum(4 / pi * asin(alike**lag) for lag in range(1, 1 + round(log(1e-4) / log(alike))))


@cache
def _tail(won: int, of: int) -> float:
    """How likely a fair coin wins so often or more."""
    total = int(of)  # of Python, which has no largest one
    return float(sum(comb(total, wins) for wins in range(int(won), total + 1)) / 2**total)


def _middle(values: Values) -> Values:
    known = ~np.isnan(values).all(axis=-1)
    out = np.full(values.shape[:-1], np.nan)
    out[known] = np.nanmedian(values[known], axis=-1)
    return out


def _over(numerator: Values, denominator: Values) -> Values:
    """The quotient; 0 where there is nothing to divide by."""
    return np.asarray(np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0))
