"""An exported state (`pulumi stack export`): what exists, as the engine remembers it, and what it was about to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weighbridge.errors import WrongInput
from weighbridge.files.json_text import NotJson, parse_json
from weighbridge.resources.graph import Graph, Options, Resource
from weighbridge.resources.held_resource import HeldResource, held_among
from weighbridge.resources.values import Value
from weighbridge.resources.wire import decode_properties

VERSIONS = (3, 4)
"""Formats of exports that this reads: the second is the first with features that some stacks use."""

FEATURES = frozenset(
    {"refreshBeforeUpdate", "views", "hooks", "taint", "replaceWith", "extensionParameterization", "byteString"}
)
"""Features of a version 4 that are known here: what they change of a resource is read, or changes nothing of quota."""

_TRIGGER = "replacementTrigger"

_EXPECTED = f"expected version {' or '.join(map(str, VERSIONS))} as written by `pulumi stack export`"


class StateError(WrongInput):
    """The file is no usable state; the text says where, what was found, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class StateResource:
    """One resource that exists."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Mapping[str, Value] = field(default_factory=dict)
    parent: str | None = None
    provider: str | None = None  # URN
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    retain_on_delete: bool = False
    pending_delete: bool = False  # an old copy that is still to go
    external: bool = False  # only read
    outputs: Mapping[str, Value] = field(default_factory=dict)
    deleted_with: str | None = None  # URN
    pending_replacement: bool = False  # deleted already, and to be created again
    tainted: bool = False  # somebody had it marked, so that the next update replaces it
    replacement_trigger: Value = None  # as `Options` has it

    @property
    def exists(self) -> bool:
        """Whether it is there, by what the engine knows, and is this stack's."""
        return not self.pending_replacement and not self.external

    @property
    def registered(self) -> Resource:
        """As a program that wanted it as it is would register it."""
        return Resource(
            urn=self.urn,
            type=self.type,
            name=self.name,
            custom=self.custom,
            parent=self.parent,
            provider=self.provider,
            inputs=self.inputs,
            outputs=self.outputs,
            dependencies=self.dependencies,
            options=Options(retain_on_delete=self.retain_on_delete, deleted_with=self.deleted_with),
            read=self.external,
        )


CREATING, UPDATING = "creating", "updating"
COUNTED_AS_EITHER = (CREATING, UPDATING)
"""How a state names what was interrupted, where it may be done or not; what is being deleted is still listed."""

_OPERATIONS = (*COUNTED_AS_EITHER, "deleting", "reading", "importing")


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Something that an earlier update was about to do when it was interrupted, so nobody knows whether it did."""

    doing: str  # creating, updating, deleting, reading, importing
    resource: StateResource


@dataclass(frozen=True, slots=True)
class StackState:
    """All resources of a stack, in the order of the export. `project` and `stack` are empty if there are none."""

    project: str = ""
    stack: str = ""
    resources: tuple[StateResource, ...] = ()
    interrupted: tuple[Interrupted, ...] = ()
    of_program: bool = False
    """Whether it is what another revision's program asks for: what is unknown in it was never known, nor deployed."""

    @property
    def current(self) -> Mapping[str, StateResource]:
        """By URN what a program's resources continue; copies that are still to go are none."""
        return {resource.urn: resource for resource in self.resources if not resource.pending_delete}

    @property
    def inputs(self) -> Mapping[str, Mapping[str, Value]]:
        """The inputs of what exists, by URN."""
        return {urn: resource.inputs for urn, resource in self.current.items() if resource.exists}


def read_state(path: Path) -> StackState:
    """Reads an export or a checkpoint file. Raises `StateError`."""
    deployment = _deployment(path)
    listed = deployment.get("resources") or []
    if not isinstance(listed, list):
        raise _wrong(path, "an export whose resources are no list")
    resources = tuple(_resource(path, f"resource {index}", entry) for index, entry in enumerate(listed))
    interrupted = tuple(_interrupted(path, deployment))
    known = (*resources, *(operation.resource for operation in interrupted))
    if not known:
        return StackState()
    (project, stack), *others = dict.fromkeys(map(_owner, known))
    if others:
        raise _wrong(path, f"an export with resources of {project}/{stack} and of {'/'.join(others[0])}")
    return StackState(project, stack, resources, interrupted)


def _deployment(path: Path) -> Mapping[str, Any]:
    """What an export or a checkpoint file has of the stack, empty where it has nothing yet. Raises `StateError`."""
    content = _content(path)
    if not isinstance(content, dict) or "version" not in content:
        raise _wrong(path, "no export: it has no version")
    if content["version"] not in VERSIONS:
        raise _wrong(path, f"an export of version {content['version']!r}")
    _check_features(path, content.get("features") or [])
    deployment = content.get("deployment")
    if "checkpoint" in content:
        checkpoint = content["checkpoint"]
        deployment = checkpoint.get("latest") if isinstance(checkpoint, dict) else checkpoint
    if deployment is not None and not isinstance(deployment, dict):
        raise _wrong(path, "an export whose deployment is no object")
    return deployment or {}


def _owner(resource: StateResource) -> tuple[str, str]:
    """Project and stack."""
    _, _, stack, *_ = resource.urn.split(":", 3)
    return resource.urn.split("::")[1], stack


