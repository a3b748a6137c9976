"""Axes of the pictures."""

import pytest

from weighbridge.render.plan.plots import ticks


def test_ticks_are_round():
    assert ticks(9.5) == [0, 2, 4, 6, 8]
    assert ticks(0.07) == pytest.approx([0, 0.02, 0.04, 0.06])
    assert ticks(130_000) == [0, 50_000, 100_000]
