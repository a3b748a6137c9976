"""Of how many rows a sample was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SampledRows:
    """All rows of a window, in the sample or not, and those without a time, which are in none."""

    rows: int = 0
    untimed: int = 0

    def plus(self, more: SampledRows) -> SampledRows:
        """With those of another file."""
        return SampledRows(self.rows + more.rows, self.untimed + more.untimed)


def microseconds_of(span: timedelta) -> int:
    """A span in whole microseconds, in which samples are decided."""
    return span // timedelta(microseconds=1)
