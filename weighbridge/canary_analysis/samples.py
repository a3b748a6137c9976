"""What a server knows of both versions over a window: counts and quantiles by interval, and values to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite, nan

from weighbridge.canary_analysis.queries import comparison, count_queries, quantile_queries
from weighbridge.prometheus import Prometheus, Series
from weighbridge.serving.server import conventions_of
from weighbridge.spec.endpoint import Endpoint
from weighbridge.units import format_duration

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=7)
"""Of a window: enough intervals to tell how errors vary, and few enough points for one answer."""

WINDOW, WINDOW_OF_QUANTILES = timedelta(hours=1), timedelta(hours=6)
"""Where none is given: of counts, and of quantiles, whose test needs some fifty intervals at least."""

INTERVALS = 60
SHORTEST_INTERVAL, LONGEST_INTERVAL = 60, 300  # seconds
QUANTILE_INTERVAL = 300
"""Seconds: so long that the last minute, over which a server's quantiles look back, is little of it."""

Counts = tuple[float, ...]
"""Whole numbers, by interval, oldest first."""


@dataclass(frozen=True, slots=True)
class VersionCounts:
    """Of one version. None, or empty: the server exposes no such counter. `buckets` are cumulative, by upper bound."""

    requests: Counts | None
    errors: Counts | None
    buckets: Mapping[float, Counts]


@dataclass(frozen=True, slots=True)
class VersionQuantiles:
    """Of one version, every `QUANTILE_INTERVAL`, oldest first; NaN: unknown. `requests`: a replica's, on average."""

    requests: tuple[float, ...]
    seconds: Mapping[float, tuple[float, ...]]  # by quantile


@dataclass(frozen=True, slots=True)
class Samples:
    """Of both. `values`: candidate's and stable's by comparison; None where nothing is known.

    `quantiles`: candidate's and stable's; None: the server exposes none.
    """

    start: datetime
    end: datetime
    interval_seconds: int
    candidate: VersionCounts
    stable: VersionCounts
    values: Mapping[str, tuple[float | None, float | None]]
    quantiles: tuple[VersionQuantiles, VersionQuantiles] | None = None


def window_for(name: str, endpoint: Endpoint) -> timedelta:
    """How far to look back where nobody says."""
    latency = conventions_of(name, endpoint).signals.latency
    return WINDOW_OF_QUANTILES if latency is not None and latency.kind == "summary" else WINDOW


def interval_of(window: timedelta) -> int:
    """Seconds of an interval: about sixty to a window, of one to five minutes."""
    wanted = window.total_seconds() / INTERVALS // SHORTEST_INTERVAL * SHORTEST_INTERVAL
    return int(max(SHORTEST_INTERVAL, min(LONGEST_INTERVAL, wanted)))


def gather(
    server: Prometheus, name: str, endpoint: Endpoint, cluster: str, window: timedelta, now: datetime
) -> Samples:
    """Asks for everything that the check needs, of an endpoint with a rollout. Raises as the server's queries do."""
    if endpoint.rollout is None:
        raise ValueError(f"{name} has no rollout")
    interval = interval_of(window)
    length = int(window.total_seconds()) // interval * interval
    end = datetime.fromtimestamp(now.timestamp() // SHORTEST_INTERVAL * SHORTEST_INTERVAL, tz=UTC)
    start = end - timedelta(seconds=length)
    moments = tuple(start.timestamp() + interval * (index + 1) for index in range(length // interval))

    def counts(version: str) -> VersionCounts:
        queries = count_queries(name, endpoint, cluster, version, interval)

        def ask(query: str | None) -> tuple[Series, ...]:
            first = start + timedelta(seconds=interval)  # each value looks one interval back
            return server.query_range(query, first, end, interval) if query is not None else ()

        buckets = {float(series.labels["le"]): _whole(series, moments) for series in ask(queries.buckets)}
        return VersionCounts(
            requests=_one(ask(queries.requests), moments) if queries.requests else None,
            errors=_one(ask(queries.errors), moments) if queries.errors else None,
            buckets=dict(sorted(buckets.items())),
        )

    def quantiles(version: str) -> VersionQuantiles | None:
        queries = quantile_queries(name, endpoint, cluster, version, QUANTILE_INTERVAL)
        if queries is None:
            return None
        number = int(window.total_seconds()) // QUANTILE_INTERVAL
        first = end - timedelta(seconds=QUANTILE_INTERVAL * (number - 1))

        def ask(query: str) -> tuple[float, ...]:
            answer = server.query_range(query, first, end, QUANTILE_INTERVAL)
            known = {round(moment): value for moment, value in answer[0].values.items()} if answer else {}
            return tuple(known.get(round(first.timestamp()) + QUANTILE_INTERVAL * step, nan) for step in range(number))

        return VersionQuantiles(
            ask(queries.requests), {quantile: ask(query) for quantile, query in queries.seconds.items()}
        )

    def value(query: str | None) -> float | None:
        found = [number for series in server.query(query, end) for number in series.values.values()] if query else []
        return found[0] if found and isfinite(found[0]) else None

    over = format_duration(timedelta(seconds=length))
    new, old = quantiles(endpoint.rollout.candidate), quantiles(endpoint.stable)
    asked = [
        measure
        for measure in comparison(name, endpoint, cluster, over)
        if not measure.counted and (measure.quantile is None or new is None)
    ]
    return Samples(
        start=start,
        end=end,
        interval_seconds=interval,
        candidate=counts(endpoint.rollout.candidate),
        stable=counts(endpoint.stable),
        values={measure.id: (value(measure.candidate), value(measure.stable)) for measure in asked},
        quantiles=(new, old) if new is not None and old is not None else None,
    )


def _one(answer: tuple[Series, ...], moments: tuple[float, ...]) -> Counts:
    return _whole(answer[0], moments) if answer else (0.0,) * len(moments)


def _whole(series: Series, moments: tuple[float, ...]) -> Counts:
    """An increase is extrapolated to its range, so it is rounded; an interval without samples has none."""
    known = {round(moment): number for moment, number in series.values.items() if isfinite(number)}
    return tuple(float(round(max(0.0, known.get(round(moment), 0.0)))) for moment in moments)
