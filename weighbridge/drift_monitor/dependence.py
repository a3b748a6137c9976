"""How much less the rows of a sample say than as many independent ones, because rows resemble those beside them.

Requests of one session, rows of one user, values that drift slowly: such rows come in runs, and a share of them varies
more between samples than independent rows would. How much more is measured in the sample's own first rows, as they
stand: they are cut into 64, 32 and 16 blocks, and the shares' variance between blocks is compared with what independent
rows have. Where it keeps growing with the blocks, rows change slowly over more than a sixteenth of what is looked at,
and blocks can't tell how much less they say.

Runs tell by themselves, where there are too few for blocks too: each is one draw, and a share of n rows in runs of
lengths l varies as if there were ``n^2 / sum l^2`` independent rows; runs that touch by chance are discounted. Where
their values rise or fall throughout, rows are sorted, which says nothing: they count as independent.
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

_SURE_OF_RUNS = 3.0
"""The same of the runs' lengths, by their own spread."""

_SORTED = 2.8
"""The variance of independent blocks stays as blocks grow fourfold; of sorted rows it grows fourfold too."""

_RUNS = 4
"""So few runs for each cell are too few for blocks to tell how the cell's share varies."""

_FEWEST_RUNS = 8
_TURNS = 1 / 8
"""Of runs in random order every second one is lower than the one before it, of sorted ones none; of a few sorted files,
few."""


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


def dependence_of(codes: Counts, order: Counts | None = None) -> Dependence:
    """Of rows in their order, each as the number of its cell. `order`: what sorted rows are sorted by, or the cells."""
    rows = codes[:LOOKED_AT]
    starts = np.append(0, np.flatnonzero(np.diff(rows)) + 1)
    if starts.size <= _RUNS * np.unique(rows).size < rows.size:
        return _of_runs(rows, starts, (rows if order is None else order)[starts])
    if rows.size < _FEWEST:
        return INDEPENDENT
    runs = _of_runs(rows, starts, (rows if order is None else order)[starts])
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
        return runs
    spread = _spread(deviations[1], freedom)
    # What lies beyond the largest blocks: the last step once more. Raised by what 16 blocks leave uncertain.
    beyond = max(1.0, factors[2], *(2 * larger - smaller for smaller, larger in pairwise(factors[1:])))
    of_blocks = beyond * (1 + 2 * math.sqrt(2 * spread / ((_BLOCKS[2] - 1) * freedom)))
    return Dependence(max(of_blocks, runs.factor), spread)


def _of_runs(rows: Counts, starts: Counts, order: Counts) -> Dependence:
    steps = np.sign(np.diff(order))
    turns = min(np.count_nonzero(steps > 0), np.count_nonzero(steps < 0))
    if starts.size < _FEWEST_RUNS or turns <= _TURNS * starts.size:
        return INDEPENDENT
    squares = np.diff(np.append(starts, rows.size)).astype(np.float64) ** 2
    same = float(np.sum((np.bincount(rows) / rows.size) ** 2))  # the chance that two independent rows are alike
    factor = float(np.sum(squares)) / rows.size * (1 - same) / (1 + same)
    unsure = float(np.std(squares) / np.mean(squares)) / math.sqrt(starts.size)
    return Dependence(factor * (1 + 2 * unsure)) if factor > 1 + _SURE_OF_RUNS * unsure else INDEPENDENT


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
