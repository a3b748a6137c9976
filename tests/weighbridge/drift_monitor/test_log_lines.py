"""Lines of logs: however they come in chunks, plain or packed, each is given once or counted once."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.drift_monitor import log_lines
from weighbridge.drift_monitor.log_lines import LineCounts, lines, plain
from weighbridge.drift_monitor.unreadable_data import UnreadableData


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


@given(st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r"))), st.integers(1, 20))
def test_lines_are_the_same_in_any_chunks(written, size):
    counts = LineCounts()
    content = b"\n".join(written)
    found = list(lines(cut(content, size), counts))
    assert [line for line, _ in found] == (written if content and not content.endswith(b"\n") else written[:-1])
    assert all(whole for _, whole in found[:-1])
    assert counts == LineCounts()


@given(st.binary(min_size=1, max_size=400), st.integers(1, 30), st.booleans())
def test_packed_is_as_plain_in_any_chunks(content, size, in_members):
    packed = gzip.compress(content) + (gzip.compress(content) if in_members else b"")
    counts = LineCounts()
    assert b"".join(plain(cut(packed, max(2, size)), "a.gz", counts)) == content * (1 + in_members)
    assert counts == LineCounts()


def test_packed_and_cut_off_gives_what_is_there_and_is_counted():
    content = bytes(range(256)) * 400
    counts = LineCounts()
    found = b"".join(plain([gzip.compress(content)[:-300]], "a.gz", counts))
    assert 0 < len(found) < len(content)
    assert content.startswith(found)
    assert counts == LineCounts(cut=1)


def test_what_only_begins_as_gzip_is_told():
    with pytest.raises(UnreadableData, match=r"^a.gz can't be read: it begins as gzip and goes on as something else$"):
        list(plain([gzip.compress(b"a")[:10] + b"\xff" * 50], "a.gz", LineCounts()))


@pytest.mark.parametrize(("end", "given_after"), [(b"\nshort\n", [(b"short", True)]), (b"", [])])
def test_a_line_that_is_too_long_is_counted_and_not_kept(monkeypatch, end, given_after):
    monkeypatch.setattr(log_lines, "MOST_LINE_BYTES", 50)
    counts = LineCounts()
    assert list(lines([b"first\n", *[b"x" * 20] * 9, end], counts)) == [(b"first", True), *given_after]
    assert counts == LineCounts(unreadable=1)


def test_ends_of_windows_are_ends():
    assert list(lines([b"a\r\nb"], LineCounts())) == [(b"a", True), (b"b", False)]


@pytest.mark.parametrize(
    ("counts", "ratio"),
    [(LineCounts(), None), (LineCounts(other=9, cut=1), None), (LineCounts(3, 9, 1), 0.25), (LineCounts(0, 0, 2), 1.0)],
)
def test_the_ratio_is_of_what_may_have_been_requests(counts, ratio):
    assert counts.unreadable_ratio == ratio


def test_counts_of_files_add_up():
    assert LineCounts(1, 2, 3, 4).plus(LineCounts(10, 20, 30, 40)) == LineCounts(11, 22, 33, 44)
