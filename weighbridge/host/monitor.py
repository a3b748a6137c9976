"""Pulumi's ResourceMonitor service: what the engine does with a registration in a preview, without providers.

For each registration, in the engine's order: transforms, URN, default provider, policy pack, record, answer. What a
provider would compute is unknown; what the program gave is echoed, unless its provider can't be configured yet.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc

from weighbridge.graph import PROVIDER_PREFIX, STACK_TYPE
from weighbridge.host import wire
from weighbridge.host.functions import ANSWERED_OFFLINE, offline_answer
from weighbridge.host.outcome import HostError

# What this host does as the engine does it; the SDK refuses a program that needs anything else.
FEATURES = tuple(
    getattr(resource_pb2, f"RESOURCE_MONITOR_FEATURE_{name}")
    for name in (
        "SECRETS", "RESOURCE_REFERENCES", "OUTPUT_VALUES", "ALIAS_SPECS", "DELETED_WITH", "REPLACE_WITH",
        "TRANSFORMS", "INVOKE_TRANSFORMS", "PARAMETERIZATION", "RESOURCE_HOOKS", "ERROR_HOOKS",
    )
)  # fmt: skip

CLOUD_CALL = (
    "the program calls {token}, which only the provider can answer; offline the answer is not known. Pass the value "
    "as configuration or in the spec, or preview with the Pulumi CLI"
)


@dataclass(slots=True)
class Registered:
    """One resource as registered; `request` holds its options after transforms."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    provider: str  # reference, urn::id
    inputs: Struct
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    request: Any
    aliases: tuple[str, ...] = ()
    outputs: Struct = field(default_factory=Struct)
    configured: bool = True  # its provider knows all of its settings
    read: bool = False
    finished: bool = False  # a component that has said what it gives out

    @property
    def provider_urn(self) -> str:
        """URN of its provider, empty if it has none."""
        return self.provider.rpartition("::")[0]


