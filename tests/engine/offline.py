"""A preview by the project's own host, which needs no engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.engine.previewed import HIDDEN, NOT_KNOWN, Previewed, read_calls
from tests.engine.real import PACK
from weighbridge.files.project import read_project
from weighbridge.host import HostError, Pack, Program, preview, read_stack_config
from weighbridge.preview.changes import compare
from weighbridge.preview.state import StackState, read_state
from weighbridge.resources.graph import Graph, Resource
from weighbridge.resources.values import Secret, Unknown


def previewed(project: Path, stack: str, against: Path | None = None) -> Previewed:
    """Previews a project whose folder holds the recording pack, beside an exported state if there is one."""
    log = project / PACK / "calls.jsonl"
    log.unlink(missing_ok=True)
    described = read_project(project)
    settings = read_stack_config(described, stack)
    program = Program(
        folder=project, project=described.name, stack=stack, main=described.main,
        config=settings.values, config_secret_keys=settings.secret_keys,
    )  # fmt: skip
    state = None if against is None else read_state(against)
    try:
        outcome = preview(program, Pack(project / PACK), before=None if state is None else state.inputs)
    except HostError as failure:
        return Previewed(failed=failure.reason, calls=read_calls(log))
    return Previewed(
        resources={resource.urn: _aspects(resource) for resource in outcome.graph.resources},
        operations=_operations(outcome.graph, state),
        calls=read_calls(log),
        findings=frozenset(
            (found.policy, found.level, found.urn, f"{found.description}\n{found.message}".strip())
            for found in outcome.diagnostics
        ),
    )


def _aspects(resource: Resource) -> dict[str, Any]:
    options = resource.options
    named = {
        "protect": options.protect,
        "ignoreChanges": list(options.ignore_changes),
        "replaceOnChanges": list(options.replace_on_changes),
        "retainOnDelete": options.retain_on_delete,
        "additionalSecretOutputs": list(options.additional_secret_outputs),
    }
    by_property = {name: list(urns) for name, urns in resource.property_dependencies.items() if urns}
    return {
        "type": resource.type,
        "custom": resource.custom,
        "parent": resource.parent,
        "provider": resource.provider,
        "dependencies": list(resource.dependencies),
        "propertyDependencies": by_property,
        "inputs": _plain(resource.inputs),
        **{name: value for name, value in named.items() if value},
    }


def _operations(graph: Graph, state: StackState | None) -> dict[str, str]:
    changes = compare(graph, state)
    found = {change.urn: change.operation.value for change in changes}
    imported = {resource.urn for resource in graph.resources if resource.options.import_id}
    found |= {urn: "import" for urn, operation in found.items() if operation == "create" and urn in imported}
    first = {change.urn for change in changes if change.delete_first}
    return {urn: f"{operation}, delete first" if urn in first else operation for urn, operation in found.items()}


def _plain(value: Any) -> Any:
    match value:
        case Unknown():
            return NOT_KNOWN
        case Secret():
            return HIDDEN
        case Mapping():
            return {name: _plain(item) for name, item in value.items() if item is not None}
        case str():
            return value
        case Sequence():
            return [_plain(item) for item in value]
    return value
