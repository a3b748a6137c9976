"""Categories in cells: the baseline's 100 most frequent ones, and one cell for all others.

More cells would drown a change in sampling noise, and what has no cell of its own is rare. Whether a category was ever
seen is judged against all of the baseline's up to 50,000; a column with more has no fixed set of categories, and
nothing in it counts as unseen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from weighbridge.drift_monitor.tally import Counts, Tally

CELLS = 100
KNOWN = 50_000
_COUNTED = 4 * KNOWN
"""Categories that are counted at once while a baseline is read; beyond it the rarest are forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class CategoryCells:
    """`known` is an Arrow array of the categories, most frequent first; the first `CELLS` have a cell each."""

    known: Any
    whole: bool  # known are all that the baseline has

    @property
    def cells(self) -> int:
        """How many cells there are, the one for all others included."""
        return min(len(self.known), CELLS) + 1

    def tally(self, categories: Any, counts: Counts) -> Tally:
        """Counts of different categories (an Arrow array of text) that occur so often."""
        import pyarrow.compute as pc

        places = pc.index_in(categories, value_set=self.known).fill_null(len(self.known)).to_numpy(zero_copy_only=False)
        cells = np.bincount(np.minimum(places, self.cells - 1), weights=counts, minlength=self.cells)
        unseen = int(counts[places == len(self.known)].sum()) if self.whole else 0
        return Tally(cells.astype(np.int64), np.empty(0), rows=int(counts.sum()), outside=unseen)

    def empty(self) -> Tally:
        """A tally of nothing."""
        return Tally(np.zeros(self.cells, np.int64), np.empty(0))

    def fingerprint(self) -> str:
        """Equal for equal cells."""
        names = self.known.slice(0, CELLS).to_pylist()
        return sha256("\0".join(names).encode()).hexdigest()


class CountedCategories:
    """The categories of a baseline while it is read."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._whole = True

    def add(self, categories: Any, counts: Counts) -> None:
        """Different categories (an Arrow array of text) that occur so often."""
        self._counts.update(dict(zip(categories.to_pylist(), counts.tolist(), strict=True)))
        if len(self._counts) > _COUNTED:
            self._whole = False
            self._counts = Counter(dict(self._counts.most_common(_COUNTED // 2)))

    def cells(self) -> CategoryCells:
        """The cells; equally frequent categories in the order of their names."""
        import pyarrow as pa

        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))[:KNOWN]
        whole = self._whole and len(self._counts) <= KNOWN
        return CategoryCells(pa.array([name for name, _ in ordered], pa.string()), whole)

    def counted(self, cells: CategoryCells) -> Tally:
        """All that was counted, in the cells."""
        import pyarrow as pa

        names = pa.array(list(self._counts), pa.string())
        return cells.tally(names, np.fromiter(self._counts.values(), np.int64, len(self._counts)))
