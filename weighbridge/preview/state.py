"""An exported state (`pulumi stack export`): what exists, as the engine remembers it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weighbridge.errors import WrongInput
from weighbridge.resources.values import Value
from weighbridge.resources.wire import decode_properties

VERSION = 3
"""The format of exports that this reads."""


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


@dataclass(frozen=True, slots=True)
class StackState:
    """All resources of a stack, in the order of the export. `project` and `stack` are empty if there are none."""

    project: str = ""
    stack: str = ""
    resources: tuple[StateResource, ...] = ()


def read_state(path: Path) -> StackState:
    """Reads an export or a checkpoint file. Raises `StateError`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StateError(
            f"{path}: cannot be read: {error.strerror}. Give the output of `pulumi stack export`"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _wrong(path, "no JSON") from error
    if not isinstance(content, dict) or "version" not in content:
        raise _wrong(path, "no export: it has no version")
    if content["version"] != VERSION:
        raise _wrong(path, f"an export of version {content['version']!r}")
    deployment = content.get("deployment")
    if "checkpoint" in content:
        checkpoint = content["checkpoint"]
        deployment = checkpoint.get("latest") if isinstance(checkpoint, dict) else checkpoint
    if deployment is None:
        return StackState()
    if not isinstance(deployment, dict):
        raise _wrong(path, "an export whose deployment is no object")
    listed = deployment.get("resources") or []
    if not isinstance(listed, list):
        raise _wrong(path, "an export whose resources are no list")
    resources = tuple(_resource(path, index, entry) for index, entry in enumerate(listed))
    if not resources:
        return StackState()
    _, _, stack, *_ = resources[0].urn.split(":", 3)
    project = resources[0].urn.split("::")[1]
    return StackState(project, stack, resources)


def check_belongs(path: Path, state: StackState, project: str, stack: str) -> None:
    """Raises `StateError` if the state is another stack's."""
    if state.resources and (state.project, state.stack) != (project, stack):
        raise StateError(
            f"{path}: is the state of {state.project}/{state.stack}, not of {project}/{stack}. "
            f"Export the right one: pulumi stack export -s {stack}"
        )


def _wrong(path: Path, found: str) -> StateError:
    return StateError(f"{path}: {found}; expected version {VERSION} as written by `pulumi stack export`")


def _resource(path: Path, index: int, entry: Any) -> StateResource:
    if not isinstance(entry, dict):
        raise _wrong(path, f"resource {index} is no object")
    urn, kind = entry.get("urn"), entry.get("type")
    if not isinstance(urn, str) or urn.count("::") < 3 or not urn.startswith("urn:pulumi:"):  # noqa: PLR2004 - its parts
        raise _wrong(path, f"resource {index} has no URN")
    if not isinstance(kind, str):
        raise _wrong(path, f"resource {index} has no type")
    inputs = entry.get("inputs") or {}
    if not isinstance(inputs, dict):
        raise _wrong(path, f"resource {index} has inputs that are no object")
    try:
        decoded = decode_properties(inputs)
    except (RecursionError, OverflowError) as error:
        found = f"resource {index} has inputs that are nested too deeply or hold too large a number"
        raise _wrong(path, found) from error
    dependencies = entry.get("dependencies") or []
    if not isinstance(dependencies, list):
        raise _wrong(path, f"resource {index} has dependencies that are no list")
    provider = entry.get("provider")
    return StateResource(
        urn=urn,
        type=kind,
        name=urn.split("::", 3)[3],
        custom=entry.get("custom") is True,
        inputs=decoded,
        parent=entry.get("parent") or None,
        provider=provider.rpartition("::")[0] if isinstance(provider, str) else None,
        dependencies=tuple(str(dependency) for dependency in dependencies),
        protect=entry.get("protect") is True,
        retain_on_delete=entry.get("retainOnDelete") is True,
        pending_delete=entry.get("delete") is True,
        external=entry.get("external") is True,
    )
