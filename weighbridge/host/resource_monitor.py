"""Pulumi's ResourceMonitor service: what the engine does with a registration in a preview, without providers.

For each registration, in the engine's order: transforms, URN, default provider, what `ignoreChanges` keeps of a state,
policy pack, record, answer. What a provider would compute is unknown; what the program gave is echoed, unless its
provider can't be configured yet.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import grpc
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from weighbridge.host.default_providers import DefaultProviders
from weighbridge.host.functions import CLOUD_CALL, FunctionCall, answer
from weighbridge.host.outcome import HostError
from weighbridge.host.registered import Registered
from weighbridge.host.transforms import Transforms
from weighbridge.host.urns import Urns
from weighbridge.host.wire import as_secret, properties, to_wire, unknowns, value_of
from weighbridge.resources.graph import PROVIDER_PREFIX, STACK_REFERENCE_TYPE
from weighbridge.resources.property_path import after_ignoring
from weighbridge.resources.values import Secret, Value, has_unknown, secret_texts
from weighbridge.resources.wire import UNKNOWN_ID

SUPPORTED = (
    "secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "replaceWith",
    "transforms", "invokeTransforms", "parameterization", "resourceHooks", "errorHooks",
)  # fmt: skip
"""What this host does as the engine does it; the SDK refuses a program that needs anything else."""


LOCAL_TWINS: Mapping[str, str] = {
    "kubernetes:yaml/v2:ConfigFile": "Use kubernetes.yaml.ConfigFile, which is rendered here",
    "kubernetes:yaml/v2:ConfigGroup": "Use kubernetes.yaml.ConfigGroup, which is rendered here",
    "kubernetes:kustomize/v2:Directory": "Use kubernetes.kustomize.Directory, which is rendered here",
    "kubernetes:helm.sh/v4:Chart": "Use kubernetes.helm.v3.Chart with a chart in a folder, which is rendered here, or "
    "kubernetes.helm.v3.Release, which stacks/quota.yaml can allow",
}
"""What to use instead of a component that a plugin builds, where a Python class does the same."""


class Judge(Protocol):
    """Whoever is asked about each resource before it counts as registered."""

    def judge(self, resource: Registered, provider: Registered | None) -> Struct:
        """The inputs, as changed by remediations. Raises `HostError`."""


class ResourceMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Records one program's registrations."""

    def __init__(
        self,
        project: str,
        stack: str,
        config: Mapping[str, str],
        judge: Judge | None,
        learn: Callable[[Iterable[str]], None],
        folder: Path = Path(),
        before: Mapping[str, Mapping[str, Value]] | None = None,
    ) -> None:
        """`before` has the inputs of what exists already, by URN; None: nobody knows."""
        self.resources: dict[str, Registered] = {}
        self.failure: HostError | None = None
        self._judge, self._learn, self._before = judge, learn, before or {}
        self._config, self._folder = config, folder
        self._lock = threading.RLock()
        self._urns = Urns(project, stack)
        self._default_providers = DefaultProviders(self._urns, config)
        self._transforms = Transforms()

    # -- what the SDK asks before anything else ---------------------------------------------------------------------

    def GetDeploymentInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's names
        """What this monitor can do."""
        return resource_pb2.DeploymentInfo(supportedFeatures=map(_feature, SUPPORTED))

    def SupportsFeature(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """The same, asked one by one by older SDKs."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in SUPPORTED)

    def RegisterStackTransform(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """A function of the program that may change every resource."""
        self._transforms.add_to_stack(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """Nothing to do: calls end the preview anyway."""
        return empty_pb2.Empty()

    def RegisterResourceHook(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """Hooks run when something is created, which a preview does not do."""
        return empty_pb2.Empty()

    def RegisterErrorHook(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """As for other hooks."""
        return empty_pb2.Empty()

    def RegisterPackage(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """A parameterized provider; the answer is a name for it."""
        return resource_pb2.RegisterPackageResponse(ref=self._default_providers.register_package(request))

    def SignalAndWaitForShutdown(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """The program may go."""
        return empty_pb2.Empty()

    # -- what ends the preview --------------------------------------------------------------------------------------

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        """A function of a provider."""
        try:
            answered = answer(FunctionCall(request.tok, request.args, self._settings(request), self._folder))
        except HostError as failure:
            return self._fail(context, failure)
        return provider_pb2.InvokeResponse(**{"return": answered})

    def _settings(self, request: Any) -> Mapping[str, Value]:
        """What the provider that a call goes to is set up with: its inputs, or the stack's settings for its package."""
        with self._lock:
            provider = self.resources.get(request.provider.rpartition("::")[0])
        if provider is not None:
            return properties(provider.inputs)
        package = f"{request.tok.partition(':')[0]}:"
        return {name.removeprefix(package): value for name, value in self._config.items() if name.startswith(package)}

    def StreamInvoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The same, in pieces."""
        self._fail(context, HostError(CLOUD_CALL.format(token=request.tok)))

    def Call(self, request: Any, context: Any) -> Any:  # noqa: N802
        """A method of a resource."""
        self._fail(context, HostError(CLOUD_CALL.format(token=request.tok)))

    def _fail(self, context: Any, failure: HostError) -> None:
        with self._lock:
            self.failure = self.failure or failure
        context.abort(grpc.StatusCode.UNIMPLEMENTED, failure.reason)

    # -- registrations ----------------------------------------------------------------------------------------------

    def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        """One resource of the program."""
        try:
            return self._register(request)
        except HostError as failure:
            return self._fail(context, failure)

    def _register(self, request: Any) -> Any:
        if request.remote:
            do = LOCAL_TWINS.get(request.type, "Use the component as a Python class")
            raise HostError(
                f"the program uses the remote component {request.type}, which only its plugin can build; offline its "
                f"resources are not known. {do}, or preview with the Pulumi CLI"
            )
        self._inherit(request)
        urn = self._urns.of(request.parent, request.type, request.name)
        request = self._transforms.apply(request, urn, self._ancestors(request.parent))
        given = properties(request.object)
        self._learn(secret_texts(given))
        self._learn(secret_texts(value_of(request.replacement_trigger)))
        for name in request.additionalSecretOutputs:
            self._learn(secret_texts(Secret(given.get(name))))
        resource = Registered(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            provider=self._provider_of(request) if request.custom else "",
            inputs=request.object,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                name: tuple(sorted(request.propertyDependencies[name].urns))
                if name in request.propertyDependencies
                else ()
                for name in sorted({*request.propertyDependencies, *request.object.fields})
            },
            request=request,
            aliases=self._aliases(request),
        )
        if resource.type.startswith(PROVIDER_PREFIX) and request.version and "version" not in resource.inputs.fields:
            resource.inputs.fields["version"].string_value = request.version
        self._keep_ignored(resource)
        self._add(resource)
        return resource_pb2.RegisterResourceResponse(urn=urn, object=resource.outputs)

    def _inherit(self, request: Any) -> None:
        """What a child takes from its parent where it says nothing itself: the engine does so before any transform."""
        with self._lock:
            parent = self.resources.get(request.parent)
        if parent is None or parent.read:
            return
        if not request.deletedWith:
            request.deletedWith = parent.request.deletedWith
        for name in ("protect", "retainOnDelete"):
            if parent.request.HasField(name) and not request.HasField(name):
                setattr(request, name, getattr(parent.request, name))

    def _keep_ignored(self, resource: Registered) -> None:
        """What the program ignores is as it was: the engine judges and deploys that, before any provider is asked."""
        known = (urn for urn in (resource.urn, *resource.aliases) if urn in self._before)
        urn, paths = next(known, None), resource.request.ignoreChanges
        if urn is None or not paths:
            return
        given = properties(resource.inputs)
        kept = after_ignoring(given, self._before[urn], paths)
        changed = [name for name in {*given, *kept} if given.get(name) != kept.get(name)]
        if not changed:
            return
        resource.written = resource.inputs
        resource.inputs = Struct()
        resource.inputs.CopyFrom(resource.written)
        for name in changed:
            if name in kept:
                resource.inputs.fields[name].CopyFrom(to_wire(kept[name]))
            else:
                del resource.inputs.fields[name]

    def _add(self, resource: Registered) -> None:
        with self._lock:
            if resource.urn in self.resources:
                raise HostError(
                    f"duplicate resource URN {resource.urn!r}: two resources of this type and parent are both named "
                    f"{resource.name!r}; give one of them another name"
                )
            self.resources[resource.urn] = resource
            provider = self.resources.get(resource.provider_urn)
        resource.configured = provider is None or not has_unknown(properties(provider.inputs))
        if self._judge is not None:
            resource.inputs = self._judge.judge(resource, provider)
        if resource.custom and not resource.configured:
            return  # the provider can't be asked yet: nothing about it is known
        resource.outputs.CopyFrom(resource.inputs)
        outputs = resource.outputs.fields
        computes = resource.custom and not resource.type.startswith((PROVIDER_PREFIX, "kubernetes:"))
        for name in resource.request.additionalSecretOutputs:
            if computes and name not in outputs:  # what comes of it is to be secret as well
                outputs[name].string_value = UNKNOWN_ID
            if name in outputs:
                outputs[name].CopyFrom(as_secret(outputs[name]))

    def RegisterResourceOutputs(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """What a component says of itself when it is finished."""
        with self._lock:
            resource = self.resources.get(request.urn)
            if resource is not None:
                self._learn(secret_texts(properties(request.outputs)))
                resource.outputs.CopyFrom(request.outputs)
                resource.finished = True
        return empty_pb2.Empty()

    def ReadResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        """A resource that exists already; what the cloud knows of it is unknown here.

        What the program says of it helps the provider to find it, and is no fact: the provider's answer may differ.
        """
        urn = self._urns.of(request.parent, request.type, request.name)
        self._learn(secret_texts(properties(request.properties)))
        resource = Registered(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=True,
            parent=request.parent,
            provider=self._provider_of(request),
            inputs=request.properties if request.type == STACK_REFERENCE_TYPE else unknowns(request.properties),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={},
            request=request,
            read=True,
        )
        with self._lock:
            if urn in self.resources:
                self._fail(context, HostError(f"duplicate resource URN {urn!r}: {request.name!r} is read twice"))
            self.resources[urn] = resource
        resource.outputs.CopyFrom(resource.inputs)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=resource.outputs)

    def close(self) -> None:
        """Closes what was opened to the program."""
        self._transforms.close()

    # -- what a registration leaves open ----------------------------------------------------------------------------

    def _provider_of(self, request: Any) -> str:
        if request.type.startswith(PROVIDER_PREFIX):
            return ""
        if request.provider:
            return str(request.provider)
        provider = self._default_providers.provider_for(request)
        with self._lock:
            if provider.urn not in self.resources:
                self._add(provider)
        return f"{provider.urn}::{UNKNOWN_ID}"

    def _aliases(self, request: Any) -> tuple[str, ...]:
        own = tuple(self._urns.of_aliases(request))
        parent = self.resources.get(request.parent)
        inherited = self._urns.inherited(request, own, parent.name, parent.aliases) if parent else ()
        return tuple(dict.fromkeys((*own, *inherited)))

    def _ancestors(self, parent: str) -> Iterator[str]:
        while parent:
            yield parent
            holder = self.resources.get(parent)
            parent = holder.parent if holder else ""


def _feature(name: str) -> Any:
    """The protocol's number of a feature: resourceReferences is RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES."""
    constant = re.sub(r"([A-Z])", r"_\1", name).upper()
    return getattr(resource_pb2, f"RESOURCE_MONITOR_FEATURE_{constant}")
