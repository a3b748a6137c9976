"""What every rule adds to what its `judge` says: its name, the final level, the place in the spec."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.specs import CATALOG, NOW, quota_file, spec
from weighbridge.quota.ledger import Demand
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules.rule import Kind, Rule
from weighbridge.rules.rule_input import RuleInput, Shared
from weighbridge.rules.violation import Violation

POOLS = {"train": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
QUOTA = quota_file()
GIVEN = RuleInput("dev", (), Surroundings(QUOTA, CATALOG, ()), Shared(QUOTA, {}, spec(POOLS), Demand()), NOW)
FOUND = Violation("placement", "m", level="advisory")


def only(found: Violation, given: RuleInput = GIVEN, **changes) -> Violation:
    (violation,) = replace(Rule("placement", "D.", "S.", "R.", lambda _: [found]), **changes).violations(given)
    return violation


@pytest.mark.parametrize(
    ("found", "path"),
    [
        (replace(FOUND, path=("monitoring",), holder="train"), ("monitoring",)),
        (replace(FOUND, holder="train"), ("node_pools", "train")),
        (replace(FOUND, urn="urn:pulumi:dev::weighbridge::t::train", holder="else"), ("node_pools", "train")),
        (replace(FOUND, urn="urn:pulumi:dev::weighbridge::t::else"), None),
        (FOUND, None),
    ],
)
def test_the_place_is_the_rule_s_own_or_that_of_the_resource_or_of_the_holder(found, path):
    assert only(found).path == path


def test_without_a_spec_only_the_rule_s_own_place_is_known():
    given = replace(GIVEN, shared=replace(GIVEN.shared, own=None))
    assert only(replace(FOUND, holder="train"), given).path is None


def test_what_guards_the_quota_cannot_advise():
    assert only(FOUND).level == "advisory"
    assert only(FOUND, may_be_advisory=False).level == "mandatory"


def test_a_violation_has_the_name_of_the_rule_that_reports_it():
    assert only(FOUND, name="quota-claim").rule == "quota-claim"


def test_an_exemption_is_of_the_stack_that_is_judged():
    urn = "urn:pulumi:dev::weighbridge::t::train"
    exempt = {"rule": "placement", "urn": urn, "reason": "r", "owner": "a@example.com", "approver": "b@example.com",
              "until": "2026-12-01"}  # fmt: skip
    given = replace(GIVEN, shared=replace(GIVEN.shared, quota=quota_file(exemptions=[exempt])))
    found = Violation("placement", "m", urn)
    assert only(found, given).level == "advisory"
    elsewhere = replace(given, stack="prod")
    assert only(found, elsewhere).level == "mandatory"


def test_an_exemption_of_nothing_is_told_of_a_whole_stack_and_may_be_of_an_update_that_nobody_saw():
    exempt = {"rule": "shared-quota", "urn": "urn:pulumi:dev::weighbridge::t::train", "reason": "r",
              "owner": "a@example.com", "approver": "b@example.com", "until": "2026-12-01"}  # fmt: skip
    given = replace(GIVEN, shared=replace(GIVEN.shared, quota=quota_file(exemptions=[exempt])))
    rule = Rule("shared-quota", "D.", "S.", "R.", lambda _: [])
    (seen,) = rule.violations(given)
    assert (
        "without the stack's state, so remove it unless `weighbridge preview dev --against STATE.json`" in seen.message
    )
    (updated,) = rule.enforced([], given, with_update=True)
    assert "exempts nothing, so remove it. a@example.com" in updated.message
    assert list(replace(rule, kind=Kind.RESOURCE).violations(given)) == []
