"""The host gives what the real engine gave: recordings of it with the real providers."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.processes import PATIENCE_SECONDS
from tests.support.recordings import PROGRAM, PROJECT, STACK, registered
from weighbridge.host import Pack, Program, Timeouts, preview


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
    """Inputs without what the provider's Check added inside of them, and without its marks."""
    if isinstance(value, dict):
        defaulted = value.get("__defaults") or []
        return {
            key: without_defaults(item) for key, item in value.items() if key != "__defaults" and key not in defaulted
        }
    return [without_defaults(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def previewed(tmp_path_factory):
    """What the host makes of the recorded program: its outcome, and the calls that a pack got."""
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copy(PROGRAM, folder)
    pack = folder / "pack"
    shutil.copytree(Path(__file__).parent / "packs" / "recording", pack)
    outcome = preview(Program(folder=folder, project=PROJECT, stack=STACK), Pack(pack), PATIENT)
    calls = [json.loads(line) for line in (pack / "calls.jsonl").read_text().splitlines()]
    return outcome, calls


PATIENT = Timeouts(PATIENCE_SECONDS, PATIENCE_SECONDS)
RECORDED = tuple(registered())


def test_urns_parents_providers_dependencies_and_inputs_are_those_of_the_engine(previewed):
    outcome, _ = previewed
    ours = {resource.urn: resource for resource in outcome.graph.resources}
    assert set(ours) == {recorded.urn for recorded in RECORDED}
    for recorded in RECORDED:
        resource = ours[recorded.urn]
        assert (resource.custom, resource.parent, resource.provider, list(resource.dependencies)) == (
            recorded.custom,
            recorded.parent,
            recorded.provider,
            recorded.dependencies,
        ), recorded.urn
        if recorded.custom:
            behind = {name: list(urns) for name, urns in resource.property_dependencies.items() if name != "version"}
            assert behind == recorded.property_dependencies, recorded.urn


def test_analyze_sees_the_inputs_that_the_real_pack_saw(previewed):
    _, calls = previewed
    ours = {call["urn"]: call for call in calls if call["call"] == "Analyze"}
    assert set(ours) == {recorded.urn for recorded in RECORDED}
    for recorded in RECORDED:
        call = ours[recorded.urn]
        given = {name: value for name, value in recorded.inputs.items() if name not in recorded.defaulted}
        call["props"].pop("version", None)  # the SDK's own, of whichever is installed
        assert call["props"] == without_defaults(given), recorded.urn
        assert (call["provider"] or {}).get("urn") == recorded.provider


def test_analyze_stack_sees_the_unknowns_that_the_real_pack_saw(previewed):
    _, calls = previewed
    ours = {call["urn"]: call for call in calls if call["call"] == "AnalyzeStack"}
    assert set(ours) == {recorded.urn for recorded in RECORDED}
    for recorded in RECORDED:
        call = ours[recorded.urn]
        assert sorted(unknowns(call["props"])) == recorded.unknown_after, recorded.urn
        assert call["parent"] == recorded.parent
        assert call["dependencies"] == recorded.dependencies
        if recorded.type.startswith("kubernetes:"):
            assert call["props"] == {}
