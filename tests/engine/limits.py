"""Where the offline preview is known to differ from the real engine, and why it stays so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One kind of difference; `pattern` matches the whole line that tells it."""

    name: str
    pattern: str
    reason: str


EVERYWHERE = (
    Limit(
        "nested computed values",
        r"AnalyzeStack .*: properties\.[^:]*[.\[][^:]*: real \"<unknown>\", offline nothing",
        "what only a provider computes inside an object that the program gave is left out offline: its schema isn't "
        "there, and no rule reads it (rules read the inputs)",
    ),
)
"""Limits that may show in any program."""


def unexplained(differences: Iterable[str], limits: Iterable[Limit]) -> tuple[str, ...]:
    """The differences that no limit explains."""
    patterns = [re.compile(limit.pattern) for limit in limits]
    return tuple(line for line in differences if not any(pattern.fullmatch(line) for pattern in patterns))
