"""Values of resources as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weighbridge.files.yaml_text import Plain
from weighbridge.resources.values import Secret, Unknown, Value

_EXACT = 2**53  # from here on a float no longer tells whole numbers apart


def plain(value: Value) -> Plain:
    """A value as JSON; what is unknown or secret says only that."""
    match value:
        case Unknown():
            return {"unknown": True}
        case Secret():
            return {"secret": True}
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case str():
            return value
        case Sequence():
            return [plain(item) for item in value]
    return value


def whole(value: Plain) -> Plain:
    """Whole numbers without a fraction: on Pulumi's wire every number is a float."""
    match value:
        case float() if value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case dict():
            return {name: whole(item) for name, item in value.items()}
        case list():
            return [whole(item) for item in value]
    return value
