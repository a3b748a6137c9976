"""Numbers in the baseline's bins: every value in one, whatever the order and the split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from weighbridge.drift_monitor.number_bins import COARSE, KEPT, KeptNumbers, bins_of

finite = arrays.arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e6, 1e6, width=32))


def binned(values):
    kept = KeptNumbers()
    kept.add(np.asarray(values, dtype=np.float64))
    return kept.bins()


@given(finite, finite, st.data())
def test_neither_order_nor_the_split_into_files_matters(one, other, data):
    bins, _ = binned(one)
    whole = bins.tally(other)
    shuffled = data.draw(st.permutations(other.tolist()))
    at = data.draw(st.integers(0, len(shuffled)))
    parts = bins.tally(np.array(shuffled[:at])).plus(bins.tally(np.array(shuffled[at:])))

    assert (parts.counts == whole.counts).all()
    assert (parts.rows, parts.outside) == (whole.rows, whole.outside)
    assert parts.sums == pytest.approx(whole.sums, rel=1e-9, abs=1e-6)


@given(finite, finite)
def test_each_value_is_in_one_bin_and_the_range_is_the_baselines(one, other):
    bins, tally = binned(one)
    window = bins.tally(other)

    assert tally.outside == 0
    assert tally.counts.sum() == len(one)
    assert window.counts.sum() == bins.coarse(window).sum() == len(other)
    assert window.outside == ((other < one.min()) | (other > one.max())).sum()
    places = np.searchsorted(bins.edges, other, side="left")  # edges[i - 1] < x <= edges[i]
    assert (window.counts == np.bincount(places, minlength=bins.edges.size + 1)).all()


def test_continuous_columns_have_20_bins_of_a_20th_each():
    bins, tally = binned(np.random.default_rng(1).normal(size=10_000))
    assert bins.coarse(tally).tolist() == [10_000 // COARSE] * COARSE


def test_a_large_baseline_is_stood_for_by_evenly_spaced_rows():
    kept = KeptNumbers(most=1000)
    values = np.arange(10_000.0)
    for part in np.split(values, [1, 8, 1500, 5000, 5001]):
        kept.add(part)
    bins, tally = kept.bins()

    assert (bins.low, bins.high) == (0, 9999)
    assert tally.rows == 625
    assert bins.edges[bins.edges.size // 2] == pytest.approx(5000, abs=40)
    assert KEPT == 2**20


def test_few_values_have_a_bin_each():
    bins, tally = binned([1.0] * 700 + [2.0] * 200 + [3.0] * 100)
    assert [count for count in bins.coarse(tally).tolist() if count] == [700, 200, 100]
    window = bins.tally(np.array([1.5, 2.0, 2.5]))
    assert [count for count in bins.coarse(window).tolist() if count] == [1, 1, 1]


def test_a_column_without_finite_values_has_one_bin():
    bins = bins_of(np.empty(0), np.inf, -np.inf)
    tally = bins.tally(np.array([1.0, np.inf, -np.inf]))
    assert bins.coarse(tally).tolist() == [3]
    assert tally.outside == 3
    assert bins.empty().counts.tolist() == [0]


def test_a_constant_has_no_deviation_and_a_large_one_does_not_overflow():
    assert binned([5.0] * 10)[0].deviation == 0
    assert binned([1e200, -1e200])[0].deviation == pytest.approx(1e200)
