"""Machine types with the quota that each draws, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from weighbridge.catalog.selection import Entry


def render(listed: Sequence[Entry]) -> str:
    """One object for each machine type."""
    return json.dumps([asdict(entry) for entry in listed], indent=1, sort_keys=True, ensure_ascii=False) + "\n"
