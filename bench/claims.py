"""Claims: reservations a second in a folder beside bare fsyncs of the same size; reading many beside `json.loads`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

from bench.measure import paired_ratio
from weighbridge.claims.book import Book, StackClaim
from weighbridge.claims.book_text import book_text, parse_book
from weighbridge.claims.folder_store import FolderStore
from weighbridge.quota.arithmetic import QuotaKey

PROJECT = "example-ml"
KEYS = tuple(QuotaKey(PROJECT, "us-central1", f"LIMIT-{number}-per-project-region") for number in range(26))
DRAWS, HELD, MANY, AT_ONCE = 5, 50, 100_000, 20
"""Limits of a claim, claims in the book that is reserved in, claims in the one that is read, writes of one run."""


def lines() -> Iterator[str]:
    """One line for each of the two."""
    yield "Claims (targets: reservations at least 0.5 of bare fsyncs, reading at most 3 times json.loads)"
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:  # a disk: /tmp may be memory
        yield _reserving(Path(name))
    yield _reading()


def _reserving(folder: Path) -> str:
    store = FolderStore(folder, PROJECT)
    store.change(lambda _, now: (_book(HELD, now), None))
    size = len(book_text(store.read()))
    holders = iter(range(1_000_000))

    def reserve() -> None:
        for _ in range(AT_ONCE):
            claim = _claim("stack-0", "pr-0", next(holders), 0)
            store.change(partial(_hold, claim))

    def write() -> None:
        for _ in range(AT_ONCE):
            handle = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(handle, bytes(size))
            os.fsync(handle)
            os.close(handle)

    write_ms, reserve_ms, ratio = paired_ratio(write, reserve)
    speed = f"{1000 * AT_ONCE / reserve_ms:6.0f} reservations/s, {1000 * AT_ONCE / write_ms:6.0f} bare fsyncs/s"
    return f"  {HELD} claims, {size:,} bytes: {speed}; ratio {ratio:.2f}"


def _hold(claim: StackClaim, book: Book, _now: int) -> tuple[Book, None]:
    return book.holding(claim), None


def _reading() -> str:
    text = book_text(_book(MANY, 1_800_000_000))
    content = text.partition(b"\n")[2]
    read_ms, loads_ms, ratio = paired_ratio(lambda: parse_book(text, PROJECT), lambda: json.loads(content))
    shown = f"{MANY:,} claims, {len(text) / 1e6:.1f} MB"
    return f"  {shown}: read in {read_ms:6.0f} ms, json.loads {loads_ms:6.0f} ms; ratio {ratio:.2f}"


def _book(claims: int, at: int) -> Book:
    held = (_claim(f"stack-{number % 1000}", f"pr-{number}", number, at) for number in range(claims))
    return Book(PROJECT, at, tuple(held))


def _claim(stack: str, holder: str, seed: int, at: int) -> StackClaim:
    chance = Random(seed)
    amounts = {key: chance.randrange(1, 500) for key in chance.sample(KEYS, DRAWS)}
    return StackClaim.of(stack, holder, "ml-platform@example.com", amounts, at, at + 2**31)
