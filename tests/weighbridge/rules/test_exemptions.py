"""Every rule: what a violation's message calls it, copied into an exemption as it is, lets the stack pass."""

# ruff: noqa: E501 - a case is easiest to read on one line

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support import kueue
from tests.support.graphs import resource
from tests.support.platform import platform_resources
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, limit, prod, quota_file
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.rules.registry import EXEMPTIBLE, RULES
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.violation import Violation
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
L4 = "NVIDIA-L4-GPUS-per-project-region"
BY_NAME = {rule.name: rule for rule in RULES}
Resources = tuple[HeldResource, ...]


def asked(rule: str, spec: Spec, resources: Resources, *exemptions: dict[str, Any], **more: Any) -> list[Violation]:
    """What a rule says of stack prod, the backstop about its pool of L4 alone."""
    quota: QuotaFile = quota_file(limit(L4, 24), exemptions=list(exemptions), **more)
    if rule == "quota-claim":
        resources = tuple(one for one in resources if one.name == "serve-l4" and one.inputs.get("nodeConfig"))
    around = Surroundings.of(resources, quota, CATALOG)
    given = RuleInput("prod", resources, around, shared_by("prod", {"prod": spec}, quota), NOW)
    return list(BY_NAME[rule].violations(given))


def unchanged(resources: Resources) -> Resources:
    return resources


def edited(kind: str, name: str, edit: Callable[[Any], object]) -> Callable[[Resources], Resources]:
    def change(resources: Resources) -> Resources:
        copies = copy.deepcopy(resources)
        (one,) = (one for one in copies if one.type.endswith(f":{kind}") and one.name == name and one.inputs)
        edit(one.inputs)
        return copies

    return change


def without(kind: str) -> Callable[[Resources], Resources]:
    return lambda resources: tuple(one for one in resources if not one.type.endswith(f":{kind}"))


def pod(inputs: Any) -> Any:
    return inputs["spec"]["template"]["spec"]


POD = {"containers": [{"name": "c", "image": "x/y:latest"}]}
SHARE = {"shares": {"prod": "10%"}}
PAST = {
    "what": "search team notebooks", "quota": L4, "region": "us-central1", "amount": 1, "owner": "s@example.com",
    "review_by": "2026-01-31",
}  # fmt: skip
A100 = kueue.flavor(pool="train-a100")
CASES: list[tuple[str, tuple[str, str] | None, Callable[[Resources], Resources], dict[str, Any]]] = [
    ("shared-quota", None, unchanged, SHARE),
    ("shared-quota", None, unchanged, {"keep_free": "80%"}),
    ("shared-quota", None, unchanged, {"outside": [PAST]}),
    ("shared-quota", None, unchanged, {"max_age": "1d"}),
    ("shared-quota", None, unchanged, {"stacks": {"dev": {}}}),
    ("shared-quota", ("production: true ", "production: false "), unchanged, {"stacks": {"prod": {"production": True}}}),
    ("shared-quota", None, lambda found: (*found, resource("acme:index:Thing", "thing", {})), {}),
    ("quota-claim", None, unchanged, SHARE),
    ("canary-steps", None, edited("HTTPRoute", "ranker", lambda inputs: inputs["spec"]["rules"][2]["backendRefs"].pop()), {}),
    ("canary-steps", None, edited("Service", "ranker-v7", lambda inputs: inputs["spec"]["selector"].update(version="v8")), {}),
    ("canary-steps", None, without("HTTPRoute"), {}),
    ("canary-approval", ("by: lead-ranking@", "by: ml-platform@"), unchanged, {}),
    ("canary-capacity", None, edited("HorizontalPodAutoscaler", "ranker-v8", lambda inputs: inputs["spec"].update(maxReplicas=9)), {}),
    ("placement", None, edited("Deployment", "ranker-v7", lambda inputs: pod(inputs).update(nodeSelector={"a": "b"})), {}),
    ("queue-capacity", None, lambda found: (*found, A100, kueue.cohort(99)), {}),
    ("queue-capacity", None, lambda found: (*found, A100, kueue.flavor("again", "train-a100"), kueue.cohort(99)), {}),
    ("queue-lending", None, lambda found: (*found, A100, kueue.cohort(), kueue.queue("c", preemption=None)), {}),
    ("queue-flavors", None, lambda found: (*found, kueue.flavor("lost", "nowhere")), {}),
    ("queue-references", None, lambda found: (*found, kueue.queue("c"), kueue.local_queue("d")), {}),
    ("queue-bypass", None, lambda found: (*found, kueue.local_queue("a", name="a"), kueue.job(queue_name=None)), {}),
    ("queue-start", None, lambda found: (*found, resource("kubernetes:helm.sh/v3:Release", "kueue", {"chart": "kueue"})), {}),
    ("endpoint-security", None, edited("Deployment", "ranker-v7", lambda inputs: pod(inputs).update(hostPID=True)), {}),
    ("endpoint-security", None, lambda found: (*found, resource("kubernetes:core/v1:Pod", "p", {"spec": POD})), {}),
    ("model-server", ("ranker/v7\n", "ranker/v7\n        arguments: [--log-vebrose=1]\n"), unchanged, {}),
    ("serving-continuity", ("replicas: {min: 2, max: 4}", "replicas: {min: 1, max: 4}"), unchanged, {}),
    ("monitoring-coverage", ("      predictions: [score]\n", ""), unchanged, {}),
    ("monitoring-coverage", None, without("AlertPolicy"), {}),
    ("monitoring-coverage", ("    page: {pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}\n", ""), unchanged, {}),
    ("alert-hygiene", None, edited("AlertPolicy", "click-features-failed", lambda inputs: inputs.update(documentation={})), {}),
    ("budget", ("budget: {monthly_usd: 42000}", "budget: {monthly_usd: 1, blocks: true}"), unchanged, {}),
]  # fmt: skip


