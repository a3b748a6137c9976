"""Many processes on one store of claims at once: ``python -m tests.support.claim_stress STORE SECONDS PROCESSES``.

STORE is a folder, or the address of a `claim_bucket`. Each process reserves and releases, both limits always in one
proportion; it looks at every book that it sees, and knows in the end what it must hold. One of them has a clock
that is ten minutes off. The last line is what was found, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.claim_books import DAY, L4, PROJECT, SSD
from weighbridge.claims.book import Book, StackClaim
from weighbridge.claims.bucket_store import BucketStore
from weighbridge.claims.folder_store import FolderStore
from weighbridge.claims.store import BookStore
from weighbridge.cloud_api.identity import Identity

LIMIT, SSD_OF_ONE, STACKS = 40, 10, 4
PATIENCE_SECONDS = 600.0


@dataclass
class Found:
    """What one process did and saw."""

    granted: int = 0
    refused: int = 0
    released: int = 0
    wrong: list[str] = field(default_factory=list)
    holds: dict[str, int] = field(default_factory=dict)  # by stack


def store_at(where: str) -> BookStore:
    if where.startswith("http"):
        anybody = Identity(lambda: "token")  # a stand-in asks for nobody in particular
        return BucketStore("example-claims", "", PROJECT, lambda _: anybody, where, PATIENCE_SECONDS)
    return FolderStore(Path(where), PROJECT, PATIENCE_SECONDS)


def wrong_with(book: Book) -> list[str]:
    """What may never be seen: more than there is, or a part of a claim."""
    taken = sum(claim.amounts.get(L4, 0) for claim in book.held)
    found = [f"over: {taken}"] if taken > LIMIT else []
    parts = [claim for claim in book.held if claim.amounts.get(SSD, 0) != SSD_OF_ONE * claim.amounts.get(L4, 0)]
    twice = len({(claim.stack, claim.holder) for claim in book.held}) != len(book.held)
    return found + [f"partial: {claim}" for claim in parts] + (["twice"] if twice else [])


def take(store: BookStore, stack: str, holder: str, amount: int) -> tuple[bool, list[str]]:
    """Whether that many are held now, and what was wrong with the book."""

    def decide(book: Book, now: int) -> tuple[Book, tuple[bool, list[str]]]:
        asked = StackClaim.of(stack, holder, "", {L4: amount, SSD: SSD_OF_ONE * amount}, now, now + DAY)
        after = book.holding(asked)
        fits = sum(claim.amounts[L4] for claim in after.held) <= LIMIT
        return (after if fits else book), (fits, wrong_with(book))

    return store.change(decide)


def give_up(store: BookStore, stack: str, holder: str) -> None:
    store.change(lambda book, _: (book.without(stack, holder), None))


def work(where: str, holder: str, seconds: float, found: Found) -> None:
    """Reserves and releases until the time is over."""
    store, chance, end = store_at(where), random.Random(holder), time.monotonic() + seconds
    while time.monotonic() < end:
        stack = f"stack-{chance.randrange(STACKS)}"
        if stack in found.holds and chance.random() < 0.6:
            give_up(store, stack, holder)
            del found.holds[stack]
            found.released += 1
        else:
            amount = chance.randrange(1, 6)
            granted, wrong = take(store, stack, holder, amount)
            found.wrong += wrong
            if granted:
                found.holds[stack] = amount
                found.granted += 1
            else:
                found.refused += 1
        found.wrong += wrong_with(store.read()) if chance.random() < 0.2 else []


def main(where: str, seconds: float, processes: int) -> dict[str, object]:
    """Runs them all, and holds what they say against the book that is left."""
    with tempfile.TemporaryDirectory() as name:
        children = [_start(where, number, seconds, Path(name)) for number in range(processes)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        reports = [Found(**json.loads(file.read_text())) for file in Path(name).iterdir()]
        holds = {(stack, file.name): amount for file in Path(name).iterdir()
                 for stack, amount in json.loads(file.read_text())["holds"].items()}  # fmt: skip
    book = store_at(where).read()
    kept = {(claim.stack, claim.holder): claim.amounts[L4] for claim in book.held}
    return {
        "codes": sorted(set(codes)),
        "reports": len(reports),
        "granted": sum(report.granted for report in reports),
        "refused": sum(report.refused for report in reports),
        "released": sum(report.released for report in reports),
        "wrong": [line for report in reports for line in report.wrong][:5] + wrong_with(book),
        "lost": sorted(map(str, holds.items() - kept.items())),
        "unknown": sorted(map(str, kept.items() - holds.items())),
    }


def kill_some(where: str, seconds: float, processes: int) -> None:
    """Starts processes and kills each somewhere, until the time is over; waits for all."""
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name:
        while time.monotonic() < end:
            children = [_start(where, number, seconds, Path(name)) for number in range(processes)]
            for child in children:
                time.sleep(random.uniform(0, 0.03))
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _start(where: str, number: int, seconds: float, reports: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        found = Found()
        if number == 1:
            _shift_clock(600)
        work(where, f"pr-{number}", seconds, found)
        (reports / f"pr-{number}").write_text(json.dumps(vars(found)))
        code = 0
    finally:
        os._exit(code)


def _shift_clock(seconds: float) -> None:
    """This process believes in another time."""
    real = time.time
    time.time = lambda: real() + seconds


if __name__ == "__main__":
    if sys.argv[4:] == ["kill"]:
        kill_some(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
