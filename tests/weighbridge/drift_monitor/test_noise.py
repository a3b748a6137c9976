"""What chance gives is not called drift, at the rate that is promised, and a shift is seen that is large enough.

The rates are measured in long by `make bench`; here the same simulations run on fewer draws. Of a rate that is 1 in
1,000 or less, so many draws exceed the allowed count less often than once in 10,000 runs; seeds are fixed besides.
"""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from bench.noise import CATEGORIES, DEPENDENT, NUMBERS, SEVERAL, Simulation, false_alarms, least_shift
from tests.support.monitor_data import NOW, config
from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.category_cells import cells_of, counted
from weighbridge.drift_monitor.comparison import compare
from weighbridge.drift_monitor.distance import jensen_shannon, shares
from weighbridge.drift_monitor.noise import chance_of, chi_square_limit, noise
from weighbridge.drift_monitor.number_bins import KeptNumbers
from weighbridge.drift_monitor.summary import Summary

IN_SHORT = 100


@pytest.mark.parametrize("simulation", [*CATEGORIES, *NUMBERS], ids=str)
def test_chance_is_called_far_in_one_window_of_1000_at_most(simulation: Simulation):
    assert false_alarms(simulation, IN_SHORT if simulation.categories < 10_000 else 10, seed=1) <= 2


@pytest.mark.parametrize("simulation", [*SEVERAL, *DEPENDENT], ids=str)
def test_chance_is_called_far_as_seldom_in_several_columns_and_in_dependent_rows(simulation: Simulation):
    assert false_alarms(simulation, 20, seed=1) <= 1


@pytest.mark.parametrize(
    ("simulation", "most"),
    [
        (Simulation("even", categories=10, baseline=1000, window=1000), 0.09),
        (Simulation("even", categories=200, baseline=10_000, window=10_000), 0.04),
        (Simulation("zipf", categories=1000, baseline=100_000, window=100_000), 0.02),
    ],
    ids=str,
)
def test_a_shift_of_this_size_is_seen_in_9_of_10(simulation: Simulation, most: float):
    assert least_shift(simulation, 30, seed=2) <= most


@pytest.mark.parametrize("rows", [1000, 10_000, 1_000_000])
def test_a_real_shift_is_caught_at_every_size(rows):
    random = np.random.default_rng(9)
    kept = KeptNumbers()
    kept.add(random.normal(size=rows))
    bins, tally = kept.bins()
    before, now = bins.coarse(tally), bins.coarse(bins.tally(random.normal(0.4, 1, rows)))
    assert jensen_shannon(shares(before), shares(now)) > noise("jensen-shannon", before, now, chance_of(1))


def test_it_falls_with_the_root_of_the_rows():
    def at(rows):
        counts = np.full(20, rows // 20)
        return noise("jensen-shannon", counts, counts, chance_of(1))

    assert at(1000) / at(100_000) == pytest.approx(10, rel=0.1)
    assert at(100_000) == pytest.approx(0.01257, rel=0.001)  # the chi-square limit for large numbers


def test_small_windows_have_much_noise():
    assert noise("l-infinity", np.array([1, 1]), np.array([1, 0]), chance_of(1)) == 1
    assert noise("l-infinity", np.array([5]), np.array([9]), chance_of(1)) == 0


@pytest.mark.parametrize(
    ("freedom", "chance", "expected"),
    [(1, 0.001, 10.828), (2, 0.001, 13.816), (19, 0.001, 43.820), (100, 0.001, 149.449)],
)
def test_the_chi_square_limit_is_that_of_tables(freedom, chance, expected):
    assert chi_square_limit(freedom, chance) == pytest.approx(expected, rel=1e-3)


def test_the_limit_of_a_share_is_where_the_exact_tails_sum_to_the_chance():
    """Two cells of a sample of 20 among 40, all ways counted."""
    before, now = np.array([10, 10]), np.array([10, 10])
    for chance in (0.2, 0.05, 0.001):
        limit = noise("l-infinity", before, now, chance)
        ways = [comb(20, count) * comb(20, 20 - count) / comb(40, 20) for count in range(21)]
        beyond = sum(way for count, way in enumerate(ways) if abs(2 * count - 20) / 20 > limit)
        nearer = sum(way for count, way in enumerate(ways) if abs(2 * count - 20) / 20 >= limit - 0.001)
        assert 2 * beyond <= chance < 2.5 * nearer


def columns(count: int, random: np.random.Generator) -> tuple[Baseline, dict[str, BaselineColumn]]:
    names = [f"c{number}" for number in range(count)]
    watched = config(f"{{baseline: b.parquet, window: w/, features: [{', '.join(names)}]}}").columns
    keys = np.arange(5, dtype=np.uint64)
    made: dict[str, BaselineColumn] = {}
    for column in watched:
        tally = counted(keys, random.multinomial(1000, np.full(5, 0.2)))
        made[column.name] = BaselineColumn(column, "category", cells_of(tally), tally)
    return Baseline(made), made


def test_the_chance_is_shared_by_all_columns_of_a_window_and_both_it_is_compared_with():
    random = np.random.default_rng(4)
    noises = []
    for count, before in ((1, False), (10, False), (10, True)):
        baseline, made = columns(count, random)
        window = Summary("k", "w", "b", 1000, NOW, {name: column.tally for name, column in made.items()})
        found = compare(baseline, window, window if before else None)
        noises.append(max(measured.noise for column in found for measured in column.measured))
    assert noises[0] < noises[1] < noises[2]
    assert chance_of(20) == 1 / 20_000
