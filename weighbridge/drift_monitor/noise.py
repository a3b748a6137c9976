"""How far two samples of one distribution lie apart by chance.

**What is promised.** A distance is called far if it is beyond its noise, and in one window of `ONE_IN` chance alone
takes any distance of that window beyond: of any column, from the baseline or from the window before, in any slice.
The chance is shared out evenly over all these comparisons (Bonferroni), so it holds however they depend on one another.

**How it is kept.** Nothing is drawn at random; each limit is what the distance exceeds with the given chance.

- `share_limit`, for the largest difference of a share: given both samples together, the count of one cell in one of
  them is hypergeometric, whatever the true shares are. The limit is where the tails of all cells sum to the chance. The
  cells must be chosen by both samples together, or by neither.
- `shape_limit`, for Jensen-Shannon: for two samples of sizes n and m in k cells, ``8 ln 2 d^2 / (1/n + 1/m)`` tends to
  chi-square of k - 1 degrees of freedom, from below where cells are rare. Of a small sample the limit is raised a
  little; without that, 100 rows against very many exceed it ten times as often as promised.
- Rows that resemble the rows beside them say less than as many independent ones: `Dependence` says how much less. The
  limits are those of so many fewer rows, as rare cells vary less evenly than frequent ones.

`make bench` measures it over the sizes, and what shift is seen; tests do so in short.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from weighbridge.drift_monitor.dependence import INDEPENDENT, Dependence
from weighbridge.drift_monitor.tally import Counts, Floats

ONE_IN = 1000
_STEPS = 16
"""Halvings of an interval around the limit: to a ten-thousandth of it."""

Limit = Callable[[Counts, Counts, float, tuple[Dependence, Dependence]], float]


def chance_of(comparisons: int) -> float:
    """What is left for each of so many comparisons."""
    return 1 / (ONE_IN * max(1, comparisons))


def noise(
    method: str, one: Counts, other: Counts, chance: float, rows: tuple[Dependence, Dependence] = (INDEPENDENT,) * 2
) -> float:
    """The distance by a method that two samples, counted in the same cells, exceed by chance; 1 at most."""
    return min(1.0, _LIMITS[method](one, other, chance, rows))


def can_be_far(noise: float, one: Counts, other: Counts, chance: float) -> bool:
    """Whether any two samples of these sizes could be far from one another: even two with no value in common may not.

    Where all values are of one distribution, the two samples are parted so in 2 of all ways to choose one from both.
    """
    sizes = np.array([one.sum(), other.sum(), one.sum() + other.sum()], np.float64)
    ours, theirs, both = _log_factorial(sizes)
    return bool(noise < 1 and both - ours - theirs > math.log(2 / chance))


def shape_limit(one: Counts, other: Counts, chance: float, rows: tuple[Dependence, Dependence]) -> float:
    """The Jensen-Shannon distance that chance exceeds."""
    sizes = int(one.sum()), int(other.sum())
    freedom = int(np.count_nonzero(one + other)) - 1
    if freedom < 1:
        return 0.0
    spread = max(dependence.spread for dependence in rows)
    free = max(1, int(freedom / spread))
    variances = [dependence.factor / size for dependence, size in zip(rows, sizes, strict=True)]
    limit = chi_square_limit(free, chance) * freedom / free * (1 + (freedom + 2) * max(variances))
    variance = sum(variances)
    return math.sqrt(limit * variance / (8 * math.log(2)))


def share_limit(one: Counts, other: Counts, chance: float, rows: tuple[Dependence, Dependence]) -> float:
    """The largest difference of a share that chance exceeds."""
    counts = [_independent(part, dependence.largest) for part, dependence in zip((one, other), rows, strict=True)]
    sizes = int(counts[0].sum()), int(counts[1].sum())
    together = (counts[0] + counts[1])[one + other > 0]
    if together.size < 2:  # noqa: PLR2004 - one cell holds all of both
        return 0.0
    tails = _Tails(together, *sizes)
    most = float(np.max(together * (sum(sizes) - together))) / sum(sizes) ** 2
    unit = sum(1 / size for size in sizes)
    low, high = 0.0, math.sqrt(2 * math.log(2 * together.size / chance) * most * unit)  # a bell curve's is lower
    while high < 1 and tails.beyond(high) > chance:
        low, high = high, 2 * high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if tails.beyond(middle) > chance else (low, middle)
    return high


def _independent(counts: Counts, factor: float) -> Floats:
    """As many as of independent rows, whole: the largest cell takes what rounding leaves."""
    if factor == 1:
        return counts.astype(np.float64)
    fewer = np.round(counts / factor)
    fewer[np.argmax(counts)] += max(1.0, np.round(counts.sum() / factor)) - fewer.sum()
    found: Floats = np.maximum(fewer, 0)
    return found


_LIMITS: Mapping[str, Limit] = {"jensen-shannon": shape_limit, "l-infinity": share_limit}


class _Tails:
    """The chances of cells of which both samples have `together`, a sample of `ours` being taken from all of it."""

    def __init__(self, together: Floats, ours: int, theirs: int) -> None:
        self._together, self._ours, self._theirs = together, float(ours), float(theirs)
        self._least, self._most = np.maximum(0, together - theirs), np.minimum(together, ours)
        others = ours + theirs - together
        sizes = _log_factorial(np.array([self._ours, self._theirs, self._ours + self._theirs]))
        self._fixed = _log_factorial(together) + _log_factorial(others) + sizes[0] + sizes[1] - sizes[2]

    def beyond(self, distance: float) -> float:
        """The chance that a cell's shares differ by more than a distance, summed over cells: an upper bound of any."""
        unit = 1 / self._ours + 1 / self._theirs
        share = self._together / self._theirs
        more = np.floor((share + distance) / unit) + 1
        fewer = np.ceil((share - distance) / unit) - 1
        return float(np.sum(self._tail(more, 1)) + np.sum(self._tail(fewer, -1)))

    def _tail(self, bound: Floats, step: int) -> Floats:
        """The chance of so many of a cell in ours, or more (step 1), or fewer (-1).

        It is the first term, and for the others the geometric series that lies above them.
        """
        possible = (bound >= self._least) & (bound <= self._most)
        own = np.where(possible, bound, self._least)
        rest, lacking = self._together - own, self._ours - own
        left = self._theirs - rest
        log = self._fixed - np.sum(_log_factorial(np.stack((own, rest, lacking, left))), axis=0)
        ratio = rest * lacking / ((own + 1) * (left + 1)) if step > 0 else own * left / ((rest + 1) * (lacking + 1))
        found = np.where(ratio < 1, np.exp(log) / np.maximum(1 - ratio, 1e-12), 1.0)
        return np.where(possible, np.minimum(found, 1.0), 0.0)


