"""Alert policies, read from a program's resources."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import resource
from weighbridge.alerting.held_policies import CHANNEL_TYPE, POLICY_TYPE, policies_of
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown

CHANNEL = resource(CHANNEL_TYPE, "page", {"type": "email"})
UP = {"conditionPrometheusQueryLanguage": {"query": "up  ==\n0", "duration": "60s"}}


def policy(name: str = "latency", /, own: tuple[str, ...] = (), **inputs: Any) -> HeldResource:
    behind = {"notificationChannels": own} if own else {}
    return resource(POLICY_TYPE, name, {"conditions": [UP], **inputs}, property_dependencies=behind)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (UP, {("up == 0", "60s")}),
        ({"conditionPrometheusQueryLanguage": {"query": "up == 0"}}, {("up == 0", "0s")}),
        ({"conditionThreshold": {"filter": 'metric.type="x"', "duration": "300s"}}, {('metric.type="x"', "300s")}),
        ({"conditionPrometheusQueryLanguage": {"query": "up =="}}, set()),
        ({"conditionPrometheusQueryLanguage": {"query": Unknown()}}, set()),
        ({"conditionAbsent": {"filter": "x"}}, set()),
    ],
)
def test_conditions_are_texts_in_one_form_with_their_hold_times(condition, expected):
    (found,) = policies_of([policy(conditions=[condition])])
    assert found.conditions == expected


@pytest.mark.parametrize(("given", "enabled"), [({}, True), ({"enabled": True}, True), ({"enabled": False}, False)])
def test_a_policy_is_on_unless_it_is_switched_off(given, enabled):
    (found,) = policies_of([policy(**given)])
    assert found.enabled is enabled


def test_channels_of_this_stack_are_known_and_others_counted():
    ids = [Unknown(), "projects/example-ml/notificationChannels/7"]
    (found,) = policies_of([CHANNEL, policy(own=(CHANNEL.urn,), notificationChannels=ids)])
    assert (found.channels, found.foreign_channels) == ((CHANNEL,), 1)
    (alone,) = policies_of([policy(own=(CHANNEL.urn,), notificationChannels=ids)])
    assert (alone.channels, alone.foreign_channels) == ((), 2)


def test_policies_come_by_name_and_nothing_else_does():
    found = policies_of([policy("b"), CHANNEL, policy("a")])
    assert [held.resource.name for held in found] == ["a", "b"]
