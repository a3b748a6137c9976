"""A book comes back as it was written, and nothing else is taken for one."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.claim_books import PROJECT, book, claim
from weighbridge.claims.book import DEPLOYED, Book, StackClaim
from weighbridge.claims.book_text import BrokenBook, NewerBook, book_text, parse_book
from weighbridge.quota.arithmetic import QuotaKey

GOOD = book(claim("dev", "pr-1", 2, ssd=100), claim("prod", DEPLOYED, 7), waiting=(claim("dev", "pr-2", 9),))

NAMES = st.text(min_size=1, max_size=12)
KEYS = st.builds(QuotaKey, NAMES, NAMES, NAMES, st.lists(st.tuples(NAMES, NAMES), max_size=2).map(tuple))
CLAIMS = st.builds(
    StackClaim.of, NAMES, NAMES, NAMES, st.dictionaries(KEYS, st.integers(1, 2**53), max_size=4),
    st.integers(0, 2**40), st.none() | st.integers(0, 2**40),
)  # fmt: skip


def signed(content: object, version: int = 1) -> bytes:
    """A text whose checksum is right."""
    rest = json.dumps(content).encode()
    return f"weighbridge-claims {version} {sha256(rest).hexdigest()}\n".encode() + rest


def content(**changed: object) -> dict[str, object]:
    return {**json.loads(book_text(GOOD).partition(b"\n")[2]), **changed}


@given(st.lists(CLAIMS, max_size=4), st.lists(CLAIMS, max_size=2), st.integers(0, 2**40))
def test_a_book_comes_back(held, waiting, at):
    written = Book("example-ml", at, tuple(held), tuple(waiting))
    found = parse_book(book_text(written), "example-ml")
    assert (found.project, found.at) == (written.project, written.at)
    for before, after in ((written.held, found.held), (written.waiting, found.waiting)):
        assert [(claim[:5], claim.amounts) for claim in before] == [(claim[:5], claim.amounts) for claim in after]


@pytest.mark.parametrize("text", [b"", b"{}", b"\x00\xff", b"weighbridge-claims 1 abc\n{}", book_text(GOOD)[1:]])
def test_what_is_no_book_is_refused(text):
    with pytest.raises(BrokenBook, match="is no file of claims"):
        parse_book(text, PROJECT)


@pytest.mark.parametrize("place", [70, 90, 200, -1])
def test_one_changed_byte_is_noticed(place):
    text = bytearray(book_text(GOOD))
    text[place] ^= 1
    with pytest.raises(BrokenBook):
        parse_book(bytes(text), PROJECT)


def test_a_text_that_was_cut_is_noticed():
    with pytest.raises(BrokenBook, match="is not what was written: its checksum differs"):
        parse_book(book_text(GOOD)[:-20], PROJECT)


def test_a_newer_version_is_not_guessed_at():
    with pytest.raises(NewerBook, match="is of version 2, and this Weighbridge reads up to version 1"):
        parse_book(signed({"whatever": 1}, version=2), PROJECT)


def test_another_projects_book_is_refused():
    with pytest.raises(BrokenBook, match="has the claims of project example-ml, not of other-ml"):
        parse_book(book_text(GOOD), "other-ml")


ROW = ["dev", "pr-1", "ml@example.com", 1, 2, [0, 5]]


@pytest.mark.parametrize(
    "wrong",
    [
        content(held=[[*ROW[:5], [0, -5]]]),  # would make room that isn't there
        content(held=[[*ROW[:5], [9, 5]]]),
        content(held=[[*ROW[:5], [0]]]),
        content(held=[[*ROW[:5], [0, 5.5]]]),
        content(held=[[*ROW[:5], [0, True]]]),
        content(held=[[*ROW[:5], "05"]]),
        content(held=[[1, *ROW[1:]]]),
        content(held=[[*ROW[:3], None, *ROW[4:]]]),
        content(held=[[*ROW[:4], "soon", ROW[5]]]),
        content(held=[ROW[:5]]),
        content(held=[ROW, ROW[:5]]),
        content(held=7),
        content(limits=[["p", "r", 1, []]]),
        content(limits=[["p"]]),
        content(at="now"),
        content(project=None),
        {"project": "example-ml"},
        [],
    ],
)
def test_a_right_checksum_does_not_make_a_wrong_content_right(wrong):
    with pytest.raises(BrokenBook, match="is no file of claims"):
        parse_book(signed(wrong), PROJECT)
    assert parse_book(signed(content(held=[ROW])), PROJECT).held[0].amounts
