"""A comment that fits, whatever it holds."""

import re
from dataclasses import replace

from tests.support import results
from weighbridge.preview.result import Operation
from weighbridge.render.preview.markdown import MOST_UNITS, render, units


def many(count):
    return tuple(
        results.change(f"pool-{index}", Operation.DELETE if index % 3 else Operation.CREATE) for index in range(count)
    )


def test_a_comment_fits_whatever_it_holds():
    violations = tuple(results.violation(f"{index} " + "x" * 500) for index in range(500))
    text = render(results.admitted(
        changes=many(5000), violations=violations, notes=("n" * 900,) * 300))  # fmt: skip
    assert units(text) <= MOST_UNITS
    assert text.count("<details>") == text.count("</details>")
    assert '"truncated": true' in text.splitlines()[0]
    assert re.search(r"^\d+ of 500 violations shown; the JSON report has all\.$", text, re.MULTILINE)


def test_what_is_held_meanwhile_stands_between_before_and_after():
    (line,) = results.blocked().quota
    assert "| 2 → 16 → 14 |" in render(replace(results.blocked(), quota=(replace(line, during=16),)))


def test_what_is_not_known_comes_right_after_the_verdict_and_is_escaped():
    lines = render(replace(results.blocked(), unread=("<b> can't be read",))).splitlines()
    assert lines[1:5] == [
        "**⛔ BLOCKED** dev: 1 violation, and 1 piece of advice",
        "",
        "- **not known:** &#60;b&#62; can't be read",
        "",
    ]
    assert "not known" not in render(results.blocked())
