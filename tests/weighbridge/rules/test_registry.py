"""What is registered: each rule once, described for people, as soft as the spec's own list says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest

from tests.support.paths import ROOT
from tests.support.platform import platform_resources
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, NOW, quota_file
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules.registry import RULES
from weighbridge.rules.rule import Kind
from weighbridge.rules.rule_input import RuleInput
from weighbridge.spec.root import SoftPolicy
from weighbridge.stacks.load import parse_quota, parse_spec, read_spec


def test_every_rule_is_described_for_people():
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert all(text.endswith(".") for text in (rule.description, rule.stops, rule.remediation))
        address = urlsplit(rule.help_uri)
        assert (address.scheme, address.path) == ("https", f"/policies/{rule.name}")


def test_a_spec_may_soften_exactly_the_rules_that_allow_it():
    soft = {rule.name for rule in RULES if rule.may_be_advisory and not rule.only_advises}
    # `budget` has a key of its own that says whether it blocks; `canary-gate` blocks what its two rules do.
    assert soft == {*get_args(SoftPolicy), "budget", "canary-gate"}


def test_what_guards_the_quota_is_never_soft():
    assert {rule.name for rule in RULES if not rule.may_be_advisory} == {"shared-quota", "quota-claim", "admission"}


def blocking(spec, quota):
    """What all rules find that blocks a stack by its spec."""
    resources = platform_resources(spec)
    shared = shared_by(spec.environment, {spec.environment: spec}, quota)
    given = RuleInput(spec.environment, resources, Surroundings.of(resources, quota, CATALOG), shared, NOW)
    return [
        found.message
        for rule in RULES
        if rule.kind is Kind.STACK
        for found in rule.violations(given)
        if found.level == "mandatory"
    ]


def test_a_training_platform_on_a_network_that_exists_is_admitted(shared):
    """With reserved and queued machines, their networks, and data on spot."""
    file = shared("design") / "examples2" / "train.yaml"
    quota = parse_quota((file.parent / "quota.yaml").read_text(), file.parent / "quota.yaml")
    stack = read_spec(file, CATALOG)
    own = {"train": quota.stacks["train"]} if quota.stacks is not None else None
    assert blocking(stack, quota.model_copy(update={"stacks": own})) == []


@pytest.mark.parametrize("document", ["networks.md"])
def test_what_a_document_shows_is_admitted(document):
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    shown = re.findall(r"^```yaml\n(version: 1\n.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in shown:
        name = block.partition("environment: ")[2].partition("\n")[0]
        assert blocking(parse_spec(block, Path(f"stacks/{name}.yaml")), quota_file()) == []
    assert len(shown) == 2
