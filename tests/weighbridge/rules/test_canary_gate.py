"""Routes and workloads, one by one: what keeps each from changing before anything is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.paths import STACKS
from tests.support.platform import platform_resources
from tests.support.specs import CATALOG, prod, prod_text
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.rules.canary_gate import RULE
from weighbridge.rules.rule_input import RuleInput, Shared
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec, read_folder

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FOLDER = read_folder(STACKS)
GATED = {
    "HTTPRoute ranker", "Deployment ranker-v7", "Deployment ranker-v8", "Service ranker-v7", "Service ranker-v8",
}  # fmt: skip


def refused(spec: Spec, resources: Sequence[HeldResource]) -> dict[str, list[str]]:
    """Messages by kind and name of each resource that is refused."""
    around = Surroundings.of(resources, FOLDER.quota, CATALOG)
    shared = Shared.of("prod", spec, FOLDER.demands, FOLDER.quota, CATALOG)
    found = {}
    for resource in resources:
        given = RuleInput("prod", (resource,), around, shared, NOW)
        lines = [violation.message for violation in RULE.violations(given) if violation.level == "mandatory"]
        if lines:
            found[f"{resource.type.rpartition(':')[2]} {resource.name}"] = lines
    return found


@pytest.fixture(scope="module")
def resources() -> tuple[HeldResource, ...]:
    return platform_resources(prod())


def test_a_release_that_is_approved_passes(resources):
    assert refused(prod(), resources) == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("at: 10%", "at: 50%", "ranker has reached 50%, which nobody approved"),
        ("ranker/v7", "ranker/v6", "v7 of ranker isn't what was accepted"),
        ("at: 2026-11-18T10:30:00Z", "at: 2026-11-17T10:30:00Z", "ranker went from 1% to 10% after 1h30m"),
    ],
)
def test_what_carries_a_release_that_is_not_is_refused_and_nothing_else(old, new, message):
    spec = prod((old, new))
    found = refused(spec, platform_resources(spec))
    assert found.keys() == GATED
    assert all(lines[0].startswith(message) for lines in found.values())


def test_a_weight_of_the_program_is_refused_at_the_route_alone(resources):
    text = prod_text(("at: 10%", "at: 0%"))
    approvals = text[text.index("      approvals:\n") : text.index("\nmonitoring:")]
    spec = parse_spec(text.replace(approvals, ""), STACKS / "prod.yaml")
    found = refused(spec, resources)
    assert found.keys() == {"HTTPRoute ranker"}
    assert found["HTTPRoute ranker"][0].startswith("the route of ranker gives 90% to ranker-v7, 10% to ranker-v8")


def test_a_route_is_its_endpoint_s_by_its_name_in_the_cluster_whatever_the_program_calls_it():
    spec = prod(("at: 10%", "at: 50%"))
    (route,) = (found for found in platform_resources(spec) if found.type.endswith(":HTTPRoute"))
    renamed = replace(route, name="other", urn=route.urn.replace("::ranker", "::other"))
    assert refused(spec, [renamed])["HTTPRoute other"] == refused(spec, [route])["HTTPRoute ranker"]


def test_without_a_spec_there_is_no_release_to_hold_an_object_against(resources):
    shared = Shared.of("scratch", None, FOLDER.demands, FOLDER.quota, CATALOG)
    around = Surroundings.of(resources, FOLDER.quota, CATALOG)
    (config,) = (found for found in resources if found.type.endswith(":Service") and found.name == "ranker-v7")
    config = replace(config, urn=config.urn.replace("ranker-v7", "other"), name="other", inputs={"spec": {}})
    assert list(RULE.violations(RuleInput("scratch", (config,), around, shared, NOW))) == []


def test_what_a_spec_makes_advisory_is_advice_here_too():
    soft = prod(("at: 10%", "at: 50%")).model_copy(
        update={"production": False, "advisory": ("canary-approval", "canary-steps")}
    )
    assert refused(soft, platform_resources(soft)) == {}


def test_a_step_that_is_to_be_reached_in_the_future_holds_all_objects_of_its_endpoint():
    spec = prod(("      at: 10%\n", "      at: 10%\n      reached: [{step: 1%, at: 2026-11-26T09:00:00Z}]\n"))
    found = refused(spec, platform_resources(spec))
    assert found.keys() == GATED
    assert all(any("which is in the future" in message for message in messages) for messages in found.values())
