"""What is drawn of an endpoint's versions, with the queries of `weighbridge rollout check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from weighbridge.canary_analysis.queries import Comparison, comparison
from weighbridge.dashboards.charts import titled
from weighbridge.dashboards.tile import Chart, Query
from weighbridge.signals.lint import lint
from weighbridge.signals.metric_facts import MetricFacts
from weighbridge.signals.subjects import Subject
from weighbridge.spec.endpoint import Endpoint

LOAD = ("saturation", "queue")
"""Comparisons that no signal shows: drawn of stable alone, too."""

UNITS: Mapping[str, str] = {"ratio": "share", "s": "seconds", "": "number"}

Known = Mapping[str, MetricFacts]
"""Facts of every metric that something writes."""


def load(subject: Subject, endpoint: Endpoint, known: Known) -> Iterator[Chart]:
    """How full the replicas of an endpoint without a rollout are."""
    if endpoint.rollout is None:
        for measure in comparison(subject.name, endpoint, subject.words["cluster"]):
            if measure.id in LOAD and _readable(measure.stable, known):
                yield _chart(measure, (Query(endpoint.stable, measure.stable),))


def side_by_side(subject: Subject, endpoint: Endpoint, known: Known) -> Iterator[Chart]:
    """Candidate and stable in the same charts while there is a rollout."""
    if endpoint.rollout is None:
        return
    versions = {endpoint.stable: "stable", endpoint.rollout.candidate: "candidate"}
    for measure in comparison(subject.name, endpoint, subject.words["cluster"]):
        queries = [
            Query(f"{version} ({role})", text)
            for (version, role), text in zip(versions.items(), (measure.stable, measure.candidate), strict=True)
            if text is not None and _readable(text, known)
        ]
        if len(queries) == len(versions):
            yield _chart(measure, tuple(queries))


def _readable(query: str, known: Known) -> bool:
    """Whether Google's PromQL takes it: not a gauge that is called like a part of a histogram, as Triton's queue is."""
    return not lint(query, timedelta(0), known)


def _chart(compared: Comparison, queries: tuple[Query, ...]) -> Chart:
    return Chart(titled(compared.title), UNITS[compared.unit], queries)
