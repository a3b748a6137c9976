"""Categories in cells: the most frequent ones apart, the others together."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from weighbridge.drift_monitor import category_cells
from weighbridge.drift_monitor.category_cells import CELLS, CountedCategories


def counted(**counts: int) -> CountedCategories:
    found = CountedCategories()
    found.add(pa.array(list(counts)), np.array(list(counts.values())))
    return found


def test_only_the_most_frequent_categories_have_a_cell_and_all_are_known():
    counted = CountedCategories()
    names = [f"c{index:03d}" for index in range(250)]
    counted.add(pa.array(names), np.arange(250, 0, -1))
    cells = counted.cells()
    tally = cells.tally(pa.array(["c000", "c099", "c100", "c249", "new"]), np.array([5, 4, 3, 2, 1]))

    assert cells.cells == CELLS + 1
    assert tally.counts[0] == 5
    assert tally.counts[CELLS - 1] == 4
    assert tally.counts[CELLS] == 3 + 2 + 1
    assert tally.outside == 1
    assert counted.counted(cells).counts.sum() == sum(range(251))


def test_equally_frequent_categories_are_in_the_order_of_their_names():
    assert counted(b=2, c=3, a=2).cells().known.to_pylist() == ["c", "a", "b"]


def test_cells_are_equal_when_their_categories_are_whatever_their_counts():
    one, other = counted(a=3, b=2).cells(), counted(a=30, b=20).cells()
    assert one.fingerprint() == other.fingerprint()
    assert one.fingerprint() != counted(b=3, a=2).cells().fingerprint()
    assert one.empty().counts.tolist() == [0, 0, 0]


def test_files_add_up():
    found = counted(a=1, b=5)
    found.add(pa.array(["a"]), np.array([7]))
    assert found.cells().known.to_pylist() == ["a", "b"]
    assert found.counted(found.cells()).counts.tolist() == [8, 5, 0]


@pytest.mark.parametrize(("most", "unseen"), [(2, 0), (3, 4)])
def test_a_column_with_too_many_categories_has_no_unseen_ones(monkeypatch, most, unseen):
    monkeypatch.setattr(category_cells, "KNOWN", most)
    cells = counted(a=3, b=2, c=1).cells()
    assert cells.tally(pa.array(["a", "new"]), np.array([1, 4])).outside == unseen


def test_the_rarest_are_forgotten_when_there_are_too_many_to_count(monkeypatch):
    monkeypatch.setattr(category_cells, "_COUNTED", 4)
    found = counted(a=9, b=8, c=7, d=6, e=5)
    assert found.cells().known.to_pylist() == ["a", "b"]
    assert not found.cells().whole
