"""How much less the rows of a sample say than as many independent ones, because rows resemble those beside them.

Requests of one session, rows of one user, values that drift slowly: such rows come in runs, and a share of them varies
more between samples than independent rows would. How much more is measured in the sample's own first rows, as they
stand: they are cut into 64, 32 and 16 blocks, and the shares' variance between blocks is compared with what independent
rows have. Where it keeps growing with the blocks, or there are few runs, rows are sorted, or resemble one another over
a sixteenth of what is looked at and more. The two can't be told apart, and sorting says nothing, so rows then count as
independent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from weighbridge.drift_monitor.tally import Counts, Floats

LOOKED_AT = 8192
"""Rows that are looked at: the first ones."""

_FEWEST = 256
_BLOCKS = (64, 32, 16)
_OWN_CELL = 1 / 30
"""Rarer cells are taken together: their variance between blocks is known too badly."""

_SURE = 2.0
"""Standard deviations beyond which the variance between blocks is more than independent rows'. Few: rows that are taken
for dependent in vain only raise the noise by some per cent."""

_SORTED = 2.8
"""The variance of independent blocks stays as blocks grow fourfold; of sorted rows it grows fourfold too."""

_RUNS = 4
"""Rows that come in so few runs for each cell are sorted, or a few sorted files."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """`factor`: how many rows say as much as one that is independent of all others, on average over all cells."""

    factor: float = 1.0
    spread: float = 1.0  # 1: the same in all directions; k - 1: all of it in one

    @property
    def largest(self) -> float:
        """The factor in the direction where it is largest."""
        return self.factor * self.spread


INDEPENDENT = Dependence()


def dependence_of(codes: Counts) -> Dependence:
    """Of rows in their order, each as the number of its cell."""
    rows = codes[:LOOKED_AT]
    if rows.size < _FEWEST:
        return INDEPENDENT
    if 1 + np.count_nonzero(np.diff(rows)) <= _RUNS * np.unique(rows).size < rows.size:
        return INDEPENDENT
    own = np.bincount(rows) >= _OWN_CELL * rows.size
    cells = (np.cumsum(own) * own)[rows].astype(np.int64)
    shares = np.bincount(cells) / rows.size
    used = shares > 0
    freedom = int(np.count_nonzero(used)) - 1
    if freedom < 1:
        return INDEPENDENT
    deviations = [_deviations(cells, shares, used, blocks) for blocks in _BLOCKS]
    factors = [float(np.sum(part**2)) / ((len(part) - 1) * freedom) for part in deviations]
    usual = [1 + _SURE * math.sqrt(2 / ((blocks - 1) * freedom)) for blocks in _BLOCKS]
    if all(factor <= most for factor, most in zip(factors, usual, strict=True)) or factors[2] > _SORTED * factors[0]:
        return INDEPENDENT
    spread = _spread(deviations[1], freedom)
    # What lies beyond the largest blocks: the last step once more. Raised by what 16 blocks leave uncertain.
    beyond = max(1.0, factors[2], *(2 * larger - smaller for smaller, larger in pairwise(factors[1:])))
    return Dependence(beyond * (1 + 2 * math.sqrt(2 * spread / ((_BLOCKS[2] - 1) * freedom))), spread)


def _deviations(cells: Counts, shares: Floats, used: npt.NDArray[np.bool_], blocks: int) -> Floats:
    """Of each block's counts from what it should have, in standard deviations of rare cells."""
    length = cells.size // blocks
    block = np.repeat(np.arange(blocks), length)
    counts = np.bincount(block * shares.size + cells[: block.size], minlength=blocks * shares.size)
    expected = length * shares[used]
    found: Floats = (counts.reshape(blocks, shares.size)[:, used] - expected) / np.sqrt(expected)
    return found


def _spread(deviations: Floats, freedom: int) -> float:
    """The covariance's squared eigenvalues against those of equal ones, less what chance adds (Satterthwaite)."""
    free = len(deviations) - 1
    covariance = deviations.T @ deviations / free
    total = float(np.trace(covariance))
    squares = free**2 / ((free - 1) * (free + 2)) * (float(np.sum(covariance**2)) - total**2 / free)
    return min(max(1.0, freedom * squares / total**2), float(freedom))
