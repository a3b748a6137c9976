"""An export is read whole, or refused with what to do; no secret comes out of it."""

import json

import pytest

from weighbridge.preview.state import StackState, StateError, check_belongs, held_in, read_state
from weighbridge.resources.graph import Graph, Options, Resource
from weighbridge.resources.held_resource import held, project_of
from weighbridge.resources.values import Secret, Unknown

STACK = "urn:pulumi:dev::weighbridge::pulumi:pulumi:Stack::weighbridge-dev"
MAP = "urn:pulumi:dev::weighbridge::kubernetes:core/v1:ConfigMap::a"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:canary"}


def export(*resources, **deployment):
    return {"version": 3, "deployment": {"resources": list(resources), **deployment}}


def pending(operations):
    return export(pending_operations=operations)


def written(tmp_path, content):
    file = tmp_path / "state.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def good():
    return export(
        {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False},
        {"urn": MAP, "type": "kubernetes:core/v1:ConfigMap", "custom": True, "parent": STACK, "protect": True,
         "provider": "urn:pulumi:dev::weighbridge::pulumi:providers:kubernetes::p::1234",
         "inputs": {"data": {"a": 2.0, "s": SECRET}}, "dependencies": [STACK]},
    )  # fmt: skip


def test_an_export_is_read(tmp_path):
    state = read_state(written(tmp_path, good()))
    assert (state.project, state.stack) == ("weighbridge", "dev")
    resource = state.resources[1]
    assert resource.name == "a"
    assert resource.provider == "urn:pulumi:dev::weighbridge::pulumi:providers:kubernetes::p"
    assert resource.inputs == {"data": {"a": 2, "s": Secret(Unknown())}}
    assert resource.protect


def test_no_secret_comes_out(tmp_path):
    assert "canary" not in repr(read_state(written(tmp_path, good())))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_export_may_come_from_a_shell_of_windows(tmp_path, encoding):
    file = tmp_path / "state.json"
    file.write_text(json.dumps(good()), encoding=encoding)
    assert len(read_state(file).resources) == 2


def test_an_empty_stack_and_a_checkpoint_are_states(tmp_path):
    assert read_state(written(tmp_path, {"version": 3, "deployment": None})) == StackState()
    checkpoint = {"version": 3, "checkpoint": {"stack": "x", "latest": good()["deployment"]}}
    assert len(read_state(written(tmp_path, checkpoint)).resources) == 2


EXPECTED = "; expected version 3 or 4 as written by `pulumi stack export`"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "it is empty, and no JSON"),
        ("[" * 100_000, "no JSON that can be read: it is nested too deeply"),
        ("[]", "no export: it has no version"),
        ({"deployment": {}}, "no export: it has no version"),
        ({"version": 2, "deployment": {}}, "an export of version 2"),
        ({"version": 5, "deployment": {}}, "an export of version 5"),
        ({"version": 4, "features": "hooks", "deployment": {}}, "an export whose features are no list"),
        ({"version": "3", "deployment": {}}, "an export of version '3'"),
        ({"version": 3, "deployment": []}, "an export whose deployment is no object"),
        ({"version": 3, "deployment": {"resources": "x"}}, "an export whose resources are no list"),
        (export("x"), "resource 0 is no object"),
        (export({"type": "a"}), "resource 0 has no URN"),
        (export({"urn": "a::b", "type": "a"}), "resource 0 has no URN"),
        (export({"urn": STACK}), "resource 0 has no type"),
        (export({"urn": STACK, "type": "a", "inputs": [1]}), "resource 0 has inputs that are no object"),
        (export({"urn": STACK, "type": "a", "outputs": [1]}), "resource 0 has outputs that are no object"),
        (export({"urn": STACK, "type": "a", "dependencies": "x"}),
         "resource 0 has dependencies that are no list of texts"),
        (export({"urn": STACK, "type": "a", "dependencies": [1]}),
         "resource 0 has dependencies that are no list of texts"),
        (export({"urn": STACK, "type": "a", "deletedWith": ["x"]}), "resource 0 has a deletedWith that is no text"),
        (export({"urn": STACK, "type": "a", "provider": 3}), "resource 0 has a provider that is no text"),
        (export({"urn": STACK, "type": "a", "parent": {}}, {"urn": STACK, "type": "a", "parent": 1}),
         "resource 1 has a parent that is no text"),
        ('{"version": NaN}', "no JSON that can be read: NaN is no number of JSON"),
        (export({"urn": STACK, "type": "a"}, {"urn": STACK.replace(":dev:", ":prod:"), "type": "a"}),
         "an export with resources of weighbridge/dev and of weighbridge/prod"),
        (pending("x"), "an export whose pending_operations are no list"),
        (pending(["x"]), "pending operation 0 has no type"),
        (pending([{"type": "creating"}]), "pending operation 0 is no object"),
        (pending([{"type": "adopting", "resource": {}}]),
         "pending operation 0 is 'adopting', and none of creating, updating, deleting, reading, importing"),
    ],
)  # fmt: skip
def test_what_is_no_export_is_refused(tmp_path, content, found):
    file = written(tmp_path, content)
    with pytest.raises(StateError) as error:
        read_state(file)
    assert str(error.value) == f"{file}: {found}{EXPECTED}"


