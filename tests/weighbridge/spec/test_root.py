"""The keys of a whole spec: what must be there, what an environment may be called, what may be advisory."""

from __future__ import annotations

import pytest

from tests.support.models import accepts
from tests.support.specs import spec
from weighbridge.rules.registry import RULES
from weighbridge.spec.root import Budget, EnvironmentName, SoftPolicy, Spec

POOLS = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        (EnvironmentName, "perf-2", True),
        (EnvironmentName, "x" * 20, True),
        (EnvironmentName, "x" * 21, False),
        (EnvironmentName, "2-perf", False),
        (EnvironmentName, "perf-", False),
        (Budget, {"monthly_usd": 0.5}, True),
        (Budget, {"monthly_usd": 0}, False),
        (Budget, {"monthly_usd": float("inf")}, False),
    ],
)
def test_one_value(type_, value, expected):
    assert accepts(type_, value) is expected


@pytest.mark.parametrize("key", ["version", "environment", "owner", "cloud", "node_pools"])
def test_what_a_spec_can_t_be_without(key):
    whole = spec(POOLS).model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    assert accepts(Spec, whole)
    assert not accepts(Spec, {name: value for name, value in whole.items() if name != key})
    assert not accepts(Spec, {**whole, "quota": {}})


def test_what_is_left_out():
    small = spec(POOLS)
    assert (small.production, small.gateway.reach, small.monitoring, small.budget) == (False, "regional", None, None)
    assert (small.pipelines, small.endpoints, small.advisory) == ({}, {}, ())
    assert not accepts(Spec, {**small.model_dump(mode="json", exclude_none=True), "node_pools": {}})


def test_a_spec_may_soften_those_rules_that_may_be_softened_and_no_other():
    soft = {rule.name for rule in RULES if rule.may_be_advisory and not rule.only_advises}
    assert {rule.name for rule in RULES if accepts(SoftPolicy, rule.name)} == soft - {"budget", "canary-gate"}