_EXACT = np.array([math.lgamma(number + 1) for number in range(32)])


def _log_factorial(numbers: Floats) -> Floats:
    """Stirling's series, exact to the last digits from 32 on."""
    large = np.maximum(numbers, _EXACT.size)
    series = (1 - (1 / 30 - 2 / (7 * 15 * large**2)) / large**2) / (12 * large)
    stirling = large * np.log(large) - large + np.log(2 * np.pi * large) / 2 + series
    return np.where(numbers < _EXACT.size, _EXACT[np.minimum(numbers, _EXACT.size - 1).astype(np.int64)], stirling)


@lru_cache(maxsize=1024)
def chi_square_limit(freedom: int, chance: float) -> float:
    """What chi-square of so many degrees of freedom exceeds with a chance."""
    low, high = 0.0, freedom + 60 + 20 * math.log(1 / chance)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _chi_square_beyond(middle, freedom) > chance else (low, middle)
    return high


def _chi_square_beyond(value: float, freedom: int) -> float:
    """For whole degrees of freedom the tail is a finite sum."""
    half = value / 2
    if freedom % 2:
        found, term, at = math.erfc(math.sqrt(half)), math.sqrt(half / math.pi) * 2 * math.exp(-half), 1.5
    else:
        found, term, at = 0.0, math.exp(-half), 1.0
    for step in range(freedom // 2):
        found += term
        term *= half / (at + step)
    return found
