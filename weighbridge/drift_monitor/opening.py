"""The first rows of a column, as they stand: what their dependence on one another is measured in."""

from __future__ import annotations

import numpy as np

from weighbridge.drift_monitor.category_cells import CategoryCells
from weighbridge.drift_monitor.columns import CategoryBatch, NumberBatch
from weighbridge.drift_monitor.dependence import INDEPENDENT, LOOKED_AT, Dependence, dependence_of
from weighbridge.drift_monitor.number_bins import NumberBins
from weighbridge.drift_monitor.tally import Counts, Floats, Keys


class Opening:
    """Values of the first rows that have one; missing ones and those of a wrong type are left out."""

    def __init__(self) -> None:
        self._numbers: list[Floats] = []
        self._keys: list[Keys] = []
        self._order: list[Counts] = []
        self.lacking = LOOKED_AT

    def add_numbers(self, batch: NumberBatch) -> None:
        """The next rows of a column of numbers or moments."""
        if self.lacking:
            self._numbers.append(batch.values[: self.lacking].copy())
            self.lacking -= self._numbers[-1].size

    def add_categories(self, batch: CategoryBatch) -> None:
        """The next rows of a column of categories."""
        if self.lacking:
            self._keys.append(batch.keys[batch.opening[: self.lacking]])
            self._order.append(batch.order[: self.lacking])
            self.lacking -= self._keys[-1].size

    def dependence(self, bins: NumberBins | CategoryCells) -> Dependence:
        """Of the rows, each in its cell."""
        if isinstance(bins, CategoryCells):
            if not self._keys:
                return INDEPENDENT
            return dependence_of(bins.codes(np.concatenate(self._keys)), np.concatenate(self._order))
        return dependence_of(bins.codes(np.concatenate(self._numbers))) if self._numbers else INDEPENDENT
