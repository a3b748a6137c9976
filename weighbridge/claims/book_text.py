"""A book as one text: a line with its format and the digest of the rest, and the rest as JSON.

Read whole or not at all: a text that isn't what was written, or that a newer version wrote, is an error and never an
empty book. Amounts are checked, as a negative one would make room that isn't there.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain, repeat
from typing import TypedDict

from weighbridge.claims.book import Book, StackClaim
from weighbridge.errors import NoVerdict
from weighbridge.quota.arithmetic import QuotaKey

VERSION = 1
_FORM = "weighbridge-claims"
_FIRST_LINE = re.compile(rb"weighbridge-claims ([0-9]{1,9}) ([0-9a-f]{64})")
_FIELDS = 6


class _Content(TypedDict):
    """What a text ought to have; each part is looked at before it is believed."""

    project: object
    at: object
    limits: Sequence[tuple[object, object, object, Sequence[tuple[object, object]]]]
    held: Sequence[Sequence[object]]
    waiting: Sequence[Sequence[object]]


class BrokenBook(NoVerdict):
    """The text is no book, or not the one that was written; the message says so, and goes on after the store's name."""


class NewerBook(NoVerdict):
    """A newer version of Weighbridge wrote it, which may mean more by it."""


def book_text(book: Book) -> bytes:
    """The book as it is stored."""
    places: dict[QuotaKey, int] = {}
    content = {
        "project": book.project,
        "at": book.at,
        "held": [_row(claim, places) for claim in book.held],
        "waiting": [_row(claim, places) for claim in book.waiting],
    }
    content["limits"] = [(key.project, key.region, key.quota_id, key.dimensions) for key in places]
    rest = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{_FORM} {VERSION} {sha256(rest).hexdigest()}\n".encode() + rest


def parse_book(text: bytes, project: str) -> Book:
    """The book of a project in a text. Raises `BrokenBook` and `NewerBook`."""
    first, _, rest = text.partition(b"\n")
    found = _FIRST_LINE.fullmatch(first)
    if found is None:
        raise BrokenBook("is no file of claims")
    if int(found[1]) > VERSION:
        raise NewerBook(f"is of version {int(found[1])}, and this Weighbridge reads up to version {VERSION}")
    if sha256(rest).hexdigest() != found[2].decode():
        raise BrokenBook("is not what was written: its checksum differs")
    try:
        with _nothing_collected():
            return _book(json.loads(rest), project)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BrokenBook("is no file of claims of this version") from error


def _book(content: _Content, project: str) -> Book:
    keys = tuple(
        QuotaKey(_text(of), _text(region), _text(quota), tuple((_text(name), _text(value)) for name, value in more))
        for of, region, quota, more in content["limits"]
    )
    if _text(content["project"]) != project:
        raise BrokenBook(f"has the claims of project {content['project']}, not of {project}")
    return Book(project, _number(content["at"]), _claims(content["held"], keys), _claims(content["waiting"], keys))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without looking for circles of objects, of which a text has none: that takes longer than all the rest."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _row(claim: StackClaim, places: dict[QuotaKey, int]) -> tuple[object, ...]:
    at = [places.setdefault(key, len(places)) for key in claim.keys]
    drawn = [at[number] if index % 2 == 0 else number for index, number in enumerate(claim.drawn)]
    return claim.stack, claim.holder, claim.owner, claim.since, claim.expires, drawn


def _claims(rows: Sequence[Sequence[object]], keys: tuple[QuotaKey, ...]) -> tuple[StackClaim, ...]:
    """Checked column by column, which takes a fraction of the time of checking each claim. Raises ValueError."""
    if not rows:
        return ()
    columns = list(zip(*rows, strict=True))
    if len(columns) != _FIELDS or set(map(type, columns[5])) != {list}:
        raise ValueError("a claim has six fields")
    drawn = columns[5]
    numbers = list(chain.from_iterable(drawn))
    if not (
        not any(size % 2 for size in map(len, drawn))
        and _only(columns[:3], {str})
        and _only([columns[3], numbers], {int})
        and _only([columns[4]], {int, type(None)})
        and min(numbers, default=0) >= 0
        and max(numbers[::2], default=-1) < len(keys)
    ):
        raise ValueError("a claim has texts, times and amounts")
    return tuple(map(StackClaim._make, zip(*columns[:5], map(tuple, drawn), repeat(keys))))


def _only(columns: Iterable[Sequence[object]], types: set[type]) -> bool:
    return all(set(map(type, column)) <= types for column in columns)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("expected a number")
    return value
