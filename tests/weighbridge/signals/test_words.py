"""The catalogue's words, filled in; numbers as PromQL reads them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.signals.words import fill, number


@pytest.mark.parametrize(
    ("given", "text"), [(0.3, "0.3"), (14.4, "14.4"), (6, "6"), (100, "100"), (0.00001, "0.00001"), (7200.0, "7200")]
)
def test_numbers_have_no_exponent(given, text):
    assert number(given) == text


def test_words_are_filled_in_innermost_first():
    words = {"long": "1h", "rate": "rate(x{${of}}[${1}])", "of": 'a="b"'}
    assert fill("${rate:${long}} > 1", words) == 'rate(x{a="b"}[1h]) > 1'
    with pytest.raises(KeyError):
        fill("${unknown}", words)
    with pytest.raises(ValueError, match="circle"):
        fill("${a}", {"a": "${b}", "b": "${a}"})


@given(st.one_of(st.floats(1e-6, 1e12), st.integers(0, 10**12), st.decimals("0.0001", "1000000", places=4)))
def test_a_number_is_the_same_after_its_text(value):
    text = number(value)
    assert "e" not in text.lower()
    assert type(value)(text) == value if not isinstance(value, Decimal) else Decimal(text) == value
