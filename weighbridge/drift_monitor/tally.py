"""What is kept of a column's values: counts, never a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]
Keys: TypeAlias = npt.NDArray[np.uint64]

FOLDED_BITS = 16
MOST_KEYS = 2**FOLDED_BITS
"""Categories that are counted one by one. With more, keys are folded to their first bits, so that several share one:
which ones has nothing to do with how frequent they are."""


def no_keys() -> Keys:
    """Of what has no categories."""
    return np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """One column of a baseline or of a window, counted in the baseline's bins, or by category.

    Tallies of the same bins add up, so how rows are split into files changes nothing.
    """

    counts: Counts  # finite values per fine bin, or values per category
    sums: Floats  # of the finite values per fine bin; of categories empty
    rows: int = 0
    missing: int = 0
    mistyped: int = 0
    outside: int = 0  # of numbers: beyond the baseline's range; of categories: never seen in it
    below: int = 0  # -inf
    above: int = 0  # inf
    keys: Keys = field(default_factory=no_keys)  # of the categories, ascending; of numbers empty
    folded: bool = False  # whether several categories may share a key

    @property
    def values(self) -> int:
        """How many values there are, of the right type or not."""
        return self.rows - self.missing

    @property
    def missing_ratio(self) -> float:
        """Share of rows without a value."""
        return self.missing / self.rows if self.rows else 0.0

    def share(self, part: int) -> float:
        """Share of the values."""
        return part / self.values if self.values else 0.0

    def plus(self, other: Tally) -> Tally:
        """The counts of both samples, which must be of the same bins, or both of categories."""
        if self.keys.size or other.keys.size:
            keys, (one, two), folded = aligned(self, other)
            counts = one + two
        else:
            keys, counts, folded = self.keys, self.counts + other.counts, self.folded or other.folded
        return Tally(
            counts=counts,
            sums=self.sums + other.sums,
            keys=keys,
            folded=folded,
            rows=self.rows + other.rows,
            missing=self.missing + other.missing,
            mistyped=self.mistyped + other.mistyped,
            outside=self.outside + other.outside,
            below=self.below + other.below,
            above=self.above + other.above,
        )


def aligned(one: Tally, other: Tally) -> tuple[Keys, tuple[Counts, Counts], bool]:
    """All keys of two samples of categories, the counts of both by them, and whether keys are folded."""
    folded = one.folded or other.folded
    while True:
        keys = [fold(tally.keys) if folded and not tally.folded else tally.keys for tally in (one, other)]
        together, places = np.unique(np.concatenate(keys), return_inverse=True)
        if folded or together.size <= MOST_KEYS:
            break
        folded = True
    halves = places[: keys[0].size], places[keys[0].size :]
    summed = [
        np.bincount(half, weights=tally.counts, minlength=together.size).astype(np.int64)
        for half, tally in zip(halves, (one, other), strict=True)
    ]
    return together, (summed[0], summed[1]), folded


def fold(keys: Keys) -> Keys:
    """The first bits of keys."""
    folded: Keys = keys >> np.uint64(64 - FOLDED_BITS)
    return folded
