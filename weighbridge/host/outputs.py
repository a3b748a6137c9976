"""The state of each resource after a preview, as the engine hands it to AnalyzeStack.

What the SDK's types say is computed is unknown; `preview_facts.csv` has what they don't say, as observed with the real
providers. Nested properties that are in neither stay absent.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from google.protobuf.struct_pb2 import Struct
from google.protobuf.struct_pb2 import Value as WireValue

from weighbridge.host.registered import Registered
from weighbridge.host.wire import as_secret, to_wire, value_of
from weighbridge.resources.graph import PROVIDER_PREFIX
from weighbridge.resources.values import Secret, Unknown, Value
from weighbridge.resources.wire import KIND_BY_UNKNOWN, UNKNOWN_ID

OWN_LABEL = "goog-pulumi-provisioned"
"""What the gcp provider adds to all labels."""

AUTONAME_DIGITS = 7

_WITHOUT_ID = ("kubernetes:", "pulumi:", "pulumi-python:")
"""Packages whose outputs don't repeat the id; those of bridged providers, such as gcp, do."""


@dataclass(frozen=True, slots=True)
class PreviewFact:
    """One row: what a path is after a preview when the program doesn't give it."""

    path: str
    state: str  # unknown, known, absent, provider, labels
    value: str  # JSON, of a known one


@cache
def facts_of(type_: str) -> tuple[PreviewFact, ...]:
    """The rows for a type: those of its package first."""
    rows = csv.DictReader(resources.files("weighbridge.host").joinpath("preview_facts.csv").read_text().splitlines())
    package = f"{type_.partition(':')[0]}:*"
    return tuple(
        PreviewFact(row["path"], row["state"], row["value"]) for row in rows if row["type"] in (type_, package)
    )


def after_preview(resource: Registered, provider: Registered | None, computed: Iterable[str]) -> Struct:
    """Outputs of one resource: what was given, and an unknown for whatever its provider computes.

    `computed` are top-level names. Empty where the provider can't be configured yet, as for everything in a cluster
    that doesn't exist.
    """
    outputs = Struct()
    if resource.custom and not resource.configured:
        return outputs
    if not resource.custom and not resource.finished:
        return outputs  # a component gives out what it registers, and nothing else
    outputs.CopyFrom(resource.outputs)
    if not resource.custom or resource.type.startswith(PROVIDER_PREFIX) or resource.read:
        return outputs
    fields = outputs.fields
    _collapse(outputs)
    for name in computed:
        if name not in fields:
            fields[name].string_value = UNKNOWN_ID
    for fact in facts_of(resource.type):
        for inside, name in _holders(outputs, fact.path):
            _apply(fact, inside, name, resource, provider)
    if not resource.type.startswith(_WITHOUT_ID):
        fields["id"].string_value = UNKNOWN_ID
    for name in {*resource.request.additionalSecretOutputs} & {*fields}:  # what its provider computes may be among them
        fields[name].CopyFrom(as_secret(fields[name]))
    return outputs


def autoname(resource: Registered) -> str:
    """A name like those that Pulumi gives, the same in every preview."""
    return f"{resource.name}-{hashlib.sha256(resource.urn.encode()).hexdigest()[:AUTONAME_DIGITS]}"


def _apply(fact: PreviewFact, inside: Struct, name: str, resource: Registered, provider: Registered | None) -> None:
    given = resource.inputs.fields
    top_level = "." not in fact.path
    if name in (given if top_level else inside.fields):
        return
    match fact.state:
        case "unknown":
            inside.fields[name].string_value = UNKNOWN_ID
        case "absent":
            del inside.fields[name]
        case "known" if name in inside.fields:
            inside.fields[name].CopyFrom(to_wire(json.loads(fact.value)))
        case "labels" if name in inside.fields:
            inside.fields[name].CopyFrom(
                to_wire(_with_own_label(value_of(given["labels"]) if "labels" in given else {}))
            )
        case "provider" if name in inside.fields and provider is not None and name in provider.inputs.fields:
            inside.fields[name].CopyFrom(provider.inputs.fields[name])


def _with_own_label(labels: Value) -> Value:
    if isinstance(labels, Secret):
        return Secret(_with_own_label(labels.value))
    return {**labels, OWN_LABEL: "true"} if isinstance(labels, Mapping) else Unknown()


def _holders(struct: Struct, path: str) -> Iterator[tuple[Struct, str]]:
    """Each object that holds the last step of a path, with that step's name; ``[*]`` is every item of a list."""
    head, _, rest = path.partition(".")
    if not rest:
        yield struct, head
        return
    name, every, _ = head.partition("[*]")
    if name not in struct.fields:
        return
    field = struct.fields[name]
    for item in field.list_value.values if every else (field,):
        if item.WhichOneof("kind") == "struct_value":
            yield from _holders(item.struct_value, rest)


def _collapse(struct: Struct) -> None:
    """A list with an unknown item is unknown as a whole once a provider has seen it."""
    for field in struct.fields.values():
        _collapse_value(field)


def _collapse_value(field: WireValue) -> None:
    kind = field.WhichOneof("kind")
    if kind == "struct_value":
        _collapse(field.struct_value)
    elif kind == "list_value":
        if any(item.string_value in KIND_BY_UNKNOWN for item in field.list_value.values):
            field.string_value = UNKNOWN_ID
        else:
            for item in field.list_value.values:
                _collapse_value(item)
