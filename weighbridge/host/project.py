"""Reads what Pulumi itself reads of a project: Pulumi.yaml and the settings of a stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from weighbridge.host.outcome import HostError

UNREADABLE = "[encrypted]"
"""What a program is given for a setting that only the stack's key can decrypt."""


@dataclass(frozen=True, slots=True)
class Project:
    """Pulumi.yaml."""

    folder: Path
    name: str
    main: str
    stacks: Path  # folder of the stacks' settings


@dataclass(frozen=True, slots=True)
class StackConfig:
    """Settings of a stack by full key. Those in `unreadable` are encrypted, and stand as a placeholder."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]
    unreadable: tuple[str, ...]


def read_project(folder: Path) -> Project:
    """The project in a folder. Raises `HostError`."""
    file = folder / "Pulumi.yaml"
    content = _mapping(file)
    name = content.get("name")
    if not isinstance(name, str) or not name:
        raise HostError(f"{file} has no name")
    runtime = content.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise HostError(f"{file} has runtime {language!r}; the offline host runs Python programs only")
    stacks = content.get("stackConfigDir") or "."
    return Project(folder, name, str(content.get("main") or "."), folder / str(stacks))


def read_stack_config(project: Project, stack: str) -> StackConfig:
    """The settings of a stack, with Pulumi.yaml's own where the stack has none. Raises `HostError`."""
    file = project.stacks / f"Pulumi.{stack}.yaml"
    values: dict[str, str] = {}
    unreadable = []
    settings = {**_project_settings(project), **(_config(file) if file.is_file() else {})}
    for key, value in settings.items():
        full = key if ":" in key else f"{project.name}:{key}"
        readable = _readable(value)
        if readable != value:
            unreadable.append(full)
        values[full] = _text(readable)
    return StackConfig(values, frozenset(unreadable), tuple(unreadable))


def _project_settings(project: Project) -> dict[str, Any]:
    """Settings in Pulumi.yaml: a plain value, a provider's ``{value: …}``, or a declaration with a ``default``."""
    file = project.folder / "Pulumi.yaml"
    found = {}
    for key, declared in (_config(file) if file.is_file() else {}).items():
        if not isinstance(declared, dict):
            found[key] = declared
        elif "value" in declared:
            found[key] = declared["value"]
        elif "default" in declared:
            found[key] = declared["default"]
    return found


def _config(file: Path) -> dict[str, Any]:
    given = _mapping(file).get("config") or {}
    if not isinstance(given, dict):
        raise HostError(f"{file}: config is no mapping")
    return {str(key): value for key, value in given.items()}


def _readable(value: Any) -> Any:
    """The value with every encrypted part, however deep, replaced by `UNREADABLE`."""
    match value:
        case {"secure": _} if len(value) == 1:
            return UNREADABLE
        case dict():
            return {key: _readable(item) for key, item in value.items()}
        case list():
            return [_readable(item) for item in value]
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    # As Pulumi stores numbers, flags, lists and objects; YAML's dates are texts to it.
    return str(value) if isinstance(value, date) else json.dumps(value, default=str)


def _mapping(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise HostError(f"{file} can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise HostError(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise HostError(f"{file} is no mapping")
    return content
