"""Google's own description of its monitoring APIs, as strict JSON Schema 2020-12.

The discovery documents come with google-api-python-client. What they say in words only ("Required." at the beginning of
a description) becomes `required`; names that they don't list are refused.
"""

import json
from functools import cache
from importlib.resources import files

from jsonschema import Draft202012Validator

POLICY = ("monitoring.v3", "AlertPolicy")
DASHBOARD = ("monitoring.v1", "Dashboard")

_NUMBER = r"(?:0|[1-9][0-9]*)"
FORMATS: dict[str, dict[str, object]] = {
    "google-duration": {"pattern": rf"^{_NUMBER}(?:\.[0-9]{{1,9}})?s$"},
    "google-datetime": {"pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$"},
    "google-fieldmask": {"pattern": r"^[A-Za-z0-9_.*]+(?:,[A-Za-z0-9_.*]+)*$"},
    "byte": {"pattern": r"^[A-Za-z0-9+/_-]*=*$"},
    "int64": {"pattern": r"^(?:0|-?[1-9][0-9]{0,18})$"},
    "uint64": {"pattern": r"^(?:0|[1-9][0-9]{0,19})$"},
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "uint32": {"minimum": 0, "maximum": 2**32 - 1},
    "double": {},
    "float": {},
}
"""What a format adds to its type. Protocol Buffers' JSON mapping: a 64-bit number is a string."""


def schema(document, root):
    """JSON Schema of one message with everything that it refers to."""
    described = json.loads(files("googleapiclient.discovery_cache").joinpath(f"documents/{document}.json").read_text())
    messages, wanted = {}, [root]
    while wanted:
        name = wanted.pop()
        if name not in messages:
            messages[name] = _converted(described["schemas"][name], wanted)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{root}",
        "$defs": messages,
    }


@cache
def validator(document, root):
    """A validator, made once for a session."""
    made = schema(document, root)
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


def _converted(described, wanted):
    if "$ref" in described:
        wanted.append(described["$ref"])
        return {"$ref": f"#/$defs/{described['$ref']}"}
    kind = described.get("type", "any")
    if kind == "any":
        return {}
    made: dict[str, object] = {"type": kind}
    if "format" in described:
        made.update(FORMATS[described["format"]])
    if "enum" in described:
        made["enum"] = described["enum"]
    if kind == "array":
        made["items"] = _converted(described["items"], wanted)
    if kind == "object" and "additionalProperties" in described:
        made["additionalProperties"] = _converted(described["additionalProperties"], wanted)
    elif kind == "object":
        fields = described.get("properties", {})
        made["properties"] = {name: _converted(field, wanted) for name, field in fields.items()}
        made["additionalProperties"] = False
        made["required"] = [name for name, field in fields.items() if _required(field)]
    return made


def _required(field):
    return field.get("description", "").startswith("Required.")


@cache
def document(name):
    """A whole document, such as ``compute.v1``."""
    return json.loads(files("googleapiclient.discovery_cache").joinpath(f"documents/{name}.json").read_text())


def paths(name):
    """HTTP method and path of every call of an API, with ``*`` for what is filled in."""
    described = document(name)
    found = set()
    pending = [described]
    while pending:
        resource = pending.pop()
        pending += resource.get("resources", {}).values()
        for method in resource.get("methods", {}).values():
            path = described["servicePath"] + method.get("flatPath", method["path"])
            found.add((method["httpMethod"], "/".join("*" if "{" in part else part for part in path.split("/"))))
    return found
