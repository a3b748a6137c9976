"""A rollout's steps and the record of it, value by value."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.support.models import accepts
from weighbridge.spec.rollout import Approval, Rollout

ROLLOUT = {"candidate": "v8", "steps": ["1%", "100%"], "bake": "24h", "at": "0%"}
APPROVAL = {"step": "1%", "by": "lead@example.com", "at": "2026-11-17T09:00:00Z", "reason": "metrics are up"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"steps": []}, False),
        ({"steps": ["100%"] * 20}, True),
        ({"steps": ["100%"] * 21}, False),
        ({"steps": [1]}, False),
        ({"bake": "0h"}, False),
        ({"candidate": "V8"}, False),
        ({"approvals": [APPROVAL]}, True),
        ({"approvals": [{**APPROVAL, "by": "the lead"}]}, False),
        ({"approvals": [{**APPROVAL, "reason": "  "}]}, False),
        ({"approvals": [{**APPROVAL, "at": "2026-11-17T09:00:00"}]}, False),
    ],
)
def test_one_change_of_a_good_rollout(change, expected):
    assert accepts(Rollout, {**ROLLOUT, **change}) is expected


def test_an_approval_as_it_is_kept():
    approval = Approval.model_validate({**APPROVAL, "reason": " metrics are up\n"})
    assert (approval.step, approval.reason) == (Decimal(1), "metrics are up")
    assert approval.at == datetime(2026, 11, 17, 9, tzinfo=UTC)


def test_what_is_left_out():
    rollout = Rollout.model_validate(ROLLOUT)
    assert (rollout.approvals, rollout.reached, rollout.rolled_back, rollout.mirror) == ((), (), None, None)
