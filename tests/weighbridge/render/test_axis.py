"""Values find their pixels, marks are numbers that people count in, and numbers stay short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.render.axis import Frame, round_step, short_number


def test_both_ends_of_an_axis_lie_at_both_ends_of_the_picture():
    frame = Frame(left=50, right=450, top=20, bottom=220, start=10, end=20, low=-5, high=5)
    assert [frame.x(value) for value in (10, 15, 20)] == [50, 250, 450]
    assert [frame.y(value) for value in (-5, 0, 5)] == [220, 120, 20]


@pytest.mark.parametrize(
    ("wanted", "step"), [(1, 1), (1.01, 2), (2, 2), (2.1, 5), (5.1, 10), (0.03, 0.05), (70_000, 100_000)]
)
def test_steps_are_1_2_or_5_times_a_power_of_ten(wanted, step):
    assert round_step(wanted) == pytest.approx(step)


@given(st.floats(1e-6, 1e12))
def test_a_step_is_at_least_what_is_wanted_and_at_most_two_and_a_half_times_that(wanted):
    assert wanted * (1 - 1e-8) <= round_step(wanted) <= wanted * 2.5 * (1 + 1e-8)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.1 + 0.2, "0.3"), (9999, "9999"), (10_000, "10k"), (12_500, "12.5k"), (999_999, "1000k"),
        (1_000_000, "1M"), (-2_500_000_000, "-2.5G"),
    ],
)  # fmt: skip
def test_numbers_stay_short(value, text):
    assert short_number(value) == text
