"""Fills in the catalogue's text: ``${word}`` and ``${word:argument}``, innermost first, until none is left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

Words: TypeAlias = Mapping[str, str]
"""What each ``${word}`` of the catalogue stands for."""

_WORD = re.compile(r"\$\{([a-z0-9_]+)(?::([^${}]+))?\}")
MOST_ROUNDS = 20


def fill(text: str, words: Words) -> str:
    """The text with every word replaced; in a word's own text ``${1}`` is the argument. Raises KeyError."""

    def word(found: re.Match[str]) -> str:
        return words[found[1]].replace("${1}", found[2] or "")

    for _ in range(MOST_ROUNDS):
        text, count = _WORD.subn(word, text)
        if not count:
            return text
    raise ValueError(f"words go round in a circle: {text[:200]}")


def number(value: Decimal | float) -> str:
    """A number as PromQL reads it, without exponent."""
    return f"{Decimal(str(value)):f}".rstrip("0").rstrip(".") if "." in f"{Decimal(str(value)):f}" else f"{value:.0f}"
