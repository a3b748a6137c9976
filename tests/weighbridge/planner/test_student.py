"""Quantiles of Student's law, against scipy."""

import pytest
from scipy import stats

from weighbridge.planner.student import student_95


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 30, 31, 45, 100, 10_000])
def test_it_is_the_law_of_few_and_of_many(freedom):
    assert student_95(freedom) == pytest.approx(stats.t.ppf(0.95, freedom), rel=0.001)
