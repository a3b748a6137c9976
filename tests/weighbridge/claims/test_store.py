"""What holds of every store: one step at a time, all of it or nothing, at the store's own time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.claim_books import L4, PROJECT, claim
from tests.support.claim_stress import store_at
from tests.support.fake_claim_bucket import claim_bucket
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.claims.book import Book
from weighbridge.claims.book_text import book_text
from weighbridge.claims.store import StoreUnreadable, book_in

KINDS = ("folder", "bucket")


@contextmanager
def place(kind: str, folder: Path, seconds_per_write: float = 0) -> Iterator[str]:
    """Where an empty store of a kind is."""
    if kind == "folder":
        yield str(folder)
        return
    with claim_bucket(seconds_per_write) as made:
        yield made.url


@pytest.fixture(params=KINDS)
def where(request, tmp_path):
    with place(request.param, tmp_path) as found:
        yield found


def add(store, *claims, waits=()):
    """What the store's time was when they were added."""

    def decide(book, now):
        for made in claims:
            book = book.holding(made._replace(since=now))
        for made in waits:
            book = book.in_line(made)
        return book, now

    return store.change(decide)


def test_an_empty_store_has_an_empty_book(where):
    assert store_at(where).read() == Book(PROJECT)


def test_what_was_changed_is_there_for_the_next(where):
    moment = add(
        store_at(where), claim("dev", "pr-1", 2, ssd=10, until=None), waits=[claim("dev", "pr-2", 9, until=None)]
    )
    found = store_at(where).read()
    assert [(held.holder, held.amounts[L4]) for held in found.held] == [("pr-1", 2)]
    assert [waits.holder for waits in found.waiting] == ["pr-2"]
    assert found.at == moment


def test_a_book_that_stays_is_not_written(where):
    store = store_at(where)
    add(store, claim("dev", "pr-1", 2, until=None))
    at = store.read().at
    assert store.change(lambda book, _: (book, "seen")) == "seen"
    assert store.read().at == at


def test_what_fails_while_deciding_changes_nothing_and_keeps_no_lock(where):
    store = store_at(where)
    with pytest.raises(ZeroDivisionError):
        store.change(lambda book, _: (book.holding(claim("dev", "pr-1", 2)), 1 // 0))
    assert store.read() == Book(PROJECT)
    add(store_at(where), claim("dev", "pr-1", 2, until=None))


def test_what_has_expired_is_cleared_by_the_next_change(where):
    store = store_at(where)
    add(store, claim("dev", "pr-1", 2, until=1), claim("dev", "pr-2", 2, until=None))
    assert store.change(lambda book, _: (book, len(book.held))) == 1
    assert [held.holder for held in store.read().held] == ["pr-2"]


def test_the_clock_of_the_runner_plays_no_part(where, monkeypatch):
    store = store_at(where)
    real = time.time
    moments = []
    for off in (-600, 0, 600):
        monkeypatch.setattr(time, "time", lambda off=off: real() + off)
        moments.append(add(store, claim("dev", f"pr-{off}", 1, until=None)))
    monkeypatch.undo()
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] < 300
    assert abs(moments[-1] - time.time()) < 300


def test_the_text_of_an_error_says_which_store_and_what_to_do():
    with pytest.raises(StoreUnreadable) as error:
        book_in(b"weighbridge-claims 9 " + b"0" * 64 + b"\n", PROJECT, "gs://b/x.claims")
    assert str(error.value) == (
        "gs://b/x.claims is of version 9, and this Weighbridge reads up to version 1. Use the version that wrote it, "
        "or a later one."
    )
    with pytest.raises(StoreUnreadable) as error:
        book_in(book_text(Book(PROJECT)) + b" ", PROJECT, "gs://b/x.claims")
    assert str(error.value) == (
        "gs://b/x.claims is not what was written: its checksum differs. It may have been edited by hand. Put back the "
        "copy of before, or let the quota's owners say what holds."
    )


def stress(where: str, seconds: float, processes: int, *more: str) -> dict[str, object]:
    """In a process of its own, which may fork: it has no threads."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.claim_stress", where, str(seconds), str(processes), *more],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def nothing_is_wrong(found: dict[str, object], processes: int) -> None:
    assert (found["codes"], found["reports"]) == ([0], processes), found
    assert (found["wrong"], found["lost"], found["unknown"]) == ([], [], []), found
    assert found["granted"], found


@pytest.mark.parametrize("kind", KINDS)
def test_thirty_two_processes_never_take_more_than_there_is_and_lose_nothing(kind, tmp_path):
    with place(kind, tmp_path, seconds_per_write=0.02) as where:
        nothing_is_wrong(stress(where, 0.5, 32), 32)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_for_a_minute_and_a_write_a_second(kind, tmp_path):
    with place(kind, tmp_path, seconds_per_write=1) as where:
        found = stress(where, 60, 32)
        nothing_is_wrong(found, 32)
        print(f"{kind}: {found['granted']} granted, {found['refused']} refused, {found['released']} released")


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_killed_anywhere_leaves_no_lock_and_a_whole_book(kind, tmp_path):
    with place(kind, tmp_path) as where:
        # What the killed ones held stays in the book, so what is left is unknown to the others: all else is right.
        found = stress(where, 0.5, 4, "kill")
        assert (found["codes"], found["wrong"]) == ([0], []), found
        begun = time.monotonic()
        add(store_at(where), claim("dev", "pr-99", 1, until=2**40))
        assert time.monotonic() - begun < 60
        assert store_at(where).read().held[-1].holder == "pr-99"
