"""Settings of a stack as Pulumi gives them to a program: those in its own file on top of the project's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from weighbridge.files.problem import Problem
from weighbridge.files.project import Project, parse_settings
from weighbridge.files.reading import read_text, refuse
from weighbridge.files.yaml_text import Plain
from weighbridge.host.outcome import HostError

UNREADABLE = "[encrypted]"
"""What a program is given for a setting that only the stack's key can decrypt."""

_OTHER_LANGUAGE_FIX = (
    "Judge the stack where Pulumi runs its program:\n"
    '    pulumi preview -s {stack} --policy-pack "$(weighbridge pack)"\n'
    "Offline, these judge its spec, and whether all stacks fit:\n"
    "    weighbridge validate {stack} && weighbridge quota"
)


@dataclass(frozen=True, slots=True)
class StackConfig:
    """Settings of a stack by full key. Those in `unreadable` are encrypted, and stand as a placeholder.

    `environments` names those of Pulumi ESC that set more, which only Pulumi Cloud knows.
    """

    values: Mapping[str, str]
    secret_keys: frozenset[str]
    unreadable: tuple[str, ...]
    environments: tuple[str, ...] = ()


def read_stack_config(project: Project, stack: str) -> StackConfig:
    """The settings of a stack, with the project's own where the stack has none. Raises `FileError`."""
    file = project.settings_file(stack)
    values: dict[str, str] = {}
    unreadable = []
    own, environments = _of_stack(file) if file.is_file() else ({}, ())
    settings = {**_of_project(project), **own}
    for key, value in settings.items():
        full = key if ":" in key else f"{project.name}:{key}"
        readable = _readable(value)
        if readable != value:
            unreadable.append(full)
        values[full] = _text(readable)
    return StackConfig(values, frozenset(unreadable), tuple(unreadable), environments)


def refuse_other_languages(project: Project, stack: str) -> None:
    """Raises `HostError` where the program is not in Python, which is what the host runs."""
    if project.runtime != "python":
        reason = f"{project.file.name} names the language {project.runtime}, and offline only Python programs can run"
        raise HostError(reason, _OTHER_LANGUAGE_FIX.format(stack=stack))


def _of_project(project: Project) -> dict[str, Plain]:
    """Settings in Pulumi.yaml: a plain value, a provider's ``{value: …}``, or a declaration with a ``default``."""
    found: dict[str, Plain] = {}
    for key, declared in project.config.items():
        if not isinstance(declared, dict):
            found[str(key)] = declared
        elif "value" in declared:
            found[str(key)] = declared["value"]
        elif "default" in declared:
            found[str(key)] = declared["default"]
    return found


def _of_stack(file: Path) -> tuple[dict[str, Plain], tuple[str, ...]]:
    """Settings in a stack's own file, and the environments that it imports."""
    text = read_text(file)
    content = parse_settings(text, file)
    given, environment = content.get("config") or {}, content.get("environment") or []
    if not isinstance(given, dict):
        refuse([Problem(("config",), "expected a mapping of settings")], text, file)
        return {}, ()
    if not isinstance(environment, list | dict):
        refuse([Problem(("environment",), "expected a list of environments of Pulumi ESC")], text, file)
    return {str(key): value for key, value in given.items()}, tuple(dict.fromkeys(_environments(environment)))


def _environments(given: Plain) -> Iterator[str]:
    """Names in ``[a, b: {merge: false}]``, or in an environment that is written in place."""
    match given:
        case list():
            for entry in given:
                yield from map(str, entry) if isinstance(entry, dict) else [str(entry)]
        case dict():
            yield from _environments(given.get("imports") or [])
            if set(given) - {"imports"}:
                yield "values of its own"


def _readable(value: Plain) -> Plain:
    """The value with every encrypted part, however deep, replaced by `UNREADABLE`."""
    match value:
        case {"secure": _, **rest} if not rest:
            return UNREADABLE
        case dict():
            return {key: _readable(item) for key, item in value.items()}
        case list():
            return [_readable(item) for item in value]
    return value


def _text(value: Plain | date) -> str:
    if isinstance(value, str):
        return value
    # As Pulumi stores numbers, flags, lists and objects; YAML's dates are texts to it.
    return str(value) if isinstance(value, date) else json.dumps(value, default=str)
