"""Series of a Triton endpoint with two versions, as its replicas would be scraped; in OpenMetrics text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

BOUNDS_MS = (50.0, 100.0, 200.0, 400.0, 800.0)
SCRAPE_SECONDS = 15


@dataclass(frozen=True)
class Replica:
    """A replica of a version: requests a second, share that fails, mean latency in ms. It restarts once if asked to."""

    version: str
    pod: str
    rate: float
    failing: float = 0.01
    mean_ms: float = 80.0
    restarts: bool = False


def openmetrics(*scenes: tuple[datetime, timedelta, tuple[Replica, ...]], seed: int = 7) -> str:
    """The text of several scenes: each ends at a time and lasts for a while. Starts and scrapes are at whole 15 s."""
    random = np.random.default_rng(seed)
    lines = [
        line for end, length, replicas in scenes for each in replicas for line in _replica(each, end, length, random)
    ]
    return "\n".join([*lines, "# EOF", ""])


def _replica(replica: Replica, end: datetime, length: timedelta, random: np.random.Generator) -> Iterator[str]:
    count = int(length.total_seconds()) // SCRAPE_SECONDS
    first = int(end.timestamp()) - count * SCRAPE_SECONDS
    requests = random.poisson(replica.rate * SCRAPE_SECONDS, count)
    failed = random.binomial(requests, replica.failing)
    shares = np.diff([0.0, *(1 - np.exp(-bound / replica.mean_ms) for bound in BOUNDS_MS), 1.0])
    by_bound = random.multinomial(requests, shares).cumsum(axis=1)
    labels = f'app="ranker",model_version="{replica.version}",cluster="prod",namespace="serving",pod="{replica.pod}"'
    named = {
        f"nv_inference_request_success{{{labels}}}": requests - failed,
        f"nv_inference_request_failure{{{labels}}}": failed,
        **{
            f'nv_inference_first_response_histogram_ms_bucket{{{labels},le="{bound}"}}': by_bound[:, column]
            for column, bound in enumerate([*BOUNDS_MS, "+Inf"])
        },
    }
    for name, increases in named.items():
        half = count // 2 if replica.restarts else count
        total = np.concatenate([[0], increases[:half].cumsum(), increases[half:].cumsum()])
        for index, value in enumerate(total):
            yield f"{name} {value} {first + index * SCRAPE_SECONDS}"
    for index in range(count + 1):
        yield f"nv_gpu_utilization{{{labels}}} 0.42 {first + index * SCRAPE_SECONDS}"
