"""Numbers in bins that the baseline's quantiles make.

Two grids in one. The coarse one has up to 20 bins of 5 % of the baseline each, and the distances between shares are
taken over it: 10 to 20 is what the usual limits of the population stability index are meant for, and of these 20 sees
the smallest changes of shape. A value that holds two or more of these quantiles gets a bin of its own, so that constant
columns and columns of few values are told apart exactly. The fine grid adds 500 quantiles, ever rarer ones towards both
ends, and the sum of each bin, for the Wasserstein distance. The outer bins are open, so every value has one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from weighbridge.drift_monitor.tally import Counts, Floats, Tally

COARSE, FINE = 20, 500
KEPT = 2**20
"""Values of a baseline that are kept while its bins are made. Of more, every second (fourth, …) row stands for all:
at this number the sampling error of a share is below 0.0005."""

_AT_ONCE = 2**15


@dataclass(frozen=True, slots=True, eq=False)
class NumberBins:
    """Bin i holds ``edges[i - 1] < x <= edges[i]``; the last one all above."""

    edges: Floats
    starts: Counts  # the first fine bin of each coarse one
    low: float  # smallest value of the baseline
    high: float
    deviation: float  # standard deviation of its finite values; 0 if constant

    def tally(self, values: Floats) -> Tally:
        """Counts of values, none of them NaN. Sorting first is several times faster than looking up each value."""
        return self.tally_ordered(np.sort(values))

    def tally_ordered(self, ordered: Floats) -> Tally:
        """The same of values in ascending order."""
        size = ordered.size
        below = int(np.searchsorted(ordered, -np.inf, side="right"))
        above = size - int(np.searchsorted(ordered, np.inf, side="left"))
        finite = ordered[below : size - above]
        bounds = np.concatenate(([0], np.searchsorted(finite, self.edges, side="right"), [finite.size]))
        counts = np.diff(bounds).astype(np.int64)
        sums, filled = np.zeros(counts.size), counts > 0
        if finite.size:
            with np.errstate(over="ignore", invalid="ignore"):
                sums[filled] = np.add.reduceat(finite, bounds[:-1][filled])
        inside = int(np.searchsorted(ordered, self.high, side="right") - np.searchsorted(ordered, self.low))
        outside = size - max(0, inside)
        return Tally(counts, sums, rows=size, outside=outside, below=below, above=above)

    def codes(self, values: Floats) -> Counts:
        """The coarse bin of each value, none of them NaN."""
        fine = np.searchsorted(self.edges, values, side="left")
        return (np.searchsorted(self.starts, fine, side="right") - 1).astype(np.int64)

    def empty(self) -> Tally:
        """A tally of nothing."""
        return Tally(np.zeros(self.edges.size + 1, np.int64), np.zeros(self.edges.size + 1))

    def coarse(self, tally: Tally) -> Counts:
        """Counts per coarse bin, infinite values in the outer ones."""
        counts: Counts = np.add.reduceat(tally.counts, self.starts)
        counts[0] += tally.below
        counts[-1] += tally.above
        return counts


def bins_of(ordered: Floats, low: float, high: float) -> NumberBins:
    """The bins of a baseline. `ordered`: its finite values, ascending; `low`, `high`: its range, infinite ones too."""
    if not ordered.size:
        return NumberBins(np.empty(0), np.zeros(1, np.int64), low, high, 0.0)
    values, hits = np.unique(_quantiles(ordered, COARSE), return_counts=True)
    single = np.nextafter(values[hits > 1], -np.inf)
    outer = np.union1d(values, single)
    edges = np.union1d(outer, np.concatenate((_quantiles(ordered, FINE), _tails(ordered))))
    starts = np.concatenate(([0], np.searchsorted(edges, outer) + 1)).astype(np.int64)
    scale = float(max(-ordered[0], ordered[-1]))  # squares of large values would overflow
    deviation = _deviation(ordered, scale) if ordered[0] != ordered[-1] else 0.0
    return NumberBins(edges, starts, low, high, deviation)


def _deviation(values: Floats, scale: float) -> float:
    scale = scale if not 1e-100 < scale < 1e100 else 1.0  # noqa: PLR2004 - their squares are numbers
    scaled = values / scale if scale != 1 else values
    middle = np.mean(scaled)
    squares = 0.0
    for at in range(0, scaled.size, _AT_ONCE):  # few, so that they stay in the processor's cache
        centred = scaled[at : at + _AT_ONCE] - middle
        squares += float(np.sum(np.square(centred, out=centred)))
    return math.sqrt(squares / scaled.size) * scale


def _quantiles(ordered: Floats, parts: int) -> Floats:
    """The inner quantiles that split sorted values into equal parts; each is one of the values."""
    at = np.ceil(np.arange(1, parts) * ordered.size / parts).astype(np.int64) - 1
    taken: Floats = ordered[np.maximum(at, 0)]
    return taken


def _tails(ordered: Floats) -> Floats:
    """Values beyond the outermost fine quantiles: the 1st, 2nd, 4th, 8th, … from either end."""
    ranks = 2 ** np.arange(max(1, (ordered.size // FINE).bit_length()))
    ranks = ranks[ranks < ordered.size]
    taken: Floats = np.concatenate((ordered[ranks - 1], ordered[-ranks]))
    return taken


class KeptNumbers:
    """The numbers of a baseline while it is read: all of them up to `most`, then evenly spaced ones."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._parts: list[Floats] = []
        self._kept = 0
        self._seen = 0
        self._step = 1
        self._low, self._high = np.inf, -np.inf  # of what is not kept any more

    def add(self, values: Floats) -> None:
        """More values, none of them NaN."""
        if not values.size:
            return
        if self._step > 1:
            self._widen(values)
        part = values[-self._seen % self._step :: self._step]
        self._seen += values.size
        self._parts.append(part)
        self._kept += part.size
        while self._kept > self._most:
            for kept in self._parts:
                self._widen(kept)
            together = np.concatenate(self._parts)[::2]
            self._parts, self._kept, self._step = [together], together.size, self._step * 2

    def bins(self) -> tuple[NumberBins, Tally]:
        """The bins, and the counts of the kept values in them."""
        ordered = np.concatenate(self._parts) if self._parts else np.empty(0)
        self._parts = []  # one copy is enough
        ordered.sort()
        finite = ordered[np.searchsorted(ordered, -np.inf, side="right") : np.searchsorted(ordered, np.inf)]
        ends = (ordered[0], ordered[-1]) if ordered.size else (np.inf, -np.inf)
        made = bins_of(finite, float(min(self._low, ends[0])), float(max(self._high, ends[1])))
        return made, made.tally_ordered(ordered)

    def _widen(self, values: Floats) -> None:
        self._low = min(self._low, float(values.min()))
        self._high = max(self._high, float(values.max()))
