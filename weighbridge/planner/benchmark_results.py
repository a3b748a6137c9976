"""Reads result files of `vllm bench serve`, guidellm and inference-perf as measured points of a replica.

Each names the time of a token after the first otherwise: vLLM's `mean_tpot_ms` and guidellm's `inter_token_latency_ms`
leave the first one out; guidellm's `time_per_output_token_ms` has it in it and isn't read. Where a file doesn't state
how many requests were in flight, Little's law does: rate times the time of a request.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from weighbridge.errors import WrongInput
from weighbridge.files.problem import FileError, Problem
from weighbridge.planner.csv_rows import refuse_no_file, refused
from weighbridge.spec.workloads import BenchmarkResults, MeasuredPoint, ServedWorkload

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

MOST_BYTES = 500_000_000
"""guidellm keeps every request of a benchmark in its file."""

MILLISECONDS = 1000.0
SHORTEST, LONGEST = 1e-6, 3600.0
"""Seconds of a token or of a first one."""

NOTHING = "no request was in flight: the benchmark has measured nothing"


class NoFigure(WrongInput):
    """A result lacks a number that is needed, or it can't be right; caught where the file is known."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one benchmark: requests in flight, seconds of a token after the first, and to the first."""

    concurrency: float
    per_token: float
    first_token: float


def with_results(workload: ServedWorkload, folder: Path) -> ServedWorkload:
    """The workload with the points of its result files beside those that it states. Raises `FileError`."""
    points = list(workload.measured)
    for results in workload.results:
        points += points_of(results, folder / results.file)
    for results in workload.results:
        place = results.accelerator, results.devices
        levels = {point.concurrency for point in points if (point.accelerator, point.devices) == place}
        if len(levels) < 2:  # noqa: PLR2004 - a line has two ends
            message = (
                f"one concurrency of {results.devices} x {results.accelerator}, {next(iter(levels))}, makes no line:"
                " add the results of another"
            )
            raise FileError(folder / results.file, [Problem((), message)])
    return workload.model_copy(update={"measured": tuple(points)})


def points_of(results: BenchmarkResults, file: Path) -> tuple[MeasuredPoint, ...]:
    """The points of one file. Raises `FileError`."""
    with refused(file):
        refuse_no_file(file, "JSON")
        if file.stat().st_size > MOST_BYTES:
            raise FileError(file, [Problem((), f"larger than {MOST_BYTES // 1_000_000} MB: leave its requests out")])
        text = file.read_text(encoding="utf-8-sig")
    try:
        figures = [figure for document in _documents(text) for figure in _figures(document)]
    except NoFigure as wrong:
        raise FileError(file, [Problem((), str(wrong))]) from None
    except (json.JSONDecodeError, RecursionError):
        raise FileError(file, [Problem((), "not JSON: give the file that the benchmark wrote")]) from None
    if not figures:
        raise FileError(file, [Problem((), "no benchmark with a request that succeeded")])
    return tuple(
        MeasuredPoint(
            accelerator=results.accelerator, devices=results.devices, concurrency=max(1, round(figure.concurrency)),
            per_token=timedelta(seconds=figure.per_token), first_token=timedelta(seconds=figure.first_token),
        )
        for figure in figures
    )  # fmt: skip


def _documents(text: str) -> list[Json]:
    """One document, or one a line, as `--append-result` writes them."""
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004 - several lines
            raise
        return [json.loads(line) for line in lines]


def _figures(document: Json) -> Iterator[Figures]:
    if isinstance(document, dict) and isinstance(benchmarks := document.get("benchmarks"), list):
        for benchmark in benchmarks:
            yield _guidellm(_object(benchmark, "benchmarks"))
    elif isinstance(document, dict) and "successes" in document:
        yield _inference_perf(document)
    elif isinstance(document, dict) and "mean_tpot_ms" in document:
        yield _vllm(document)
    else:
        known = "`mean_tpot_ms` (vllm bench serve), `benchmarks` (guidellm) nor `successes` (inference-perf)"
        raise NoFigure(f"no result of a benchmark that is known: neither {known}")


def _vllm(result: Mapping[str, Json]) -> Figures:
    per_token = _number(result, ("mean_tpot_ms",)) / MILLISECONDS
    first = _number(result, ("mean_ttft_ms",)) / MILLISECONDS
    completed, tokens = _number(result, ("completed",)), _number(result, ("total_output_tokens",))
    if not completed:
        raise NoFigure(NOTHING)
    whole = first + per_token * max(0.0, tokens / completed - 1)
    in_flight = _number(result, ("request_throughput",)) * whole
    if result.get("max_concurrency") is not None:
        # A closed loop keeps them all in flight, but for its end.
        in_flight = min(in_flight, _number(result, ("max_concurrency",))) if in_flight else 0.0
    return _checked(Figures(in_flight, per_token, first))


def _guidellm(benchmark: Mapping[str, Json]) -> Figures:
    metrics = _object(benchmark.get("metrics"), "metrics")

    def mean(name: str) -> float:
        return _number(metrics, (name, "successful", "mean"))

    return _checked(
        Figures(
            mean("request_concurrency"), mean("inter_token_latency_ms") / MILLISECONDS,
            mean("time_to_first_token_ms") / MILLISECONDS,
        )
    )  # fmt: skip


def _inference_perf(result: Mapping[str, Json]) -> Figures:
    """Seconds; a stage's file, as the summary of all stages has no concurrency of its own."""
    load = _object(result.get("load_summary"), "load_summary")
    if load.get("achieved_rate") is None and load.get("requested_rate") is None:
        raise NoFigure("a summary over stages of different load: give the files stage_N_lifecycle_metrics.json")
    at = ("successes", "latency")
    latency = _object(_inner(dict(result), at), ".".join(at))
    rate = _number(result, ("successes", "throughput", "requests_per_sec"))
    per_token = "time_per_output_token" if latency.get("time_per_output_token") else "inter_token_latency"
    return _checked(
        Figures(
            rate * _number(latency, ("request_latency", "mean")), _number(latency, (per_token, "mean")),
            _number(latency, ("time_to_first_token", "mean")),
        )
    )  # fmt: skip


def _checked(figures: Figures) -> Figures:
    if not figures.concurrency:
        raise NoFigure(NOTHING)
    for name, seconds in (("time of a token", figures.per_token), ("first token", figures.first_token)):
        if not SHORTEST <= seconds <= LONGEST:
            raise NoFigure(f"the mean {name} is {seconds:.3g} s: was it measured with streaming on?")
    return figures


def _inner(given: Json, path: Sequence[str]) -> Json:
    for place, name in enumerate(path):
        given = _object(given, ".".join(path[:place]) or "the result").get(name)
    return given


def _object(given: Json, name: str) -> Mapping[str, Json]:
    if not isinstance(given, dict):
        raise NoFigure(f"`{name}` is missing: not a whole result of a benchmark")
    return given


def _number(given: Mapping[str, Json], path: Sequence[str]) -> float:
    found = _inner(dict(given), path)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found) or found < 0:
        raise NoFigure(f"`{'.'.join(path)}` is {str(found)[:40]}: expected a number")
    return float(found)
