"""Text of others in Markdown: one line, no markup, no mention."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.render.markdown_text import MOST_CELL, escape


def test_what_means_something_is_spelled_in_numbers():
    assert escape("a|b @all <b> #1\n\nwww.x") == "a&#124;b &#64;all &#60;b&#62; &#35;1 &#119;&#119;&#119;&#46;x"


@given(st.text(max_size=80))
def test_nothing_is_left_that_markdown_reads(text):
    bare = escape(text).replace("&#", "").replace(";", "")
    assert not set(bare) & set("\\`*_{}[]<>#|@~$!\n\r")


def test_it_is_cut_before_it_grows():
    assert len(escape("x" * 10_000)) == MOST_CELL * 4
