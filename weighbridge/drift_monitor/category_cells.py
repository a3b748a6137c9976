"""Categories of a baseline, and the cells in which two samples of categories are compared.

Each category is counted by its key, those that the baseline has never seen as well. Two samples are compared in the 100
cells that are most frequent in *both together*, and one for all others. Cells chosen by one of the samples would hold
more of that one by chance alone, the luckiest of many categories: a distance where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from weighbridge.drift_monitor.tally import MOST_KEYS, Counts, Keys, Tally, aligned, fold

CELLS = 100


@dataclass(frozen=True, slots=True, eq=False)
class CategoryCells:
    """The categories that the baseline has, by key, ascending. Folded ones can't tell what was never seen."""

    known: Keys
    folded: bool

    def tally(self, keys: Keys, counts: Counts) -> Tally:
        """Counts of categories that occur so often, in any order; a key may stand there twice."""
        unseen = 0 if self.folded else int(counts[~np.isin(keys, self.known)].sum())
        found = counted(keys, counts)
        if self.folded and not found.folded:
            found = counted(fold(found.keys), found.counts, folded=True)
        return replace(found, outside=unseen)

    def empty(self) -> Tally:
        """A tally of nothing."""
        return Tally(np.empty(0, np.int64), np.empty(0), folded=self.folded)

    def codes(self, keys: Keys) -> Counts:
        """A number from 0 for each key, the same for the same one."""
        return np.unique(keys, return_inverse=True)[1].astype(np.int64)

    def fingerprint(self) -> str:
        """Equal for the same categories."""
        return sha256(self.known.tobytes() + bytes([self.folded])).hexdigest()


def counted(keys: Keys, counts: Counts, *, folded: bool = False) -> Tally:
    """The counts by key, ascending; folded if there are too many keys."""
    once, places = np.unique(keys, return_inverse=True)
    summed = np.bincount(places, weights=counts, minlength=once.size).astype(np.int64)
    if once.size > MOST_KEYS and not folded:
        return counted(fold(once), summed, folded=True)
    return Tally(summed, np.empty(0), rows=int(counts.sum()), keys=once, folded=folded)


def cells_of(tally: Tally) -> CategoryCells:
    """The categories of a baseline."""
    return CategoryCells(tally.keys, tally.folded)


def in_cells(one: Tally, other: Tally) -> tuple[Counts, Counts]:
    """Counts of both samples in the cells that both together choose: equally frequent ones by their keys."""
    _, (ours, theirs), _ = aligned(one, other)
    if ours.size <= CELLS + 1:
        return ours, theirs
    order = np.argsort(-(ours + theirs), kind="stable")
    first, rest = order[:CELLS], order[CELLS:]
    return np.append(ours[first], ours[rest].sum()), np.append(theirs[first], theirs[rest].sum())
