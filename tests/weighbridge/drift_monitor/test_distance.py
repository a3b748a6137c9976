"""Distances against scipy on the same data, and what must hold for any data."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from weighbridge.drift_monitor.distance import (
    CATEGORIES,
    LEAST_SHARE,
    NUMBERS,
    chi_square,
    jensen_shannon,
    l_infinity,
    population_stability_index,
    shares,
    wasserstein,
)
from weighbridge.drift_monitor.number_bins import KeptNumbers

finite = arrays.arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e6, 1e6, width=32))
counts = arrays.arrays(np.int64, 7, elements=st.integers(0, 500)).filter(lambda tally: tally.sum() > 0)


@pytest.fixture(scope="module")
def stats():
    """Loaded for these tests alone: it takes most of a second."""
    return import_module("scipy.stats")


def binned(values):
    kept = KeptNumbers()
    kept.add(np.asarray(values, dtype=np.float64))
    return kept.bins()


def samples(seed=0, size=20_000):
    random = np.random.default_rng(seed)
    return {
        "normal": (random.normal(size=size), random.normal(0.3, 1.2, size // 2)),
        "skewed": (random.lognormal(size=size), random.lognormal(0.1, 1.1, size)),
        "few values": (random.integers(0, 4, size).astype(float), random.integers(0, 5, size).astype(float)),
        "mostly zero": (
            np.where(random.random(size) < 0.7, 0, random.exponential(size=size)),
            np.where(random.random(size) < 0.6, 0, random.exponential(size=size)),
        ),
        "two humps": (
            np.concatenate([random.normal(-3, 1, size), random.normal(3, 1, size)]),
            random.normal(0, 3, size),
        ),
        "moved away": (random.normal(size=size), random.normal(50, 1, size)),
    }


@pytest.mark.parametrize("name", samples())
def test_wasserstein_is_scipys_over_the_standard_deviation(name, stats):
    one, other = samples()[name]
    bins, tally = binned(one)

    ours = wasserstein(bins, tally, bins.tally(other))

    assert ours == pytest.approx(stats.wasserstein_distance(one, other) / one.std(), rel=0.005, abs=1e-4)


@pytest.mark.parametrize("name", samples())
def test_distances_over_bins_are_scipys_on_the_same_shares(name, stats):
    from scipy.spatial.distance import jensenshannon

    one, other = samples()[name]
    bins, tally = binned(one)
    p, q = (shares(bins.coarse(counted)) for counted in (tally, bins.tally(other)))
    floored = [np.where(share == 0, LEAST_SHARE, share) for share in (p, q)]

    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2))
    assert l_infinity(p, q) == pytest.approx(np.abs(p - q).max())
    # The stability index is the sum of both Kullback-Leibler divergences; scipy's entropy norms what it is given, so
    # it is compared where no share is zero.
    if (p > 0).all() and (q > 0).all():
        assert population_stability_index(p, q) == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p))
    assert population_stability_index(p, q) == pytest.approx(
        sum((a - b) * np.log(a / b) for a, b in zip(*floored, strict=True))
    )


def test_chi_square_is_cramers_v_of_samples_of_equal_size(stats):
    one, other = np.array([500, 300, 150, 50, 0]), np.array([400, 300, 200, 80, 20])
    statistic = stats.chi2_contingency([one, other], correction=False).statistic

    assert chi_square(shares(one), shares(other)) == pytest.approx(np.sqrt(statistic / (one.sum() + other.sum())))


@given(finite)
def test_the_same_data_has_no_distance(values):
    bins, tally = binned(values)
    p = shares(bins.coarse(tally))

    assert all(distance(p, p) == 0 for distance in (*NUMBERS.values(), *CATEGORIES.values()))
    assert wasserstein(bins, tally, tally) in (0, None)


@given(counts, counts)
def test_distances_are_symmetric_and_within_bounds(one, other):
    p, q = shares(one), shares(other)
    for name, distance in {**NUMBERS, **CATEGORIES}.items():
        assert distance(p, q) == pytest.approx(distance(q, p), abs=1e-12)
        assert distance(p, q) >= 0
        if name != "population-stability-index":
            assert distance(p, q) <= 1


def test_samples_with_nothing_in_common_are_at_1():
    p, q = np.array([0.5, 0.5, 0, 0]), np.array([0, 0, 0.3, 0.7])
    assert jensen_shannon(p, q) == pytest.approx(1)
    assert chi_square(p, q) == pytest.approx(1)


@settings(max_examples=50)
@given(one=finite, other=finite)
def test_wasserstein_is_never_more_than_scipys(stats, one, other):
    bins, tally = binned(one)
    ours = wasserstein(bins, tally, bins.tally(other))
    if ours is None:
        assert one.min() == one.max()
    else:
        true = stats.wasserstein_distance(one, other) / one.std()
        assert ours <= true + 1e-6 * max(1, true)


def test_a_constant_column_notices_every_other_value():
    bins, tally = binned([5.0] * 1000)
    p = shares(bins.coarse(tally))
    for values in ([4.0] * 10, [6.0] * 10, [np.inf] * 10, [np.nextafter(5, 6)] * 10):
        window = bins.tally(np.array(values))
        assert jensen_shannon(p, shares(bins.coarse(window))) == pytest.approx(1)
        assert window.outside == 10
        assert wasserstein(bins, tally, window) is None


def test_infinite_values_are_in_the_outer_bins_and_not_in_the_area():
    bins, tally = binned(np.arange(1000.0))
    window = bins.tally(np.array([np.inf, -np.inf, -np.inf, *np.arange(1000.0)]))

    assert (window.below, window.above, window.outside) == (2, 1, 3)
    assert bins.coarse(window).tolist() == [52, *[50] * 18, 51]
    assert wasserstein(bins, tally, window) == pytest.approx(0, abs=1e-12)


def test_numbers_too_large_to_square_or_add_give_no_wasserstein_distance_and_no_error():
    bins, tally = binned([-1e308, 0, 1e308, 1e308])
    assert np.isfinite(bins.deviation)
    assert wasserstein(bins, tally, bins.tally(np.array([1e308] * 5))) is None


def test_an_empty_bin_counts_as_one_in_ten_thousand_in_the_stability_index():
    # 0.1 ln(0.9 / 0.8) + (0.0001 - 0.1) ln(0.0001 / 0.1), by hand
    index = population_stability_index(np.array([0.9, 0.1, 0.0]), np.array([0.8, 0.1, 0.1]))
    assert index == pytest.approx(0.701863, abs=1e-6)
    small = population_stability_index(np.array([0.00005, 1.0]), np.array([0.0001, 1.0]))
    assert small == pytest.approx(0.00005 * np.log(2))  # a share that is small and not zero counts as it is
