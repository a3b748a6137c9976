"""A runbook as Markdown: nothing from a spec becomes markup."""

from __future__ import annotations

import pytest

from tests.support.runbooks import PROD, text, with_rollout
from weighbridge.render.runbook.markdown import render
from weighbridge.runbook.sections import Code, Listing, Runbook, Section, Table, Text, quoted


def test_words_outside_code_are_escaped():
    lead = (Text("a_b `c_d` <i>"), Listing(("x|y", "`z"), numbered=True))
    table = Section("T", (Table(("h",), (("p|`q|r`",),)), Code(("ls",))))

    assert render(Runbook("t", lead, (table,))) == (
        "# t\n\na&#95;b `c_d` &#60;i&#62;\n\n1. x&#124;y\n2. &#96;z\n\n"
        "## T\n\n| h |\n| --- |\n| p&#124;`q\\|r` |\n\n```sh\nls\n```\n"
    )
    assert quoted("a`b\nc") == "`a'b c`"


def test_nothing_from_a_spec_becomes_markup():
    hostile = "`<b>|\n# x ![](http://x)` @me"
    approval = PROD.endpoints["ranker"].rollout.approvals[0].model_copy(update={"reason": hostile})
    document = text("ranker", with_rollout(PROD, "ranker", approvals=(approval,)))

    assert "| `'<b>\\| # x ![](http://x)' @me` |" in document


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("plain", "plain"),
        ("say `a_b` now", "say `a_b` now"),
        ("`a` and `b`", "`a` and `b`"),
        ("one ` alone", "one &#96; alone"),
        ("`a` and one ` alone", "`a` and one &#96; alone"),
        ("1 * 2", "1 &#42; 2"),
    ],
)
def test_what_stands_between_marks_is_code_and_all_else_is_escaped(given, expected):
    assert render(Runbook("t", (Text(given),), ())) == f"# t\n\n{expected}\n"


def test_a_section_without_blocks_and_an_unnumbered_list():
    runbook = Runbook("t", (), (Section("A", ()), Section("B", (Listing(("x", "y")),))))
    assert render(runbook) == "# t\n\n## A\n\n## B\n\n- x\n- y\n"
