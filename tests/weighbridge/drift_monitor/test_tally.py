"""Counts of parts add up to the counts of the whole, however rows are split."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.drift_monitor.number_bins import bins_of
from weighbridge.drift_monitor.tally import Tally

BINS = bins_of(np.arange(100, dtype=np.float64), 0.0, 99.0)
numbers = st.lists(st.one_of(st.integers(-50, 150).map(float), st.sampled_from([np.inf, -np.inf])), max_size=40)


@given(one=numbers, other=numbers)
def test_parts_add_up_to_the_whole(one, other):
    parts = BINS.tally(np.array(one)).plus(BINS.tally(np.array(other)))
    whole = BINS.tally(np.array(one + other))
    assert np.array_equal(parts.counts, whole.counts)
    assert np.allclose(parts.sums, whole.sums)
    assert [getattr(parts, name) for name in ("rows", "outside", "below", "above")] == [
        getattr(whole, name) for name in ("rows", "outside", "below", "above")
    ]


def test_shares_are_of_values_and_missing_is_of_rows():
    tally = Tally(np.array([6]), np.array([1.0]), rows=10, missing=2, mistyped=2)
    assert (tally.values, tally.missing_ratio, tally.share(tally.mistyped)) == (8, 0.2, 0.25)
    assert (BINS.empty().missing_ratio, BINS.empty().share(0)) == (0.0, 0.0)
    assert tally.plus(tally).missing == 4
    assert tally.plus(tally).mistyped == 4
