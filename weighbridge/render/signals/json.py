"""The coverage matrix for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from weighbridge.signals.coverage import Cell


def render(stack: str, cells: Sequence[Cell]) -> str:
    """``schema_version`` 1.1: a cell is watched by signals, exempt, or blind with what to say in the spec.

    One that isn't `required` is advice.
    """
    content = {"schema_version": "1.1", "stack": stack, "cells": [_cell(cell) for cell in cells]}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _cell(cell: Cell) -> dict[str, object]:
    exempt = cell.exempt
    return {
        "of": cell.subject.name,
        "kind": cell.subject.kind,
        "cell": cell.key,
        "meaning": cell.meaning,
        "required": cell.required,
        "watched_by": list(dict.fromkeys(signal.row.id for signal in cell.watched_by)),
        "exempt": None
        if exempt is None
        else {"reason": exempt.reason, "owner": exempt.owner, "until": exempt.until.isoformat()},
        "blind": cell.blind or None,
    }
