"""Resources as the engine sends them to a pack.

The SDK's own view of their properties raises on every unknown that a rule touches, and turns that into an advisory
note, so that the stack passes; here an unknown is a value like any other, and a rule has to say what it makes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.host.wire import properties
from weighbridge.quota.ignored import with_outputs
from weighbridge.resources.graph import Options
from weighbridge.resources.held_resource import HeldResource

if TYPE_CHECKING:
    from pulumi.runtime.proto.analyzer_pb2 import (
        AnalyzeRequest,
        AnalyzerResource,
        AnalyzerResourceOptions,
    )


def resource(message: AnalyzeRequest | AnalyzerResource) -> HeldResource:
    """The resource that a call is about; dependencies come with AnalyzeStack only."""
    return HeldResource(
        urn=message.urn,
        type=message.type,
        name=message.name or message.urn.rpartition("::")[2],
        inputs=properties(message.properties),
        provider_inputs=properties(message.provider.properties) if message.HasField("provider") else None,
        options=_options(message.options),
    )


def deployed(resource: HeldResource, message: AnalyzerResource) -> HeldResource:
    """The resource, counted by its outputs too where it ignores changes.

    Analyze has the state's inputs then; a replacement, which is decided after that, takes the program's.
    """
    return with_outputs(resource, properties(message.properties))


def _options(given: AnalyzerResourceOptions) -> Options:
    """Those that the protocol carries: no `retainOnDelete`, `replaceOnChanges`, `deletedWith`, no import."""
    return Options(
        protect=given.protect,
        ignore_changes=tuple(given.ignoreChanges),
        delete_before_replace=given.deleteBeforeReplace if given.deleteBeforeReplaceDefined else None,
    )


def dependencies(message: AnalyzerResource) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """URNs that the resource depends on, and those behind each of its properties."""
    by_property = {name: tuple(sorted(urns.urns)) for name, urns in message.propertyDependencies.items()}
    return tuple(sorted(message.dependencies)), by_property
