"""Where an axis is marked, and what the marks say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil, floor

from weighbridge.dashboards.tile import Line
from weighbridge.render.axis import round_step, short_number
from weighbridge.units import UNITS_PER_SECOND

MINUTE, HOUR, DAY = 60, 3600, 86400
SPANS = (
    1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
    HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 28 * DAY,
)  # fmt: skip
"""Steps between marks of time."""

LATENCIES: Mapping[str, int] = {str(unit): per_second for unit, per_second in UNITS_PER_SECOND.items()}
LEAST_STEP = 0.19
"""Of the axis' length: as the next step that people count in is at most 2.5 times as long, there are 2 to 6 marks."""

MOST_MOMENTS = 7
THOUSAND = 10**3


def values(low: float, high: float, unit: str) -> tuple[float, ...]:
    """Marks of a value axis from `low` to `high` (higher than it), about four, at numbers that people count in."""
    wanted = LEAST_STEP * (high - low)
    step = round_step(wanted)
    if unit == "seconds" and wanted >= 1:
        step = next((span for span in SPANS if span >= wanted), round_step(wanted / DAY) * DAY)
    return tuple(step * ordinal for ordinal in range(ceil(low / step), floor(high / step + 1e-9) + 1))


def moments(start: float, end: float) -> tuple[float, ...]:
    """Marks of a time axis, at whole hours or days of UTC."""
    step = next((span for span in SPANS if (end - start) / span <= MOST_MOMENTS), 28 * DAY)
    first = ceil(start / step)
    return tuple(step * ordinal for ordinal in range(first, floor(end / step) + 1))


def moment_text(moment: float) -> str:
    """`14:00`; at midnight the day."""
    when = datetime.fromtimestamp(moment, UTC)
    return f"{when:%b} {when.day}" if moment % DAY == 0 else f"{when:%H:%M}"


def value_text(value: float, unit: str) -> str:
    """A value with its unit, as short as it can be read."""
    if value == 0:
        return "0"
    if unit == "share":
        return f"{value * 100:.4g}%"
    if unit == "seconds":
        return _span(value)
    if unit in LATENCIES:
        seconds = value / LATENCIES[unit]
        return f"{seconds * THOUSAND:.4g} ms" if abs(seconds) < 1 else f"{seconds:.4g} s"
    return short_number(value)


def marked(unit: str) -> bool:
    """Whether the marks themselves say the unit."""
    return unit in {"share", "seconds", *LATENCIES}


def line_text(line: Line, unit: str) -> str:
    """What a threshold says: `page above 2h for 10m`."""
    return f"{line.before} {value_text(line.value, unit)} {line.after}".rstrip()


def _span(seconds: float) -> str:
    size = abs(seconds)
    if size < 1:
        return f"{seconds * THOUSAND:.4g} ms"
    for length, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if size >= length and (letter != "d" or size >= 2 * DAY or size % DAY == 0):
            return f"{seconds / length:.3g}{letter}"
    return f"{seconds:.3g}s"
