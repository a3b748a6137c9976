"""Properties as the engine sends them to a pack, turned into plain values with marks for unknowns and secrets.

The SDK's own view of them raises on every unknown that a rule touches, and turns that into an advisory note, so that
the stack passes; here an unknown is a value like any other, and a rule has to say what it makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pulumi_policy import proxy

from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Secret, Unknown, Value

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import Struct
    from google.protobuf.struct_pb2 import Value as WireValue
    from pulumi.runtime.proto.analyzer_pb2 import AnalyzeRequest, AnalyzerResource

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - how Pulumi's wire format marks a secret
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWNS: Mapping[str, str] = {
    proxy.UNKNOWN_BOOLEAN_VALUE: "boolean",
    proxy.UNKNOWN_NUMBER_VALUE: "number",
    proxy.UNKNOWN_STRING_VALUE: "string",
    proxy.UNKNOWN_ARRAY_VALUE: "array",
    proxy.UNKNOWN_OBJECT_VALUE: "object",
    proxy.UNKNOWN_ASSET_VALUE: "asset",
    proxy.UNKNOWN_ARCHIVE_VALUE: "archive",
}


def properties(struct: Struct) -> dict[str, Value]:
    """The properties of a resource. A null is left out: it says the same as no property."""
    return {name: value(field) for name, field in struct.fields.items() if field.WhichOneof("kind") != "null_value"}


def value(field: WireValue) -> Value:
    """One value."""
    match field.WhichOneof("kind"):
        case "string_value":
            text = field.string_value
            return Unknown(UNKNOWNS[text]) if text in UNKNOWNS else text
        case "number_value":
            return field.number_value
        case "bool_value":
            return field.bool_value
        case "list_value":
            return [value(item) for item in field.list_value.values]
        case "struct_value":
            return _object(field.struct_value)
    return None


def _object(struct: Struct) -> Value:
    fields = struct.fields
    mark = fields[SIGNATURE].string_value if SIGNATURE in fields else None
    inner = value(fields["value"]) if "value" in fields else Unknown()
    if mark == SECRET:
        return Secret(inner)
    if mark == OUTPUT:
        return Secret(inner) if "secret" in fields and fields["secret"].bool_value else inner
    return properties(struct)


def resource(message: AnalyzeRequest | AnalyzerResource) -> HeldResource:
    """The resource that a call is about; dependencies come with AnalyzeStack only."""
    return HeldResource(
        urn=message.urn,
        type=message.type,
        name=message.name or message.urn.rpartition("::")[2],
        inputs=properties(message.properties),
        provider_inputs=properties(message.provider.properties) if message.HasField("provider") else None,
    )


def dependencies(message: AnalyzerResource) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """URNs that the resource depends on, and those behind each of its properties."""
    by_property = {name: tuple(sorted(urns.urns)) for name, urns in message.propertyDependencies.items()}
    return tuple(sorted(message.dependencies)), by_property
