"""What a policy is configured with: the schema's defaults, then the pack's settings, then the user's, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from google.protobuf.json_format import MessageToDict

from weighbridge.host.outcome import HostError, Level

LEVELS: tuple[Level, ...] = ("advisory", "mandatory", "disabled", "remediate")  # the protocol's numbers
ALL = "all"
LEVEL = "enforcementLevel"


@dataclass(frozen=True, slots=True)
class Settings:
    """One policy's level and properties."""

    level: Level
    properties: Mapping[str, Any]


def settings_of(info: Any, given: Mapping[str, Any]) -> dict[str, Settings]:
    """Settings by policy, later ones first: the user's, the user's for ``all``, the pack's, those of the schema.

    `info` is the pack's AnalyzerInfo; `given` maps a policy's name to a level or to a mapping. Raises `HostError` for
    a policy that the pack doesn't have, a level that doesn't exist, and a property that its schema refuses.
    """
    names = [policy.name for policy in info.policies]
    unknown = sorted(set(given) - {*names, ALL})
    if unknown:
        raise HostError(
            f"the policy configuration names {', '.join(unknown)}, which the pack {info.name} does not have; "
            f"it has {', '.join(sorted(names))}"
        )
    return {policy.name: _settings(policy, info, given) for policy in info.policies}


def _settings(policy: Any, info: Any, given: Mapping[str, Any]) -> Settings:
    schema = MessageToDict(policy.configSchema) if policy.HasField("configSchema") else {}
    declared = schema.get("properties", {})
    level: str = LEVELS[policy.enforcementLevel]
    properties = {name: property_["default"] for name, property_ in declared.items() if "default" in property_}
    for own in (name for name in (ALL, policy.name) if name in info.initialConfig):
        level = LEVELS[info.initialConfig[own].enforcementLevel]
        properties |= MessageToDict(info.initialConfig[own].properties)
    for own in (name for name in (ALL, policy.name) if name in given):
        wanted = {LEVEL: given[own]} if isinstance(given[own], str) else dict(given[own])
        level = wanted.pop(LEVEL, level)
        properties |= wanted
    _check(policy.name, declared, schema.get("required", ()), properties)
    return Settings(_level(policy.name, level), properties)


def _level(policy: str, level: str) -> Level:
    for known in LEVELS:
        if level == known:
            return known
    allowed = ", ".join(sorted(get_args(Level)))
    raise HostError(f"the policy configuration gives {policy} the enforcement level {level!r}; it may be {allowed}")


def _check(policy: str, declared: Mapping[str, Any], required: Iterable[str], properties: Mapping[str, Any]) -> None:
    if not declared and not required:
        return
    from jsonschema import Draft7Validator  # slow to load, and few packs have settings

    schema = {"type": "object", "properties": dict(declared), "required": list(required)}
    wrong = sorted(Draft7Validator(schema).iter_errors(dict(properties)), key=lambda error: list(map(str, error.path)))
    if wrong:
        where = ".".join([policy, *map(str, wrong[0].path)])
        raise HostError(f"the policy configuration is wrong at {where}: {wrong[0].message}")
