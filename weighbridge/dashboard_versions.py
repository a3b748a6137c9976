"""What is drawn of an endpoint's versions, with the queries of `weighbridge rollout check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from weighbridge.conventions import METRIC_VERSION_LABEL
from weighbridge.dashboard_charts import titled
from weighbridge.dashboard_tile import Chart, Query
from weighbridge.endpoint import Endpoint
from weighbridge.rollout_queries import Comparison, comparison
from weighbridge.server import Latency, conventions_of
from weighbridge.signals.lint import lint
from weighbridge.signals.metric_facts import MetricFacts
from weighbridge.signals.subjects import Subject

LOAD = ("saturation", "queue")
"""Comparisons that no signal shows: drawn of stable alone, too."""

UNITS: Mapping[str, str] = {"ratio": "share", "s": "seconds", "": "number"}


Known = Mapping[str, MetricFacts]
"""Facts of every metric that something writes."""


def load(subject: Subject, endpoint: Endpoint, known: Known) -> Iterator[Chart]:
    """How full the replicas of an endpoint without a rollout are."""
    if endpoint.rollout is None:
        for each in comparison(subject.name, endpoint, subject.words["environment"]):
            if each.id in LOAD and _readable(each.stable, known):
                yield _chart(each, (Query(endpoint.stable, each.stable),))


def side_by_side(subject: Subject, endpoint: Endpoint, known: Known) -> Iterator[Chart]:
    """Candidate and stable in the same charts while there is a rollout."""
    if endpoint.rollout is None:
        return
    latency = conventions_of(subject.name, endpoint).signals.latency
    for each in comparison(subject.name, endpoint, subject.words["environment"]):
        if each.quantile is not None and latency is not None and latency.kind == "summary":
            yield _of_replicas(each.title, each.quantile, latency, subject)
        elif each.candidate is not None and _readable(each.candidate, known):
            new = Query(f"{endpoint.rollout.candidate} (candidate)", each.candidate)
            yield _chart(each, (new, Query(f"{endpoint.stable} (stable)", each.stable)))


def _readable(query: str, known: Known) -> bool:
    """Whether Google's PromQL takes it: a gauge that is called like a histogram, as Triton's queue, it doesn't."""
    return not lint(query, timedelta(0), known)


def _chart(compared: Comparison, queries: tuple[Query, ...]) -> Chart:
    return Chart(titled(compared.title), UNITS[compared.unit], queries)


def _of_replicas(title: str, quantile: float, latency: Latency, subject: Subject) -> Chart:
    """The slowest replica of each version: quantiles of several can't be added up."""
    series = f'{latency.metric}{{{subject.words["app"]}, quantile="{quantile:g}"}}'
    return Chart(titled(title), latency.unit, (Query("", f"max by ({METRIC_VERSION_LABEL}) ({series})"),))