def state_of(graph: Graph) -> StackState:
    """What would exist if a program had been deployed as it is, as far as a preview knows; never a reason to refuse."""
    resources = tuple(
        StateResource(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            custom=resource.custom,
            inputs=resource.inputs if resource.written is None else resource.written,
            parent=resource.parent,
            provider=resource.provider,
            dependencies=resource.dependencies,
            protect=resource.options.protect,
            retain_on_delete=resource.options.retain_on_delete,
            external=resource.read,
            deleted_with=resource.options.deleted_with,
            replacement_trigger=resource.options.replacement_trigger,
        )
        for resource in graph.resources
    )
    return StackState(graph.project, graph.stack, resources, of_program=True)


def held_in(resources: Iterable[StateResource], state: StackState) -> tuple[HeldResource, ...]:
    """Resources of a state, as far as quota is concerned; what doesn't exist any more is left out."""
    there = (resource.registered for resource in resources if not resource.pending_replacement)
    return held_among(there, {urn: resource.inputs for urn, resource in state.current.items()})


def check_belongs(path: Path, state: StackState, project: str, stack: str) -> None:
    """Raises `StateError` if the state is another stack's."""
    if state.project and (state.project, state.stack) != (project, stack):
        raise StateError(
            f"{path}: is the state of {state.project}/{state.stack}, not of {project}/{stack}. "
            f"Export the right one: pulumi stack export -s {stack}"
        )


def _content(path: Path) -> Any:
    try:
        text = path.read_bytes()  # a shell on Windows writes UTF-16, or puts a mark first
        return parse_json(text.decode(json.detect_encoding(text)), str(path))
    except OSError as error:
        raise StateError(
            f"{path}: cannot be read: {error.strerror}. Give the output of `pulumi stack export`"
        ) from error
    except NotJson as error:
        raise StateError(f"{error}; {_EXPECTED}") from error
    except UnicodeDecodeError as error:
        raise _wrong(path, "not UTF-8 text, and so no JSON") from error


def _wrong(path: Path, found: str) -> StateError:
    return StateError(f"{path}: {found}; {_EXPECTED}")


def _check_features(path: Path, features: Any) -> None:
    """Raises `StateError` for one that nobody here knows: it may change what the rest means."""
    if not isinstance(features, list):
        raise _wrong(path, "an export whose features are no list")
    for feature in features:
        if not isinstance(feature, str) or feature not in FEATURES:
            known = ", ".join(sorted(FEATURES))
            raise StateError(
                f"{path}: uses the feature {feature!r} of Pulumi, which this version of Weighbridge does not know; "
                f"expected any of {known}. Use a newer Weighbridge, or preview without it"
            )


def _interrupted(path: Path, deployment: Mapping[str, Any]) -> Iterator[Interrupted]:
    listed = deployment.get("pending_operations") or []
    if not isinstance(listed, list):
        raise _wrong(path, "an export whose pending_operations are no list")
    for index, entry in enumerate(listed):
        if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
            raise _wrong(path, f"pending operation {index} has no type")
        if entry["type"] not in _OPERATIONS:
            raise _wrong(path, f"pending operation {index} is {entry['type']!r}, and none of {', '.join(_OPERATIONS)}")
        yield Interrupted(entry["type"], _resource(path, f"pending operation {index}", entry.get("resource")))


def _resource(path: Path, which: str, entry: Any) -> StateResource:
    if not isinstance(entry, dict):
        raise _wrong(path, f"{which} is no object")
    urn, kind = entry.get("urn"), entry.get("type")
    if not isinstance(urn, str) or urn.count("::") < 3 or not urn.startswith("urn:pulumi:"):  # noqa: PLR2004 - its parts
        raise _wrong(path, f"{which} has no URN")
    if not isinstance(kind, str):
        raise _wrong(path, f"{which} has no type")
    dependencies = entry.get("dependencies") or []
    if not isinstance(dependencies, list) or not all(isinstance(one, str) for one in dependencies):
        raise _wrong(path, f"{which} has dependencies that are no list of texts")
    parent, provider, deleted_with = (_text(path, which, name, entry) for name in ("parent", "provider", "deletedWith"))
    return StateResource(
        urn=urn,
        type=kind,
        name=urn.split("::", 3)[3],
        custom=entry.get("custom") is True,
        inputs=_properties(path, which, "inputs", entry),
        parent=parent,
        provider=provider.rpartition("::")[0] if provider is not None else None,
        dependencies=tuple(dependencies),
        protect=entry.get("protect") is True,
        retain_on_delete=entry.get("retainOnDelete") is True,
        pending_delete=entry.get("delete") is True,
        external=entry.get("external") is True,
        outputs=_properties(path, which, "outputs", entry),
        deleted_with=deleted_with,
        pending_replacement=entry.get("pendingReplacement") is True,
        tainted=entry.get("taint") is True,
        replacement_trigger=_decoded(path, which, _TRIGGER, {_TRIGGER: entry.get(_TRIGGER)}).get(_TRIGGER),
    )


def _text(path: Path, which: str, name: str, entry: Mapping[str, Any]) -> str | None:
    found = entry.get(name) or None
    if found is not None and not isinstance(found, str):
        raise _wrong(path, f"{which} has a {name} that is no text")
    return found


def _properties(path: Path, which: str, name: str, entry: Mapping[str, Any]) -> dict[str, Value]:
    found = entry.get(name) or {}
    if not isinstance(found, dict):
        raise _wrong(path, f"{which} has {name} that are no object")
    return _decoded(path, which, name, found)


def _decoded(path: Path, which: str, name: str, found: dict[str, Any]) -> dict[str, Value]:
    try:
        return decode_properties(found)
    except (RecursionError, OverflowError) as error:
        raise _wrong(path, f"{which} has {name} that are nested too deeply or hold too large a number") from error
