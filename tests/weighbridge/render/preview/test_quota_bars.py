"""Bars keep to their box, and are as long as what they stand for."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.support import results
from weighbridge.preview.result import Before
from weighbridge.render.preview.quota_bars import WIDTH, bar

AMOUNT = st.integers(0, 10**9)


def shapes(text):
    found = re.findall(r'<rect x="([^"]+)" y="\d+" width="([^"]+)"', text)
    return [(float(x), float(width)) for x, width in found]


def test_parts_are_in_proportion_to_the_limit():
    (line,) = results.blocked().quota  # dev 2 → 14, prod 7, kept free 3, of 24
    *parts, mark = shapes(bar("dev", line, 0, before=False))
    assert [round(width * 24 / WIDTH) for _, width in parts] == [7, 2, 12, 3]
    assert mark == (WIDTH - 4, 4)
    *parts, _ = shapes(bar("dev", line, 0, before=True))
    assert [round(width * 24 / WIDTH) for _, width in parts] == [7, 2, 3]


@given(AMOUNT, AMOUNT, AMOUNT, st.integers(1, 10**9))
def test_nothing_leaves_the_box(own, before, free, limit):
    (line,) = results.blocked().quota
    line = replace(line, row=replace(line.row, limit=limit, kept_free=free), peak=own, before=Before(before, before))
    for when in (True, False):
        assert all(x >= 0 and x + width <= WIDTH * 1.001 for x, width in shapes(bar("dev", line, 0, before=when)))


def test_both_bars_of_a_limit_have_one_scale():
    (line,) = results.blocked().quota
    line = replace(line, peak=40)
    marks = {shapes(bar("dev", line, 0, before=when))[-1] for when in (True, False)}
    assert marks == {(WIDTH * 4 / 5 - 4, 4)}
