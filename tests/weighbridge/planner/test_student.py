"""Quantiles of Student's law, against scipy."""

import pytest
from scipy import special

from weighbridge.planner.student import student_95


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 30, 31, 45, 100, 10_000])
def test_it_is_the_law_of_few_and_of_many(freedom):
    assert student_95(freedom) == pytest.approx(special.stdtrit(freedom, 0.95), rel=0.001)
