"""Property values as providers see them: plain Python values, with the wire's text for an unknown left as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

Properties: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
    }
)
"""What stands on the wire for a value that isn't known yet, by the type it will have."""

DEFAULTS = "__defaults"


def properties(struct: Struct) -> Properties:
    """The properties of a message."""
    return dict(MessageToDict(struct))


def message(values: Mapping[str, Any]) -> Struct:
    """The message for some properties."""
    struct = Struct()
    struct.update(values)
    return struct


def is_unknown(value: object) -> bool:
    """Whether the value itself is not known yet."""
    return isinstance(value, str) and value in UNKNOWNS


def holds_unknown(value: object) -> bool:
    """Whether the value, or anything inside it, is not known yet."""
    match value:
        case Mapping():
            return any(map(holds_unknown, value.values()))
        case list():
            return any(map(holds_unknown, value))
    return is_unknown(value)


def collapsed(value: Any) -> Any:
    """A list with an unknown item is unknown as a whole once a bridged provider has seen it."""
    if isinstance(value, Mapping):
        return {name: collapsed(item) for name, item in value.items()}
    if isinstance(value, list):
        return UNKNOWN if any(map(is_unknown, value)) else [collapsed(item) for item in value]
    return value


def changed_paths(old: Any, new: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of leaves that differ; a list of another length is named as a whole.

    An object that appears or goes is named as a whole too, followed by its leaves.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new} - {DEFAULTS}):
            yield from changed_paths(old.get(name), new.get(name), (*path, name))
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield path
        for index, (before, after) in enumerate(zip(old, new, strict=False)):
            yield from changed_paths(before, after, (*path, index))
    elif old != new and not (_empty(old) and _empty(new)):
        yield path
        for present in (old, new):
            yield from _leaves(present, path)


def without_indices(path: Path) -> tuple[str, ...]:
    """The path as a schema names it."""
    return tuple(step for step in path if isinstance(step, str))


def value_at(values: Any, path: Path) -> Any:
    """The value at a path; None where there is none."""
    for step in path:
        if isinstance(step, int):
            values = values[step] if isinstance(values, list) and step < len(values) else None
        else:
            values = values.get(step) if isinstance(values, Mapping) else None
    return values


def written(path: Path) -> str:
    """The path as Pulumi writes it: ``spec.containers[0].image``, ``labels["a.b"]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif "." in step or "/" in step:
            text += f'["{step}"]'
        else:
            text += f".{step}" if text else step
    return text


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        for name in sorted({*value} - {DEFAULTS}):
            yield (*path, name)
            yield from _leaves(value[name], (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, Sequence | Mapping) and not isinstance(value, str) and not value)
