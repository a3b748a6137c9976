"""Which violations block, by rule, violation and spec."""

from __future__ import annotations

import pytest

from tests.support.specs import spec
from weighbridge.rules.enforcement import level_of

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
    ],
)
def test_level(rule, found, of, expected):
    assert level_of(rule, found, of, may_be_advisory=True) == expected


@pytest.mark.parametrize("of", [PLAIN, SOFT, None])
def test_what_may_not_be_advisory_always_blocks(of):
    assert level_of("placement", "advisory", of, may_be_advisory=False) == "mandatory"
