"""Small things that the real engine does and that the host once did not; found by tests/engine."""

import json
from textwrap import dedent

import pytest

from weighbridge.host import Pack, Program, preview
from weighbridge.values import Secret

THING = """
import pulumi

class Thing(pulumi.CustomResource):
    pulumi_type = "test:index:Thing"
    def __init__(self, name, opts=None, **props):
        super().__init__("test:index:Thing", name, {"computed": None, **props}, opts)
    @property
    @pulumi.getter
    def computed(self) -> pulumi.Output[str]: ...
"""

WATCHING = """
import json
from pathlib import Path
from google.protobuf.json_format import MessageToDict
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, policy

class Watching(policy._PolicyAnalyzerServicer):
    def Configure(self, request, context):
        write("Configure", {name: entry.HasField("properties") for name, entry in request.policyConfig.items()})
        return super().Configure(request, context)
    def Analyze(self, request, context):
        write("Analyze", MessageToDict(request))
        return super().Analyze(request, context)

def write(call, seen):
    with Path("calls.jsonl").open("a") as log:
        log.write(json.dumps([call, seen]) + "\\n")

policy._PolicyAnalyzerServicer = Watching
PolicyPack("watching", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("nothing", "Reports nothing.", lambda args, report: None)])
"""


@pytest.fixture
def run(tmp_path):
    def run(text, **more):
        program, pack = tmp_path / "program", tmp_path / "pack"
        for folder, body, file in ((program, THING + dedent(text), "Pulumi.yaml"), (pack, WATCHING, "PulumiPolicy.yaml")):
            folder.mkdir()
            (folder / "__main__.py").write_text(body)
            (folder / file).write_text("name: proj\nruntime: python\n")
        outcome = preview(Program(folder=program, project="proj", stack="dev", **more), Pack(pack))
        calls = [json.loads(line) for line in (pack / "calls.jsonl").read_text().splitlines()]
        return outcome, calls

    return run


def by_name(outcome):
    return {resource.name: resource for resource in outcome.graph.resources}


def asked(calls, name):
    (found,) = (seen for call, seen in calls if call == "Analyze" and seen.get("name") == name)
    return found


def test_the_pack_is_told_no_alias_that_no_state_has_confirmed(run):
    outcome, calls = run('Thing("a", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]))')
    assert by_name(outcome)["a"].options.aliases == ("urn:pulumi:dev::proj::test:index:Thing::old",)
    assert "aliases" not in asked(calls, "a")["options"]


def test_a_policy_without_settings_is_configured_with_none_rather_than_left_out(run):
    _, calls = run("")
    assert ["Configure", {"nothing": True}] in calls


def test_what_a_provider_computes_is_secret_where_the_program_says_so(run):
    outcome, _ = run('Thing("a", pulumi.ResourceOptions(additional_secret_outputs=["computed"]))')
    assert isinstance(by_name(outcome)["a"].outputs["computed"], Secret)
