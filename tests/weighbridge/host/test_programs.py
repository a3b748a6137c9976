"""Programs and packs of every kind under the host: what the engine would make of them, and how they fail."""

from textwrap import dedent

import pytest

from tests.support.processes import PATIENCE_SECONDS
from weighbridge.host import HostError, Pack, Program, Timeouts, preview
from weighbridge.resources.values import Secret, Unknown

URN = "urn:pulumi:dev::proj::"
STACK = f"{URN}pulumi:pulumi:Stack::proj-dev"

THING = """
import pulumi

class Thing(pulumi.CustomResource):
    def __init__(self, name, opts=None, **props):
        super().__init__("test:index:Thing", name, {"computed": None, **props}, opts)

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, None, opts)
"""

PASSING = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy
"""


def write(folder, text, head=THING):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__main__.py").write_text(head + dedent(text))
    (folder / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\n")
    return folder


PATIENT = Timeouts(PATIENCE_SECONDS, PATIENCE_SECONDS)


@pytest.fixture
def run(tmp_path):
    def run(text, pack=None, timeouts=PATIENT, head=THING, **more):
        folder = write(tmp_path / "program", text, head)
        rules = Pack(write(tmp_path / "pack", pack, PASSING)) if pack is not None else None
        return preview(Program(folder=folder, project="proj", stack="dev", **more), rules, timeouts)

    return run


def failure(run, *arguments, **more):
    with pytest.raises(HostError) as error:
        run(*arguments, **more)
    return error.value


def by_name(outcome):
    return {each.name: each for each in outcome.graph.resources}


def test_urns_parents_providers_and_dependencies(run):
    outcome = run("""
        outer = Group("outer")
        inner = Group("inner", pulumi.ResourceOptions(parent=outer))
        a = Thing("a", pulumi.ResourceOptions(parent=inner), size=3, share=0.5)
        b = Thing("b", pulumi.ResourceOptions(depends_on=[inner]), of=a.id, also=a.urn)
        pulumi.export("a", a.urn)
    """)
    seen = by_name(outcome)
    assert outcome.graph.resources[0].urn == STACK
    assert seen["a"].urn == f"{URN}test:index:Group$test:index:Group$test:index:Thing::a"
    assert seen["a"].parent == seen["inner"].urn
    assert seen["a"].provider == f"{URN}pulumi:providers:test::default"
    assert seen["default"].parent is None
    assert seen["a"].inputs == {"share": 0.5, "size": 3}
    assert seen["b"].inputs == {"also": seen["a"].urn, "of": Unknown("string")}
    assert seen["b"].property_dependencies == {"also": (seen["a"].urn,), "of": (seen["a"].urn,)}
    assert seen["b"].dependencies == (seen["a"].urn,)
    assert outcome.stack_outputs == {"a": seen["a"].urn}


def test_an_explicit_provider_is_inherited_and_an_unknown_one_leaves_outputs_unknown(run):
    seen = by_name(
        run("""
        class Test(pulumi.ProviderResource):
            def __init__(self, name, **props):
                super().__init__("test", name, props)
        first = Thing("first")
        known, unknown = Test("known", region="x"), Test("unknown", kubeconfig=first.id)
        Thing("a", pulumi.ResourceOptions(provider=known), title="n")
        Thing("b", pulumi.ResourceOptions(provider=unknown), title="n")
    """)
    )
    assert seen["a"].provider == seen["known"].urn == f"{URN}pulumi:providers:test::known"
    assert seen["a"].outputs == {"id": Unknown(), "title": "n"}
    assert seen["b"].outputs == {}
    assert seen["b"].inputs == {"title": "n"}


def test_transforms_of_resource_parent_and_stack_apply_in_that_order(run):
    seen = by_name(
        run("""
        def mark(text):
            def transform(args):
                return pulumi.ResourceTransformResult({**args.props, "marks": args.props.get("marks", "") + text},
                    pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True)))
            return transform
        pulumi.runtime.register_resource_transform(mark("s"))
        group = Group("group", pulumi.ResourceOptions(transforms=[mark("g")]))
        Thing("a", pulumi.ResourceOptions(parent=group, transforms=[mark("r")]))
    """)
    )
    assert seen["a"].inputs["marks"] == "rgs"
    assert seen["a"].options.protect


def test_options_and_aliases_are_kept(run):
    seen = by_name(
        run("""
        group = Group("group")
        aliases = [pulumi.Alias(name="old"), pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]
        Thing("a", pulumi.ResourceOptions(parent=group, aliases=aliases, ignore_changes=["x"],
            replace_on_changes=["y"], retain_on_delete=True, delete_before_replace=True))
        Thing("b", pulumi.ResourceOptions(import_="the-id"))
    """)
    )
    options = seen["a"].options
    assert options.aliases == (f"{URN}test:index:Group$test:index:Thing::old", f"{URN}test:index:Thing::a")
    assert (options.ignore_changes, options.replace_on_changes) == (("x",), ("y",))
    assert options.retain_on_delete
    assert options.delete_before_replace is True
    assert seen["b"].options.import_id == "the-id"
    assert seen["b"].options.delete_before_replace is None


def test_secrets_stay_secret_in_every_text(run):
    outcome = run(
        """
        secret = pulumi.Output.secret("canary-1")
        Thing("a", value=secret, nested={"list": [secret]})
        Thing("b", pulumi.ResourceOptions(additional_secret_outputs=["plain"]), plain="canary-2")
        pulumi.log.warn("the secret is canary-3 or canary-1")
        """,
        'PolicyPack("p", policies=[ResourceValidationPolicy("r", "d", '
        'lambda args, report: report("saw canary-1") if args.name == "a" else None, EnforcementLevel.MANDATORY)])',
        config={"proj:token": "canary-3"},
        config_secret_keys=frozenset({"proj:token"}),
    )
    seen = by_name(outcome)
    assert seen["a"].inputs["value"] == Secret("canary-1")
    assert seen["b"].outputs["plain"] == Secret("canary-2")
    assert outcome.diagnostics[0].message == "saw [secret]"
    assert outcome.log[0].message == "the secret is [secret] or [secret]"
    assert "canary-1" not in repr(outcome)
    assert "canary-3" not in repr(outcome)


def test_a_resource_given_whole_is_its_id_as_providers_and_packs_get_it(run):
    outcome = run("""
        group = Group("group")
        group.register_outputs({"child": Thing("child"), "group": group})
        Thing("user", child=Thing("used"), group=group)
    """)
    user = by_name(outcome)["user"]
    assert user.inputs == {"child": Unknown(), "group": f"{URN}test:index:Group::group"}
    assert by_name(outcome)["group"].outputs == {"child": Unknown(), "group": f"{URN}test:index:Group::group"}


def test_configuration_reaches_the_program(run):
    seen = by_name(run('Thing("a", size=pulumi.Config().require_int("size"))', config={"proj:size": "7"}))
    assert seen["a"].inputs == {"size": 7}


def test_a_stack_reference_and_a_read_resource_are_read_with_unknown_outputs(run):
    outcome = run("""
        other = pulumi.StackReference("organization/other/prod")
        Thing("a", of=other.get_output("cluster"))
        Thing("b", pulumi.ResourceOptions(id="existing"))
    """)
    seen = by_name(outcome)
    assert seen["organization/other/prod"].read
    assert seen["a"].inputs == {"of": Unknown()}
    assert seen["b"].read


DUPLICATE = (
    f"duplicate resource URN '{URN}test:index:Thing::a': two resources of this type and parent are both named 'a'; "
    "give one of them another name"
)
CLOUD = (
    "the program calls gcp:compute/getZones:getZones, which only the provider can answer; offline the answer is "
    "not known. Pass the value as configuration or in the spec, or preview with the Pulumi CLI"
)
REMOTE = (
    "the program uses the remote component remote:index:Thing, which only its plugin can build; offline its "
    "resources are not known. Use the component as a Python class, or preview with the Pulumi CLI"
)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ('raise ValueError("no such zone")', "ValueError: no such zone"),
        ('raise pulumi.RunError("say this")', "say this"),
        ('Thing("a", x=Thing("b", y=1).urn.apply(lambda _: 1 / 0))', "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "the program called sys.exit(3)"),
        ("def broken(:", "SyntaxError: invalid syntax"),
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("import os; os._exit(9)", "the program ended with exit code 9 before it was finished"),
        ('Thing("a"); Thing("a")', DUPLICATE),
        ('pulumi.runtime.invoke("gcp:compute/getZones:getZones", {})', CLOUD),
        ('pulumi.ComponentResource("remote:index:Thing", "a", {}, None, True)', REMOTE),
    ],
)
def test_a_program_that_fails_says_why(run, program, reason):
    assert failure(run, program).reason == reason


def test_a_programs_traceback_begins_in_the_program(run):
    detail = failure(run, 'def f():\n    raise ValueError("x")\nf()').detail
    assert "__main__.py" in detail
    assert "runner.py" not in detail


def test_a_folder_without_a_program_says_so(tmp_path):
    with pytest.raises(HostError) as error:
        preview(Program(folder=tmp_path, project="proj", stack="dev"))
    assert error.value.reason == f"{tmp_path} holds no __main__.py, so there is no program to run"


def test_a_program_that_hangs_is_ended(run):
    hanging = "import threading; threading.Event().wait()"
    assert failure(run, hanging, timeouts=Timeouts(1, PATIENCE_SECONDS)).reason == "the program did not end within 1 s"


def policy(kind, body, level="MANDATORY"):
    return f"""
