"""Tables that fit the terminal, and bars that never lie about being over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.render.columns import BAR_CELLS, Column, bar, table

COLUMNS = (Column("", right=False), Column("nodes"), Column("", right=False, spare=True), Column("left"))
ROWS = [("serve-l4", "14", "████", "3"), ("a-node-pool-with-a-long-name", "2", "█", "-12")]


def test_numbers_stand_right_and_words_left():
    assert list(table(COLUMNS, ROWS, 60)) == [
        "                                nodes        left",
        "  serve-l4                         14  ████     3",
        "  a-node-pool-with-a-long-name      2  █      -12",
    ]


def test_where_there_is_no_room_what_is_spare_goes_first_and_then_the_name_is_cut():
    assert list(table(COLUMNS, ROWS, 30)) == [
        "                    nodes left",
        "  serve-l4             14    3",
        "  a-node-pool-with…     2  -12",
    ]


def test_a_table_that_stays_whole_gives_up_what_is_spare_and_no_name():
    assert list(table(COLUMNS, ROWS, 30, whole=True)) == [
        "                               nodes left",
        "  serve-l4                        14    3",
        "  a-node-pool-with-a-long-name     2  -12",
    ]


def test_a_table_without_rows_is_its_titles():
    assert list(table(COLUMNS[1:2], [], 80)) == ["  nodes"]


@given(st.integers(0, 10**6), st.integers(-1, 10**6))
def test_a_bar_is_full_of_warnings_exactly_when_over(amount, limit):
    drawn = bar(amount, limit)
    assert len(drawn) == BAR_CELLS
    assert (drawn == "!" * BAR_CELLS) is (amount > limit)


@pytest.mark.parametrize(("amount", "drawn"), [(0, "░░░░░░░░"), (1, "█░░░░░░░"), (50, "████░░░░"), (100, "████████")])
def test_any_part_of_a_limit_shows(amount, drawn):
    assert bar(amount, 100) == drawn
