"""The one interface of all stores: read the book of a project, or change it in one step that nobody comes between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from weighbridge.claims.book import Book
from weighbridge.claims.book_text import BrokenBook, NewerBook, parse_book
from weighbridge.errors import NoVerdict

Outcome = TypeVar("Outcome")

FORGED = "It may have been edited by hand. Put back the copy of before, or let the quota's owners say what holds"


class StoreUnreadable(NoVerdict):
    """A store can't be reached, read or written, or holds what this version doesn't know. Nothing was changed.

    The message says which store, why, and what to do.
    """


class BookStore(Protocol):
    """Where the book of one project is kept."""

    @property
    def name(self) -> str:
        """How messages name it."""

    def read(self) -> Book:
        """The book as it is, less what has expired by the store's clock as far as it can be told without writing.

        Changes nothing. Raises `StoreUnreadable`.
        """

    def change(self, decide: Callable[[Book, int], tuple[Book, Outcome]]) -> Outcome:
        """What `decide` says of the current book at a time, once the book that it gives is kept for good.

        The time is the store's, in Unix seconds; the book has nothing in it that has expired by then. `decide` may be
        asked again, with another book, where somebody else was faster. A book that doesn't change isn't written.
        Raises `StoreUnreadable`, and then nothing was changed or the whole of it was.
        """


def book_in(text: bytes, project: str, name: str) -> Book:
    """The book in the text that a store called `name` has. Raises `StoreUnreadable`."""
    try:
        return parse_book(text, project)
    except NewerBook as error:
        raise StoreUnreadable(f"{name} {error}. Use the version that wrote it, or a later one.") from None
    except BrokenBook as error:
        raise StoreUnreadable(f"{name} {error}. {FORGED}.") from None
