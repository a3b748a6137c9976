"""Programs of every kind under the host: what the engine would make of them."""

import json

import pytest

from tests.support.programs import STACK, URN, by_name, failure, run
from weighbridge.host import HostError, Program, Timeouts, preview
from weighbridge.resources.values import Secret, Unknown


def test_urns_parents_providers_and_dependencies(tmp_path):
    outcome = run(
        tmp_path,
        """
        outer = Group("outer")
        inner = Group("inner", pulumi.ResourceOptions(parent=outer))
        a = Thing("a", pulumi.ResourceOptions(parent=inner), size=3, share=0.5)
        b = Thing("b", pulumi.ResourceOptions(depends_on=[inner]), of=a.id, also=a.urn)
        pulumi.export("a", a.urn)
    """,
    )
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


def test_an_explicit_provider_is_inherited_and_an_unknown_one_leaves_outputs_unknown(tmp_path):
    seen = by_name(
        run(
            tmp_path,
            """
        class Test(pulumi.ProviderResource):
            def __init__(self, name, **props):
                super().__init__("test", name, props)
        first = Thing("first")
        known, unknown = Test("known", region="x"), Test("unknown", kubeconfig=first.id)
        Thing("a", pulumi.ResourceOptions(provider=known), title="n")
        Thing("b", pulumi.ResourceOptions(provider=unknown), title="n")
    """,
        )
    )
    assert seen["a"].provider == seen["known"].urn == f"{URN}pulumi:providers:test::known"
    assert seen["a"].outputs == {"id": Unknown(), "title": "n"}
    assert seen["b"].outputs == {}
    assert seen["b"].inputs == {"title": "n"}


def test_transforms_of_resource_parent_and_stack_apply_in_that_order(tmp_path):
    seen = by_name(
        run(
            tmp_path,
            """
        def mark(text):
            def transform(args):
                return pulumi.ResourceTransformResult({**args.props, "marks": args.props.get("marks", "") + text},
                    pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True)))
            return transform
        pulumi.runtime.register_resource_transform(mark("s"))
        group = Group("group", pulumi.ResourceOptions(transforms=[mark("g")]))
        Thing("a", pulumi.ResourceOptions(parent=group, transforms=[mark("r")]))
    """,
        )
    )
    assert seen["a"].inputs["marks"] == "rgs"
    assert seen["a"].options.protect


def test_options_and_aliases_are_kept(tmp_path):
    seen = by_name(
        run(
            tmp_path,
            """
        group = Group("group")
        aliases = [pulumi.Alias(name="old"), pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]
        Thing("a", pulumi.ResourceOptions(parent=group, aliases=aliases, ignore_changes=["x"],
            replace_on_changes=["y"], retain_on_delete=True, delete_before_replace=True))
        Thing("b", pulumi.ResourceOptions(import_="the-id", replace_with=[Thing("c")]))
    """,
        )
    )
    options = seen["a"].options
    assert options.aliases == (f"{URN}test:index:Group$test:index:Thing::old", f"{URN}test:index:Thing::a")
    assert (options.ignore_changes, options.replace_on_changes) == (("x",), ("y",))
    assert options.retain_on_delete
    assert options.delete_before_replace is True
    assert seen["b"].options.import_id == "the-id"
    assert seen["b"].options.replace_with == (f"{URN}test:index:Thing::c",)
    assert seen["b"].options.delete_before_replace is None


def test_a_child_takes_from_its_parents_what_it_says_nothing_of(tmp_path):
    seen = by_name(
        run(
            tmp_path,
            """
        last = Thing("last")
        outer = Group("outer", opts=pulumi.ResourceOptions(retain_on_delete=True, deleted_with=last, protect=True))
        inner = Group("inner", opts=pulumi.ResourceOptions(parent=outer))
        Thing("a", pulumi.ResourceOptions(parent=inner))
        Thing("b", pulumi.ResourceOptions(parent=inner, retain_on_delete=False, protect=False, deleted_with=inner))
        Thing("c")
    """,
        )
    )
    kept = {name: (seen[name].options.retain_on_delete, seen[name].options.protect) for name in ("a", "b", "c")}
    assert kept == {"a": (True, True), "b": (False, False), "c": (False, False)}
    deleted_with = {name: seen[name].options.deleted_with for name in ("a", "b", "c")}
    assert deleted_with == {"a": seen["last"].urn, "b": seen["inner"].urn, "c": None}


