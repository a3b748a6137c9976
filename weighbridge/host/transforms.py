"""A program's own transforms: functions that may change each resource before it is registered."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from weighbridge.host.outcome import HostError

# Options whose name is the same on a registration and on a transform, or (theirs, ours).
_SCALARS = (
    ("protect", "protect"), ("version", "version"), ("provider", "provider"), ("deleted_with", "deletedWith"),
    ("plugin_download_url", "pluginDownloadURL"), ("retain_on_delete", "retainOnDelete"),
    ("delete_before_replace", "deleteBeforeReplace"), ("import", "importId"),
)  # fmt: skip
_LISTS = (
    ("depends_on", "dependencies"), ("ignore_changes", "ignoreChanges"), ("replace_on_changes", "replaceOnChanges"),
    ("aliases", "aliases"), ("additional_secret_outputs", "additionalSecretOutputs"),
    ("replace_with", "replace_with"),
)  # fmt: skip


class Transforms:
    """The transforms of one program, called back over gRPC. `close` closes what was opened to it."""

    def __init__(self) -> None:
        self._of_stack: list[Any] = []
        self._by_urn: dict[str, list[Any]] = {}
        self._channels: dict[str, grpc.Channel] = {}
        self._lock = threading.Lock()

    def add_to_stack(self, callback: Any) -> None:
        """Has a transform see every resource."""
        self._of_stack.append(callback)

    def apply(self, request: Any, urn: str, ancestors: Iterable[str]) -> Any:
        """The request after its own transforms, then its ancestors' from the nearest, then the stack's.

        `ancestors` are URNs. Raises `HostError` for a transform that fails.
        """
        own = list(request.transforms)
        if own:
            self._by_urn[urn] = own
        inherited = [callback for ancestor in ancestors for callback in self._by_urn.get(ancestor, ())]
        callbacks = [*own, *inherited, *self._of_stack]
        if not callbacks:
            return request
        changed = resource_pb2.RegisterResourceRequest()
        changed.CopyFrom(request)
        for callback in callbacks:
            self._call(callback, changed)
        if not own:
            # Only a resource with transforms of its own takes dependencies from what they say: so does the engine.
            changed.ClearField("dependencies")
            changed.dependencies.extend(request.dependencies)
        return changed

    def _call(self, callback: Any, request: Any) -> None:
        question = resource_pb2.TransformRequest(
            type=request.type, name=request.name, custom=request.custom, parent=request.parent,
            properties=request.object, options=_options(request),
        )  # fmt: skip
        with self._lock:
            if callback.target not in self._channels:
                self._channels[callback.target] = grpc.insecure_channel(callback.target)
            channel = self._channels[callback.target]
        try:
            response = callback_pb2_grpc.CallbacksStub(channel).Invoke(
                callback_pb2.CallbackInvokeRequest(token=callback.token, request=question.SerializeToString())
            )
        except grpc.RpcError as error:
            raise HostError(f"a transform of the program failed for {request.name!r}: {error.details()}") from error
        answer = resource_pb2.TransformResponse()
        answer.ParseFromString(response.response)
        if answer.HasField("properties"):
            request.object.CopyFrom(answer.properties)
        if answer.HasField("options"):
            _take_options(request, answer.options)

    def close(self) -> None:
        """Closes the channels to the program."""
        for channel in self._channels.values():
            channel.close()


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
    if request.HasField("replacement_trigger"):
        options.replacement_trigger.CopyFrom(request.replacement_trigger)
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
    request.ClearField("replacement_trigger")
    if options.HasField("replacement_trigger"):
        request.replacement_trigger.CopyFrom(options.replacement_trigger)
