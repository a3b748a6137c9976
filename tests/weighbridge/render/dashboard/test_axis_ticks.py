"""Marks of axes: few, in order, within the axis, and readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.dashboards.tile import Line
from weighbridge.render.dashboard.axis_ticks import line_text, moment_text, moments, value_text, values

UNITS = ["share", "seconds", "us", "ms", "s", "count", "distance", "per second"]
NUMBERS = st.floats(1e-9, 1e12)


@given(NUMBERS, st.floats(0, 1), st.sampled_from(UNITS))
def test_values_are_few_and_within_the_axis(high, below, unit):
    low = -below * high
    marks = values(low, high, unit)

    assert 2 <= len(marks) <= 6
    assert list(marks) == sorted(set(marks))
    assert low - 1e-6 * high <= marks[0]
    assert marks[-1] <= high * (1 + 1e-6)
    texts = [value_text(mark, unit) for mark in marks]
    assert len(set(texts)) == len(texts)


@given(st.integers(0, 2_000_000_000), st.integers(3600, 42 * 86400))
def test_moments_are_few_and_within_the_axis(start, length):
    marks = moments(start, start + length)

    assert 1 <= len(marks) <= 9
    assert start <= marks[0] <= marks[-1] <= start + length


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "share", "0"),
        (0.001, "share", "0.1%"),
        (-0.02, "share", "-2%"),
        (7200, "seconds", "2h"),
        (5400, "seconds", "1.5h"),
        (129_600, "seconds", "36h"),
        (86_400, "seconds", "1d"),
        (1_209_600, "seconds", "14d"),
        (90, "seconds", "1.5m"),
        (0.25, "seconds", "250 ms"),
        (400_000, "us", "400 ms"),
        (20, "s", "20 s"),
        (1500, "ms", "1.5 s"),
        (48, "amount", "48"),
        (25_000, "count", "25k"),
        (3_000_000, "count", "3M"),
        (0.3, "distance", "0.3"),
    ],
)
def test_values_are_said_with_their_unit(value, unit, text):
    assert value_text(value, unit) == text


def test_midnight_is_said_as_the_day():
    assert moment_text(1_763_942_400) == "Nov 24"
    assert moment_text(1_763_942_400 + 14 * 3600) == "14:00"


def test_a_threshold_is_a_sentence():
    assert line_text(Line(7200, "page above", "for 10m"), "seconds") == "page above 2h for 10m"
    assert line_text(Line(0.001, "promised"), "share") == "promised 0.1%"
