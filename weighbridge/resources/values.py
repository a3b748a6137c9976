"""Values as a Pulumi program gives them: plain JSON values, plus what is not known yet and what is secret.

A value is ``None``, ``bool``, ``float``, ``int``, ``str``, ``list``, ``dict``, `Unknown` or `Secret`; lists and
dicts hold values again. `Unknown` stands where an output is not known before the deployment has run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import SupportsIndex, TypeAlias

Value: TypeAlias = "Mapping[str, Value] | list[Value] | str | float | int | bool | Unknown | Secret | None"
"""A value as described above."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that will be known only when the deployment has run. `kind` is Pulumi's type of it."""

    kind: str = "string"


LONG_NUMBER = 4
"""Characters. A shorter number is in every report anyway: nobody could read one without its like."""

MASKED = "[secret]"
"""What is shown of a secret."""


class SecretText(str):
    """A text inside a secret: equal to the text and found by it, but never shown by an f-string, `str` or `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return MASKED

    def __str__(self) -> str:
        return MASKED

    def __format__(self, _spec: str) -> str:
        return MASKED

    def __getitem__(self, part: SupportsIndex | slice) -> str:
        """A part of it is as secret."""
        return SecretText(str.__getitem__(self, part))


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret value. Never shown: its text form is ``[secret]``, and so is that of each text in it, taken out."""

    value: Value

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _hidden(self.value))

    def __repr__(self) -> str:
        return MASKED


def _hidden(value: Value) -> Value:
    match value:
        case SecretText():
            return value  # a second time, its own text form would be all that is left
        case str():
            return SecretText(value)
        case Mapping():
            names = (name if isinstance(name, SecretText) else SecretText(name) for name in value)
            return dict(zip(names, map(_hidden, value.values()), strict=True))
        case list():
            return [_hidden(item) for item in value]
    return value


def bare(value: Value) -> Value:
    """The value without the mark that it is secret."""
    while isinstance(value, Secret):
        value = value.value
    return value


def text_of(value: Value) -> str:
    """A text, secret or not, as it is (`str` would hide a secret one); of anything else its Python form."""
    found = bare(value)
    return found if isinstance(found, str) else str(found)


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
    """Every text inside a secret, and every number that is long enough to tell something."""
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
        case str():
            yield str.__str__(value)
        case int() | float() if len(str(value)) >= LONG_NUMBER:
            yield str(value)
        case Secret():
            yield from _texts(value.value)
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
