"""The report for a terminal."""

from dataclasses import replace

import pytest

from tests.support import results
from weighbridge.render.preview.text import render
from weighbridge.render.preview.wording import short_type
from weighbridge.render.style import Style

VARIANTS = (results.admitted, results.advised, results.blocked, results.not_judged)


def test_a_terminal_without_unicode_gets_ascii_and_one_with_colour_gets_it():
    plain = render(results.blocked(), Style(unicode=False))
    assert plain.isascii()
    assert "2 -> 14" in plain
    coloured = render(results.blocked(), Style(colour=True))
    assert "\x1b[31;1mBLOCKED\x1b[0m" in coloured
    assert "\x1b" not in render(results.blocked())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_of_ours_is_wider_than_the_terminal(width):
    for variant in VARIANTS:
        for line in render(variant(), Style(width=width)).splitlines():
            assert len(line) <= max(width, 80), line


def test_what_is_held_meanwhile_stands_between_before_and_after():
    (line,) = results.blocked().quota
    assert "  2 → 14  " in render(results.blocked())
    assert "  2 → 16 → 14  " in render(replace(results.blocked(), quota=(replace(line, during=16),)))


UNREAD = "Pulumi.dev.yaml imports ml/dev of Pulumi ESC, which can't be read offline"


def test_what_is_not_known_comes_right_after_the_verdict():
    lines = render(replace(results.blocked(), unread=(UNREAD,)), Style(width=80)).splitlines()
    assert lines[:6] == [
        "BLOCKED  dev (example-ml, us-central1): 1 violation",
        "  and 1 piece of advice, which blocks nothing",
        "",
        "NOT KNOWN  Pulumi.dev.yaml imports ml/dev of Pulumi ESC, which can't be read",
        "  offline",
        "",
    ]
    assert lines[-2:] == ["Notes", "  warning: something"]


def test_what_the_verdict_is_about_is_not_said_twice():
    failure = replace(results.not_judged().failure, reason=UNREAD)
    text = render(replace(results.not_judged(), failure=failure, unread=(UNREAD, "x is encrypted")), Style(width=120))
    assert text.count("imports ml/dev") == 1
    assert "\n\nNOT KNOWN  x is encrypted\n" in text


def test_the_name_of_a_pool_is_never_cut_in_a_pipe():
    shown = results.admitted()
    name = "a-pool-whose-name-takes-all-forty-letters"[:40]
    pools = (replace(shown.pools[0], name=name), *shown.pools[1:])
    assert f"  {name} {shown.pools[0].machine_type}" in render(replace(shown, pools=pools), Style(whole=True))


@pytest.mark.parametrize("style", [Style(), Style(colour=True)], ids=["plain", "coloured"])
def test_a_name_that_leaves_no_room_stands_on_a_line_of_its_own(style):
    shown = results.admitted()
    change = replace(shown.changes[0], name="n" * 70, properties=(), parent=None)
    lines = render(replace(shown, changes=(change,)), style).splitlines()
    at = next(index for index, line in enumerate(lines) if line.endswith("n" * 70))
    assert lines[at + 1].startswith("          ")
    assert short_type(change.type) in lines[at + 1]
    fitting = render(replace(shown, changes=(replace(change, name="name"),)), style)
    assert any("name  " in line and short_type(change.type) in line for line in fitting.splitlines())
