"""What a rule found: one sentence or two for a person, with the resource it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["mandatory", "advisory"]
"""Whether a finding blocks, or only advises. `enforcement` has the last word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation. `said` stands alone: what, how much, who else, what to do."""

    rule: str
    said: str
    urn: str | None = None  # of the resource; None: the stack as a whole
    level: Level = "mandatory"