class Judge(Protocol):
    """Whoever is asked about each resource before it counts as registered."""

    def judge(self, resource: Registered, provider: Registered | None) -> Struct:
        """The inputs, as changed by remediations. Raises `HostError`."""


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Records one program's registrations."""

    def __init__(
        self,
        project: str,
        stack: str,
        config: Mapping[str, str],
        judge: Judge | None,
        learn: Callable[[Iterable[str]], None],
    ) -> None:
        self.resources: dict[str, Registered] = {}
        self.failure: HostError | None = None
        self._project, self._stack, self._config = project, stack, config
        self._judge, self._learn = judge, learn
        self._lock = threading.RLock()
        self._stack_transforms: list[Any] = []
        self._transforms: dict[str, list[Any]] = {}
        self._channels: dict[str, Any] = {}
        self._packages: list[Any] = []

    # -- what the SDK asks before anything else ---------------------------------------------------------------------

    def GetDeploymentInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's names
        """What this monitor can do."""
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def SupportsFeature(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """The same, asked one by one by older SDKs."""
        known = {"secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "replaceWith"}
        known |= {"transforms", "invokeTransforms", "parameterization", "resourceHooks", "errorHooks"}
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in known)

    def RegisterStackTransform(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """A function of the program that may change every resource."""
        self._stack_transforms.append(request)
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
        with self._lock:
            self._packages.append(request)
            return resource_pb2.RegisterPackageResponse(ref=f"package-{len(self._packages)}")

    def SignalAndWaitForShutdown(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """The program may go."""
        return empty_pb2.Empty()

    # -- what ends the preview --------------------------------------------------------------------------------------

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        """A function of a provider."""
        if request.tok in ANSWERED_OFFLINE:
            return provider_pb2.InvokeResponse(**{"return": offline_answer(request.tok, request.args)})
        return self._fail(context, HostError(CLOUD_CALL.format(token=request.tok)))

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
            raise HostError(
                f"the program uses the remote component {request.type}, which only its plugin can build; offline its "
                "resources are not known. Use the component as a Python class, or preview with the Pulumi CLI"
            )
        request = self._transformed(request)
        self._learn(wire.secret_texts(request.object))
        urn = self.urn_of(request.parent, request.type, request.name)
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
            aliases=tuple(dict.fromkeys((*self._alias_urns(request), *self._inherited_aliases(request)))),
        )
        if resource.type.startswith(PROVIDER_PREFIX) and request.version and "version" not in resource.inputs.fields:
            resource.inputs.fields["version"].string_value = request.version
        self._add(resource)
        return resource_pb2.RegisterResourceResponse(urn=urn, object=resource.outputs)

    def _add(self, resource: Registered) -> None:
        with self._lock:
            if resource.urn in self.resources:
                raise HostError(
                    f"duplicate resource URN {resource.urn!r}: two resources of this type and parent are both named "
                    f"{resource.name!r}; give one of them another name"
                )
            self.resources[resource.urn] = resource
            provider = self.resources.get(resource.provider_urn)
        resource.configured = provider is None or not wire.unknown_inside(provider.inputs)
        if self._judge is not None:
            resource.inputs = self._judge.judge(resource, provider)
        if resource.custom and not resource.configured:
            return  # the provider can't be asked yet: nothing about it is known
        resource.outputs.CopyFrom(resource.inputs)
        computes = resource.custom and not resource.type.startswith((PROVIDER_PREFIX, "kubernetes:"))
        for name in resource.request.additionalSecretOutputs:
            if computes and name not in resource.outputs.fields:  # what comes of it is to be secret as well
                resource.outputs.fields[name].string_value = wire.UNKNOWN_ID
            wire.map_property(resource.outputs, name, wire.as_secret)

    def RegisterResourceOutputs(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """What a component says of itself when it is finished."""
        with self._lock:
            resource = self.resources.get(request.urn)
            if resource is not None:
                self._learn(wire.secret_texts(request.outputs))
                resource.outputs.CopyFrom(request.outputs)
                resource.finished = True
        return empty_pb2.Empty()

    def ReadResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        """A resource that exists already; what the cloud knows of it is unknown here."""
        urn = self.urn_of(request.parent, request.type, request.name)
        resource = Registered(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=True,
            parent=request.parent,
            provider=self._provider_of(request),
            inputs=request.properties,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={},
            request=request,
            read=True,
        )
        with self._lock:
            if urn in self.resources:
                self._fail(context, HostError(f"duplicate resource URN {urn!r}: {request.name!r} is read twice"))
            self.resources[urn] = resource
        resource.outputs.CopyFrom(request.properties)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=resource.outputs)

    # -- names ------------------------------------------------------------------------------------------------------

    def urn_of(self, parent: str, type_: str, name: str, stack: str = "", project: str = "") -> str:
        """A URN: the types of the parents (the stack's left out), joined by ``$``, then the type and the name."""
        chain = parent.split("::")[2] if parent else ""
        qualified = f"{chain}${type_}" if chain and chain != STACK_TYPE else type_
        return f"urn:pulumi:{stack or self._stack}::{project or self._project}::{qualified}::{name}"

    def _alias_urns(self, request: Any) -> Iterable[str]:
        yield from request.aliasURNs
        for alias in request.aliases:
            if alias.urn:
                yield alias.urn
                continue
            spec = alias.spec
            parent = "" if spec.noParent else spec.parentUrn or request.parent
            yield self.urn_of(parent, spec.type or request.type, spec.name or request.name, spec.stack, spec.project)

    def _inherited_aliases(self, request: Any) -> Iterable[str]:
        """What it was called under its parent's former names; a name that begins with the parent's changes with it."""
        parent = self.resources.get(request.parent)
        if parent is None:
            return
        own = [(request.type, request.name)]
        own += [(_type_of(urn), urn.split("::", 3)[3]) for urn in self._alias_urns(request)]
        for former in parent.aliases:
            for type_, name in own:
                rest = name.removeprefix(parent.name)
                renamed = f"{former.split('::', 3)[3]}{rest}" if name.startswith(parent.name) else name
                yield self.urn_of(former, type_, renamed)

    # -- providers --------------------------------------------------------------------------------------------------

    def _provider_of(self, request: Any) -> str:
        if request.type.startswith(PROVIDER_PREFIX):
            return ""
        if request.provider:
            return str(request.provider)
        package = request.type.partition(":")[0]
        version, source = request.version, request.pluginDownloadURL.removesuffix("/")
        if request.packageRef:
            known = self._packages[int(request.packageRef.rpartition("-")[2]) - 1]
            version = known.version
        name = "default" + (f"_{re.sub(r'[^0-9A-Za-z]', '_', version)}" if version else "")
        name += f"_{_as_name(source)}" if source else ""
        urn = self.urn_of("", PROVIDER_PREFIX + package, name)
        with self._lock:
            if urn not in self.resources:
                self._add(self._default_provider(urn, package, name, version))
        return f"{urn}::{wire.UNKNOWN_ID}"

    def _default_provider(self, urn: str, package: str, name: str, version: str) -> Registered:
        settings = Struct()
        if version:
            settings.fields["version"].string_value = version
        for key, text in self._config.items():
            namespace, _, setting = key.partition(":")
            if namespace == package:
                settings.fields[setting].string_value = text
        return Registered(
            urn=urn,
            type=PROVIDER_PREFIX + package,
            name=name,
            custom=True,
            parent="",
            provider="",
            inputs=settings,
            dependencies=(),
            property_dependencies={},
            request=resource_pb2.RegisterResourceRequest(type=PROVIDER_PREFIX + package, name=name, custom=True),
        )

    # -- transforms -------------------------------------------------------------------------------------------------

    def _transformed(self, request: Any) -> Any:
        """The request after the program's transforms: its own, then its parents' from the nearest, then the stack's."""
        own = list(request.transforms)
        chain = [*own]
        parent = request.parent
        while parent:
            chain += self._transforms.get(parent, [])
            holder = self.resources.get(parent)
            parent = holder.parent if holder else ""
        chain += self._stack_transforms
        if own:
            self._transforms[self.urn_of(request.parent, request.type, request.name)] = own
        if not chain:
            return request
        changed = resource_pb2.RegisterResourceRequest()
        changed.CopyFrom(request)
        for callback in chain:
            self._transform(changed, callback)
        if not own:
            # Only a resource with transforms of its own takes dependencies from what they say: so does the engine.
            changed.ClearField("dependencies")
            changed.dependencies.extend(request.dependencies)
        return changed

    def _transform(self, request: Any, callback: Any) -> None:
        asked = resource_pb2.TransformRequest(
            type=request.type, name=request.name, custom=request.custom, parent=request.parent,
            properties=request.object, options=_options(request),
        )  # fmt: skip
        with self._lock:
            if callback.target not in self._channels:
                self._channels[callback.target] = grpc.insecure_channel(callback.target)
            channel = self._channels[callback.target]
        try:
            answer = callback_pb2_grpc.CallbacksStub(channel).Invoke(
                callback_pb2.CallbackInvokeRequest(token=callback.token, request=asked.SerializeToString())
            )
        except grpc.RpcError as error:
            raise HostError(f"a transform of the program failed for {request.name!r}: {error.details()}") from error
        said = resource_pb2.TransformResponse()
        said.ParseFromString(answer.response)
        if said.HasField("properties"):
            request.object.CopyFrom(said.properties)
        if said.HasField("options"):
            _take_options(request, said.options)

    def close(self) -> None:
        """Closes what was opened to the program."""
        for channel in self._channels.values():
            channel.close()


def _as_name(text: str) -> str:
    """A text as the engine makes it part of a name: between slashes, letters, digits, ``_``, ``-`` and ``.`` only."""
    parts = (part for part in text.split("/") if part)
    return "/".join(
        re.sub(r"[^A-Za-z0-9_.]", "_", part[0]) + re.sub(r"[^A-Za-z0-9_.-]", "_", part[1:]) for part in parts
    )


def _type_of(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


# Options whose name is the same on a registration and on a transform, or (theirs, ours).
_SCALARS = (
    ("protect", "protect"), ("version", "version"), ("provider", "provider"), ("deleted_with", "deletedWith"),
    ("plugin_download_url", "pluginDownloadURL"), ("retain_on_delete", "retainOnDelete"),
    ("delete_before_replace", "deleteBeforeReplace"),
)  # fmt: skip
_LISTS = (
    ("depends_on", "dependencies"), ("ignore_changes", "ignoreChanges"), ("replace_on_changes", "replaceOnChanges"),
    ("aliases", "aliases"), ("additional_secret_outputs", "additionalSecretOutputs"),
)  # fmt: skip


def _options(request: Any) -> Any:
    options = resource_pb2.TransformResourceOptions()
    for theirs, ours in _SCALARS:
        if theirs != "delete_before_replace" or request.deleteBeforeReplaceDefined:
            value = getattr(request, ours)
            if value or isinstance(value, bool):
                setattr(options, theirs, value)
    for theirs, ours in _LISTS:
        getattr(options, theirs).extend(getattr(request, ours))
    if request.HasField("customTimeouts"):
        options.custom_timeouts.CopyFrom(request.customTimeouts)
    for name, reference in request.providers.items():
        options.providers[name] = reference
    return options


def _take_options(request: Any, options: Any) -> None:
    for theirs, ours in _SCALARS:
        setattr(request, ours, getattr(options, theirs))
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    for theirs, ours in _LISTS:
        request.ClearField(ours)
        getattr(request, ours).extend(getattr(options, theirs))
    request.ClearField("customTimeouts")
    if options.HasField("custom_timeouts"):
        request.customTimeouts.CopyFrom(options.custom_timeouts)
