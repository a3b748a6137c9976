"""Which series of Cloud Monitoring show a limit and its use, from the table `catalog/quota_metrics.csv`.

Two surfaces: older limits share the metrics of the resource ``consumer_quota`` and differ by the label
``quota_metric``; limits per family (C4, H100, TPU v6e) have metrics of their own, on the resource
``compute.googleapis.com/Location``.
Names follow Google's documentation and service configuration; no live series was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from weighbridge.catalog import Catalog, Confidence, QuotaMetric, load
from weighbridge.signals.dialect import promql_name
from weighbridge.signals.expression import Match
from weighbridge.signals.metric_facts import Kind, MetricFacts

CONSUMER_QUOTA = "consumer_quota"
COMPUTE_LOCATION = "compute.googleapis.com/Location"
COMPUTE = "compute.googleapis.com"
LOCATION_LABEL = "location"

_USAGE = "serviceruntime.googleapis.com/quota/allocation/usage"
_LIMIT = "serviceruntime.googleapis.com/quota/limit"
_EXCEEDED = "serviceruntime.googleapis.com/quota/exceeded"
_FAMILY_METRICS: tuple[tuple[str, Kind], ...] = (("usage", "gauge"), ("limit", "gauge"), ("exceeded", "delta"))
_WRITERS = (CONSUMER_QUOTA, "producer_quota")  # of the shared metrics, as Google's list of metrics has them


@dataclass(frozen=True, slots=True)
class QuotaSeries:
    """The series of one limit in all places; a selector adds the place to `matches`.

    Allocation quotas are sampled rarely, so wrap the selectors: ``last_over_time(…[1d])``. A limit may have several
    series, of which an unlimited one is -1: take ``min(… > 0)``.
    """

    surface: Literal["consumer_quota", "family"]
    usage: str  # metric as PromQL names it
    limit: str  # metric as PromQL names it
    exceeded: str  # metric type, for a threshold condition: whether PromQL shows a BOOL as 0 and 1 is unverified
    exceeded_aligner: str  # how Cloud Monitoring counts the refusals in one period of that metric
    resource: str  # monitored resource type
    matches: tuple[Match, ...]  # for usage and limit alike, the place left out
    project_label: str  # of the resource; unverified on a live series, so better not matched or grouped by
    confidence: Confidence
    note: str

    def exceeded_filter(self, location: str) -> str:
        """Filter of a threshold condition that counts refusals (`exceeded_aligner`, ``REDUCE_SUM``, above 0)."""
        labels = [match for match in self.matches if match.label not in {"monitored_resource", "service"}]
        service = [f'resource.label.service = "{match.value}"' for match in self.matches if match.label == "service"]
        return " AND ".join(
            [
                f'resource.type = "{self.resource}"',
                f'metric.type = "{self.exceeded}"',
                *service,
                f'resource.label.{LOCATION_LABEL} = "{location}"',
                *(f'metric.label.{match.label} = "{match.value}"' for match in labels),
            ]
        )


def quota_series_of(
    quota_id: str, dimensions: tuple[tuple[str, str], ...], catalog: Catalog | None = None
) -> QuotaSeries | None:
    """Where a limit shows; `dimensions` are those of `QuotaKey`. None where the catalog doesn't know."""
    row = (catalog or load()).quota_metrics.get(quota_id)
    if row is None:
        return None
    if row.family_label is None:
        return _shared(row)
    family = dict(dimensions).get(row.family_label)
    return _family(row, row.family_label, family) if family else None


def quota_metric_facts(catalog: Catalog | None = None) -> Iterator[MetricFacts]:
    """What a lint must know of every metric that `quota_series_of` names."""
    for metric_type in (_USAGE, _LIMIT, _EXCEEDED):
        yield MetricFacts(promql_name(metric_type), "gauge", sparse=True, resources=_WRITERS)
    for row in (catalog or load()).quota_metrics.values():
        if row.family_label is not None:
            for what, kind in _FAMILY_METRICS:
                yield MetricFacts(promql_name(f"{row.metric}/{what}"), kind, sparse=True, resources=(COMPUTE_LOCATION,))


def _shared(row: QuotaMetric) -> QuotaSeries:
    return QuotaSeries(
        surface="consumer_quota",
        usage=promql_name(_USAGE),
        limit=promql_name(_LIMIT),
        exceeded=_EXCEEDED,
        exceeded_aligner="ALIGN_COUNT_TRUE",  # a gauge of true and false
        resource=CONSUMER_QUOTA,
        matches=(
            Match("monitored_resource", "=", CONSUMER_QUOTA),
            Match("service", "=", row.service),
            Match("quota_metric", "=", row.metric),
        ),
        project_label=row.project_label,
        confidence=row.confidence,
        note=row.note,
    )


def _family(row: QuotaMetric, label: str, family: str) -> QuotaSeries:
    return QuotaSeries(
        surface="family",
        usage=promql_name(f"{row.metric}/usage"),
        limit=promql_name(f"{row.metric}/limit"),
        exceeded=f"{row.metric}/exceeded",
        exceeded_aligner="ALIGN_DELTA",  # whole numbers, DELTA in Google's list of metrics
        resource=COMPUTE_LOCATION,
        matches=(Match("monitored_resource", "=", COMPUTE_LOCATION), Match(label, "=", family)),
        project_label=row.project_label,
        confidence=row.confidence,
        note=row.note,
    )
