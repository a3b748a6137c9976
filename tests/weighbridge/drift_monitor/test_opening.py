"""How rows depend on one another is measured in the first of them, however they come in batches."""

from __future__ import annotations

import numpy as np
import pytest

from weighbridge.drift_monitor.columns import CategoryBatch, NumberBatch
from weighbridge.drift_monitor.dependence import INDEPENDENT, LOOKED_AT, dependence_of
from weighbridge.drift_monitor.number_bins import KeptNumbers
from weighbridge.drift_monitor.opening import Opening

RUNS = np.repeat(np.random.default_rng(5).normal(size=1500), 10)  # 15,000 rows in runs of ten


def bins():
    kept = KeptNumbers()
    kept.add(RUNS)
    return kept.bins()[0]


def of_numbers(*batches):
    opening = Opening()
    for values in batches:
        opening.add_numbers(NumberBatch(len(values), 0, 0, values))
    return opening


@pytest.mark.parametrize("at", [[], [1], [4000], [LOOKED_AT], [LOOKED_AT + 1], [300, 600, 9000]])
def test_the_first_rows_count_however_they_are_split(at):
    expected = dependence_of(bins().codes(RUNS[:LOOKED_AT]))
    assert expected.factor > 5
    assert of_numbers(*np.split(RUNS, at)).dependence(bins()) == expected


def test_rows_after_the_first_ones_change_nothing():
    other = np.concatenate([RUNS[:LOOKED_AT], np.random.default_rng(6).normal(size=50_000)])
    assert of_numbers(other).dependence(bins()) == of_numbers(RUNS).dependence(bins())


def test_categories_count_in_the_order_of_their_rows():
    keys = np.array([7, 9], np.uint64)
    rows = np.repeat(np.random.default_rng(7).integers(0, 2, 400), 10)
    opening = Opening()
    for part in np.split(rows, [1000, 2500]):
        opening.add_categories(CategoryBatch(len(part), 0, 0, keys, np.bincount(part, minlength=2), part, part))
    assert np.array_equal(np.concatenate(opening._keys), keys[rows])


def test_without_a_row_nothing_depends_on_anything():
    assert Opening().dependence(bins()) == INDEPENDENT
