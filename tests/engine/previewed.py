"""One preview as either side gives it, in words that both have, and how two of them differ."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from tests.engine.properties import DEFAULTS, UNKNOWNS

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - how the wire marks a secret
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
HIDDEN = "[secret]"
NOT_KNOWN = "<unknown>"
INTERNAL = "__internal"
STACK_TYPE = "pulumi:pulumi:Stack"
AUTONAMED = "pulumi.com/autonamed"
DEFAULT_PROVIDER = re.compile(r"::pulumi:providers:[^:]+::default(_|$)")


Added: TypeAlias = Mapping[str, frozenset[tuple[str, ...]]]
"""By URN, the paths of what a provider added to a program's inputs."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the pack: its name, what was asked, and what was answered."""

    name: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a preview showed.

    `resources` are aspects by URN: parent, provider, dependencies, inputs and so on. `operations` say what happens to
    each, ``replace, delete first`` among them. `findings` are policy, level, URN and text of what the pack reported, as
    whoever asked it understood the answers.
    """

    failed: str = ""  # why, if it did not come to an end
    resources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    operations: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    findings: frozenset[tuple[str, str, str, str]] = frozenset()
    filled_in: Added = field(default_factory=dict)  # by URN: what a provider added


def differences(real: Previewed, offline: Previewed) -> tuple[str, ...]:
    """Every difference, a line each, sorted: ``urn's last part: aspect: real …, offline …``."""
    if bool(real.failed) != bool(offline.failed):
        return (f"outcome: real {real.failed or 'ends well'}, offline {offline.failed or 'ends well'}",)
    if real.failed:
        return ()
    return tuple(sorted(_differences(real, offline)))


def _differences(real: Previewed, offline: Previewed) -> Iterator[str]:
    yield from _by_urn("", *(_shown_ones(side.resources) for side in (real, offline)))
    operations = ({urn: {"operation": op} for urn, op in side.operations.items()} for side in (real, offline))
    yield from _by_urn("", *map(_shown_ones, operations))
    for level in sorted(real.findings ^ offline.findings):
        who = "real" if level in real.findings else "offline"
        yield f"only {who} finds: {' | '.join(level)}"
    added = real.filled_in
    yield from _by_urn("Analyze ", _asked(real, added), _asked(offline, added))
    yield from _by_urn("AnalyzeStack ", _asked_at_the_end(real, added), _asked_at_the_end(offline, added))
    settings = ({"": _settings(side)} for side in (real, offline))
    yield from _by_urn("pack's settings ", *settings)
    for name, side in (("real", real), ("offline", offline)):
        yield from (f"{name}: {fault}" for fault in order_faults(side.calls))


