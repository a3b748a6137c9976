"""The baseline: which columns it has, of what kind, in which bins or cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from weighbridge.drift_monitor.category_cells import CategoryCells
from weighbridge.drift_monitor.columns import Kind
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.dependence import INDEPENDENT, Dependence
from weighbridge.drift_monitor.number_bins import NumberBins
from weighbridge.drift_monitor.slice_tallies import Slices
from weighbridge.drift_monitor.tally import Tally


@dataclass(frozen=True, slots=True, eq=False)
class BaselineColumn:
    """One column of the baseline; `kind` is what a window is held to."""

    watched: Watched
    kind: Kind
    bins: NumberBins | CategoryCells
    tally: Tally
    dependence: Dependence = INDEPENDENT  # of its rows on one another

    @property
    def fingerprint(self) -> str:
        """Equal for equal bins: what is counted in one can be compared with what is counted in the other."""
        if isinstance(self.bins, CategoryCells):
            derived = self.watched.derived
            return "\n".join((self.bins.fingerprint(), *(derived.phrases if derived is not None else ())))
        return sha256(self.bins.edges.tobytes()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """All watched columns by name, in the order of the spec."""

    columns: Mapping[str, BaselineColumn]
    rows: int = 0
    slices: Slices = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Equal for equal columns and bins."""
        lines = "".join(f"{name} {column.fingerprint}\n" for name, column in self.columns.items())
        return sha256(lines.encode()).hexdigest()[:32]
