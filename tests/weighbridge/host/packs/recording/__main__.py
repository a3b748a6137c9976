"""Writes down everything that a pack is given; reports nothing."""

import contextlib
import json
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy, proxy

LOG = Path(__file__).parent / "calls.jsonl"
UNKNOWN = {
    getattr(proxy, f"UNKNOWN_{kind}_VALUE")
    for kind in ("BOOLEAN", "NUMBER", "STRING", "ARRAY", "OBJECT", "ASSET", "ARCHIVE")
}


def plain(value):
    with contextlib.suppress(TypeError, KeyError, IndexError):
        value = value["__target"]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return {"<unknown>": True} if isinstance(value, str) and value in UNKNOWN else value


def write(call, resource, **more):
    provider = resource.provider
    entry = {
        "call": call,
        "type": resource.resource_type,
        "urn": resource.urn,
        "name": resource.name,
        "props": plain(resource.props["__target"]),
        "provider": {"urn": provider.urn, "props": plain(provider.props["__target"])} if provider else None,
        **more,
    }
    with LOG.open("a") as file:
        file.write(json.dumps(entry) + "\n")


def resource(args, _report):
    write("Analyze", args)


def stack(args, _report):
    for resource in args.resources:
        write(
            "AnalyzeStack",
            resource,
            parent=resource.parent.urn if resource.parent else None,
            dependencies=sorted(other.urn for other in resource.dependencies),
        )


PolicyPack(
    name="recording",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy(name="resource", description="Writes down.", validate=resource),
        StackValidationPolicy(name="stack", description="Writes down.", validate=stack),
    ],
)
