"""The curves of dashboards, as a server that speaks Prometheus' HTTP API knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from urllib.parse import urlsplit

from weighbridge.dashboards.tile import Chart, DashboardPlan, Query
from weighbridge.prometheus import BadAnswer, Prometheus, Series, UnsafeAddress, on_this_machine

POINTS = 288
"""Of a curve: one each five minutes of a day."""

SHORTEST_STEP_SECONDS = 15
UNSAID = frozenset({"__name__", "app", "cluster", "namespace", "namespace_name", "pipeline", "stage"})
"""Labels that all curves of a chart have alike: they don't name one that stands alone."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: its name, and values by Unix time in seconds, oldest first."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a chart shows. `error`: what the server said of the first query that it refused."""

    curves: tuple[Curve, ...]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """Of all charts, over one span."""

    start: datetime
    end: datetime
    step_seconds: int
    answers: Mapping[Chart, Answer]
    made_up: bool = False  # no server was asked: see `plausible`


def refuse_plain_http(address: str) -> None:
    """Names of features and metrics cross no network in the clear. Raises `UnsafeAddress`; `address` is a URL."""
    parts = urlsplit(address)
    if parts.scheme == "http" and not on_this_machine(parts.hostname or ""):
        raise UnsafeAddress(f"plain http is for a server on this machine: use https for {parts.hostname}")


def gather(server: Prometheus, plans: Iterable[DashboardPlan], start: datetime, end: datetime) -> Curves:
    """Asks for every chart. A refused query is said in its place; a server that doesn't answer raises, as it does."""
    step = max(SHORTEST_STEP_SECONDS, round((end - start).total_seconds() / POINTS))
    charts = dict.fromkeys(chart for plan in plans for chart in plan.charts)
    return Curves(start, end, step, {chart: _answer(server, chart, start, end, step) for chart in charts})


def _answer(server: Prometheus, chart: Chart, start: datetime, end: datetime, step: int) -> Answer:
    curves: list[Curve] = []
    for query in chart.queries:
        try:
            found = server.query_range(query.text, start, end, step)
        except BadAnswer as bad:
            return Answer((), str(bad))
        curves += _curves(query, found)
    return Answer(tuple(curves))


def _curves(query: Query, found: tuple[Series, ...]) -> Iterator[Curve]:
    differ = {
        label
        for series in found
        for label in series.labels
        if (label not in UNSAID if len(found) == 1 else len({other.labels.get(label) for other in found}) > 1)
    }
    if query.legend and len(found) == 1:
        differ = set()
    named = sorted(((_name(query, series, differ), series) for series in found), key=lambda pair: pair[0])
    for name, series in named:
        points = tuple(sorted((at, value) for at, value in series.values.items() if isfinite(value)))
        if points:
            yield Curve(name, points)


def _name(query: Query, series: Series, labels: set[str]) -> str:
    words = [query.legend, *(series.labels.get(label, "") for label in sorted(labels))]
    return " ".join(word for word in words if word)