def check(args, report):
    {body}
PolicyPack("p", policies=[{kind}("rule", "what it is for", check, EnforcementLevel.{level})])
"""


def test_violations_of_resources_and_of_the_stack_come_with_urn_and_level(run):
    outcome = run(
        'Thing("a")', policy("ResourceValidationPolicy", 'args.name == "a" and report("not this one")', "ADVISORY")
    )
    (said,) = outcome.diagnostics
    assert (said.policy, said.pack, said.level, said.message) == ("rule", "p", "advisory", "not this one")
    assert (said.description, said.urn) == ("what it is for", f"{URN}test:index:Thing::a")
    assert [(each.name, each.level, each.kind) for each in outcome.policies] == [("rule", "advisory", "resource")]
    outcome = run('Thing("a")', policy("StackValidationPolicy", 'report(f"{len(args.resources)} resources")'))
    (said,) = outcome.diagnostics
    assert (said.level, said.message, said.urn) == ("mandatory", "3 resources", STACK)


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ("import nothing_of_that_name", "did not start: it ended before it was ready"),
        ('print("hello")', "did not start: its first line was 'hello', not a port"),
        (policy("ResourceValidationPolicy", "1 / 0"), "failed in Analyze: division by zero"),
        (policy("StackValidationPolicy", "1 / 0"), "failed in AnalyzeStack: division by zero"),
        (policy("StackValidationPolicy", "import os; os._exit(1)"), "ended while it was asked (AnalyzeStack)"),
    ],
)
def test_a_pack_that_fails_admits_nothing(run, pack, reason):
    assert failure(run, 'Thing("a")', pack).reason == f"the policy pack pack {reason}"


def test_a_pack_that_hangs_is_given_up(run):
    """The time is enough to start: where it is not, as on a busy machine, more of it has to be."""
    for seconds in (2, 20, 200):
        pack = policy("StackValidationPolicy", "import threading; threading.Event().wait()")
        reason = failure(run, 'Thing("a")', pack, timeouts=Timeouts(PATIENCE_SECONDS, seconds)).reason
        if "did not start" not in reason:
            break
    assert reason == f"the policy pack pack hangs: AnalyzeStack took more than {seconds} s"


def test_a_remediation_changes_what_is_planned(run):
    outcome = run(
        'Thing("a", size=1)',
        'PolicyPack("p", policies=[ResourceValidationPolicy("r", "d", '
        'remediate=lambda args: {**args.props, "size": 2} if args.name == "a" else None, '
        "enforcement_level=EnforcementLevel.REMEDIATE)])",
    )
    assert by_name(outcome)["a"].inputs == {"size": 2}


def test_a_folder_that_is_no_pack_says_so(run, tmp_path):
    folder = write(tmp_path / "program", "")
    with pytest.raises(HostError) as error:
        preview(Program(folder=folder, project="proj", stack="dev"), Pack(tmp_path))
    assert error.value.reason == f"{tmp_path} is no policy pack: it has no PulumiPolicy.yaml"
