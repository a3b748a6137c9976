"""Reads and writes what was said of capacity, beside the quota file."""

from __future__ import annotations

from pathlib import Path

from weighbridge.files.problem import FileError
from weighbridge.files.reading import parse_model, read_text
from weighbridge.spec.capacity import CapacityFile

CAPACITY = "capacity.json"


def read_capacity(stacks: Path) -> tuple[CapacityFile | None, str | None]:
    """What was said; None where nobody asked. It decides nothing, so a file that is wrong is only told of."""
    file = stacks / CAPACITY
    if not file.exists():
        return None, None
    try:
        return parse_model(read_text(file), file, CapacityFile), None
    except FileError as error:
        return None, f"{CAPACITY} can't be read: {error.problems[0].message}"


def capacity_text(capacity: CapacityFile) -> str:
    """As the file has it."""
    return capacity.model_dump_json(by_alias=True, exclude_none=True, exclude_defaults=False, indent=1) + "\n"
