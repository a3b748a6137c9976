"""Categories by key: which were never seen, and the cells that two samples choose together."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from weighbridge.drift_monitor import category_cells, tally
from weighbridge.drift_monitor.category_cells import CELLS, cells_of, counted, in_cells
from weighbridge.drift_monitor.keys import keys_of


def sample(**counts: int):
    return counted(keys_of(pa.array(list(counts))), np.array(list(counts.values())))


def test_what_the_baseline_never_saw_is_outside_and_counted_by_itself():
    found = cells_of(sample(a=3, b=2)).tally(keys_of(pa.array(["a", "new", "newer"])), np.array([5, 3, 1]))
    assert (found.rows, found.outside) == (9, 4)
    assert sorted(found.counts.tolist()) == [1, 3, 5]


def test_the_cells_are_those_that_are_most_frequent_in_both_samples_together():
    one = sample(**{f"c{number:03}": 300 - number for number in range(200)})
    other = sample(late=10_000, c199=1000, c198=1)
    before, now = in_cells(one, other)
    assert before.size == now.size == CELLS + 1
    assert (before[0], now[0]) == (0, 10_000)
    assert (before[1], now[1]) == (101, 1000)
    assert before.sum() == one.counts.sum()
    assert (before[-1], now[-1]) == (sum(300 - number for number in range(98, 199)), 1)


def test_few_categories_have_a_cell_each():
    assert [part.tolist() for part in in_cells(sample(a=1), sample(a=2))] == [[1], [2]]


def test_the_same_categories_are_the_same_cells_whatever_their_counts():
    one, other = cells_of(sample(a=3, b=2)), cells_of(sample(b=30, a=20))
    assert one.fingerprint() == other.fingerprint() != cells_of(sample(a=3, c=2)).fingerprint()
    assert one.empty().counts.tolist() == []


def test_samples_add_up_by_category():
    together = sample(a=1, b=5).plus(sample(c=2, a=7))
    assert dict(zip(together.keys.tolist(), together.counts.tolist(), strict=True)) == dict(
        zip(keys_of(pa.array(["a", "b", "c"])).tolist(), [8, 5, 2], strict=True)
    )
    assert together.rows == 15


def test_too_many_categories_share_keys_and_none_of_them_is_unseen(monkeypatch):
    for module in (category_cells, tally):
        monkeypatch.setattr(module, "MOST_KEYS", 3)
    exact, many = sample(a=3, b=2), sample(c=1, d=1, e=1, f=1)
    assert (exact.folded, many.folded) == (False, True)
    assert cells_of(many).tally(keys_of(pa.array(["new"])), np.array([4])).outside == 0
    together = exact.plus(many)
    assert together.folded
    assert together.counts.sum() == 9
    before, now = in_cells(exact, many)
    assert (before.sum(), now.sum()) == (5, 4)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()])
def test_a_text_has_one_key_in_every_type_and_place(kind):
    texts = ["", "de", "é", "d", "e", "", "long " * 2**18]
    keys = keys_of(pa.array(["left out", *texts], pa.string()).cast(kind).slice(1))
    assert keys.tolist() == [int(keys_of(pa.array([text]))[0]) for text in texts]
    assert len(set(keys.tolist())) == 6


def test_no_two_of_very_many_texts_share_a_key():
    assert np.unique(keys_of(pa.array([f"user-{number}" for number in range(300_000)]))).size == 300_000
    assert keys_of(pa.array([], pa.string())).size == 0
