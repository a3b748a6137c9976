"""A comment that fits, whatever it holds."""

import re
from dataclasses import replace

from tests.support import results
from weighbridge.preview.result import Flag, Location, Operation, PreviewVerdict
from weighbridge.render.preview.markdown import MOST_UNITS, render, render_all, units


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
    assert re.search(r"^\d+ of 500 blockers shown; the JSON report has all\.$", text, re.MULTILINE)


def test_what_is_held_meanwhile_stands_between_before_and_after():
    (line,) = results.blocked().quota
    assert "| 2 → 16 → 14 |" in render(replace(results.blocked(), quota=(replace(line, during=16),)))


def test_what_is_not_known_comes_right_after_the_verdict_and_is_escaped():
    lines = render(replace(results.blocked(), unread=("<b> can't be read",))).splitlines()
    assert lines[1] == "**⛔ BLOCKED** dev: 1 violation, and 1 piece of advice"
    assert "- **not known:** &#60;b&#62; can't be read" in lines[: lines.index("**Blockers** (1)")]
    assert "not known" not in render(results.blocked())


def test_the_first_600_characters_have_every_number():
    result = replace(results.blocked(), stack="a" * 63)
    start = render(result)[:600]
    assert start.startswith("<!-- weighbridge:v1 ")
    for words in (
        "**⛔ BLOCKED** ",
        "1 to update, 1 to replace, 1 to delete; 1 unchanged",
        "1 blocker",
        "nearest its limit: NVIDIA L4, 24 of 24 (0 left)",
        "cost at least $1,228 → $7,420 a month at most (+$6,192)",
    ):
        assert words in start, words


def test_what_serves_and_goes_is_never_cut():
    flags = tuple(Flag(f"u{index}", f"pool-{index}", "x" * 200, Operation.DELETE) for index in range(1000))
    violations = tuple(results.violation(f"{index} " + "x" * 300) for index in range(5000))
    text = render(replace(results.blocked(), flags=flags, violations=violations, changes=many(5000)))
    assert units(text) <= MOST_UNITS
    assert all(f"- ⚠️ `pool-{index}` goes" in text for index in range(1000))
    assert text.index("pool-999`") < text.index("**Blockers** (5000)")


def test_no_row_is_cut_inside():
    violations = tuple(results.violation(f"{index} " + "y" * 400 + " end") for index in range(500))
    rows = [line for line in render(results.admitted(violations=violations)).splitlines() if "yyy" in line]
    assert all(row.endswith(" end") for row in rows)
    assert len(rows) > 50


def test_backticks_of_a_message_are_code_and_nothing_else_is():
    found = results.violation("set `watch.features`, not `<b>`, for `a\n- b: `x@sha256:...`")
    text = render(results.admitted(violations=(found,)))
    assert "set `watch.features`, not &#96;&#60;b&#62;&#96;, for &#96;a" in text
    assert "  - b: `x@sha256:...`" in text


def test_a_thousand_stacks_are_one_comment_with_the_worst_first():
    blocked = [replace(results.blocked(), stack=f"b{index}") for index in range(999)]
    wrong = replace(results.admitted(changes=()), stack="zz", verdict=PreviewVerdict.WRONG_SPEC)
    text = render_all([results.admitted(), *blocked, wrong])
    assert units(text) <= MOST_UNITS
    lines = text.splitlines()
    assert lines[1] == "**⛔ 1001 stacks**: 1 wrong spec, 999 blocked, 1 admitted"
    rows = [line for line in lines if line.startswith("| ")]
    assert rows[1].startswith("| zz | wrong spec |")
    assert {row.count("|") for row in rows} == {7}


def test_everything_new_is_no_picture():
    assert "mermaid" not in render(results.admitted())
    assert "```mermaid\nflowchart TB\n" in render(results.blocked())


def test_blockers_and_advice_link_to_their_lines():
    result = results.blocked()
    source = "https://github.com/example/ml/blob/0123abc"
    file, line = result.violations[0].location.file, result.violations[0].location.line
    linked = f"[{file}:{line}]({source}/{file}#L{line})"
    assert linked in render(result, source)
    assert linked in render_all([result, results.admitted()], source)
    assert "](" not in render(result)


def test_a_file_s_name_breaks_no_link():
    found = results.violation(location=Location("a](b) c/<d>.yaml", 3))
    text = render(results.admitted(violations=(found,)), "https://github.com/o/n/blob/1")
    assert "(https://github.com/o/n/blob/1/a%5D%28b%29%20c/%3Cd%3E.yaml#L3)" in text
    assert "[a](b)" not in text


def test_five_thousand_violations_and_a_thousand_stacks_with_links_fit():
    source = "https://github.com/example/ml/blob/0123456789012345678901234567890123456789/platform"
    violations = tuple(results.violation(f"{index} " + "x" * 300) for index in range(5000))
    one = replace(results.blocked(), violations=violations)
    for text in (render(one, source), render_all([replace(one, stack=f"s{index}") for index in range(1000)], source)):
        assert units(text) <= MOST_UNITS
        assert all(row.endswith("x") for row in text.splitlines() if "xxx" in row)
