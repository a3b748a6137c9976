"""Reads the rate of requests that a Prometheus server has recorded, and draws the requests of its busiest hour.

A series of rates has no single requests: within a step they are drawn at random, so that bursts shorter than a step
aren't in them. What is planned for is the busiest hour, as its worst hour decides on a month's percentile.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np

from weighbridge.errors import NoVerdict
from weighbridge.planner.forecast import Forecast, forecast_of_rates
from weighbridge.planner.queue import Seconds
from weighbridge.prometheus import Series
from weighbridge.spec.workloads import PrometheusDemand

MOST_POINTS = 10_000
"""Of one answer: Prometheus refuses more than 11,000."""

LEAST_KNOWN = 0.5
"""Of the steps that must have a value."""

HOUR, MOST_DRAWN, SEED = 3600, 200_000, 1


class NotRecorded(NoVerdict):
    """The server has no rate to plan for; the message says which query and why."""


class RateServer(Protocol):
    """What is asked of a `Prometheus`."""

    def query_range(self, query: str, start: datetime, end: datetime, step_seconds: int) -> tuple[Series, ...]:
        """The values of every series from `start` to `end`, both included."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """The server to ask, and until when."""

    server: RateServer
    now: datetime


@dataclass(frozen=True, slots=True)
class RecordedRate:
    """Requests a second in each step, oldest first (NaN: nothing recorded), and means of tokens where asked for."""

    begin: datetime
    step: float  # seconds
    rates: Seconds
    input_tokens: float | None
    output_tokens: float | None

    @property
    def forecast(self) -> Forecast:
        return forecast_of_rates(self.rates[~np.isnan(self.rates)], self.step)

    @property
    def notes(self) -> Iterator[str]:
        """What isn't known of it."""
        yield (
            f"within each {self.step:g} s requests are drawn at random: shorter bursts aren't recorded, and"
            " `peak_factor` states them"
        )
        missing = int(np.isnan(self.rates).sum())
        if missing:
            yield f"{missing:,} of {self.rates.size:,} steps have no value: left aside; a gap may hide a peak"


def recorded_rate(source: PrometheusDemand, recorder: Recorder) -> RecordedRate:
    """Asks the server. Raises `NotRecorded`, and what `Prometheus` raises."""
    step = int(source.step.total_seconds())
    end = recorder.now.astimezone(UTC)
    begin = end - source.last
    rates = _values(recorder.server, source.requests, begin, end, step)
    known = ~np.isnan(rates)
    if known.sum() < LEAST_KNOWN * rates.size:
        raise NotRecorded(
            f"{source.requests}: {int(known.sum()):,} of {rates.size:,} steps have a value: too few to plan for;"
            " shorten `last`, or mend the query"
        )
    if rates[known].min() < 0:
        raise NotRecorded(f"{source.requests}: it falls below 0, so it is no rate: take rate() of a counter")
    if not rates[known].max():
        raise NotRecorded(f"{source.requests}: it was 0 all the time: there is nothing to plan for")
    tokens = [_mean(recorder.server, query, begin, end, step) for query in (source.input_tokens, source.output_tokens)]
    return RecordedRate(begin, step, rates, tokens[0], tokens[1])


def busiest_requests(recorded: RecordedRate, factor: float) -> tuple[Seconds, datetime]:
    """Arrivals in seconds of the busiest hour, or of so much of it as can be drawn, times `factor`; when it began."""
    rates = np.nan_to_num(recorded.rates) * factor
    length = max(1, min(rates.size, round(HOUR / recorded.step)))
    sums = np.convolve(rates, np.ones(length), "valid")
    first = int(sums.argmax())
    while length > 1 and rates[first : first + length].sum() * recorded.step > MOST_DRAWN:
        length = max(1, length // 2)
        first += int(np.convolve(rates[first : first + 2 * length], np.ones(length), "valid").argmax())
    random = np.random.default_rng(SEED)
    busiest = rates[first : first + length]
    drawn = min(recorded.step, MOST_DRAWN / float(busiest.max()))  # seconds of each step; a part of the only one
    counts = random.poisson(busiest * drawn)
    begins = np.repeat(np.arange(length) * drawn, counts)
    arrivals = np.sort(begins + random.uniform(0, drawn, begins.size))
    return arrivals, recorded.begin + timedelta(seconds=first * recorded.step)


def _values(server: RateServer, query: str, begin: datetime, end: datetime, step: int) -> Seconds:
    """One value a step; NaN where there is none."""
    count = math.floor((end - begin).total_seconds() / step) + 1
    values = np.full(count, np.nan)
    for first in range(0, count, MOST_POINTS):
        last = min(first + MOST_POINTS, count) - 1
        moments = [begin + timedelta(seconds=place * step) for place in (first, last)]
        series = server.query_range(query, moments[0], moments[1], step)
        for moment, value in _only(series, query).items():
            place = round((moment - begin.timestamp()) / step)
            if 0 <= place < count and math.isfinite(value):
                values[place] = value
    return values


def _only(series: tuple[Series, ...], query: str) -> dict[float, float]:
    if len(series) > 1:
        raise NotRecorded(f"{query}: {len(series):,} series: make one of them, as in sum({query[:60]})")
    return dict(series[0].values) if series else {}


def _mean(server: RateServer, query: str | None, begin: datetime, end: datetime, step: int) -> float | None:
    if query is None:
        return None
    values = _values(server, query, begin, end, step)
    known = values[~np.isnan(values)]
    if not known.size or known.mean() < 1:
        raise NotRecorded(f"{query}: no mean of tokens of a request, which is 1 or more")
    return float(known.mean())
