"""The platform as a package of Pulumi's: programs in any language make it, and this process does it for them.

It takes no arguments: what is to be made stands in the spec of the running stack, where the policy pack and the other
stacks read it too. The classes of Pulumi that infer a schema from a component's own arguments would want one class more
for the same platform, and answer a wrong spec with a traceback.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pulumi
from pulumi.provider import ConstructResult, Provider, main

from weighbridge import __version__
from weighbridge.files.problem import FileError
from weighbridge.stacks.pack_project import project_of_run

from .ml_platform import PLATFORM_TYPE
from .program import make

_STRING = {"type": "string"}
_STRINGS = {"type": "object", "additionalProperties": _STRING}

_OUTPUTS: Mapping[str, tuple[str, Mapping[str, object], str]] = {
    "cluster": ("cluster", _STRING, "Name of the cluster."),
    "location": ("location", _STRING, "Region of the cluster."),
    "kubeconfig": ("kubeconfig", _STRING, "Leads kubectl and the Kubernetes provider to the cluster; holds no secret."),
    "nat_addresses": ("natAddresses", {"type": "array", "items": _STRING}, "What the nodes' traffic comes from."),
    "node_pools": ("nodePools", _STRINGS, "Names of the node pools, by their key in the spec."),
    "address": ("address", _STRING, "Of the endpoints; without endpoints there is none."),
    "dns_records": (
        "dnsRecords",
        {"type": "object", "additionalProperties": _STRINGS},
        "What proves to Google that the host names are yours, by host name; without endpoints there is none.",
    ),
    "dns_name_servers": (
        "dnsNameServers",
        {"type": "object", "additionalProperties": {"type": "array", "items": _STRING}},
        "What the domain above has to delegate to, by domain of a zone that is made; else there is none.",
    ),
}
"""By the name that `program` gives: what it is called in other languages, its type, and what it is."""

_LANGUAGES = ("csharp", "go", "java", "nodejs", "python")
_SOMETIMES = frozenset({"address", "dns_records", "dns_name_servers"})


class _PlatformProvider(Provider):
    """Makes the platform of the running stack. `folder` is where Pulumi runs the program."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(__version__, json.dumps(schema()))
        self._folder, self._environment = folder, environment

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        if resource_type != PLATFORM_TYPE:
            raise _wrong(f"weighbridge has no {resource_type}, only {PLATFORM_TYPE}")
        if inputs:
            raise _wrong(f"{name}: takes no arguments, got {', '.join(inputs)}: all of it stands in the spec")
        try:
            project = project_of_run(pulumi.get_project(), self._folder, self._environment)
            platform, outputs = make(project, pulumi.get_stack(), name, options)
        except FileError as wrong:
            raise _wrong(str(wrong)) from None
        return ConstructResult(platform.urn, {_OUTPUTS[key][0]: value for key, value in outputs.items()})


def _wrong(message: str) -> pulumi.InputPropertiesError:
    """An error that the engine shows as it is; others come with their class, or a traceback."""
    return pulumi.InputPropertiesError(message, [])


def serve(folder: Path, environment: Mapping[str, str], arguments: Sequence[str]) -> None:
    """Serves the package to the engine whose address the arguments hold, until that ends it."""
    main(_PlatformProvider(folder, environment), list(arguments))


def schema() -> Mapping[str, object]:
    """The package as Pulumi makes libraries of other languages from it."""
    return {
        "name": "weighbridge",
        "displayName": "Weighbridge",
        "version": __version__,
        "description": "Quota-bounded machine-learning platforms on GKE, one stack per environment.",
        "license": "Apache-2.0",
        "language": {name: {"respectSchemaVersion": True} for name in _LANGUAGES},
        "resources": {
            PLATFORM_TYPE: {
                "isComponent": True,
                "description": "All that stacks/STACK.yaml says, STACK being the running stack.",
                "properties": {
                    called: {**type_, "description": meaning} for called, type_, meaning in _OUTPUTS.values()
                },
                "required": [called for key, (called, _, _) in _OUTPUTS.items() if key not in _SOMETIMES],
            }
        },
    }
