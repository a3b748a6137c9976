"""Text in SVG: escaped, and cut where it would leave its place.

How wide a text becomes depends on the reader's fonts; here it is estimated for Arial with some room to spare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

SANS = "Roboto, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
MONO = "'Roboto Mono', 'Liberation Mono', 'DejaVu Sans Mono', monospace"
ELLIPSIS = "…"

_NARROW, _SLIM, _WIDE, _WIDEST = frozenset("ijl.,:;|!'`I "), frozenset('ftr()[]{}/\\-"·'), frozenset("mwMW%@"), 0x2E80
_ROOM = 1.1
_MONO_WIDTH = 0.61
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escaped(text: str) -> str:
    """As content of an element; what XML can't hold at all becomes a question mark."""
    return escape(_NOT_XML.sub("?", text))


def quoted(text: str) -> str:
    """As the value of an attribute, with its quotes."""
    return quoteattr(_NOT_XML.sub("?", text))


def width(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """Estimated pixels of a text."""
    if mono:
        return len(text) * size * _MONO_WIDTH
    return sum(_em(letter) for letter in text) * size * _ROOM * (1.06 if bold else 1)


def cut(text: str, size: float, most: float, *, bold: bool = False, mono: bool = False) -> str:
    """The text, or its beginning with an ellipsis."""
    if width(text, size, bold=bold, mono=mono) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width(text[:middle].rstrip() + ELLIPSIS, size, bold=bold, mono=mono) <= most
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS


def wrapped(text: str, size: float, most: float, lines: int, *, mono: bool = False) -> Iterator[str]:
    """The words of a text in at most so many lines, the last one cut."""
    words, line = text.split(), ""
    for number, word in enumerate(words):
        longer = f"{line} {word}" if line else word
        if not line or width(longer, size, mono=mono) <= most:
            line = longer
        elif lines == 1:
            break
        else:
            yield cut(line, size, most, mono=mono)
            yield from wrapped(" ".join(words[number:]), size, most, lines - 1, mono=mono)
            return
    rest = " ".join(words)
    yield cut(rest if lines == 1 else line, size, most, mono=mono)


def _em(letter: str) -> float:
    if ord(letter) >= _WIDEST:
        return 1.0
    if letter in _NARROW:
        return 0.28
    if letter in _SLIM:
        return 0.34
    if letter in _WIDE:
        return 0.87
    return 0.7 if letter.isupper() else 0.55
