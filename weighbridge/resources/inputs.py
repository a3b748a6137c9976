"""Typed reads of a resource's inputs; whatever can't be read for certain is refused, never guessed.

Paths are the provider's own, dotted and camelCase: ``nodeConfig.guestAccelerators[0].count``. An input that is absent
or null reads as None (or empty), so that the caller states the provider's default where it applies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from weighbridge.errors import NoVerdict
from weighbridge.resources.values import MASKED, Secret, Unknown, Value, bare
from weighbridge.units import parse_quantity

DEFAULTED = "__defaults"
"""Where a bridged provider lists the names that it filled in itself; no input of anybody."""

MOST = 2**31 - 1
"""The largest count that Google's interfaces take (int32), far below where the floats that counts travel as round."""


class CannotJudge(NoVerdict):
    """An input can't be counted. The text says which one, why, and what to do."""


_SINGULAR: Mapping[str, tuple[str, ...]] = {
    "nodePools": ("node_pool",), "guestAccelerators": ("guest_accelerator",), "traffics": ("traffic",),
}  # fmt: skip
"""What Terraform calls a list by the name of one, and Pulumi by that of many; of those that anybody reads here."""

_MOST_SHOWN = 60  # characters of a value in a message, as of a spec's


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a resource, or of one object inside them, at `path` (empty for the resource itself)."""

    values: Mapping[str, Value]
    path: str = ""
    secret: bool = False  # whether a secret holds them, so that no message shows one

    def path_of(self, name: str) -> str:
        """The path of one input."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        """Whether something is given there, known or not."""
        return bare(self.values.get(name)) is not None

    def text(self, name: str) -> str | None:
        """A non-empty text. Raises `CannotJudge`."""
        return self._text(name, self._known(name))

    def _text(self, name: str, value: Value) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self._wrong(name, "a text", self.values[name])
        return value

    def required_text(self, name: str, why: str) -> str:
        """A text that must be there; `why` says what it is needed for. Raises `CannotJudge`."""
        value = self.text(name)
        if value is None:
            raise CannotJudge(
                f"{self.path_of(name)} is not set, {why}: write it as a literal or take it from stack config"
            )
        return value

    def count(self, name: str) -> int | None:
        """A whole number from zero; numbers travel as floats, so 4.0 is 4. Raises `CannotJudge`."""
        value = self._known(name)
        if value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 <= value <= MOST  # which NaN isn't either
            or value != int(value)
        ):
            too_large = isinstance(value, int | float) and value > MOST
            expected = f"a whole number from 0 to {MOST:,}" if too_large else "a whole number from 0"
            raise self._wrong(name, expected, self.values[name])
        return int(value)

    def quantity(self, name: str) -> Decimal | None:
        """A Kubernetes quantity such as ``500m``, ``4`` or ``16Gi``, in base units. Raises `CannotJudge`."""
        value = self._known(name)
        if value is None:
            return None
        try:
            return parse_quantity(value)
        except ValueError:
            raise self._wrong(name, "a Kubernetes quantity such as 500m, 4 or 16Gi", self.values[name]) from None

    def mapped(self, name: str) -> Mapping[str, str]:
        """An object of texts, such as labels; an empty text stays one. Raises `CannotJudge`."""
        inside = self.inside(name)
        return {key: inside._text(key, inside._as_it_is(key)) or "" for key in inside.values}  # noqa: SLF001 - its own

    def flag(self, name: str) -> bool | None:
        """True or false. Raises `CannotJudge`."""
        value = self._known(name)
        if value is None or isinstance(value, bool):
            return value
        raise self._wrong(name, "true or false", self.values[name])

    def inside(self, name: str) -> Inputs:
        """An object inside, empty where none is given. Raises `CannotJudge`."""
        return self.part(name) or Inputs({}, self.path_of(name))

    def part(self, name: str) -> Inputs | None:
        """An object inside. Raises `CannotJudge`."""
        value = self._known(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(name, "an object", self.values[name])
        return Inputs(value, self.path_of(name), self._hides(self.values[name]))

    def parts(self, name: str) -> tuple[Inputs, ...]:
        """A list of objects. Raises `CannotJudge`."""
        return tuple(item for item in self._items(name, Mapping, "an object") if isinstance(item, Inputs))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts. Raises `CannotJudge`."""
        return tuple(item for item in self._items(name, str, "a text") if isinstance(item, str))

    def _items(self, name: str, kind: type, expected: str) -> Iterator[Inputs | str]:
        value = self._known(name)
        if value is None:
            return
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self._wrong(name, "a list", self.values[name])
        for index, item in enumerate(value):
            path = f"{self.path_of(name)}[{index}]"
            inner = bare(item)
            if isinstance(inner, Unknown):
                raise unknown_at(path)
            if not isinstance(inner, kind):
                shown = MASKED if self._hides(self.values[name]) else self._shown(item)
                raise CannotJudge(f"{path} is {shown}, expected {expected}")
            if isinstance(inner, str):
                yield inner
            elif isinstance(inner, Mapping):
                yield Inputs(inner, path, self._hides(self.values[name]) or self._hides(item))

    def _known(self, name: str) -> Value:
        for other in self.values:
            if other != name and _provider_reads(other, name):
                raise CannotJudge(
                    f"{self.path_of(other)} is another spelling of {name}, for which its provider may take it: write "
                    f"{name}"
                )
        return self._as_it_is(name)

    def _as_it_is(self, name: str) -> Value:
        value = bare(self.values.get(name))
        if isinstance(value, Unknown):
            raise unknown_at(self.path_of(name))
        return value

    def _wrong(self, name: str, expected: str, given: Value) -> CannotJudge:
        return CannotJudge(f"{self.path_of(name)} is {self._shown(given)}, expected {expected}")

    def _hides(self, value: Value) -> bool:
        return self.secret or isinstance(value, Secret)

    def _shown(self, value: Value) -> str:
        return MASKED if self._hides(value) else _shown(value)


@lru_cache(maxsize=4096)
def _provider_reads(other: str, name: str) -> bool:
    """Whether a provider that is bridged from Terraform takes an input as another, which it calls by one name.

    It goes by names in lower case with underscores, and turns into one whatever it doesn't know: so
    ``PulumiToTerraformName`` of pulumi-terraform-bridge's pkg/tfbridge/names.go.
    """
    return name.isidentifier() and _lowered(other) in (_lowered(name), *_SINGULAR.get(name, ()))


def _lowered(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def unknown_at(path: str) -> CannotJudge:
    """What to raise for a value that nobody knows yet."""
    return CannotJudge(f"{path} is not known before the deployment: write it as a literal or take it from stack config")


def _shown(value: Value) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."
