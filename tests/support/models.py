"""Whether a type of the spec takes a value."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError


def accepts(type_: Any, value: object) -> bool:
    """`type_` is a model, or one of the annotated types that models are made of."""
    try:
        TypeAdapter(type_).validate_python(value)
    except ValidationError:
        return False
    return True
