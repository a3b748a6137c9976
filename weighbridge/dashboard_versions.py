"""What is drawn of an endpoint's versions, with the queries of `weighbridge rollout check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from weighbridge.conventions import METRIC_VERSION_LABEL
from weighbridge.dashboard_charts import titled
from weighbridge.dashboard_tile import Chart, Query
from weighbridge.endpoint import Endpoint
from weighbridge.rollout_queries import Comparison, comparison
from weighbridge.server import PER_SECOND, Latency, conventions_of
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
    versions = {endpoint.stable: "stable", endpoint.rollout.candidate: "candidate"}
    for each in comparison(subject.name, endpoint, subject.words["environment"]):
        texts: tuple[str | None, ...] = (each.stable, each.candidate)
        if each.quantile is not None and latency is not None and latency.kind == "summary":
            texts = tuple(_of_replicas(latency, each.quantile, version, subject) for version in versions)
        queries = [
            Query(f"{version} ({role})", text)
            for (version, role), text in zip(versions.items(), texts, strict=True)
            if text is not None and _readable(text, known)
        ]
        if len(queries) == len(versions):
            yield _chart(each, tuple(queries))


def _readable(query: str, known: Known) -> bool:
    """Whether Google's PromQL takes it: not a gauge that is called like a part of a histogram, as Triton's queue is."""
    return not lint(query, timedelta(0), known)


def _chart(compared: Comparison, queries: tuple[Query, ...]) -> Chart:
    return Chart(titled(compared.title), UNITS[compared.unit], queries)


def _of_replicas(latency: Latency, quantile: float, version: str, subject: Subject) -> str:
    """Seconds of a version's slowest replica: quantiles of several can't be added up."""
    matchers = f'{subject.words["app"]}, {METRIC_VERSION_LABEL}="{version}", quantile="{quantile:g}"'
    return f"max({latency.metric}{{{matchers}}}) / {PER_SECOND[latency.unit]}"
