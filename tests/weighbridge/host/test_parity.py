"""The host gives what the real engine gave: recordings of engine 3.260 with the real providers."""

import json
import shutil
from pathlib import Path

import pytest

from weighbridge.host import Pack, Program, preview
from weighbridge.resources.values import Secret, Unknown


def plain(value):
    """Values as the recordings write them."""
    match value:
        case Unknown():
            return {"<unknown>": True}
        case Secret():
            return plain(value.value)
        case dict():
            return {key: plain(item) for key, item in value.items() if item is not None}
        case list():
            return [plain(item) for item in value]
    return value


def unknowns(value, path=""):
    """Paths of all unknowns."""
    if isinstance(value, dict):
        if value == {"<unknown>": True}:
            yield path
        else:
            for key, item in value.items():
                yield from unknowns(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknowns(item, f"{path}[{index}]")


def without_defaults(value):
    """Inputs without what the provider's Check added, and without the SDK's own mark."""
    if isinstance(value, dict):
        defaulted = value.get("__defaults") or []
        return {
            key: without_defaults(item)
            for key, item in value.items()
            if key not in ("__defaults", "__internal") and key not in defaulted
        }
    return [without_defaults(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def reference(tmp_path_factory, shared):
    folder = tmp_path_factory.mktemp("reference")
    shutil.copy(shared("engine/program.py"), folder / "__main__.py")
    pack = folder / "pack"
    shutil.copytree(Path(__file__).parent / "packs" / "recording", pack)
    outcome = preview(Program(folder=folder, project="t5", stack="dev"), Pack(pack))
    calls = [json.loads(line) for line in (pack / "calls.jsonl").read_text().splitlines()]
    return outcome, calls


def test_urns_parents_providers_dependencies_and_inputs_are_those_of_the_engine(reference, shared):
    outcome, _ = reference
    steps = json.loads(shared("engine/preview.json").read_text())["steps"]
    recorded = {}
    for step in steps:
        state = step["newState"]
        recorded[step["urn"]] = {
            "parent": state.get("parent"),
            "provider": (step.get("provider") or "").rpartition("::")[0] or None,
            "dependencies": sorted(state.get("dependencies") or []),
            "propertyDependencies": {k: sorted(v or []) for k, v in (state.get("propertyDependencies") or {}).items()},
            "custom": state["custom"],
        }
    seen = {
        each.urn: {
            "parent": each.parent,
            "provider": each.provider,
            "dependencies": list(each.dependencies),
            "propertyDependencies": {k: list(v) for k, v in each.property_dependencies.items()} if each.custom else {},
            "custom": each.custom,
        }
        for each in outcome.graph.resources
    }
    for urn, state in recorded.items():
        seen[urn]["propertyDependencies"].pop("version", None)
        assert seen[urn] == state, urn
    assert set(seen) == set(recorded)


def test_analyze_sees_the_inputs_that_the_real_pack_saw(reference, shared):
    _, calls = reference
    ours = {call["urn"]: call for call in calls if call["call"] == "Analyze"}
    for line in shared("engine/policy-calls.jsonl").read_text().splitlines():
        call = json.loads(line)
        if call["call"] != "Analyze":
            continue
        theirs = without_defaults(call["props"])
        seen = ours[call["urn"]]["props"]
        for name in set(theirs) - set(seen):
            # Check's own defaults at the top level are listed in preview.json, not in this call.
            assert name in {
                "name",
                "enabled",
                "deletionProtection",
                "enableShieldedNodes",
                "networkFirewallPolicyEnforcementOrder",
            }
            theirs.pop(name)
        assert seen == theirs, call["urn"]
        assert (ours[call["urn"]]["provider"] or {}).get("urn") == (call.get("provider") or {}).get("urn")


def test_analyze_stack_sees_the_unknowns_that_the_real_pack_saw(reference, shared):
    _, calls = reference
    ours = {call["urn"]: call for call in calls if call["call"] == "AnalyzeStack"}
    recorded = [json.loads(line) for line in shared("engine/policy-calls.jsonl").read_text().splitlines()]
    recorded = [call for call in recorded if call["call"] == "AnalyzeStack"]
    assert set(ours) == {call["urn"] for call in recorded}
    for call in recorded:
        theirs, seen = set(unknowns(call["props"])), set(unknowns(ours[call["urn"]]["props"]))
        assert seen == theirs, call["urn"]
        assert ours[call["urn"]]["parent"] == call["parent"]
        assert ours[call["urn"]]["dependencies"] == sorted(call["dependencies"])
        if call["type"].startswith("kubernetes:"):
            assert ours[call["urn"]]["props"] == {}
