"""What is compared between a rollout's candidate and stable, in PromQL: the same for check, dashboard and runbook.

The series are those of the servers (`servers.yaml`) with the labels of their PodMonitoring, and the drift monitor's.
Nothing here uses a function newer than Prometheus 2.44 or a pattern on metrics' names, which Google's PromQL lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from weighbridge.conventions import APP_LABEL, METRIC_VERSION_LABEL, SERVING_NAMESPACE
from weighbridge.serving.endpoint import SCRAPE_SECONDS
from weighbridge.serving.server import Counter, Latency, Signals, conventions_of
from weighbridge.spec.endpoint import Endpoint
from weighbridge.units import UNITS_PER_SECOND

QUANTILES = (0.5, 0.95, 0.99)
RANGE = "5m"
"""Of queries for people."""

MODEL_QUALITY = "model-quality"
"""Id of the comparison whose title is the spec's own."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing to compare. A query gives one value, or none where nothing is known.

    `unit`: `ratio` (0..1), `s`, or empty for plain numbers. `judged`: the check tests it; else it is only shown.
    """

    id: str
    title: str
    unit: Literal["ratio", "s", ""]
    candidate: str | None  # None: no rollout
    stable: str
    sentence: str
    judged: bool = False
    quantile: float | None = None

    @property
    def counted(self) -> bool:
        """Whether its value is a share that the check counts itself."""
        return self.judged and self.quantile is None


@dataclass(frozen=True, slots=True)
class CountQueries:
    """Increases of one version's counters per interval, for `query_range` with a step of that interval."""

    requests: str | None
    errors: str | None
    buckets: str | None  # by `le`, in the histogram's own unit


@dataclass(frozen=True, slots=True)
class QuantileQueries:
    """Of one version whose server exposes quantiles, per interval: of a replica on average over the replicas."""

    requests: str
    seconds: Mapping[float, str]  # by quantile


def comparison(endpoint_name: str, endpoint: Endpoint, cluster: str, over: str = RANGE) -> tuple[Comparison, ...]:
    """Everything that the endpoint's server and its `watch` let one compare. `over`: range of the averages."""
    return tuple(_comparisons(endpoint_name, endpoint, cluster, over))


def count_queries(name: str, endpoint: Endpoint, cluster: str, version: str, interval_seconds: int) -> CountQueries:
    """Counts of one version.

    A range takes in one scrape more than the interval and is scaled back, so that neighbours leave no gap. What a
    replica counts before it is first scraped is lost, of both versions alike.
    """
    signals = conventions_of(name, endpoint).signals
    labels = _labels(name, cluster, version)
    over, scale = f"{interval_seconds + SCRAPE_SECONDS}s", f"{interval_seconds} / {interval_seconds + SCRAPE_SECONDS}"
    latency = signals.latency
    buckets = (
        f"sum by (le) (increase({latency.metric}_bucket{{{labels}}}[{over}]))"
        if latency is not None and latency.kind == "histogram"
        else None
    )
    return CountQueries(
        requests=f"{_increase(signals.requests, labels, over)} * {scale}" if signals.requests else None,
        errors=f"{_increase(signals.errors, labels, over)} * {scale}" if signals.requests and signals.errors else None,
        buckets=f"{buckets} * {scale}" if buckets else None,
    )


def quantile_queries(
    name: str, endpoint: Endpoint, cluster: str, version: str, interval_seconds: int
) -> QuantileQueries | None:
    """Quantiles of one version, and the requests they rest on; None where the server exposes no summary.

    The requests are the summary's own count, so failed ones are in neither.
    """
    latency = conventions_of(name, endpoint).signals.latency
    if latency is None or latency.kind != "summary":
        return None
    labels, taken = _labels(name, cluster, version), interval_seconds + SCRAPE_SECONDS
    return QuantileQueries(
        requests=f"avg(increase({latency.metric}_count{{{labels}}}[{taken}s])) * {interval_seconds} / {taken}",
        seconds={quantile: _quantile(latency, quantile, labels, f"{interval_seconds}s") for quantile in QUANTILES},
    )


def not_compared(name: str, endpoint: Endpoint) -> tuple[str, ...]:
    """What can't be compared between versions, and why; sentences."""
    return tuple(_not_compared(conventions_of(name, endpoint).signals, endpoint))


