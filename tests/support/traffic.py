"""Series of an endpoint with two versions, as its replicas would be scraped; in OpenMetrics text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

BOUNDS = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds
QUANTILES = (0.5, 0.95, 0.99)
SCRAPE_SECONDS = 15
BEFORE_SECONDS = 7
"""Before whole quarters of a minute: what lies on the first edge of a range is in it only before Prometheus 3."""

LOOKBACK = 4  # scrapes over which quantiles look back

Values = np.ndarray
Draw = np.random.Generator


@dataclass(frozen=True)
class Replica:
    """A replica of a version: requests a second, share that fails, mean latency in ms. It restarts once if asked to."""

    version: str
    pod: str
    rate: float
    failing: float = 0.01
    mean_ms: float = 80.0
    restarts: bool = False


@dataclass(frozen=True)
class Scene:
    """Replicas of a server that were scraped for a while up to a time."""

    server: Literal["triton", "vllm"]
    end: datetime
    length: timedelta
    replicas: tuple[Replica, ...]


def openmetrics(*scenes: Scene, seed: int = 7) -> str:
    """The text of several scenes. Scrapes are `BEFORE_SECONDS` before whole 15 s."""
    random = np.random.default_rng(seed)
    lines = [line for scene in scenes for replica in scene.replicas for line in _replica(scene, replica, random)]
    return "\n".join([*lines, "# EOF", ""])


def _replica(scene: Scene, replica: Replica, random: Draw) -> Iterator[str]:
    count = int(scene.length.total_seconds()) // SCRAPE_SECONDS
    first = int(scene.end.timestamp()) - count * SCRAPE_SECONDS - BEFORE_SECONDS
    labels = f'app="ranker",model_version="{replica.version}",cluster="prod",namespace="serving",pod="{replica.pod}"'
    requests = random.poisson(replica.rate * SCRAPE_SECONDS, count)
    failed = random.binomial(requests, replica.failing)
    counters, gauges = {"triton": _triton, "vllm": _vllm}[scene.server](replica, requests, failed, random)
    half = count // 2 if replica.restarts else count
    for name, increases in counters.items():
        total = np.concatenate([[0], increases[:half].cumsum(), increases[half:].cumsum()])
        yield from _samples(name, labels, total, first)
    for name, values in gauges.items():
        yield from _samples(name, labels, values, first)


def _samples(name: str, labels: str, values: Values, first: int) -> Iterator[str]:
    metric, _, own = name.partition("{")
    series = f"{metric}{{{labels}{',' if own else ''}{own.removesuffix('}')}}}"
    for index, value in enumerate(values.tolist()):
        yield f"{series} {value if value == value else 'NaN'} {first + index * SCRAPE_SECONDS}"  # noqa: PLR0124


def _triton(
    replica: Replica, requests: Values, failed: Values, random: Draw
) -> tuple[Mapping[str, Values], Mapping[str, Values]]:
    """Quantiles of the requests of the last minute, in microseconds; NaN where there were none."""
    base = "nv_inference_request_summary_us"
    ends = np.concatenate([[0], requests.cumsum()])
    took = random.exponential(replica.mean_ms * 1000, ends[-1])
    recent = (took[ends[max(0, index - LOOKBACK)] : ends[index]] for index in range(len(ends)))
    none = np.full(len(QUANTILES), np.nan)
    found = np.array(
        [np.quantile(latencies, QUANTILES, method="inverted_cdf") if latencies.size else none for latencies in recent]
    )
    counters = {
        "nv_inference_request_success": requests - failed,
        "nv_inference_request_failure": failed,
        f"{base}_count": requests,
    }
    gauges = {f'{base}{{quantile="{quantile:g}"}}': found[:, index].round() for index, quantile in enumerate(QUANTILES)}
    return counters, {**gauges, "nv_gpu_utilization": np.full(len(ends), 0.42)}


def _vllm(
    replica: Replica, requests: Values, failed: Values, random: Draw
) -> tuple[Mapping[str, Values], Mapping[str, Values]]:
    """Buckets in seconds."""
    shares = np.diff([0.0, *(1 - np.exp(-bound * 1000 / replica.mean_ms) for bound in BOUNDS), 1.0])
    by_bound = random.multinomial(requests, shares).cumsum(axis=1)
    buckets = {
        f'vllm:e2e_request_latency_seconds_bucket{{le="{bound}"}}': by_bound[:, column]
        for column, bound in enumerate([*BOUNDS, "+Inf"])
    }
    counters = {'http_requests_total{status="200"}': requests - failed, 'http_requests_total{status="500"}': failed}
    return {**counters, **buckets}, {"vllm:kv_cache_usage_perc": np.full(len(requests) + 1, 0.42)}
