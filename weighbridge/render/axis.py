"""Axes of pictures: where a value lies, how much room is above, which numbers are marked, and how one is written."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

HEADROOM = 1.08
"""How far an axis goes beyond what is drawn, as a factor."""

_THOUSAND, _MILLION, _BILLION = 10**3, 10**6, 10**9


@dataclass(frozen=True, slots=True)
class Frame:
    """Where something is drawn, in pixels, and what that stands for: from start to end, and from low to high."""

    left: float
    right: float
    top: float
    bottom: float
    start: float
    end: float
    low: float
    high: float

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return self.left + (value - self.start) / (self.end - self.start) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


def round_step(wanted: float) -> float:
    """1, 2 or 5 times a power of ten, at least what is wanted."""
    power = 10.0 ** floor(log10(wanted))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * (1 - 1e-9))


def short_number(value: float) -> str:
    """With four digits that count, and a letter for thousands from 10,000 on."""
    for size, letter in ((_BILLION, "G"), (_MILLION, "M"), (10 * _THOUSAND, "k")):
        if abs(value) >= size:
            return f"{value / (_THOUSAND if letter == 'k' else size):.4g}{letter}"
    return f"{value:.4g}"
