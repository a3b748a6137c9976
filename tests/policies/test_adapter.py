"""What goes through the SDK as a key and comes out as a violation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import ResourceValidationPolicy, StackValidationPolicy

from policies.adapter import as_policy, reworded, violations
from policies.run import Run
from tests.support.graphs import STACK, cluster, node_pool, resource
from tests.support.paths import project_with
from weighbridge.host.attachment import attached
from weighbridge.rules import admission, canary_gate, placement, quota_claim, shared_quota
from weighbridge.rules.registry import RULES
from weighbridge.rules.violation import Violation, from_json

THE_STACK = resource(STACK, "weighbridge-dev", {}, provider_inputs=None)
FITS = node_pool(autoscaling={"totalMaxNodeCount": 5.0})
TOO_MANY = node_pool(autoscaling={"totalMaxNodeCount": 6.0})


@pytest.fixture
def run(stacks: Path) -> Run:
    found = Run(lambda _project: project_with(stacks), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    found.begin("dev", "weighbridge", dry_run=False)
    found.remember(cluster())
    return found


def answer(*messages: str) -> Any:
    """As the SDK words what was reported: the description, a line break, the key."""
    response = analyzer_pb2.AnalyzeResponse()
    for message in messages:
        response.diagnostics.add(
            description="D.", message=f"D.\n{message}", enforcementLevel=analyzer_pb2.MANDATORY, urn="u"
        )
    return response


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_policy_has_the_words_of_its_rule(rule, run):
    made = as_policy(rule, run)
    alone = (quota_claim.RULE, canary_gate.RULE, admission.RULE)
    kind = ResourceValidationPolicy if rule in alone else StackValidationPolicy
    assert isinstance(made, kind)
    assert (made.name, made.description, made.remediation_steps, made.url) == (
        rule.name, rule.description, rule.remediation, rule.help_uri,
    )  # fmt: skip


def test_two_violations_with_the_same_words_keep_their_own_levels_and_places(run):
    first = Violation("placement", "same", level="advisory", path=("node_pools", "a"))
    second = replace(first, level="mandatory", path=("node_pools", "b"))
    found = reworded(answer(run.report(first), run.report(second)), run).diagnostics
    assert [diagnostic.message for diagnostic in found] == ["D.\nsame", "D.\nsame"]
    assert [diagnostic.enforcementLevel for diagnostic in found] == [analyzer_pb2.ADVISORY, analyzer_pb2.MANDATORY]
    assert [from_json(attached(diagnostic)) for diagnostic in found] == [first, second]


def test_what_the_sdk_says_by_itself_stays_and_blocks(run):
    run.report(Violation("placement", "words", level="advisory"))
    (diagnostic,) = reworded(answer("can't run policy 'placement'"), run).diagnostics
    assert (diagnostic.message, diagnostic.enforcementLevel) == (
        "D.\ncan't run policy 'placement'", analyzer_pb2.MANDATORY,
    )  # fmt: skip
    assert attached(diagnostic) == ""


def test_a_violation_says_where_who_and_how_much(run):
    (over,) = violations(shared_quota.RULE, run, (THE_STACK, cluster(), replace(TOO_MANY, name="system")))
    assert (over.holder, over.level) == ("train", "mandatory")
    assert over.excess is not None
    assert (over.excess.demand, over.excess.limit, over.excess.unit) == (11, 10, "GPU")


def test_a_single_resource_is_judged_on_top_of_those_admitted_and_counts_once(run):
    assert violations(quota_claim.RULE, run, (FITS,)) == ()
    assert violations(quota_claim.RULE, run, (FITS,)) == ()
    assert len(violations(quota_claim.RULE, run, (TOO_MANY,))) == 1
    assert run.admitted == {}


def test_what_is_exempt_is_let_through_and_counts_all_the_same(run, stacks):
    quota = stacks / "quota.yaml"
    exempt = (
        "{rule: shared-quota, stack: dev, quota: NVIDIA-A100-GPUS-per-project-region, region: us-central1, reason: r, "
        "owner: a@example.com, approver: b@example.com, until: 2026-12-01}"
    )
    quota.write_text(
        quota.read_text(encoding="utf-8") + f"shares: {{dev: 10%}}\nexemptions: [{exempt}]\n", encoding="utf-8"
    )
    (found,) = violations(quota_claim.RULE, run, (FITS,))
    assert (found.level, found.rule) == ("advisory", "quota-claim")
    assert list(run.admitted) == [FITS.urn]


def test_in_a_preview_only_the_whole_stack_is_judged(run):
    run.begin("dev", "weighbridge", dry_run=True)
    assert violations(quota_claim.RULE, run, (TOO_MANY,)) == ()
    assert len(violations(shared_quota.RULE, run, (THE_STACK, cluster(), TOO_MANY))) == 1


def test_nothing_is_judged_where_there_is_nothing(run):
    assert violations(shared_quota.RULE, run, ()) == ()


def test_where_the_specs_cannot_be_read_those_that_guard_the_quota_say_why(run, stacks):
    (stacks / "quota.yaml").write_text("version: 2\n")
    for rule in (shared_quota.RULE, quota_claim.RULE):
        found = violations(rule, run, (THE_STACK,))
        assert any("quota.yaml:1:" in violation.message for violation in found)
        assert {violation.level for violation in found} == {"mandatory"}
    assert violations(placement.RULE, run, (THE_STACK,)) == ()
