"""What the alerts of a stack cost: counted by what they refer to."""

from __future__ import annotations

from decimal import Decimal

from tests.support.specs import PROJECT
from weighbridge.alerting.cost import PRICE, alerting_cost
from weighbridge.alerting.held_policies import POLICY_TYPE
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown


def policy(name, *conditions, **more):
    inputs = {"conditions": list(conditions), "project": PROJECT, **more}
    return HeldResource(f"urn:{name}", POLICY_TYPE, name, inputs)


def promql(query):
    return {"conditionPrometheusQueryLanguage": {"query": query}}


def test_every_mention_of_a_metric_counts():
    cost = alerting_cost(
        [
            policy("a", promql("rate(x[5m]) / rate(y[5m]) > 1 and x > 0"), promql("up == 0")),
            policy("b", {"conditionThreshold": {"filter": 'metric.type="z"'}}),
            policy("off", promql("x > 1"), enabled=False),
        ]
    )
    assert cost is not None
    assert (cost.policies, cost.references, cost.usd) == (3, 5, 5 * PRICE.usd)
    assert cost.usd == Decimal("1.75")


def test_what_can_t_be_read_counts_as_one():
    cost = alerting_cost([policy("a", promql(Unknown())), policy("b", promql("x >"))])
    assert cost is not None
    assert cost.references == 2


def test_no_alerts_no_line():
    assert alerting_cost([]) is None
