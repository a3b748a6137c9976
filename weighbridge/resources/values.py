"""Values as a Pulumi program gives them: plain JSON values, plus what is not known yet and what is secret.

A value is ``None``, ``bool``, ``float``, ``int``, ``str``, ``list``, ``dict``, `Unknown` or `Secret`; lists and
dicts hold values again. `Unknown` stands where an output is not known before the deployment has run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "Mapping[str, Value] | list[Value] | str | float | int | bool | Unknown | Secret | None"
"""A value as described above."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that will be known only when the deployment has run. `kind` is Pulumi's type of it."""

    kind: str = "string"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret value. Never shown: its text form is ``[secret]``."""

    value: Value

    def __repr__(self) -> str:
        return "[secret]"


def bare(value: Value) -> Value:
    """The value without the mark that it is secret."""
    while isinstance(value, Secret):
        value = value.value
    return value


def mapping(value: Value) -> Mapping[str, Value]:
    """The value, secret or not, if it is a mapping; else an empty one."""
    found = bare(value)
    return found if isinstance(found, Mapping) else {}


def items(value: Value) -> Sequence[Value]:
    """The value, secret or not, if it is a list; else an empty one."""
    found = bare(value)
    return found if isinstance(found, list) else ()


def has_unknown(value: Value) -> bool:
    """Whether the value is, or anywhere holds, an `Unknown`."""
    match value:
        case Unknown():
            return True
        case Secret():
            return has_unknown(value.value)
        case Mapping():
            return any(has_unknown(item) for item in value.values())
        case str():
            return False
        case Sequence():
            return any(has_unknown(item) for item in value)
    return False


def secret_texts(value: Value) -> Iterator[str]:
    """Every text and number inside a secret, as text."""
    match value:
        case Secret():
            yield from _texts(value.value)
        case Mapping():
            for item in value.values():
                yield from secret_texts(item)
        case list():
            for item in value:
                yield from secret_texts(item)


def _texts(value: Value) -> Iterator[str]:
    match value:
        case bool():
            return
        case str() | int() | float():
            yield str(value)
        case Secret():
            yield from _texts(value.value)
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
