"""What is kept of a slice: the rows in which a column has one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from weighbridge.drift_monitor.dependence import Dependence
from weighbridge.drift_monitor.tally import Tally


@dataclass(frozen=True, slots=True)
class DataSlice:
    """The rows in which a column has a value, as text."""

    column: str
    value: str

    @property
    def name(self) -> str:
        """As reports of quality name slices too: `country=de`."""
        return f"{self.column}={self.value}"


@dataclass(frozen=True, slots=True, eq=False)
class SliceTallies:
    """The watched columns of a slice, counted in the baseline's bins, but for the column that makes the slice."""

    rows: int
    tallies: Mapping[str, Tally]
    dependences: Mapping[str, Dependence] = field(default_factory=dict)


Slices = Mapping[DataSlice, SliceTallies]
