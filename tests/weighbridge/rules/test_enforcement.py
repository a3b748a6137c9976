"""Which findings block, by rule, finding and spec."""

from __future__ import annotations

import pytest

from policies import RULES
from tests.support.specs import spec
from weighbridge.rules.enforcement import SOFT_POLICIES, level_of

POOLS = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
PLAIN = spec(POOLS)
SOFT = spec(POOLS, advisory=["placement"])


@pytest.mark.parametrize(
    ("rule", "found", "of", "expected"),
    [
        ("placement", "mandatory", PLAIN, "mandatory"),
        ("placement", "mandatory", None, "mandatory"),
        ("placement", "mandatory", SOFT, "advisory"),
        ("placement", "advisory", PLAIN, "advisory"),
        ("canary-steps", "mandatory", SOFT, "mandatory"),
        ("shared-quota", "advisory", SOFT, "mandatory"),
        ("quota-claim", "advisory", None, "mandatory"),
    ],
)
def test_level(rule, found, of, expected):
    assert level_of(rule, found, of) == expected


def test_what_guards_the_quota_is_never_soft():
    assert SOFT_POLICIES.isdisjoint({"shared-quota", "quota-claim"})
    assert {rule.name for rule in RULES} - SOFT_POLICIES == {"shared-quota", "quota-claim"}
