"""What stands for a column that can't be compared as it is, a text or a vector.

A text is compared by its length, language, repetition and whether it refuses; a vector by its norm, its size and how
far it goes in a few fixed directions. Nothing is read here: a column's role and kind decide what stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from weighbridge.spec.pipeline import Watch

TextTrait = Literal["length", "language", "refusal", "repetition"]
VectorTrait = Literal["norm", "size", "direction"]

DIRECTIONS = 8
"""Of a vector: two spreads of vectors that differ do so in almost every direction, so a few random ones show it."""


@dataclass(frozen=True, slots=True)
class Derived:
    """One column that is computed: of which, and what of it. `number` counts directions from 1."""

    source: str
    trait: TextTrait | VectorTrait
    number: int = 0
    phrases: tuple[str, ...] = ()  # that count as refusals beside the usual ones

    @property
    def name(self) -> str:
        """As metrics and messages call it, such as ``length of answer``."""
        ordinal = f" {self.number}" if self.number else ""
        return f"{self.trait}{ordinal} of {self.source}"

    @property
    def of_text(self) -> bool:
        """Whether its source has to hold texts; else it has to hold vectors."""
        return self.trait in ("length", "language", "refusal", "repetition")

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers; else they are categories."""
        return self.trait not in ("language", "refusal")


def derived_of(column: str, role: str, watch: Watch) -> tuple[Derived, ...]:
    """What stands for a column of that role; nothing where it is compared as it is."""
    return tuple(_derived(column, role, watch))


def _derived(column: str, role: str, watch: Watch) -> Iterator[Derived]:
    if column in watch.texts:
        yield from (Derived(column, "length"), Derived(column, "language"), Derived(column, "repetition"))
        if role != "features":  # what a model is asked refuses nothing
            yield Derived(column, "refusal", phrases=watch.refusals)
    elif column in watch.embeddings:
        yield from (Derived(column, "norm"), Derived(column, "size"))
        yield from (Derived(column, "direction", number) for number in range(1, DIRECTIONS + 1))
