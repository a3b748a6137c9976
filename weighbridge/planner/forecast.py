"""What a trace says of the traffic to come, with an interval, and what it can't say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from weighbridge.planner.trace import Trace

MINUTE, DAY = 60, 86_400
WINDOWS = (1, 10, 60, 300)
"""Seconds over which the peak is shown."""

RESAMPLES, SEED = 1000, 1
PERIODS = 2
"""Of a day or a week that a trace has to hold before it shows their shape."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The rate of requests a second: its mean with a 90 % interval, its peaks, and what the trace is silent about."""

    requests: int
    span: float  # seconds
    rate: float
    low: float | None  # None: too short for an interval
    high: float | None
    peaks: tuple[tuple[int, float], ...]  # seconds of the window, peak over mean
    busy_minute: int | None  # requests in a minute, which 99 minutes of 100 stay below
    silences: tuple[str, ...]


def forecast(trace: Trace) -> Forecast:
    """Reads a trace for its rate. The interval is a bootstrap of blocks of minutes, as neighbours are alike."""
    span = max(trace.span, 1.0)
    rate = trace.arrivals.size / span
    counts = _counts(trace, MINUTE)[: max(1, int(span // MINUTE))]
    low, high = _interval(counts, rate) if counts.size >= 10 else (None, None)  # noqa: PLR2004 - fewer say nothing
    peaks = tuple((window, _most(trace, window) / window / rate) for window in WINDOWS if window < span)
    busy = _busy(counts) if low is not None else None
    return Forecast(trace.arrivals.size, span, rate, low, high, peaks, busy, tuple(_silences(span)))


def _counts(trace: Trace, window: int) -> NDArray[np.int64]:
    return np.bincount((trace.arrivals // window).astype(np.int64))


def forecast_of_rates(rates: NDArray[np.float64], step: float) -> Forecast:
    """Of a series of rates a second, each of so many seconds, without gaps."""
    span = rates.size * step
    rate = float(rates.mean())
    per_step = max(1, round(step / MINUTE))  # minutes that a step stands for, or of a part of one
    steps = max(1, round(MINUTE / step))
    whole = rates[: max(1, rates.size // steps) * steps].reshape(-1, min(steps, rates.size)).mean(axis=1)
    counts = np.repeat(np.round(whole * MINUTE), per_step).astype(np.int64)
    low, high = _interval(counts, rate) if counts.size >= 10 else (None, None)  # noqa: PLR2004 - fewer say nothing
    peaks = []
    for window in WINDOWS:
        length = round(window / step)
        if window >= step and 0 < length < rates.size:
            peaks.append((window, float(np.convolve(rates, np.ones(length) / length, "valid").max()) / rate))
    busy = _busy(counts) if low is not None else None
    return Forecast(round(rate * span), span, rate, low, high, tuple(peaks), busy, tuple(_silences(span)))


def _most(trace: Trace, window: int) -> int:
    """Requests of the fullest window. Windows without any are not laid out: there may be millions."""
    _, counts = np.unique(trace.arrivals // window, return_counts=True)
    return int(counts.max())


MOST_COUNTS = 2000
"""That are resampled; of a longer trace each is of several minutes."""


def _interval(counts: NDArray[np.int64], rate: float) -> tuple[float, float]:
    """Of the mean a second, by blocks of the cube root of their number; `rate` itself is never outside."""
    minutes = -(-counts.size // MOST_COUNTS)
    counts = counts[: counts.size // minutes * minutes].reshape(-1, minutes).sum(axis=1)
    n = counts.size
    block = max(1, round(n ** (1 / 3) * 2))
    random = np.random.default_rng(SEED)
    firsts = random.integers(0, n, (RESAMPLES, -(-n // block)))
    places = (firsts[:, :, None] + np.arange(block)) % n
    means = counts[places.reshape(RESAMPLES, -1)[:, :n]].mean(axis=1) / (MINUTE * minutes)
    low, high = np.quantile(means, [0.05, 0.95])
    return min(float(low), rate), max(float(high), rate)


def _busy(counts: NDArray[np.int64]) -> int:
    """The 99 % quantile of a negative binomial with these moments; of a Poisson where they vary no more than one."""
    mean, variance = float(counts.mean()), float(counts.var(ddof=1))
    if mean > NORMAL_FROM:
        return math.ceil(mean + NORMAL_99 * math.sqrt(max(mean, variance)))
    most = int(mean + 40 * math.sqrt(max(mean, variance))) + 100
    size = mean * mean / (variance - mean) if variance > mean else math.inf
    share = mean / (mean + size) if math.isfinite(size) else 0.0
    first = size * math.log1p(-share) if share else -mean
    sizes = np.arange(most, dtype=float)
    ratios = np.log((size + sizes) * share / (sizes + 1)) if share else np.log(mean / (sizes + 1))
    # In logarithms, as the share of an empty minute is below the smallest float where minutes are full.
    totals = np.cumsum(np.exp(np.concatenate(([first], first + np.cumsum(ratios)))))
    return int(np.searchsorted(totals, 0.99))


NORMAL_FROM, NORMAL_99 = 100_000, 2.326
"""Requests a minute from which the law is as good as a normal one, and that law's 99 % quantile."""


def _silences(span: float) -> Iterator[str]:
    covered = f"the trace covers {span_text(span)}"
    if span < PERIODS * DAY:
        yield f"{covered}: it says nothing of hours of the day, of weekdays, or of growth, which you can state"
    elif span < PERIODS * 7 * DAY:
        yield f"{covered}: it says nothing of weekdays, or of growth, which you can state"
    else:
        yield f"{covered}: no growth is read from it; you can state one"


def span_text(seconds: float) -> str:
    """A time span as sentences write it, such as ``57 min`` or ``2.5 days``."""
    for unit, name in ((DAY, "days"), (3600, "h"), (MINUTE, "min")):
        if seconds >= 2 * unit or unit == MINUTE:
            return f"{seconds / unit:.3g} {name}"
    raise AssertionError("unreachable")
