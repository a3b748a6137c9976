"""The requests that a workload is planned for: those of its trace, or random ones at its busiest rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from weighbridge.files.problem import FileError, Problem
from weighbridge.planner.forecast import Forecast, forecast
from weighbridge.planner.queue import Seconds
from weighbridge.planner.recorded_rate import NotRecorded, RecordedRate, Recorder, busiest_requests, recorded_rate
from weighbridge.planner.replay import grown
from weighbridge.planner.trace import MOST_REQUESTS, Trace, read_trace
from weighbridge.spec.workloads import RequestDemand
from weighbridge.units import format_timestamp

LEAST_DRAWN, MOST_DRAWN, DRAWN_SECONDS, SEED = 20_000, 200_000, 600, 1
"""Requests that are drawn for a rate: so many seconds of them, as a queue takes time to fill, within bounds."""

FEW = 200
"""Requests of a trace, of which 5 % are ten: below that, a share says little."""


@dataclass(frozen=True, slots=True)
class Requests:
    """Arrivals in seconds, tokens of each where they are known, and what they come from."""

    arrivals: Seconds
    inputs: Seconds | None
    outputs: Seconds | None
    rate: float  # a second, that was planned for: the trace's mean with growth, or the busiest
    forecast: Forecast | None  # of a trace
    notes: tuple[str, ...]

    @property
    def is_trace(self) -> bool:
        return self.forecast is not None


def requests_of(
    demand: RequestDemand,
    folder: Path,
    *,
    tokens: bool,
    recorder: Callable[[], Recorder] | None = None,
    show: Callable[[str], None] | None = None,
) -> Requests:
    """The requests of a demand; `tokens` says whether a model of language is to serve them; `recorder` asks a server.

    `show` shows how much of a trace is read. Raises `FileError`, and what `recorded_rate` raises.
    """
    if demand.trace is not None:
        file = folder / demand.trace
        return _of_trace(read_trace(file, show), demand.growth, file, tokens=tokens)
    if demand.prometheus is not None:
        if recorder is None:
            raise NotRecorded("a recorded rate needs PROMETHEUS_URL, the address of a server")
        return _recorded(demand, recorded_rate(demand.prometheus, recorder()))
    return _drawn(demand)


def _recorded(demand: RequestDemand, recorded: RecordedRate) -> Requests:
    factor = demand.growth * demand.peak_factor
    arrivals, begin = busiest_requests(recorded, factor)
    random = np.random.default_rng(SEED)
    means = (recorded.input_tokens or demand.input_tokens, recorded.output_tokens or demand.output_tokens)
    inputs, outputs = (_tokens(random, mean, arrivals.size) for mean in means)
    seen = recorded.forecast
    length = max(1.0, float(arrivals[-1]))
    notes = [f"planned for its busiest hour, which began at {format_timestamp(begin)}", *recorded.notes, *seen.silences]
    return Requests(arrivals, inputs, outputs, arrivals.size / length, seen, tuple(notes))


def _tokens(random: np.random.Generator, mean: float | None, count: int) -> Seconds | None:
    """Exponential around a mean, at least one."""
    return None if mean is None else np.maximum(1.0, np.round(random.exponential(mean, count)))


def busiest_rate(demand: RequestDemand) -> float:
    """Requests a second in the busiest hour, with bursts and growth."""
    rate = (demand.rate or 0.0) * demand.growth * demand.peak_factor
    for shape in (demand.daily, demand.weekly):
        if shape is not None:
            rate *= max(shape) * len(shape) / sum(shape)
    return rate


def _of_trace(trace: Trace, growth: float, file: Path, *, tokens: bool) -> Requests:
    if tokens and (trace.inputs is None or trace.outputs is None):
        missing, names = ("input", "prompt") if trace.inputs is None else ("output", "completion")
        message = (
            f"no column of {missing} tokens, such as {missing}_tokens or {names}_tokens: a language model's speed "
            f"depends on them; the first line has {trace.header}"
        )
        raise FileError(file, [Problem((), message, line=1, column=1)])
    if trace.arrivals.size * growth > MOST_REQUESTS:
        message = f"times `growth` these are more than {MOST_REQUESTS:,} requests: give a part, such as the busiest day"
        raise FileError(file, [Problem((), message)])
    arrivals, of = grown(trace.arrivals, growth)
    seen = forecast(trace)
    inputs, outputs = (part[of] if part is not None else None for part in (trace.inputs, trace.outputs))
    notes = [*trace.repairs, *seen.silences]
    if seen.requests < FEW:
        notes.append(f"{seen.requests:,} requests are few: what happens to the slowest of them is chance")
    return Requests(arrivals, inputs, outputs, seen.rate * growth, seen, tuple(notes))


def _drawn(demand: RequestDemand) -> Requests:
    rate = busiest_rate(demand)
    random = np.random.default_rng(SEED)
    count = int(min(MOST_DRAWN, max(LEAST_DRAWN, rate * DRAWN_SECONDS)))
    arrivals = np.cumsum(random.exponential(1 / rate, count))
    inputs, outputs = (_tokens(random, mean, count) for mean in (demand.input_tokens, demand.output_tokens))
    notes = []
    if demand.peak_factor == 1:
        notes.append(
            "no `peak_factor`: arrivals are taken as random within the hour; real ones come in bursts, and a trace of"
            " yours can need several times as many"
        )
    return Requests(arrivals, inputs, outputs, rate, None, tuple(notes))
