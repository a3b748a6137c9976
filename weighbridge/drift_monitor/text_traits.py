"""What describes one text, whoever wrote it: its length, its language, whether it refuses, how much it repeats.

The language is py3langid's guess (BSD-3-Clause, a model of 4.5 MB in its package, nothing is fetched), of how a text
begins. It was chosen over lingua (96 MB) and fastText's model (fetched apart).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

BEGINNING = 400
"""Characters that the language is told by."""

LEAST_LETTERS = 10
"""In how a text begins, for a guess at its language; with fewer it is any."""

UNDETERMINED = "und"
"""ISO 639's word for a language that nobody can tell."""

REFUSES_WITHIN = 300
"""Characters from the beginning: a model that refuses says so at once."""

END = 4000
"""Characters from the end that repetition is counted in: a model that can't stop repeats itself there."""

GRAM = 4
"""Words in a row that are looked for again. Source: seq-rep-4 of Welleck et al., Neural Text Generation with
Unlikelihood Training, 2019."""

_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|[^\w\s]")
"""A word, a mark, or a character of a script that puts no spaces between words."""

_SPACES = re.compile(r"\s+")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u00b4": "'", "`": "'"})


def language(text: str) -> str:
    """The language as ISO 639 writes it, such as ``de``; `UNDETERMINED` of a text with few letters."""
    beginning = text[:BEGINNING]
    if sum(map(str.isalpha, beginning)) < LEAST_LETTERS:
        return UNDETERMINED
    import py3langid  # loads its model, and only who watches texts needs it

    found: str = py3langid.classify(beginning)[0]
    return found


def refuses(text: str, more: Iterable[str] = ()) -> bool:
    """Whether it begins as a refusal does, by the phrases of refusals.csv and `more`."""
    beginning = _plain(text[:REFUSES_WITHIN])
    return any(phrase in beginning for phrase in _phrases()) or any(_plain(phrase) in beginning for phrase in more)


def repetition(text: str) -> float:
    """The share of runs of four words, at the end of the text, that were there before: 0 none, near 1 a loop."""
    words = _WORD.findall(text[-END:].lower())
    runs = len(words) - GRAM + 1
    return 1 - len(set(zip(*(words[start:] for start in range(GRAM)), strict=False))) / runs if runs > 0 else 0.0


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.translate(_APOSTROPHES)).casefold()


@cache
def _phrases() -> tuple[str, ...]:
    with (Path(__file__).parent / "refusals.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(_plain(row["phrase"]) for row in csv.DictReader(lines))
