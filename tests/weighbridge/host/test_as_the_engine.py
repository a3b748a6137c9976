"""Small things that the real engine does and that the host once did not; found by tests/engine."""

import json
from textwrap import dedent

import pytest

from tests.support.processes import PATIENCE_SECONDS
from weighbridge.host import Pack, Program, Timeouts, preview
from weighbridge.resources.values import Secret, Unknown

PATIENT = Timeouts(PATIENCE_SECONDS, PATIENCE_SECONDS)
THING = """
import pulumi

class Thing(pulumi.CustomResource):
    pulumi_type = "test:index:Thing"
    def __init__(self, name, opts=None, **props):
        super().__init__("test:index:Thing", name, {"computed": None, **props}, opts)
    @property
    @pulumi.getter
    def computed(self) -> pulumi.Output[str]: ...

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None, type_="test:index:Group", **props):
        super().__init__(type_, name, props, opts)
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
    def AnalyzeStack(self, request, context):
        write("AnalyzeStack", {one.name: MessageToDict(one) for one in request.resources})
        return super().AnalyzeStack(request, context)

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
        for folder, body, file in (
            (program, THING + dedent(text), "Pulumi.yaml"),
            (pack, WATCHING, "PulumiPolicy.yaml"),
        ):
            folder.mkdir()
            (folder / "__main__.py").write_text(body)
            (folder / file).write_text("name: proj\nruntime: python\n")
        outcome = preview(Program(folder=program, project="proj", stack="dev", **more), Pack(pack), PATIENT)
        calls = [json.loads(line) for line in (pack / "calls.jsonl").read_text().splitlines()]
        return outcome, calls

    return run


def by_name(outcome):
    return {resource.name: resource for resource in outcome.graph.resources}


def asked(calls, name):
    (found,) = (seen for call, seen in calls if call == "Analyze" and seen.get("name") == name)
    return found


def at_the_end(calls):
    (found,) = (seen for call, seen in calls if call == "AnalyzeStack")
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


def test_what_a_secret_output_flows_into_is_secret(run):
    outcome, _ = run("""
        a = Thing("a", pulumi.ResourceOptions(additional_secret_outputs=["computed"]))
        Thing("b", of=a.computed)
    """)
    assert by_name(outcome)["b"].inputs["of"] == Secret(Unknown("string"))


def test_children_inherit_the_former_names_of_their_component(run):
    outcome, _ = run("""
        group = Group("new", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old", type_="test:index:Team")]))
        Thing("new-a", pulumi.ResourceOptions(parent=group))
    """)
    former = "urn:pulumi:dev::proj::test:index:Team$test:index:Thing::old-a"
    assert by_name(outcome)["new-a"].options.aliases == (former,)


def test_a_transform_of_the_whole_stack_adds_no_dependency(run):
    outcome, _ = run("""
        a = Thing("a")
        def change(args):
            more = pulumi.ResourceOptions(depends_on=[a])
            return pulumi.ResourceTransformResult(args.props, more) if args.name == "b" else None
        pulumi.runtime.register_resource_transform(change)
        Thing("b")
    """)
    assert by_name(outcome)["b"].dependencies == ()


def test_the_default_provider_of_a_plugin_from_elsewhere_has_a_name_of_its_own(run):
    outcome, _ = run("""
        Thing("a", pulumi.ResourceOptions(version="1.2.3", plugin_download_url="https://example.com/plug-ins/"))
    """)
    assert "default_1_2_3_https_/example.com/plug-ins" in by_name(outcome)


def test_the_pack_gets_the_id_of_a_resource_that_stands_as_a_value(run):
    outcome, calls = run("""
        a, group = Thing("a"), Group("g")
        Thing("b", of=a, group=group, list=[{"of": a}])
    """)
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    seen = asked(calls, "b")["properties"]
    assert (seen["of"], seen["group"], seen["list"]) == (unknown, by_name(outcome)["g"].urn, [{"of": unknown}])


def test_the_pack_sees_of_a_component_what_it_gives_out_and_no_input(run):
    _, calls = run("""
        Group("quiet", size=1)
        Group("loud", size=1).register_outputs({"colour": "red"})
    """)
    seen = at_the_end(calls)
    assert (seen["quiet"]["properties"], seen["loud"]["properties"]) == ({}, {"colour": "red"})


def test_what_a_program_reads_is_not_part_of_the_stack_that_the_pack_judges(run):
    outcome, calls = run("""
        Thing("a", pulumi.ResourceOptions(id="exists"))
        Thing("b")
    """)
    assert by_name(outcome)["a"].read
    assert "a" not in at_the_end(calls)
    assert "b" in at_the_end(calls)


def test_an_error_that_is_only_logged_is_no_failure(run):
    outcome, _ = run('pulumi.log.error("only said")')
    assert [(line.severity, line.message) for line in outcome.log] == [("error", "only said")]