def _comparisons(name: str, endpoint: Endpoint, cluster: str, over: str) -> Iterator[Comparison]:
    signals = conventions_of(name, endpoint).signals
    candidate = endpoint.rollout.candidate if endpoint.rollout is not None else None
    stable = _labels(name, cluster, endpoint.stable)
    new = _labels(name, cluster, candidate) if candidate is not None else None
    if signals.requests is not None and signals.errors is not None:
        of = (signals.errors, signals.requests)
        yield Comparison(
            "error-ratio", "error ratio", "ratio",
            _ratio(*of, new, over) if new else None, _ratio(*of, stable, over),
            "Share of requests that fail. The candidate's is no higher than stable's.",
            judged=True,
        )  # fmt: skip
    if signals.latency is not None:
        yield from _latencies(signals.latency, new, stable, over)
    gauges: tuple[tuple[str, str, Literal["ratio", ""], str | None, str], ...] = (
        ("saturation", "saturation", "ratio", signals.saturation.metric if signals.saturation else None,
         "How full a replica is, on average. At 1 the next requests wait."),
        ("queue", "waiting requests", "", signals.queue.metric if signals.queue else None,
         "Requests that wait in a replica, on average."),
    )  # fmt: skip
    for key, title, unit, metric, sentence in gauges:
        if metric is not None:
            asked = (
                f"avg(avg_over_time({metric}{{{labels}}}[{over}]))" if labels else None for labels in (new, stable)
            )
            yield Comparison(key, title, unit, next(asked), str(next(asked)), sentence)
    quality = endpoint.watch.quality if endpoint.watch is not None else None
    if quality is not None and not quality.proxy:
        yield Comparison(
            MODEL_QUALITY, quality.metric, "",
            _quality(name, cluster, quality.metric, candidate) if candidate else None,
            _quality(name, cluster, quality.metric, endpoint.stable),
            f"The newest report for each version ({quality.better} is better).",
        )  # fmt: skip


def _latencies(latency: Latency, new: str | None, stable: str, over: str) -> Iterator[Comparison]:
    sentence = (
        "What {:.0%} of the requests stay under. No more of the candidate's are slow than of stable's."
        if latency.kind == "histogram"
        else "What {:.0%} of a replica's requests stay under, on average over replicas. The candidate's is no higher."
    )
    for quantile in QUANTILES:
        yield Comparison(
            f"latency-p{quantile * 100:.0f}", f"latency p{quantile * 100:.0f}", "s",
            _quantile(latency, quantile, new, over) if new else None, _quantile(latency, quantile, stable, over),
            sentence.format(quantile),
            judged=True, quantile=quantile,
        )  # fmt: skip


def _not_compared(signals: Signals, endpoint: Endpoint) -> Iterator[str]:
    server = endpoint.server
    if signals.requests is None or signals.errors is None:
        yield f"error ratio: not watched by this server ({server} exposes no counters of requests and errors)"
    if signals.latency is None:
        yield f"latency: not watched by this server ({server} exposes no histogram)"
    if signals.saturation is None:
        yield f"saturation: not watched by this server ({server} exposes no gauge)"
    watch = endpoint.watch
    if watch is None:
        yield "predictions and model quality: not watched (the endpoint has no `watch`)"
        return
    if watch.predictions:
        yield "prediction drift: measured over all requests, so not compared by version"
    if watch.quality is None:
        yield "model quality: not watched (`watch` has no `quality`)"
    elif watch.quality.proxy:
        yield f"{watch.quality.metric}: a proxy of all requests, so not compared by version"


def _labels(name: str, cluster: str, version: str) -> str:
    given = {
        APP_LABEL: name, METRIC_VERSION_LABEL: version, "cluster": cluster, "namespace": SERVING_NAMESPACE
    }  # fmt: skip
    return ", ".join(f'{label}="{value}"' for label, value in given.items())


def _increase(counter: Counter, labels: str, over: str) -> str:
    """Increase of a counter over all replicas; 0 where it has no series, as a counter of errors before the first."""
    where = f"{labels}, {counter.where}" if counter.where else labels
    parts = [f"(sum(increase({counter.metric}{{{where}}}[{over}])) or vector(0))"]
    if counter.plus is not None:
        parts.append(f"(sum(increase({counter.plus}{{{labels}}}[{over}])) or vector(0))")
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def _ratio(errors: Counter, requests: Counter, labels: str, over: str) -> str:
    return f"{_increase(errors, labels, over)} / ({_increase(requests, labels, over)} > 0)"


def _quantile(latency: Latency, quantile: float, labels: str, over: str) -> str:
    """In seconds. Of a summary the mean over replicas: the worst one would be worse of whoever has more of them.

    An idle replica's quantile is no number: it is left out, by the comparison.
    """
    if latency.kind == "summary":
        series = f'{latency.metric}{{{labels}, quantile="{quantile:g}"}}'
        value = f"avg(avg_over_time({series}[{over}]) >= 0)"
    else:
        value = f"histogram_quantile({quantile:g}, sum by (le) (increase({latency.metric}_bucket{{{labels}}}[{over}])))"
    factor = UNITS_PER_SECOND[latency.unit]
    return value if factor == 1 else f"{value} / {factor}"


def _quality(name: str, cluster: str, metric: str, version: str) -> str:
    slice_ = f"{METRIC_VERSION_LABEL}={version}"
    labels = f'pipeline="{name}", stage="serving", metric="{metric}", slice="{slice_}", cluster="{cluster}"'
    return f"max(ml_model_quality{{{labels}}})"
