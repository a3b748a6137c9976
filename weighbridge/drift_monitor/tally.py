"""What is kept of a column's values: counts, never a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """One column of a baseline or of a window, counted in the baseline's bins or cells.

    Tallies of the same bins add up, so how rows are split into files changes nothing.
    """

    counts: Counts  # finite values per fine bin, or values per cell
    sums: Floats  # of the finite values per fine bin; of categories empty
    rows: int = 0
    missing: int = 0
    mistyped: int = 0
    outside: int = 0  # of numbers: beyond the baseline's range; of categories: never seen in it
    below: int = 0  # -inf
    above: int = 0  # inf

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
        """The counts of both samples, which must be of the same bins or cells."""
        return Tally(
            counts=self.counts + other.counts,
            sums=self.sums + other.sums,
            rows=self.rows + other.rows,
            missing=self.missing + other.missing,
            mistyped=self.mistyped + other.mistyped,
            outside=self.outside + other.outside,
            below=self.below + other.below,
            above=self.above + other.above,
        )
