"""Runs a piece of a program under Pulumi's own mocks and keeps everything that it registered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from unittest.mock import patch

import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc, set_mocks
from pulumi.runtime.proto.source_pb2 import StackTrace
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack

from weighbridge.host.functions import ANSWERED_OFFLINE, PLACEHOLDER
from weighbridge.resources.graph import STACK_TYPE
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown

DNS_ENDPOINT = "gke-0a1b2c.us-central1.gke.goog"
COMPUTED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "gcp:container/cluster:Cluster": lambda inputs: {
        "controlPlaneEndpointsConfig": {
            **inputs.get("controlPlaneEndpointsConfig", {}),
            "dnsEndpointConfig": {
                **inputs.get("controlPlaneEndpointsConfig", {}).get("dnsEndpointConfig", {}),
                "endpoint": DNS_ENDPOINT,
            },
        }
    },
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": lambda inputs: {
        "dnsResourceRecords": [{"name": f"_acme.{inputs['domain']}.", "type": "CNAME", "data": "0a1b.authorize."}]
    },
    "gcp:compute/address:Address": lambda inputs: {"address": "203.0.113.7", "selfLink": f"self-link/{inputs['name']}"},
    "gcp:container/nodePool:NodePool": lambda inputs: {"name": inputs.get("name", "made-up-0a1b2c3")},
}
"""What Google would add to a resource's inputs."""


_NO_STACK: Any = object()


@dataclass(frozen=True)
class Registration:
    """One registration, as the engine would see it."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    provider: str
    inputs: Mapping[str, Any]
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    timeouts: Mapping[str, str]
    protect: bool
    delete_before_replace: bool | None
    retain_on_delete: bool


@dataclass(frozen=True)
class Recording:
    """Everything that ran."""

    resources: tuple[Registration, ...]  # by URN: when each is registered depends on whose outputs are ready first
    outputs: Mapping[str, Mapping[str, Any]]  # by URN: what `register_outputs` was called with

    def of_type(self, type_: str) -> list[Registration]:
        return [resource for resource in self.resources if resource.type == type_]

    def only(self, type_: str) -> Registration:
        (found,) = self.of_type(type_)
        return found

    def named(self, type_: str, name: str) -> Registration:
        (found,) = (resource for resource in self.of_type(type_) if resource.name == name)
        return found


def _plain(value: Any) -> Any:
    """The value with `Unknown` where Pulumi has an unknown of its own, which equals nothing."""
    match value:
        case pulumi.output.Unknown():
            return Unknown()
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
    return value


class _Mocks(pulumi_mocks.Mocks):
    def __init__(self, *, preview: bool) -> None:
        self.preview = preview

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        compute = COMPUTED.get(args.typ)
        computed = compute(args.inputs) if compute and not self.preview else {}
        return "" if self.preview else f"{args.name}-id", {**args.inputs, **computed}

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[dict[str, Any], list[Any]]:
        assert args.token in ANSWERED_OFFLINE, f"the program asks the cloud: {args.token}"
        return {**args.args, **dict.fromkeys(ANSWERED_OFFLINE[args.token], PLACEHOLDER)}, []


class _Monitor(pulumi_mocks.MockMonitor):
    def __init__(self, mocks: _Mocks) -> None:
        super().__init__(mocks)
        self.registered: list[Registration] = []
        self.outputs: dict[str, Mapping[str, Any]] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine does: all ancestors' types but the stack's. The mocks keep the nearest only."""
        ancestors = parent.split("::")[2] if parent else STACK_TYPE
        qualified = type_ if ancestors == STACK_TYPE else f"{ancestors}${type_}"
        return super().make_urn("", qualified, name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        response = super().RegisterResource(request)
        self.registered.append(
            Registration(
                urn=response.urn,
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                provider=request.provider,
                inputs=_plain(rpc.deserialize_properties(request.object)),
                dependencies=tuple(sorted(request.dependencies)),
                property_dependencies={
                    name: tuple(sorted(sources.urns)) for name, sources in request.propertyDependencies.items()
                },
                ignore_changes=tuple(request.ignoreChanges),
                replace_on_changes=tuple(request.replaceOnChanges),
                timeouts=MessageToDict(request.customTimeouts),
                protect=request.protect,
                delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
                retain_on_delete=request.retainOnDelete,
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        self.outputs[request.urn] = _plain(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)


def record(program: Callable[[], object], stack: str = "dev", *, preview: bool = False) -> Recording:
    """What `program` registers. In a preview no id and nothing that Google computes is known."""
    monitor = _Monitor(_Mocks(preview=preview))
    loop, of_the_mocks = asyncio.new_event_loop(), asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # else set_mocks makes one that nobody closes; so does each thread that registers
    loop.set_default_executor(ThreadPoolExecutor(1, initializer=asyncio.set_event_loop, initargs=(of_the_mocks,)))
    set_root_resource(_NO_STACK)  # else set_mocks registers a stack, on an event loop that nobody runs
    set_mocks(monitor.mocks, project="weighbridge", stack=stack, preview=preview, monitor=monitor)
    set_root_resource(None)  # type: ignore[arg-type] # it takes None for none, and its type forgets it
    SETTINGS.outputs.clear()

    def run() -> None:
        program()

    try:
        with (
            patch("pulumi.runtime.resource._get_stack_trace", StackTrace),  # a fifth of the time, and nobody reads it
            # Pulumi would look at all outstanding outputs again after each that comes, which is quadratic.
            patch("asyncio.FIRST_COMPLETED", asyncio.FIRST_EXCEPTION),
        ):
            loop.run_until_complete(run_in_stack(run))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        of_the_mocks.close()
        loop.close()
        asyncio.set_event_loop(None)
    return Recording(tuple(sorted(monitor.registered, key=attrgetter("urn"))), dict(monitor.outputs))


def held(recording: Recording) -> list[HeldResource]:
    """What was registered, as a policy pack would be shown it."""
    by_urn = {resource.urn: resource for resource in recording.resources}
    return [
        HeldResource(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            inputs=resource.inputs,
            provider_inputs=by_urn[resource.provider.rpartition("::")[0]].inputs if resource.provider else None,
            dependencies=resource.dependencies,
            property_dependencies=resource.property_dependencies,
        )
        for resource in recording.resources
    ]
