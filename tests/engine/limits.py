"""Where the offline preview is known to differ from the real engine, and why it stays so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """One kind of difference; `pattern` matches the whole line that tells it."""

    name: str
    pattern: str
    reason: str


EVERYWHERE = (
    KnownDifference(
        "nested computed values",
        r"AnalyzeStack .*: properties\.[^:]*[.\[][^:]*: real \"<unknown>\", offline nothing",
        "what only a provider computes inside an object that the program gave is left out offline: its schema isn't "
        "there, and no rule reads it (rules read the inputs)",
    ),
)
"""Limits that may show in any program."""


BESIDE_A_STATE = (
    KnownDifference(
        "outputs that exist already",
        r"Analyze(Stack)? .*: (properties|provider\.properties)\.[^:]*: real .*, offline \"<unknown>\"",
        "the pack is asked offline as before the first deployment: a state is compared with, and not given to the pack",
    ),
    KnownDifference(
        "inputs that are known from the state",
        r".*: inputs\.[^:]*: real .*, offline \"<unknown>\"",
        "the same, of an input that is another resource's output",
    ),
    KnownDifference(
        "aliases that a state has confirmed",
        r"Analyze(Stack)? .*: options\.aliases: real \[.*\], offline nothing",
        "the same, of the URN that a resource had before",
    ),
    KnownDifference(
        "changes of unlisted properties",
        r".*: operation: real \"(update|replace|replace, delete first)\", offline \"may replace(, delete first)?\"",
        "whether a change replaces is the provider's to say where no row of the project's tables knows the property",
    ),
)
"""Limits that may show where something was deployed before."""


def unexplained(differences: Iterable[str], limits: Iterable[KnownDifference]) -> tuple[str, ...]:
    """The differences that no limit explains."""
    patterns = [re.compile(limit.pattern) for limit in limits]
    return tuple(line for line in differences if not any(pattern.fullmatch(line) for pattern in patterns))
