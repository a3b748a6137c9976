"""Texts of pictures: never wider than their place, never markup."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.render.dashboard.svg_text import ELLIPSIS, cut, escaped, quoted, width, wrapped

TEXTS = st.text(max_size=80)


@given(TEXTS, st.floats(20, 400), st.booleans(), st.booleans())
def test_what_is_cut_fits(text, most, bold, mono):
    found = cut(text, 12, most, bold=bold, mono=mono)

    assert width(found, 12, bold=bold, mono=mono) <= most
    assert found == text or (found.endswith(ELLIPSIS) and text.startswith(found[:-1].rstrip()))


@given(TEXTS, st.floats(40, 400), st.integers(1, 6))
def test_what_is_wrapped_fits_and_keeps_its_words(text, most, lines):
    found = list(wrapped(text, 12, most, lines))

    assert 1 <= len(found) <= lines
    assert all(width(line, 12) <= most for line in found)
    if not any(ELLIPSIS in line for line in found):
        assert " ".join(found).split() == text.split()


@given(TEXTS)
def test_any_text_is_content_and_value_of_well_formed_xml(text):
    found = ET.fromstring(f"<a b={quoted(text)}>{escaped(text)}</a>")  # noqa: S314 - our own text

    assert (found.text or "").replace("\n", "") == escaped_back(text)


def escaped_back(text):
    """What an XML parser gives back: line ends are joined, and what XML can't hold is a question mark."""
    allowed = (character if character in "\t\n\r" or ord(character) >= 0x20 else "?" for character in text)
    kept = "".join(
        "?" if character in "\ufffe\uffff" or 0xD800 <= ord(character) <= 0xDFFF else character for character in allowed
    )
    return kept.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "")
