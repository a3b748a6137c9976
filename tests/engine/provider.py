"""Pulumi's ResourceProvider service over an emulated cloud; what differs between packages is in their `Rules`."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.engine.cloud import Existing, FakeCloud, RequestRefused
from tests.engine.properties import (
    DEFAULTS,
    Properties,
    changed_paths,
    holds_unknown,
    message,
    properties,
    value_at,
    without_indices,
    written,
)

_KINDS = provider_pb2.PropertyDiff


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about: a resource, and the settings of the provider instance that is asked."""

    type: str
    name: str
    settings: Mapping[str, Any]


class Rules(ABC):
    """What one package's provider knows of its types."""

    package: ClassVar[str]
    version: ClassVar[str]

    @abstractmethod
    def check(self, asked: Asked, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        """The inputs as the provider completes them. Raises `RequestRefused`."""

    @abstractmethod
    def replaces(self, asked: Asked, path: tuple[str, ...]) -> bool:
        """Whether a change at a path (without indices) needs a new resource."""

    def keeps(self, asked: Asked, path: tuple[str, ...]) -> bool:
        """Whether a value that is no longer given stays what it was."""
        del asked, path
        return False

    @abstractmethod
    def deletes_first(self, asked: Asked, old: Properties, new: Properties) -> bool:
        """Whether a replacement deletes before it creates."""

    @abstractmethod
    def id_of(self, asked: Asked, inputs: Properties) -> str:
        """The id of what is created from these inputs."""

    def imported(self, asked: Asked, id_: str) -> str:
        """The id of what a program imports: it may be named in a shorter form than the one that the provider keeps."""
        del asked
        return id_

    @abstractmethod
    def outputs(self, asked: Asked, inputs: Properties, id_: str | None) -> Properties:
        """The outputs of what is created; in a preview there is no id, and what only the cloud can tell is unknown."""

    def may_delete(self, resource: Existing) -> None:
        """Raises `RequestRefused` where the cloud protects what it has."""
        del resource

    def sends(self, asked: Asked, old: Properties, new: Properties) -> Properties:
        """The inputs that the cloud has after an update: not everything that is taken is sent."""
        del asked, old
        return new

    def answer(self, token: str, arguments: Properties, settings: Mapping[str, Any]) -> Properties:
        """What a function answers. Raises `RequestRefused`."""
        del arguments, settings
        raise RequestRefused(f"{self.package} has no function {token}")


@dataclass(slots=True)
class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """All instances of one package's provider: the engine opens a connection for each, and configures it once."""

    rules: Rules
    cloud: FakeCloud
    settings: dict[str, Properties] = field(default_factory=dict)  # by the connection's address

    def Handshake(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's names
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self.rules.version)

    def GetSchema(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        schema = {"name": self.rules.package, "version": self.rules.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        old, new = properties(request.old_inputs or request.olds), properties(request.news)
        changed = sorted({str(path[0]) for path in changed_paths(old, new)} - {"version"})
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, diffs=changed)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.settings[context.peer()] = properties(request.args)
        # Secrets are for the engine to mark again, as it does for providers that can't.
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        asked = self._asked(request, context)
        try:
            inputs = self.rules.check(asked, properties(request.news), properties(request.olds), request.randomSeed)
        except RequestRefused as reason:
            failure = provider_pb2.CheckFailure(reason=str(reason))
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        return provider_pb2.CheckResponse(inputs=message(inputs))

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        asked = self._asked(request, context)
        old, new = properties(request.old_inputs), properties(request.news)
        answer = provider_pb2.DiffResponse(hasDetailedDiff=True, changes=provider_pb2.DiffResponse.DIFF_NONE)
        for path in changed_paths(old, new):
            bare = without_indices(path)
            before, after = value_at(old, path), value_at(new, path)
            if bare and after is None and self.rules.keeps(asked, bare):
                continue
            replaces = self.rules.replaces(asked, bare)
            kind = "ADD" if before is None else "DELETE" if after is None else "UPDATE"
            answer.detailedDiff[written(path)].CopyFrom(
                _KINDS(kind=getattr(_KINDS, f"{kind}_REPLACE" if replaces else kind), inputDiff=True)
            )
            answer.changes = provider_pb2.DiffResponse.DIFF_SOME
            if str(path[0]) not in answer.diffs:
                answer.diffs.append(str(path[0]))
            if replaces:
                answer.replaces.append(written(path))
        answer.deleteBeforeReplace = bool(answer.replaces) and self.rules.deletes_first(asked, old, new)
        return answer

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        asked, inputs = self._asked(request, context), properties(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=message(self.rules.outputs(asked, inputs, None)))
        if holds_unknown(inputs):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{request.urn} is to be created from unknown inputs")
        try:
            id_ = self.rules.id_of(asked, inputs)
            resource = Existing(id_, asked.type, inputs, self.rules.outputs(asked, inputs, id_))
            self.cloud.create(resource, request.urn)
        except RequestRefused as reason:
            context.abort(grpc.StatusCode.UNKNOWN, str(reason))
        return provider_pb2.CreateResponse(id=id_, properties=message(resource.outputs))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        asked = self._asked(request, context)
        resource = self.cloud.find(self.rules.imported(asked, request.id))
        if resource is None:
            return provider_pb2.ReadResponse()  # gone
        inputs = dict(resource.inputs)
        if given := properties(request.inputs):  # a refresh: what the program never gave isn't an input now
            inputs = {name: value for name, value in inputs.items() if name in given}
        else:
            inputs = self.rules.check(asked, inputs, inputs, b"")
        return provider_pb2.ReadResponse(id=resource.id, properties=message(resource.outputs), inputs=message(inputs))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        asked = self._asked(request, context)
        old, new = properties(request.old_inputs), properties(request.news)
        before = properties(request.olds)
        if request.preview:
            kept = {name: value for name, value in before.items() if name not in old or name in new}
            bare = self.rules.outputs(asked, new, None)
            given = {name: value for name, value in bare.items() if name in new or name not in kept}
            return provider_pb2.UpdateResponse(properties=message({**kept, **given}))
        sent = self.rules.sends(asked, old, new)
        resource = Existing(request.id, asked.type, sent, self.rules.outputs(asked, sent, request.id))
        try:
            self.cloud.update(resource, request.urn)
        except RequestRefused as reason:
            context.abort(grpc.StatusCode.UNKNOWN, str(reason))
        # What the program asked for is what the engine keeps; what the cloud has shows in the next refresh.
        return provider_pb2.UpdateResponse(properties=message(self.rules.outputs(asked, new, request.id)))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        resource = self.cloud.find(request.id)
        try:
            if resource is not None:
                self.rules.may_delete(resource)
        except RequestRefused as reason:
            context.abort(grpc.StatusCode.UNKNOWN, str(reason))
        if properties(request.properties).get("deletionPolicy") != "ABANDON":
            self.cloud.delete(request.id, request.urn)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        try:
            found = self.rules.answer(request.tok, properties(request.args), self.settings.get(context.peer(), {}))
        except RequestRefused as reason:
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(reason=str(reason))])
        return provider_pb2.InvokeResponse(**{"return": message(found)})

    def Attach(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def _asked(self, request: Any, context: Any) -> Asked:
        type_ = request.urn.split("::")[2].rpartition("$")[2]
        return Asked(type_, request.urn.split("::", 3)[3], self.settings.get(context.peer(), {}))


def autonamed(name: str, seed: bytes, digits: int) -> str:
    """A name of Pulumi's own: the resource's, and hex digits that the engine's seed decides."""
    return f"{name}-{seed.hex()[:digits]}"


def defaulted(inputs: Mapping[str, Any], name: str) -> bool:
    """Whether an input is the provider's own and not the program's."""
    return name in inputs.get(DEFAULTS, ())
