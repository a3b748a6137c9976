"""What was looked at, and how it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from weighbridge.errors import BLOCKED, COULD_NOT_JUDGE, OK


class Health(StrEnum):
    """How something is that a deployment needs."""

    NOT_CHECKED = "not checked"
    MISSING = "missing"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class CheckedNeed:
    """One thing: `words` say what was found; `command` mends it, as a shell takes it, empty where nothing is to do."""

    topic: str
    health: Health
    words: str
    command: str = ""


def exit_code(findings: Sequence[CheckedNeed]) -> int:
    """1 where something is missing, 3 where nothing is but something could not be checked, else 0."""
    found = {finding.health for finding in findings}
    if Health.MISSING in found:
        return BLOCKED
    return COULD_NOT_JUDGE if Health.NOT_CHECKED in found else OK
