"""Pulumi's wire format: protobuf structs on one side, `weighbridge.values` on the other.

Whole floats become ints, as numbers travel as floats only. A null inside an object is kept; it says "not set".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct
from google.protobuf.struct_pb2 import Value as WireValue

from weighbridge.values import Secret, Unknown, Value

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - how the wire format marks a secret
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"

UNKNOWN_BY_KIND: Mapping[str, str] = {
    "boolean": "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "number": "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "string": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "array": "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "object": "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    "asset": "030794c1-ac77-496b-92df-f27374a8bd58",
    "archive": "e48ece36-62e2-4504-bad9-02848725956a",
}
KIND_BY_UNKNOWN: Mapping[str, str] = {sentinel: kind for kind, sentinel in UNKNOWN_BY_KIND.items()}
UNKNOWN_ID = UNKNOWN_BY_KIND["string"]
"""The id of everything that is created in a preview."""

_UNKNOWN = WireValue(string_value=UNKNOWN_ID)


def to_values(struct: Struct) -> dict[str, Value]:
    """The properties of a struct, by name: the order on the wire is anybody's."""
    return {name: to_value(struct.fields[name]) for name in sorted(struct.fields)}


def to_value(field: WireValue) -> Value:
    """One value."""
    match field.WhichOneof("kind"):
        case "string_value":
            text = field.string_value
            return Unknown(KIND_BY_UNKNOWN[text]) if text in KIND_BY_UNKNOWN else text
        case "number_value":
            number = field.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return field.bool_value
        case "list_value":
            return [to_value(item) for item in field.list_value.values]
        case "struct_value":
            return _object(field.struct_value)
    return None


def _object(struct: Struct) -> Value:
    fields = struct.fields
    mark = _mark(fields)
    if mark == SECRET:
        return Secret(to_value(fields["value"]))
    if mark == OUTPUT:
        inner = to_value(fields["value"]) if "value" in fields else Unknown()
        return Secret(inner) if "secret" in fields and fields["secret"].bool_value else inner
    if mark == RESOURCE:
        return fields["urn"].string_value
    return to_values(struct)


def to_struct(values: Mapping[str, Value]) -> Struct:
    """A struct of properties."""
    struct = Struct()
    for name, value in values.items():
        struct.fields[name].CopyFrom(to_wire(value))
    return struct


def to_wire(value: Value) -> WireValue:
    """One value for the wire."""
    match value:
        case None:
            return WireValue(null_value=NullValue.NULL_VALUE)
        case Unknown():
            return WireValue(string_value=UNKNOWN_BY_KIND[value.kind])
        case Secret():
            marked = Struct()
            marked.fields[SIGNATURE].string_value = SECRET
            marked.fields["value"].CopyFrom(to_wire(value.value))
            return WireValue(struct_value=marked)
        case bool():
            return WireValue(bool_value=value)
        case int() | float():
            return WireValue(number_value=value)
        case str():
            return WireValue(string_value=value)
        case Mapping():
            return WireValue(struct_value=to_struct(value))
        case Sequence():
            return WireValue(list_value=ListValue(values=[to_wire(item) for item in value]))
    raise TypeError(f"{type(value).__name__} is no value of Pulumi's")


def unknown_inside(struct: Struct) -> bool:
    """Whether any property is, or holds, an unknown."""
    return any(text in KIND_BY_UNKNOWN for text in _texts(struct.fields.values(), secret_only=False))


def secret_texts(struct: Struct) -> Iterator[str]:
    """Every text and number inside a secret, as text."""
    return _texts(struct.fields.values(), secret_only=True)


def _texts(fields: Any, *, secret_only: bool) -> Iterator[str]:
    for field in fields:
        kind = field.WhichOneof("kind")
        if kind == "string_value" and not secret_only:
            yield field.string_value
        elif kind == "number_value" and not secret_only:
            yield str(to_value(field))
        elif kind == "list_value":
            yield from _texts(field.list_value.values, secret_only=secret_only)
        elif kind == "struct_value":
            inner = field.struct_value.fields
            mark = _mark(inner)
            if mark in (SECRET, OUTPUT):  # neither the marks nor the URNs beside the value are part of it
                secret = mark == SECRET or ("secret" in inner and inner["secret"].bool_value)
                held = [inner["value"]] if "value" in inner else [_UNKNOWN]
                yield from _texts(held, secret_only=secret_only and not secret)
            else:
                yield from _texts(inner.values(), secret_only=secret_only)


