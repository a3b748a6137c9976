"""Rows that come in runs say less; independent and sorted ones say what they are."""

from __future__ import annotations

import numpy as np
import pytest

from weighbridge.drift_monitor.dependence import INDEPENDENT, dependence_of

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("run", [5, 20])
@pytest.mark.parametrize("cells", [2, 20])
def test_rows_in_runs_count_as_often_as_there_are_runs(run, cells):
    found = dependence_of(np.repeat(RANDOM.integers(0, cells, 8000 // run), run))
    assert run * 0.8 < found.factor < run * 4


@pytest.mark.parametrize(
    "codes",
    [
        RANDOM.integers(0, 20, 255),
        np.zeros(5000, np.int64),
        np.sort(RANDOM.integers(0, 20, 5000)),
        np.sort(RANDOM.integers(0, 20, 5000))[::-1],
        np.repeat(RANDOM.integers(0, 20, 7), 700),
        np.concatenate([np.sort(RANDOM.integers(0, 20, 1000)) for _ in range(3)]),
        np.arange(5000),
    ],
    ids=["few", "all the same", "sorted", "falling", "of seven runs", "of three sorted files", "all different"],
)
def test_others_count_as_independent(codes):
    assert dependence_of(codes) == INDEPENDENT


@pytest.mark.parametrize("cells", [20, 1000])
def test_few_runs_of_uneven_lengths_count_by_their_squares(cells):
    lengths = RANDOM.integers(1, 41, 50)
    found = dependence_of(np.repeat(RANDOM.integers(0, cells, 50), lengths))
    as_many = np.sum(lengths**2) / lengths.sum()
    assert 0.9 * as_many < found.factor < 2 * as_many


def test_texts_that_are_sorted_count_as_independent_whatever_their_cells_are():
    cells, lengths = RANDOM.permutation(50), RANDOM.integers(1, 41, 50)
    rows, order = np.repeat(cells, lengths), np.repeat(np.arange(50), lengths)
    assert dependence_of(rows, order) == INDEPENDENT
    assert dependence_of(rows).factor > 15


def test_independent_rows_are_seldom_taken_for_others_and_never_for_much():
    random = np.random.default_rng(4)
    factors = np.array([dependence_of(random.integers(0, 10, 5000)).factor for _ in range(200)])
    assert np.mean(factors == 1) > 0.85
    assert np.mean(factors < 2) >= 0.99
    assert factors.max() < 2.5
