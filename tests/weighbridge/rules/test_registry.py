"""What is registered: each rule once, described for people, as soft as the spec's own list says."""

from __future__ import annotations

from typing import get_args
from urllib.parse import urlsplit

from weighbridge.rules.registry import RULES
from weighbridge.spec.root import SoftPolicy


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
    assert {rule.name for rule in RULES if not rule.may_be_advisory} == {"shared-quota", "quota-claim"}