def with_output_values(struct: Struct, dependencies: Mapping[str, Sequence[str]]) -> Struct:
    """A copy in which what is unknown or secret is an output, as transforms get it: never a text that looks known.

    `dependencies` are URNs by property; a property with some is an output too.
    """
    copy = Struct()
    for name, field in struct.fields.items():
        changed = _as_output(field)
        if dependencies.get(name):
            changed = _output_with(changed, dependencies[name])
        copy.fields[name].CopyFrom(changed)
    return copy


def without_output_values(struct: Struct) -> tuple[Struct, dict[str, set[str]]]:
    """A copy with outputs as plain values, unknowns and secrets again, and the URNs that each property depended on."""
    copy, found = Struct(), {}
    for name, field in struct.fields.items():
        urns: set[str] = set()
        copy.fields[name].CopyFrom(_from_output(field, urns))
        found[name] = urns
    return copy, found


def _mark(fields: Any) -> str | None:
    return fields[SIGNATURE].string_value if SIGNATURE in fields else None


def _as_output(field: WireValue) -> WireValue:
    match field.WhichOneof("kind"):
        case "string_value" if field.string_value in KIND_BY_UNKNOWN:
            return _output()
        case "list_value":
            return WireValue(list_value=ListValue(values=[_as_output(item) for item in field.list_value.values]))
        case "struct_value":
            fields = field.struct_value.fields
            if _mark(fields) == SECRET:
                inner = fields["value"]
                return _output(None if inner.string_value in KIND_BY_UNKNOWN else inner, secret=True)
            if _mark(fields) is None:
                return WireValue(struct_value=with_output_values(field.struct_value, {}))
    return field


def _output(value: WireValue | None = None, *, secret: bool = False) -> WireValue:
    marked = Struct()
    marked.fields[SIGNATURE].string_value = OUTPUT
    if value is not None:
        marked.fields["value"].CopyFrom(value)
    if secret:
        marked.fields["secret"].bool_value = True
    return WireValue(struct_value=marked)


def _output_with(field: WireValue, urns: Sequence[str]) -> WireValue:
    whole = field if _mark(field.struct_value.fields) == OUTPUT else _output(field)
    names = [WireValue(string_value=urn) for urn in urns]
    whole.struct_value.fields["dependencies"].CopyFrom(WireValue(list_value=ListValue(values=names)))
    return whole


def _from_output(field: WireValue, urns: set[str]) -> WireValue:
    match field.WhichOneof("kind"):
        case "list_value":
            return WireValue(
                list_value=ListValue(values=[_from_output(item, urns) for item in field.list_value.values])
            )
        case "struct_value":
            fields = field.struct_value.fields
            if _mark(fields) != OUTPUT:
                copy = Struct()
                for name, inner in fields.items():
                    copy.fields[name].CopyFrom(_from_output(inner, urns))
                return WireValue(struct_value=copy)
            if "dependencies" in fields:
                urns.update(item.string_value for item in fields["dependencies"].list_value.values)
            value = _from_output(fields["value"], urns) if "value" in fields else _UNKNOWN
            return as_secret(value) if "secret" in fields and fields["secret"].bool_value else value
    return field


def as_packs_see(struct: Struct) -> Struct:
    """A copy as the engine shows it to a pack.

    A resource that stands as a value is its id, or its URN where it has none; what begins with ``__`` is nobody's
    business.
    """
    copy = Struct()
    for name, field in struct.fields.items():
        if not name.startswith("__"):
            copy.fields[name].CopyFrom(_as_packs_see(field))
    return copy


def _as_packs_see(field: WireValue) -> WireValue:
    match field.WhichOneof("kind"):
        case "list_value":
            return WireValue(list_value=ListValue(values=[_as_packs_see(item) for item in field.list_value.values]))
        case "struct_value":
            fields = field.struct_value.fields
            if _mark(fields) != RESOURCE:
                return WireValue(struct_value=as_packs_see(field.struct_value))
            if "id" not in fields:
                return fields["urn"]
            return WireValue(string_value=fields["id"].string_value or UNKNOWN_ID)
    return field


def map_property(struct: Struct, name: str, change: Callable[[WireValue], WireValue]) -> None:
    """Changes one property in place, if it is there."""
    if name in struct.fields:
        struct.fields[name].CopyFrom(change(struct.fields[name]))


def as_secret(field: WireValue) -> WireValue:
    """The same value, marked as secret."""
    if field.WhichOneof("kind") == "struct_value" and _mark(field.struct_value.fields) == SECRET:
        return field
    marked = Struct()
    marked.fields[SIGNATURE].string_value = SECRET
    marked.fields["value"].CopyFrom(field)
    return WireValue(struct_value=marked)
