"""What alerting itself costs: Cloud Monitoring charges for each metric that a condition refers to.

Counted from the resources, so alerts of any origin are in it. Points returned ($0.50 a million) are not: how many there
are depends on the series that exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from weighbridge.alerting.held_policies import POLICY_TYPE
from weighbridge.catalog import Confidence
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge
from weighbridge.signals.expression import NotPromQl, references


@dataclass(frozen=True, slots=True)
class ReferencePrice:
    """US dollars a month for one metric reference of an enabled condition."""

    usd: Decimal
    as_of: date
    confidence: Confidence
    source: str


PRICE = ReferencePrice(
    usd=Decimal("0.35"),
    as_of=date(2026, 9, 1),
    confidence=Confidence.REPORTED,
    source="Cloud Monitoring's pricing as announced for 2026-09-01; the charge by reference is documented, the sum not",
)


@dataclass(frozen=True, slots=True)
class AlertingCost:
    """Of all alert policies together."""

    policies: int
    references: int
    usd: Decimal
    prices_of: date


def alerting_cost(resources: Iterable[HeldResource]) -> AlertingCost | None:
    """US dollars a month; None without alert policies. A condition that can't be read counts as one reference."""
    counts = [
        sum(_references(resource)) for resource in resources if resource.type == POLICY_TYPE and not resource.existing
    ]
    if not counts:
        return None
    return AlertingCost(len(counts), sum(counts), sum(counts) * PRICE.usd, PRICE.as_of)


def _references(policy: HeldResource) -> Iterator[int]:
    if policy.inputs.get("enabled") is False:
        return
    try:
        conditions = policy.read.parts("conditions")
    except CannotJudge:
        yield 1
        return
    for condition in conditions:
        try:
            promql = condition.part("conditionPrometheusQueryLanguage")
            yield references(promql.text("query") or "") if promql is not None else 1
        except (CannotJudge, NotPromQl):
            yield 1
