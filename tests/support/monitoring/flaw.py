"""One thing that is wrong with a policy or a dashboard, and which check found it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

PLACEHOLDER = "(known after the deployment)"
"""Stands where a name is known only after the deployment."""


@dataclass(frozen=True)
class Flaw:
    """`layer` is schema, semantic, normal form, filter, syntax, lint or catalogue."""

    layer: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where or 'it'}: {self.message}"


def seconds(duration: str) -> Decimal:
    """A duration of Protocol Buffers' JSON (``86400s``) that the schema has accepted, in seconds."""
    return Decimal(duration.removesuffix("s"))


def walk(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its path, the outer before the inner."""
    yield where, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from walk(inner, f"{where}.{name}" if where else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, f"{where}[{index}]")
