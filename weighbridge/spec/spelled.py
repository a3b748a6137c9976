"""A part of a spec as a spec writes it: the keys that differ from their defaults, in the spelling of the format."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TypeAlias

from pydantic import BaseModel

from weighbridge.units import GIB, format_duration, quantity_text

Spelled: TypeAlias = "dict[str, Spelled] | list[Spelled] | str | int | float | bool"
"""What YAML is written from."""

_MIB = 1024**2


def spelled(value: object) -> Spelled:
    """Raises `TypeError` for a type that has no spelling here."""
    match value:
        case bool() | int() | float() | str():
            return value
        case Decimal():
            return _amount(value)
        case timedelta():
            return format_duration(value)
        case BaseModel():
            return {
                described.alias or field: spelled(held)
                for field, described in type(value).model_fields.items()
                if (held := getattr(value, field))
                != described.get_default(call_default_factory=True, validated_data={})
            }
        case tuple() | list():
            return [spelled(item) for item in value]
        case Mapping():
            return {str(key): spelled(item) for key, item in value.items()}
    raise TypeError(f"no spelling for {type(value).__name__}")


def _amount(amount: Decimal) -> str | int:
    """Memory in binary units, all else in cores or pieces."""
    for unit, size in (("Gi", GIB), ("Mi", _MIB)):
        if amount >= size and amount % size == 0:
            return f"{int(amount / size)}{unit}"
    return int(amount) if amount == int(amount) else quantity_text(amount)
