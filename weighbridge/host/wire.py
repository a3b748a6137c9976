"""Protobuf structs on one side, `weighbridge.resources` on the other; `resources.wire` says what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct
from google.protobuf.struct_pb2 import Value as WireValue

from weighbridge.files.yaml_text import Plain
from weighbridge.resources.values import Secret, Unknown, Value
from weighbridge.resources.wire import (
    RESOURCE_REFERENCE,
    SECRET,
    SIGNATURE,
    UNKNOWN_BY_KIND,
    UNKNOWN_ID,
    decode,
    decode_properties,
)


def properties(struct: Struct) -> dict[str, Value]:
    """The properties of a struct, decoded."""
    return decode_properties(_plain_object(struct))


def value_of(field: WireValue) -> Value:
    """A value of the wire as the rules read it: with secrets, unknowns and references as types of their own."""
    return decode(_plain(field))


def _plain_object(struct: Struct) -> dict[str, Plain]:
    return {name: _plain(field) for name, field in struct.fields.items()}


def _plain(field: WireValue) -> Plain:
    # By hand, as protobuf's own MessageToDict takes a third longer and refuses a number that isn't finite.
    plain: Plain = None
    match field.WhichOneof("kind"):
        case "string_value":
            plain = field.string_value
        case "struct_value":
            plain = _plain_object(field.struct_value)
        case "number_value":
            plain = field.number_value
        case "bool_value":
            plain = field.bool_value
        case "list_value":
            plain = [_plain(item) for item in field.list_value.values]
    return plain


def to_wire(value: Value) -> WireValue:
    """One value for the wire."""
    match value:
        case None:
            return WireValue(null_value=NullValue.NULL_VALUE)
        case Unknown():
            return WireValue(string_value=UNKNOWN_BY_KIND[value.kind])
        case Secret():
            return as_secret(to_wire(value.value))
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


def to_struct(values: Mapping[str, Value]) -> Struct:
    """A struct of properties."""
    return Struct(fields={name: to_wire(value) for name, value in values.items()})


def as_secret(field: WireValue) -> WireValue:
    """The same value, marked as secret."""
    fields = field.struct_value.fields
    if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET:
        return field
    return WireValue(struct_value=Struct(fields={SIGNATURE: WireValue(string_value=SECRET), "value": field}))


def as_packs_see(struct: Struct) -> Struct:
    """A copy as the engine shows it to a pack.

    A resource that stands as a value is its id, or its URN where it has none; what begins with ``__`` is left out.
    """
    fields = struct.fields.items()
    return Struct(fields={name: _as_packs_see(field) for name, field in fields if not name.startswith("__")})


def _as_packs_see(field: WireValue) -> WireValue:
    match field.WhichOneof("kind"):
        case "list_value":
            return WireValue(list_value=ListValue(values=[_as_packs_see(item) for item in field.list_value.values]))
        case "struct_value":
            fields = field.struct_value.fields
            if SIGNATURE not in fields or fields[SIGNATURE].string_value != RESOURCE_REFERENCE:
                return WireValue(struct_value=as_packs_see(field.struct_value))
            if "id" not in fields:
                return fields["urn"]
            return WireValue(string_value=fields["id"].string_value or UNKNOWN_ID)
    return field


def unknowns(struct: Struct) -> Struct:
    """The same names with values that nobody knows yet."""
    return Struct(fields={name: WireValue(string_value=UNKNOWN_ID) for name in struct.fields})