def _shown_ones(by_urn: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """All but default providers, which the engine's report leaves out; the pack's calls have them."""
    return {urn: aspects for urn, aspects in by_urn.items() if not DEFAULT_PROVIDER.search(urn)}


def _by_urn(
    what: str, real: Mapping[str, Mapping[str, Any]], offline: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    for urn in sorted({*real, *offline}):
        place = f"{what}{shortened(urn)}"
        if urn not in offline:
            yield f"{place}: only real has it"
        elif urn not in real:
            yield f"{place}: only offline has it"
        else:
            yield from (f"{place}: {line}" for line in _value_differences("", real[urn], offline[urn]))


def _value_differences(path: str, real: Any, offline: Any) -> Iterator[str]:
    if isinstance(real, Mapping) and isinstance(offline, Mapping):
        for name in sorted({*real, *offline}):
            yield from _value_differences(f"{path}.{name}" if path else name, real.get(name), offline.get(name))
    elif isinstance(real, list) and isinstance(offline, list) and len(real) == len(offline):
        for index, (one, other) in enumerate(zip(real, offline, strict=True)):
            yield from _value_differences(f"{path}[{index}]", one, other)
    elif real != offline:
        yield f"{path}: real {_shown(real)}, offline {_shown(offline)}"


def shortened(urn: str) -> str:
    """The type and name at a URN's end, or what it is as a whole."""
    parts = urn.split("::", 3)
    return f"{parts[2].rpartition('$')[2]}::{parts[3]}" if len(parts) == 4 else urn


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value without what providers add for themselves; what isn't set isn't there, and secrets are hidden."""
    if isinstance(value, str):
        return NOT_KNOWN if value in UNKNOWNS else value
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.get(SIGNATURE) == SECRET:
        return HIDDEN
    if value.get(SIGNATURE) == RESOURCE:
        return value["urn"]
    left_out = {DEFAULTS, INTERNAL, SIGNATURE, *(value.get(DEFAULTS) or ())}
    return {name: plain(item) for name, item in value.items() if name not in left_out and item is not None}


def read_calls(log: Path) -> tuple[Call, ...]:
    """The calls that the recording pack wrote down."""
    if not log.is_file():
        return ()
    entries = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    return tuple(Call(entry["call"], entry["request"], entry["answer"]) for entry in entries)


def filled_in(inputs: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of what a provider's check has added to a program's inputs, list indices as text."""
    if isinstance(inputs, list):
        for index, item in enumerate(inputs):
            yield from filled_in(item, (*path, str(index)))
    elif isinstance(inputs, Mapping):
        yield from ((*path, name) for name in inputs.get(DEFAULTS) or ())
        if path == ("metadata",) and AUTONAMED in (inputs.get("annotations") or {}):
            yield from ((*path, "name"), (*path, "annotations"))
        for name, item in inputs.items():
            yield from filled_in(item, (*path, name))


def without(value: Any, paths: frozenset[tuple[str, ...]], path: tuple[str, ...] = ()) -> Any:
    """The value without what is at some paths; an object that this leaves empty goes too."""
    if isinstance(value, list):
        return [without(item, paths, (*path, str(index))) for index, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    left = {name: without(item, paths, (*path, name)) for name, item in value.items() if (*path, name) not in paths}
    return {name: item for name, item in left.items() if item != {} or value[name] == {}}


def _asked(side: Previewed, added: Added) -> dict[str, dict[str, Any]]:
    requests = (call.request for call in side.calls if call.name == "Analyze")
    return {request["urn"]: _described(request, added) for request in requests}


def _asked_at_the_end(side: Previewed, added: Added) -> dict[str, dict[str, Any]]:
    requests = (call.request for call in side.calls if call.name == "AnalyzeStack")
    found = {}
    for resource in (resource for request in requests for resource in request.get("resources", ())):
        found[resource["urn"]] = {
            **_described(resource, added),
            "parent": resource.get("parent"),
            "dependencies": sorted(resource.get("dependencies", ())),
            "propertyDependencies": {
                name: sorted(entry.get("urns", ()))
                for name, entry in resource.get("propertyDependencies", {}).items()
                if entry.get("urns")
            },
        }
    return found


def _described(request: Mapping[str, Any], added: Added) -> dict[str, Any]:
    paths = added.get(request["urn"], frozenset())
    options = dict(request.get("options", {}))
    if not options.get("customTimeouts"):
        options.pop("customTimeouts", None)
    provider = request.get("provider")
    return {
        "type": request["type"],
        "name": request.get("name"),
        "properties": without(plain(request.get("properties", {})), paths),
        "options": {name: sorted(value) if isinstance(value, list) else value for name, value in options.items()},
        "provider": {**provider, "properties": plain(provider.get("properties", {}))} if provider else None,
    }


def _settings(side: Previewed) -> dict[str, Any]:
    return {call.name: call.request for call in side.calls if call.name in ("ConfigureStack", "Configure")}


def order_faults(calls: Iterable[Call]) -> Iterator[str]:
    """What is wrong with the order of a pack's calls: settings, the stack, each after what it depends on, the whole."""
    calls = tuple(calls)
    if not calls:
        return
    names = [call.name for call in calls]
    if names != sorted(names, key=("ConfigureStack", "Configure", "Analyze", "AnalyzeStack").index):
        yield f"the pack's calls come as {' '.join(dict.fromkeys(names))}"
    asked = [call.request for call in calls if call.name == "Analyze"]
    if asked and asked[0]["type"] != STACK_TYPE:
        yield f"the first resource that the pack is asked about is {shortened(asked[0]['urn'])}, not the stack"
    place = {request["urn"]: index for index, request in enumerate(asked)}
    if len(place) != len(asked):
        yield "the pack is asked twice about a resource"
    for call in calls:
        for resource in call.request.get("resources", ()) if call.name == "AnalyzeStack" else ():
            before = (resource.get("parent"), *resource.get("dependencies", ()))
            provider = resource.get("provider", {}).get("urn")
            for urn in (*before, provider):
                if urn in place and resource["urn"] in place and place[urn] > place[resource["urn"]]:
                    yield f"{shortened(resource['urn'])} is asked about before {shortened(urn)}"
