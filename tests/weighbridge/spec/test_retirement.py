"""A retirement, value by value."""

from __future__ import annotations

import pytest

from tests.support.models import accepts
from weighbridge.spec.retirement import Retirement

GOOD = {"by": "lead@example.com", "at": "2026-11-17T09:00:00Z", "reason": "moved to europe-west4"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"by": "the lead"}, False),
        ({"at": "2026-11-17"}, False),
        ({"reason": " "}, False),
        ({"x": 1}, False),
    ],
)
def test_one_change_of_a_good_one(change, expected):
    assert accepts(Retirement, {**GOOD, **change}) is expected
