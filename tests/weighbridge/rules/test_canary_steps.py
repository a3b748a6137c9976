"""Routes and Services of the production example, and one change to them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest

from tests.support.paths import STACKS
from tests.support.platform import platform_resources
from tests.support.specs import CATALOG, prod
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Secret, Unknown
from weighbridge.rules.canary_steps import ROUTE_PREFIX, SERVICE_TYPE, judge
from weighbridge.stacks.load import read_spec

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SPEC = read_spec(STACKS / "prod.yaml", CATALOG)
ROUTE = f"{ROUTE_PREFIX}v1:HTTPRoute"


@pytest.fixture(scope="module")
def resources() -> tuple[HeldResource, ...]:
    return platform_resources(SPEC)


def changed(resources, type_, name, change) -> list[HeldResource]:
    copies = copy.deepcopy(resources)
    (one,) = (resource for resource in copies if resource.type == type_ and resource.name == name)
    change(one.inputs)
    return copies


def messages(resources, spec=SPEC) -> list[str]:
    return [finding.message for finding in judge(resources, spec, NOW)]


def test_what_the_components_create_is_what_the_spec_says(resources):
    assert messages(resources) == []


def test_a_weight_that_the_rollout_does_not_give(resources):
    def more(inputs) -> None:
        inputs["spec"]["rules"][-1]["backendRefs"][1]["weight"] = 90

    assert messages(changed(resources, ROUTE, "ranker", more)) == [
        (
            "the route of ranker gives 50% to ranker-v7, 50% to ranker-v8, and the rollout in the spec 90% to "
            "ranker-v7, 10% to ranker-v8. Weights come from the spec alone: take the difference out"
        )
    ]


def test_a_split_that_belongs_to_no_endpoint(resources):
    def rename(inputs) -> None:
        inputs["metadata"]["name"] = "other"

    assert messages(changed(resources, ROUTE, "ranker", rename)) == [
        (
            "the route other splits requests among several backends, and no rollout in the spec says so. Make it an "
            "endpoint of the spec, or give it one backend"
        ),
        (
            "ranker has a rollout, but the stack has no HTTPRoute serving/ranker that carries it out. Create the "
            "endpoint with components.endpoint, or end its rollout"
        ),
    ]


def test_a_route_of_nobody_s_to_a_version(resources):
    def add(inputs) -> None:
        inputs["metadata"]["name"] = "other"
        inputs["spec"]["rules"] = [{"backendRefs": [{"name": "ranker-v8", "port": 8000}]}]

    (copy,) = (copy for copy in changed(resources, ROUTE, "ranker", add) if copy.type == ROUTE)
    (violation,) = judge([*resources, copy], SPEC, NOW)
    assert (violation.urn, violation.holder) == (copy.urn, "other")
    assert messages([*resources, copy]) == [
        (
            "the route other gives requests to ranker-v8, which gets them from the route of ranker alone, by the "
            "rollout in the spec: take the backend out. Testers choose a version by the header x-model-version"
        )
    ]


def test_a_rule_for_a_header_of_everybody_s_is_no_choice_of_testers(resources):
    def add(inputs) -> None:
        rule = {
            "matches": [{"headers": [{"name": "accept", "value": "application/json"}]}],
            "backendRefs": [{"name": "ranker-v8", "weight": 1}],
        }
        inputs["spec"]["rules"].insert(0, rule)

    assert messages(changed(resources, ROUTE, "ranker", add)) == [
        (
            "the route of ranker gives 100% to ranker-v8, and the rollout in the spec 90% to ranker-v7, 10% to "
            "ranker-v8. Weights come from the spec alone: take the difference out"
        )
    ]


def test_a_stack_without_spec_may_not_split_either(resources):
    assert [text.partition(",")[0] for text in messages(resources, None)] == [
        "the route ranker splits requests among several backends"
    ]


def test_an_unknown_weight_is_refused(resources):
    def unknown(inputs) -> None:
        inputs["spec"]["rules"][-1]["backendRefs"][1]["weight"] = Unknown()

    assert messages(changed(resources, ROUTE, "ranker", unknown))[0] == (
        "ranker: what the route does is not known before the deployment, so nobody can tell its weights. Write names "
        "and weights as literals"
    )


def test_a_split_is_seen_through_the_mark_of_a_secret(resources):
    def hide(inputs) -> None:
        inputs["spec"]["rules"][-1]["backendRefs"][1]["weight"] = Secret(90)
        inputs["spec"] = Secret(inputs["spec"])

    expected = "the route of ranker gives 50% to [secret], 50% to [secret]"
    assert messages(changed(resources, ROUTE, "ranker", hide))[0].startswith(expected)


def test_a_service_pointed_at_another_version(resources):
    def point(inputs) -> None:
        inputs["spec"]["selector"]["version"] = "v8"

    assert messages(changed(resources, SERVICE_TYPE, "ranker-v7", point)) == [
        (
            "the Service ranker-v7 picks pods of version 'v8': a Service is never pointed at another version, as "
            "requests fail while it moves. Move weights instead"
        )
    ]


def test_a_backend_without_a_weight_counts_one(resources):
    def weigh(inputs) -> None:
        old, new = inputs["spec"]["rules"][-1]["backendRefs"]
        old["weight"] = 9
        del new["weight"]

    assert messages(changed(resources, ROUTE, "ranker", weigh)) == []


def test_an_unknown_name_of_a_route_is_refused(resources):
    def hide(inputs) -> None:
        inputs["metadata"]["name"] = Unknown()

    found = judge(changed(resources, ROUTE, "ranker", hide), SPEC, NOW)
    assert found[0].message.startswith("ranker: what the route does is not known before the deployment")
    assert (found[0].urn, found[0].holder) == (urn_of(resources, ROUTE, "ranker"), "ranker")


def urn_of(resources, type_, name) -> str:
    return next(resource.urn for resource in resources if resource.type == type_ and resource.name == name)


def test_a_violation_names_the_route_the_service_or_the_rollout(resources):
    def shift(inputs) -> None:
        inputs["spec"]["rules"][-1]["backendRefs"][1]["weight"] = 90

    def rename(inputs) -> None:
        inputs["metadata"]["name"] = "other"

    def point(inputs) -> None:
        inputs["spec"]["selector"]["version"] = "v8"

    route, service = urn_of(resources, ROUTE, "ranker"), urn_of(resources, SERVICE_TYPE, "ranker-v7")
    rollout = ("endpoints", "ranker", "rollout")
    for type_, name, change, expected in (
        (ROUTE, "ranker", shift, [(route, "ranker", None)]),
        (ROUTE, "ranker", rename, [(route, "other", None), (None, "ranker", rollout)]),
        (SERVICE_TYPE, "ranker-v7", point, [(service, "ranker-v7", None)]),
    ):
        found = judge(changed(resources, type_, name, change), SPEC, NOW)
        assert [(one.urn, one.holder, one.path) for one in found] == expected
        assert {(one.rule, one.level, one.exemptible) for one in found} == {("canary-steps", "mandatory", True)}


def test_what_the_record_says_has_its_place_in_the_spec(resources):
    soon = prod(("at: 2026-11-18T10:30:00Z", "at: 2026-11-17T10:30:00Z"))
    (found,) = judge(resources, soon, NOW)
    assert found.message.startswith("ranker went from 1% to 10% after 1h30m")
    assert (found.rule, found.path, found.holder) == (
        "canary-steps",
        ("endpoints", "ranker", "rollout", "at"),
        "ranker",
    )


def test_a_weight_that_is_no_number_gives_nothing(resources):
    def weigh(inputs) -> None:
        inputs["spec"]["rules"][-1]["backendRefs"][1]["weight"] = "10"

    (message,) = messages(changed(resources, ROUTE, "ranker", weigh))
    assert message.startswith("the route of ranker gives 100% to ranker-v7, and the rollout in the spec 90% to")


def test_a_backend_that_is_named_twice_has_both_weights(resources):
    def split(inputs) -> None:
        old, new = inputs["spec"]["rules"][-1]["backendRefs"]
        inputs["spec"]["rules"][-1]["backendRefs"] = [{**old, "weight": 40}, new, {**old, "weight": 50}]

    assert messages(changed(resources, ROUTE, "ranker", split)) == []


@pytest.mark.parametrize(("matches", "split"), [
    ([{"headers": [{"name": "X-Tester", "value": "yes"}]}], False),
    ([{"headers": [{"name": "x-tester", "value": "yes"}]}, {"path": {"value": "/"}}], True),
    ([{"headers": []}], True),
    ([], True),
])  # fmt: skip
def test_a_route_of_nobody_s_may_split_what_any_header_chooses(resources, matches, split):
    def rename(inputs) -> None:
        inputs["metadata"]["name"] = "other"
        inputs["spec"]["rules"] = [
            {"matches": matches, "backendRefs": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]}
        ]

    (copied,) = (copied for copied in changed(resources, ROUTE, "ranker", rename) if copied.type == ROUTE)
    assert bool(messages([*resources, copied])) == split


def test_a_route_or_a_service_hides_nothing_that_comes_after_it(resources):
    def hide(inputs) -> None:
        inputs["metadata"]["name"] = Unknown()

    def shift(inputs) -> None:
        inputs["spec"]["rules"][-1]["backendRefs"][1]["weight"] = 90

    def single(inputs) -> None:
        inputs["metadata"]["name"] = "other"
        inputs["spec"]["rules"] = [{"backendRefs": [{"name": "elsewhere"}]}]

    def point(inputs) -> None:
        inputs["spec"]["selector"]["version"] = "v8"

    def only(type_, name, change) -> HeldResource:
        return next(
            found for found in changed(resources, type_, name, change) if found.type == type_ and found.name == name
        )

    hidden, other, wrong = (only(ROUTE, "ranker", change) for change in (hide, single, shift))
    pointed = only(SERVICE_TYPE, "ranker-v7", point)
    unnamed = only(SERVICE_TYPE, "ranker-v7", hide)
    found = judge([hidden, other, wrong, unnamed, pointed], SPEC, NOW)
    assert [(violation.urn, violation.message.partition(",")[0]) for violation in found] == [
        (hidden.urn, "ranker: what the route does is not known before the deployment"),
        (wrong.urn, "the route of ranker gives 50% to ranker-v7"),
        (
            pointed.urn,
            "the Service ranker-v7 picks pods of version 'v8': a Service is never pointed at another version",
        ),
    ]
