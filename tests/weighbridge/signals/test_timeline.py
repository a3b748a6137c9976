"""Timelines of scenarios as promtool writes values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.signals.timeline import cut, reckon, segments, values

MINUTE = 60


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.3", "0.3+0x4"),
        ("2 * 0.3", "0.6+0x4"),
        ("0 by 100", "0+100x4"),
        ("by 10 for 2m, by 0", "0+10x1 20+0x2"),
        ("1 for 2m, none", "1+0x1 _x3"),
        ("none for 1m, 7", "_x1 7+0x3"),
        ("5 by -1", "5-1x4"),
        ("-(6h) by 60", "-21600+60x4"),
        ("min(4, 2 * (1 + 2)) for 1m, floor(2.7)", "4 2+0x3"),
        ("none", ""),
    ],
)
def test_values(text, written):
    assert values(segments(text), MINUTE, 4 * MINUTE) == written


def test_samples_further_apart_are_the_same_line():
    assert values(segments("0 by 100 for 10m, by 1"), 5 * MINUTE, 20 * MINUTE) == "0+500x1 1000+5x2"


@pytest.mark.parametrize(
    ("text", "value"), [("1h", 3600), ("6h30m", 23400), ("2 * 1d", 172800), ("abs(1 - 3) / 4", 0.5)]
)
def test_reckoning(text, value):
    assert reckon(text) == value


@pytest.mark.parametrize("text", ["", "1 +", "open('x')", "a", "2 ** 9", "1 for ever"])
def test_what_can_t_be_reckoned_is_said(text):
    with pytest.raises(ValueError, match=r"reckoned|no timeline"):
        segments(text)


@given(st.integers(1, 50), st.integers(-9, 9), st.integers(1, 40), st.integers(1, 60))
def test_cutting_keeps_what_was_before(start, step, minutes, until):
    line = segments(f"{start} by {step} for {minutes}m, 3")
    whole, kept = _samples(line, 100), _samples(cut(line, until * MINUTE), 100)
    assert kept[:until] == whole[:until]
    assert kept[until:] == [None] * (101 - until)


def _samples(line, minutes):
    """What promtool reads from the text."""
    found: list[float | None] = []
    for word in values(line, MINUTE, minutes * MINUTE).split():
        text, _, count = word.partition("x")
        if text == "_":
            found += [None] * int(count)
            continue
        first, step = (text, "0") if not count else (text[: max(text.rfind("+"), text.rfind("-"))], "")
        step = step or text[len(first) :]
        found += [float(first) + float(step) * index for index in range(int(count or 0) + 1)]
    return found