OF_ALERTS = ("monitoring-coverage", "alert-hygiene")


def printed(violation: Violation) -> list[str]:
    """Names that a person would copy: what stands before the first colon, each of a list; else words that are names."""
    named, colon, _ = violation.message.partition(": ")
    if colon and " " not in named.replace(", ", "") and "was to be reviewed by" not in violation.message:
        return named.split(", ")
    return [name for name in sorted(violation.names) if name in violation.message]


def entry(rule: str, **place: Any) -> dict[str, Any]:
    who = {"owner": "a@example.com", "approver": "b@example.com", "reason": "r", "until": "2026-12-20"}
    return {"rule": rule, **place, **who}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_the_name_that_a_message_prints_is_what_an_exemption_takes(case):
    rule, spec_change, change, more = case
    spec = prod(*([spec_change] if spec_change else []))
    resources = change(platform_resources(spec, alerts=rule in OF_ALERTS))
    found = [one for one in asked(rule, spec, resources, **more) if one.level == "mandatory"]
    assert found
    for violation in found:
        assert violation.exemptible
        names = printed(violation)
        assert names, violation.message
        for name in names:
            left = asked(rule, spec, resources, entry(rule, name=name, stack="prod"), **more)
            assert violation.message not in [one.message for one in left if one.level == "mandatory"]
            assert any(one.message.endswith(violation.message) and one.message.startswith("Exempt") for one in left)
    lifted = [entry(rule, name=name, stack="prod") for violation in found for name in printed(violation)]
    assert not [one for one in asked(rule, spec, resources, *lifted, **more) if one.level == "mandatory"]


def test_every_rule_is_in_the_table():
    exempt = {rule.name for rule in RULES if not rule.only_advises} - {"canary-gate", "admission"}
    assert {rule for rule, *_ in CASES} == set(EXEMPTIBLE) == exempt


@pytest.mark.parametrize("more", [{"keep_free": "0%"}, {"keep_free": "50%"}])
def test_no_name_lifts_a_limit_of_google_s(more):
    spec = prod()
    resources = platform_resources(spec)
    names = ("serve-l4", "prod")
    lifted = [entry("shared-quota", name=name, stack="prod") for name in names]
    quota = quota_file(limit(L4, 6), exemptions=lifted, **more)
    given = RuleInput(
        "prod",
        resources,
        Surroundings.of(resources, quota, CATALOG),
        shared_by("prod", {"prod": spec}, quota),
        NOW,
    )
    found = list(BY_NAME["shared-quota"].violations(given))
    assert [one.level for one in found if re.match(r"serve-l4: \d+ NVIDIA L4", one.message)] == ["mandatory"]


def test_a_name_is_of_one_stack_and_of_nothing_that_only_begins_so():
    spec = prod()
    resources = platform_resources(spec)
    for place in (
        {"name": "serve-l4", "stack": "dev"},
        {"name": "serve", "stack": "prod"},
        {"name": "", "stack": "prod"},
    ):
        if place["name"]:
            left = asked("shared-quota", spec, resources, entry("shared-quota", **place), **SHARE)
            assert any(one.level == "mandatory" and one.holder == "serve-l4" for one in left)