def test_a_stack_that_uses_hooks_or_taints_is_exported_in_version_4(tmp_path):
    content = good() | {"version": 4, "features": ["hooks", "taint", "replaceWith"]}
    content["deployment"]["resources"][1] |= {"taint": True, "replacementTrigger": {"day": 3.0}}
    resource = read_state(written(tmp_path, content)).resources[1]
    assert (resource.tainted, resource.replacement_trigger) == (True, {"day": 3})
    before = read_state(written(tmp_path, good())).resources[1]
    assert (before.tainted, before.replacement_trigger) == (False, None)


@pytest.mark.parametrize("feature", ["of-the-future", {"a": 1}])
def test_a_feature_that_nobody_knows_may_change_what_the_rest_means(tmp_path, feature):
    file = written(tmp_path, good() | {"version": 4, "features": ["hooks", feature]})
    with pytest.raises(StateError) as error:
        read_state(file)
    assert str(error.value) == (
        f"{file}: uses the feature {feature!r} of Pulumi, which this version of Weighbridge does not know; expected "
        "any of byteString, extensionParameterization, hooks, refreshBeforeUpdate, replaceWith, taint, views. Use a "
        "newer Weighbridge, or preview without it"
    )


def test_a_missing_file_says_what_to_give(tmp_path):
    with pytest.raises(StateError) as error:
        read_state(tmp_path / "none.json")
    text = f"{tmp_path}/none.json: cannot be read: No such file or directory. Give the output of `pulumi stack export`"
    assert str(error.value) == text


def test_another_stacks_state_is_refused(tmp_path):
    file = written(tmp_path, good())
    with pytest.raises(StateError) as error:
        check_belongs(file, read_state(file), "weighbridge", "prod")
    assert str(error.value) == (
        f"{file}: is the state of weighbridge/dev, not of weighbridge/prod. "
        "Export the right one: pulumi stack export -s prod"
    )


def test_what_was_interrupted_is_read_though_nothing_else_exists(tmp_path):
    begun = {"type": "creating", "resource": {"urn": f"{STACK}-a", "type": "a", "inputs": {"size": 1.0}}}
    state = read_state(written(tmp_path, pending([begun])))
    assert (state.project, state.stack, state.resources) == ("weighbridge", "dev", ())
    (operation,) = state.interrupted
    assert (operation.doing, operation.resource.inputs) == ("creating", {"size": 1})


def test_what_exists_by_urn_leaves_out_what_is_gone_or_still_to_go(tmp_path):
    def listed(name, size, **more):
        return {"urn": f"{STACK}-{name}", "type": "a", "custom": True, "inputs": {"size": size}, **more}

    entries = [
        listed("a", 1),
        listed("a", 2, delete=True),
        listed("b", 3, pendingReplacement=True),
        listed("c", 4, external=True),
    ]
    state = read_state(written(tmp_path, export(*entries)))
    assert state.inputs == {f"{STACK}-a": {"size": 1}}
    found = [
        (resource.urn.removeprefix(f"{STACK}-"), resource.existing) for resource in held_in(state.resources, state)
    ]
    assert found == [("a", False), ("a", False), ("c", True)]


def test_options_that_leave_something_behind_are_read(tmp_path):
    entry = {"urn": f"{STACK}-a", "type": "a", "custom": True, "retainOnDelete": True, "deletedWith": f"{STACK}-b"}
    state = read_state(written(tmp_path, export(entry)))
    (found,) = held_in(state.resources, state)
    assert (found.options.retain_on_delete, found.options.deleted_with) == (True, f"{STACK}-b")


def test_what_the_program_has_and_what_the_state_has_of_it_are_held_alike(tmp_path):
    """One builder of both: a pool of the state charges the project of its provider as a pool of the program does."""
    provider, pool = (f"urn:pulumi:dev::weighbridge::{type_}::{name}" for type_, name in (
        ("pulumi:providers:gcp", "p"), ("gcp:container/nodePool:NodePool", "a"),
    ))  # fmt: skip
    entries = [
        {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False},
        {"urn": provider, "type": "pulumi:providers:gcp", "custom": True, "inputs": {"project": "example-ml"}},
        {"urn": pool, "type": "gcp:container/nodePool:NodePool", "custom": True, "provider": f"{provider}::1",
         "inputs": {"name": "a"}, "dependencies": [STACK], "retainOnDelete": True},
    ]  # fmt: skip
    state = read_state(written(tmp_path, export(*entries)))
    options = Options(retain_on_delete=True)
    graph = Graph("weighbridge", "dev", (
        Resource(STACK, "pulumi:pulumi:Stack", "weighbridge-dev", custom=False),
        Resource(provider, "pulumi:providers:gcp", "p", custom=True, inputs={"project": "example-ml"}),
        Resource(pool, "gcp:container/nodePool:NodePool", "a", custom=True, provider=provider, inputs={"name": "a"},
                 dependencies=(STACK,), options=options),
    ))  # fmt: skip
    assert held_in(state.resources, state) == held(graph)
    assert [project_of(one) for one in held(graph) if one.provider_inputs] == ["example-ml"]