def test_secrets_stay_secret_in_every_text(tmp_path):
    outcome = run(
        tmp_path,
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


@pytest.mark.parametrize(
    "key",
    ["it's a\tkey\\x", *(pytest.param(key, marks=pytest.mark.slow) for key in ("two\nlines of it", "k7"))],
)
@pytest.mark.parametrize(
    "ending",
    [
        "raise ValueError('no ' + KEY)",
        "raise KeyError(KEY)",
        "raise pulumi.RunError(f'bad key {KEY!r}')",
        "sys.exit('bad key ' + KEY)",
        "print(KEY); print(json.dumps(KEY), file=sys.stderr, flush=True); os._exit(1)",
        "assert KEY == 'other', [KEY]",
        "pulumi.Output.from_input(1).apply(lambda _: {}[KEY])",
        "pulumi.log.error(KEY); raise RuntimeError",
        "Thing('a', pulumi.ResourceOptions(urn=KEY))",
        "pulumi.runtime.invoke('test:index:' + KEY, {})",
    ],
)
def test_an_error_shows_no_secret_though_no_resource_has_it(tmp_path, ending, key):
    text = f"""
        import json, os, sys
        KEY = {key!r}
        pulumi.Output.secret({{"keys": [KEY]}})
        {ending}
    """
    error = failure(tmp_path, text)
    shown = f"{error.reason}\n{error.detail}"
    for line in text.splitlines():  # which a traceback may quote
        shown = shown.replace(line.strip(), "")
    for form in (key, *key.split("\n"), repr(key), json.dumps(key)):
        assert form not in shown


def test_a_secret_that_is_learned_after_a_text_was_shown_is_hidden_in_it(tmp_path):
    outcome = run(
        tmp_path,
        """
        pulumi.log.warn("canary-5 and canary-6")
        Thing("canary-5", value="canary-5")
        pulumi.Output.secret("canary-5")
        Thing.get = lambda *_: None
        pulumi.CustomResource("test:index:Thing", "read", {"key": pulumi.Output.secret("canary-6")},
                              pulumi.ResourceOptions(id="x"))
        """,
        'PolicyPack("p", policies=[ResourceValidationPolicy("r", "d", '
        'lambda args, report: report("saw " + args.name), EnforcementLevel.MANDATORY)])',
    )
    assert outcome.log[0].message == "[secret] and [secret]"
    assert "saw [secret]" in {diagnostic.message for diagnostic in outcome.diagnostics}
    assert all("canary" not in repr(diagnostic) for diagnostic in outcome.diagnostics)


def test_a_resource_given_whole_is_its_id_as_providers_and_packs_get_it(tmp_path):
    outcome = run(
        tmp_path,
        """
        group = Group("group")
        group.register_outputs({"child": Thing("child"), "group": group})
        Thing("user", child=Thing("used"), group=group)
    """,
    )
    user = by_name(outcome)["user"]
    assert user.inputs == {"child": Unknown(), "group": f"{URN}test:index:Group::group"}
    assert by_name(outcome)["group"].outputs == {"child": Unknown(), "group": f"{URN}test:index:Group::group"}


def test_configuration_reaches_the_program(tmp_path):
    seen = by_name(run(tmp_path, 'Thing("a", size=pulumi.Config().require_int("size"))', config={"proj:size": "7"}))
    assert seen["a"].inputs == {"size": 7}


def test_a_stack_reference_and_a_read_resource_are_read_with_unknown_outputs(tmp_path):
    outcome = run(
        tmp_path,
        """
        other = pulumi.StackReference("organization/other/prod")
        Thing("a", of=other.get_output("cluster"))
        b = Thing("b", pulumi.ResourceOptions(id="existing"), size=3, zones=["a"])
        Thing("c", of=b.size)
    """,
    )
    seen = by_name(outcome)
    assert seen["organization/other/prod"].read
    assert seen["a"].inputs == {"of": Unknown()}
    assert seen["b"].read
    # What a program says of something that it only reads is no fact; the provider would answer for it.
    assert seen["b"].inputs == seen["b"].outputs == {"size": Unknown(), "zones": Unknown()}
    assert seen["c"].inputs == {"of": Unknown()}


def test_a_folder_without_a_program_says_so(tmp_path):
    with pytest.raises(HostError) as error:
        preview(Program(folder=tmp_path, project="proj", stack="dev"))
    assert error.value.reason == f"{tmp_path} holds no __main__.py, so there is no program to run"


def test_a_program_that_hangs_is_ended(tmp_path):
    hanging = "import threading; threading.Event().wait()"
    assert failure(tmp_path, hanging, timeouts=Timeouts(1, 600)).reason == "the program did not end within 1 s"
