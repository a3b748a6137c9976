"""Text of others in Markdown: one line, no markup, no mention."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.render.markdown_text import MOST_CELL, code, escape, with_code


def test_what_means_something_is_spelled_in_numbers():
    assert escape("a|b @all <b> #1\n\nwww.x") == "a&#124;b &#64;all &#60;b&#62; &#35;1 &#119;&#119;&#119;&#46;x"


@given(st.text(max_size=80))
def test_nothing_is_left_that_markdown_reads(text):
    bare = escape(text).replace("&#", "").replace(";", "")
    assert not set(bare) & set("\\`*_{}[]<>#|@~$!\n\r")


def test_it_is_cut_before_it_grows():
    assert len(escape("x" * 10_000)) == MOST_CELL * 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("set `a.b[0]`", "set `a.b[0]`"),
        ("`<b>` and `c`", "&#96;&#60;b&#62;&#96; and `c`"),
        ("one ` alone", "one &#96; alone"),
        ("`` two", "&#96;&#96; two"),
        ("`a|b`", "&#96;a&#124;b&#96;"),
    ],
)
def test_what_stands_in_backticks_is_code_where_nothing_can_leave_it(text, shown):
    assert with_code(text) == shown


@given(st.text(st.sampled_from("`a|<>\n b"), max_size=30))
def test_code_spans_are_closed(text):
    assert with_code(text).count("`") % 2 == 0


def test_a_name_that_could_leave_its_code_is_plain():
    assert (code("shared-quota"), code("a`b")) == ("`shared-quota`", "a&#96;b")
