"""Made-up curves, so that a dashboard can be looked at before it exists. Who draws them says that they are made up.

The same charts and the same moment give the same curves: they come from the words of the chart, and from no chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import pi, sin

from weighbridge.dashboards.curves import Answer, Curve, Curves
from weighbridge.dashboards.tile import Chart, DashboardPlan

HOURS, STEP_SECONDS = 24, 1200
_DAY = 86400
_LEVELS: Mapping[str, float] = {
    "share": 0.45, "seconds": 0.18, "count": 3, "amount": 4, "us": 180_000, "ms": 180, "per second": 120, "times": 0.5,
    "distance": 0.04, "number": 0.4, "USD/h": 6,
}  # fmt: skip
"""What is usual in a unit, where no threshold says what is not."""

_ERRORS, _RUN_SECONDS = 0.004, 2400.0
_FINE_ABOVE, _FINE_BELOW = 0.55, 1.7
"""Of a threshold: where curves are that break none."""


def plausible(plans: Iterable[DashboardPlan], end: datetime) -> Curves:
    """A day of every chart, each curve on the good side of its threshold."""
    start = end - timedelta(hours=HOURS)
    charts = dict.fromkeys(chart for plan in plans for chart in plan.charts)
    answers = {chart: Answer(tuple(_curves(chart, start))) for chart in charts}
    return Curves(start, end, STEP_SECONDS, answers, made_up=True)


def _curves(chart: Chart, start: datetime) -> Iterable[Curve]:
    first = start.timestamp()
    for number, query in enumerate(chart.queries):
        seed = hashlib.sha256(f"{chart.title}\n{query.legend}\n{query.text}".encode()).digest()
        level = _level(chart) * (1 - 0.15 * (number % 4))
        points = []
        for step in range(HOURS * 3600 // STEP_SECONDS + 1):
            moment = first + step * STEP_SECONDS
            wave = 0.22 * sin(2 * pi * moment / _DAY + seed[0] / 128 * pi)
            noise = (seed[1 + step % 30] / 255 - 0.5) * 0.12
            value = level * (1 + wave + noise)
            points.append((moment, float(round(value)) if chart.unit == "count" else value))
        yield Curve(query.legend, tuple(points))


def _level(chart: Chart) -> float:
    if chart.line is not None:
        return chart.line.value * (_FINE_BELOW if chart.line.before.endswith("below") else _FINE_ABOVE)
    title = chart.title.lower()
    if chart.unit == "share" and "error" in title:
        return _ERRORS
    if chart.unit == "seconds" and "latency" not in title:
        return _RUN_SECONDS
    return _LEVELS.get(chart.unit, 1.0)
