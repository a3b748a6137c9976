"""What sampling gives by chance is not called drift, and a real shift is."""

from __future__ import annotations

import numpy as np
import pytest

from weighbridge.drift_monitor.distance import jensen_shannon, l_infinity, shares
from weighbridge.drift_monitor.noise import noise
from weighbridge.drift_monitor.number_bins import KeptNumbers

COLUMNS = 400


def test_at_no_drift_fewer_than_1_of_200_columns_of_numbers_exceed_it():
    random = np.random.default_rng(7)
    exceeded = 0
    for column in range(COLUMNS):
        draw = (random.normal, random.exponential, lambda size: random.integers(0, 12, size).astype(float))[column % 3]
        kept = KeptNumbers()
        kept.add(draw(size=1500))
        bins, tally = kept.bins()
        before, now = bins.coarse(tally), bins.coarse(bins.tally(draw(size=1000)))
        exceeded += bool(jensen_shannon(shares(before), shares(now)) > noise(jensen_shannon, before, now))
    assert exceeded < COLUMNS / 200


def test_at_no_drift_fewer_than_1_of_200_columns_of_categories_exceed_it():
    random = np.random.default_rng(8)
    exceeded = 0
    for column in range(COLUMNS):
        likely = random.dirichlet(np.full(3 + column % 28, 0.5))
        before, now = random.multinomial(5000, likely), random.multinomial(1000, likely)
        exceeded += bool(l_infinity(shares(before), shares(now)) > noise(l_infinity, before, now))
    assert exceeded < COLUMNS / 200


@pytest.mark.parametrize("rows", [1000, 10_000, 1_000_000])
def test_a_real_shift_is_caught_at_every_size(rows):
    random = np.random.default_rng(9)
    kept = KeptNumbers()
    kept.add(random.normal(size=rows))
    bins, tally = kept.bins()
    before, now = bins.coarse(tally), bins.coarse(bins.tally(random.normal(0.4, 1, rows)))
    assert jensen_shannon(shares(before), shares(now)) > noise(jensen_shannon, before, now)


def test_it_falls_with_the_root_of_the_rows_and_is_the_same_each_time():
    def at(rows):
        counts = np.full(20, rows // 20)
        return noise(jensen_shannon, counts, counts)

    assert at(1000) / at(100_000) == pytest.approx(10, rel=0.1)
    assert at(1000) == at(1000)
    assert at(1000) == pytest.approx(0.126, abs=0.01)  # the chi-square limit for large numbers: 0.1257


def test_small_windows_have_much_noise():
    assert noise(l_infinity, np.array([1, 1]), np.array([1, 0])) == pytest.approx(1)
