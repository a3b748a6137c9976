"""Tables to compare tools on are the same for the same seed, and hold the shift that they are said to hold."""

from __future__ import annotations

import numpy as np
import pytest

from bench.drift_tools.draws import COLUMNS, MADE_UP, drawn

BY_NAME = {kind.name: kind for kind in MADE_UP}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_table_is_the_same_for_the_same_seed_and_another_for_another(name):
    one, again, other = (drawn(BY_NAME[name], 50, 0.2, (1, seed)) for seed in (1, 1, 2))
    assert len(one.baseline) == len(one.numbers) + len(one.categories) == COLUMNS
    assert all((one.window[column] == again.window[column]).all() for column in one.window)
    assert any((one.window[column] != other.window[column]).any() for column in one.window)


def test_so_many_values_as_said_move_to_the_highest_tenth_or_to_the_last_category():
    normal, texts = (drawn(BY_NAME[name], 3000, 0.2, (1,)) for name in ("normal", "10 categories"))
    high = [np.mean(normal.window[name] >= np.quantile(normal.baseline[name], 0.9)) for name in normal.numbers]
    last = [np.mean(texts.window[name] == "v0009") for name in texts.categories]
    assert np.mean(high) == pytest.approx(0.2 + 0.8 * 0.1, abs=0.01)
    assert np.mean(last) == pytest.approx(0.2 + 0.8 * 0.1, abs=0.01)


def test_without_a_share_nothing_moves():
    for rows in (300, 3000):
        table = drawn(BY_NAME["normal"], rows, 0.0, (1,))
        assert {values.size for part in (table.baseline, table.window) for values in part.values()} == {rows}
        assert np.mean([np.mean(values) for values in table.window.values()]) == pytest.approx(0, abs=0.1)
