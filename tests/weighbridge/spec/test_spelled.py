"""A spec's own spelling, read back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from weighbridge.spec.spelled import spelled


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal(24 * 1024**3), "24Gi"),
        (Decimal(1536 * 1024**2), "1536Mi"),
        (Decimal("1.5"), "1500m"),
        (Decimal(48), 48),
        (timedelta(minutes=90), "1h30m"),
        (("a", 1, True), ["a", 1, True]),
        ({"b": Decimal(1)}, {"b": 1}),
    ],
)
def test_a_value(value, expected):
    assert spelled(value) == expected


def test_what_has_no_spelling():
    with pytest.raises(TypeError, match="no spelling for set"):
        spelled({1})
