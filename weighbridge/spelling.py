"""The nearest right spelling of what a person wrote: one answer to "did you mean" for every message."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import normalize

LONGEST = 60
"""Characters that are compared; names are shorter, and the comparison is quadratic."""


def did_you_mean(given: object, allowed: Iterable[str]) -> str:
    """`` Did you mean `x`?`` for the nearest right spelling, empty if none is near."""
    near = nearest(given, allowed)
    if not near:
        return ""
    if near != str(given) and normalize("NFC", near) == normalize("NFC", str(given)):
        return f" Did you mean `{ascii(near)[1:-1]}`, which only looks the same?"
    return f" Did you mean `{near}`?"


def nearest(given: object, allowed: Iterable[str]) -> str | None:
    """The nearest right spelling, None if none is near."""
    text = str(given)[:LONGEST]
    names = list(allowed)
    folded = {_folded(name): name for name in names}
    if (same := folded.get(_folded(text))) is not None:
        return same
    return next(iter(get_close_matches(text, names, n=1)), None)


def _folded(name: str) -> str:
    """Alike for names that people take for the same."""
    return normalize("NFC", name.strip().lower().replace("-", "_"))


def visible(name: str) -> str:
    """A name in somebody's data as one line: what would move a cursor, or can't be seen, as Python writes it."""
    return "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in name)


def no_such_stack(stack: str, known: Iterable[str]) -> str:
    """What every command says where a person names a stack that there isn't."""
    names = sorted(known)
    return f"there is no stack {stack!r}; there are {', '.join(names) or 'none'}.{did_you_mean(stack, names)}"
