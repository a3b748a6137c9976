"""Which old resource becomes which new one, what stays beside what, and what a program ignores."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.graphs import CLUSTER, NODE_POOL, PROVIDER, cluster, node_pool, urn
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, NOW, limit, quota_file, spec
from weighbridge.preview.changes import compare
from weighbridge.preview.result import Operation
from weighbridge.preview.state import StackState, read_state
from weighbridge.preview.update import PreviewedUpdate, as_asked, beyond_pack, ignored
from weighbridge.resources.graph import Graph, Options, Resource
from weighbridge.resources.held_resource import Surroundings, held
from weighbridge.resources.values import Secret, Unknown
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.violation import Violation

L4 = "NVIDIA-L4-GPUS-per-project-region"
PROVIDER_URN = urn("pulumi:providers:gcp", "default")
DEV = spec({"serve": {"machine_type": "g2-standard-4", "nodes": {"min": 0, "max": 50}}})


def inputs(name: str | None, most: int, **more: Any) -> Mapping[str, Any]:
    config = {"machineType": "g2-standard-4", "diskSizeGb": 100.0, "diskType": "pd-balanced"}
    scaling = {"totalMaxNodeCount": most}
    pool = node_pool(nodeConfig=config, autoscaling=scaling, upgradeSettings={"maxSurge": 0}, name=name, **more)
    return {key: value for key, value in pool.inputs.items() if value is not None}


def pool(name: str, most: int, *, given: str | None = "", **options: Any) -> Resource:
    """A pool of the program; `given` is its name in the cloud, the same where it is empty."""
    values = inputs(name if given == "" else given, most, **options.pop("inputs", {}))
    dependencies = {"cluster": (urn(CLUSTER, "dev"),)}
    return Resource(
        urn(NODE_POOL, name), NODE_POOL, name, custom=True, provider=PROVIDER_URN, inputs=values,
        property_dependencies=dependencies, options=Options(**options),
    )  # fmt: skip


def existing(name: str, most: int, *, given: str = "", **more: Any) -> dict[str, Any]:
    """A pool of the state."""
    values = inputs(given or name, most, **more.pop("settings", {}))
    return {
        "urn": urn(NODE_POOL, name), "type": NODE_POOL, "custom": True, "id": "x", "inputs": values,
        "provider": f"{PROVIDER_URN}::p", **more,
    }  # fmt: skip


@pytest.fixture
def state(tmp_path: Path):
    def state(*listed: dict[str, Any], pending: Iterable[dict[str, Any]] = ()) -> StackState:
        held_cluster = {"urn": urn(CLUSTER, "dev"), "type": CLUSTER, "custom": True, "inputs": dict(cluster().inputs)}
        provider = {"urn": PROVIDER_URN, "type": "pulumi:providers:gcp", "custom": True, "inputs": PROVIDER}
        resources = [provider, held_cluster, *listed]
        file = tmp_path / "state.json"
        export = {"resources": resources, "pending_operations": list(pending)}
        file.write_text(json.dumps({"version": 3, "deployment": export}), encoding="utf-8")
        return read_state(file)

    return state


def asked(graph: Graph, most: int = 1_000_000) -> RuleInput:
    quota, resources = quota_file(limit(L4, most)), held(graph)
    shared = shared_by("dev", {"dev": DEV}, quota)
    return RuleInput("dev", resources, Surroundings.of(resources, quota, CATALOG), shared, NOW)


def program(*pools: Resource) -> Graph:
    provider = Resource(PROVIDER_URN, "pulumi:providers:gcp", "default", custom=True, inputs=PROVIDER)
    dev = Resource(urn(CLUSTER, "dev"), CLUSTER, "dev", custom=True, provider=PROVIDER_URN, inputs=cluster().inputs)
    return Graph("weighbridge", "dev", (provider, dev, *pools))


def previewed(before: StackState, *pools: Resource, most: int = 1_000_000) -> PreviewedUpdate:
    graph = program(*pools)
    return PreviewedUpdate(asked(graph, most), graph, before, compare(graph, before))


def l4s(update: PreviewedUpdate) -> tuple[int, int, int]:
    """Before, while it runs, and after."""
    found = update.update
    demands = (found.before, found.during)
    before, during = (sum(c.peak for c in demand.claims if c.key.quota_id == L4) for demand in demands)
    after = sum(c.peak for one in found.counted for c in one.after.claims if c.key.quota_id == L4)
    return before, during, after


def test_what_stays_as_it_is_counts_once(state):
    assert l4s(previewed(state(existing("a", 4)), pool("a", 4))) == (4, 4, 4)


def test_a_renamed_resource_is_another_one(state):
    assert l4s(previewed(state(existing("a", 4)), pool("b", 4))) == (4, 8, 4)


def test_an_alias_keeps_it_and_a_new_one_beside_it_comes_on_top(state):
    kept = pool("b", 4, given="a", aliases=(urn(NODE_POOL, "a"),))
    assert l4s(previewed(state(existing("a", 4)), kept)) == (4, 4, 4)
    assert l4s(previewed(state(existing("a", 4)), kept, pool("c", 3))) == (4, 7, 7)


def test_a_changed_name_goes_first_unless_the_program_says_otherwise(state):
    before = state(existing("a", 4, given="a-1"))
    assert l4s(previewed(before, pool("a", 5, given="a-2"))) == (4, 5, 5)
    assert l4s(previewed(before, pool("a", 5, given="a-2", delete_before_replace=False))) == (4, 9, 5)


def test_what_somebody_marked_for_replacement_comes_first_though_its_name_is_given(state):
    before = state(existing("a", 4, taint=True))
    assert l4s(previewed(before, pool("a", 4))) == (4, 8, 4)
    assert l4s(previewed(before, pool("a", 4, delete_before_replace=True))) == (4, 4, 4)


def test_a_trigger_that_changes_replaces_and_the_new_one_comes_first(state):
    before = state(existing("a", 4, replacementTrigger={"day": 1.0}))
    for trigger, during in (({"day": 2}, 8), ({"day": 1}, 4), (Unknown(), 8), (None, 4)):
        assert l4s(previewed(before, pool("a", 4, replacement_trigger=trigger))) == (4, during, 4)
    assert l4s(previewed(state(existing("a", 4)), pool("a", 4, replacement_trigger=2))) == (4, 4, 4)
    signed = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    sealed = state(existing("a", 4, replacementTrigger=signed))
    unreadable = previewed(sealed, pool("a", 4, replacement_trigger=Secret("x")))
    (change,) = (one for one in unreadable.changes if one.name == "a")
    assert change.operation is Operation.MAY_REPLACE
    assert l4s(unreadable) == (4, 8, 4)


def test_a_pool_that_pulumi_names_comes_first_unless_the_program_says_otherwise(state):
    before = state(existing("a", 4, given="a-0a1b2c3", settings={"__defaults": ["name"]}))
    replaced = {"maxPodsPerNode": 64}
    assert l4s(previewed(before, pool("a", 4, given=None, inputs=replaced))) == (4, 8, 4)
    assert l4s(previewed(before, pool("a", 4, given=None, inputs=replaced, delete_before_replace=True))) == (4, 4, 4)


def test_what_the_program_alone_replaces_comes_first_though_its_name_is_taken(state):
    before = state(existing("a", 4))
    changed = pool("a", 5, replace_on_changes=("autoscaling",))
    assert l4s(previewed(before, changed)) == (4, 9, 5)
    assert l4s(previewed(before, pool("a", 5))) == (4, 5, 5)


def test_what_is_replaced_with_another_comes_first(state):
    before = state(existing("a", 4), existing("b", 3))
    first = pool("a", 4, inputs={"maxPodsPerNode": 64})
    assert l4s(previewed(before, first, pool("b", 3, replace_with=(first.urn,)))) == (7, 10, 7)
    with_it = previewed(before, first, pool("b", 3, deleted_with=first.urn))
    assert l4s(with_it)[:2] == (7, 10)


def test_nodes_come_in_a_new_zone_while_those_of_the_old_one_are_there(state):
    zone = {"nodeLocations": ["us-central1-b"]}
    two = {"nodeLocations": ["us-central1-a", "us-central1-b"]}
    assert l4s(previewed(state(existing("a", 4)), pool("a", 4, inputs=zone))) == (4, 8, 4)
    assert l4s(previewed(state(existing("a", 4)), pool("a", 4, inputs=two))) == (4, 4, 4)
    assert l4s(previewed(state(existing("a", 4, settings=two)), pool("a", 4, inputs=zone))) == (4, 4, 4)


def test_a_pool_moves_with_the_zones_of_its_cluster(state):
    own = {"nodeLocations": None, "cluster": "dev"}
    before = state(existing("a", 4, settings=own))
    graph = program(pool("a", 4, inputs=own))
    provider, there, held_pool = graph.resources
    moved = replace(there, inputs={**there.inputs, "nodeLocations": ["us-central1-b"]})
    changed = Graph("weighbridge", "dev", (provider, moved, held_pool))
    assert l4s(PreviewedUpdate(asked(changed), changed, before, compare(changed, before))) == (4, 8, 4)
    assert l4s(PreviewedUpdate(asked(graph), graph, before, compare(graph, before))) == (4, 4, 4)


def test_copies_that_an_earlier_update_did_not_delete_are_there_to_the_end(state):
    before = state(existing("a", 4), existing("a", 3, given="a-0a1b2c3", delete=True))
    assert l4s(previewed(before, pool("a", 4))) == (7, 7, 4)
    assert l4s(previewed(before, pool("a", 5))) == (7, 8, 5)


def test_what_an_earlier_update_deleted_already_holds_nothing(state):
    gone = existing("a", 4, pendingReplacement=True)
    assert l4s(previewed(state(gone), pool("a", 5))) == (0, 5, 5)
    assert l4s(previewed(state(gone), pool("b", 5))) == (0, 5, 5)


def test_what_an_interrupted_update_may_have_created_counts_though_the_state_does_not_list_it(state):
    begun = [{"type": "creating", "resource": existing("b", 3)}]
    before = state(existing("a", 4), pending=begun)
    assert l4s(previewed(before, pool("a", 4))) == (7, 7, 7)
    assert l4s(previewed(before, pool("a", 4), pool("b", 3))) == (7, 10, 10)
    assert list(previewed(before, pool("a", 4), most=5).violations()) == []  # it takes nothing
    assert len(list(previewed(before, pool("a", 5), most=7).violations())) == 1


def test_what_an_interrupted_update_was_changing_is_either(state):
    begun = [{"type": "updating", "resource": existing("a", 9)}, {"type": "deleting", "resource": existing("a", 4)}]
    assert l4s(previewed(state(existing("a", 4), pending=begun), pool("a", 5)))[:2] == (9, 9)


def test_what_an_interrupted_update_was_changing_stays_either_until_something_sets_it_again(state):
    before = state(existing("a", 4), pending=[{"type": "updating", "resource": existing("a", 9)}])
    assert l4s(previewed(before, pool("a", 4))) == (9, 9, 9)
    assert l4s(previewed(before, pool("a", 5))) == (9, 9, 5)
    upgraded = {"version": "1.34"}
    assert l4s(previewed(before, pool("a", 4, inputs=upgraded))) == (9, 9, 9)
    assert l4s(previewed(before, pool("a", 4, inputs={"maxPodsPerNode": 64}))) == (9, 9, 4)
    found = beyond_pack(asked(program(pool("a", 4)), 8), previewed(before, pool("a", 4), most=8))
    assert [violation.holder for violation in found] == ["a"]


def test_what_an_interrupted_update_was_changing_is_either_while_it_goes(state):
    pending = [{"type": "updating", "resource": existing("a", 9)}]
    assert l4s(previewed(state(existing("a", 4), pending=pending), pool("b", 1))) == (9, 10, 1)
    twice = state(existing("a", 4), existing("a", 2, delete=True), pending=pending)
    assert l4s(previewed(twice, pool("a", 4))) == (11, 11, 9)


def test_the_way_on_from_an_interrupted_update_is_to_find_out_what_is_there(state):
    find_out = "Run `pulumi refresh --stack dev`, which finds out what is there, and preview its new state."
    begun = [{"type": "creating", "resource": existing("b", 3)}]
    (refused,) = previewed(state(existing("a", 4), pending=begun), pool("a", 5), most=7).violations()
    assert refused.message == (
        "While the update runs, dev may hold 8 NVIDIA L4 (7 before it): an interrupted update may have left b with 3 "
        f"there when a with 5 comes; other stacks 0; outside 0; kept free 0 → 8 of 7 in us-central1. {find_out}"
    )
    (refused,) = previewed(state(existing("c", 4), pending=begun), pool("a", 4), most=10).violations()
    assert (
        "Pulumi deletes last, so c with 4 is still there, and an interrupted update may have left b with 3 there when "
        "a with 4 comes;"
    ) in refused.message
    assert refused.message.endswith(f"--policy-pack policies` again. Before that: {find_out}")


def test_what_is_only_read_holds_nothing(state):
    assert l4s(previewed(state(existing("a", 4, external=True)), pool("b", 4))) == (0, 4, 4)


def test_a_pool_of_another_provider_s_project_is_another_pool(state):
    elsewhere = {"project": None}
    before = state(existing("a", 4, settings=elsewhere))
    graph = program(pool("a", 4, inputs=elsewhere))
    provider = replace(graph.resources[0], inputs={**PROVIDER, "project": "other-ml"})
    moved = Graph("weighbridge", "dev", (provider, *graph.resources[1:]))
    found = PreviewedUpdate(asked(moved), moved, before, compare(moved, before))
    assert l4s(found) == (4, 8, 4)
    keys = {(c.key.project, c.peak) for c in found.update.during.claims if c.key.quota_id == L4}
    assert keys == {("example-ml", 4), ("other-ml", 4)}


# -- what the program ignores ------------------------------------------------------------------------------------------


def all_of(update: PreviewedUpdate) -> Iterator[Violation]:
    return beyond_pack(update.given, update)


def test_what_is_deployed_counts_where_somebody_else_raised_it(state):
    drifted = state(existing("a", 4, outputs={"autoscaling": {"totalMaxNodeCount": 50, "maxNodeCount": 0}}))
    kept = pool("a", 4, ignore_changes=("autoscaling",))
    found = list(all_of(previewed(drifted, kept, most=24)))
    assert [violation.message.partition(";")[0] for violation in found] == ["a: 50 NVIDIA L4 at peak"]
    assert list(all_of(previewed(drifted, pool("a", 4), most=24))) == []  # not ignored: set back


def test_a_replacement_takes_what_the_program_says_after_all(state):
    kept = pool("a", 1, given="a-2", ignore_changes=("autoscaling",))
    written = replace(kept, written={**kept.inputs, "autoscaling": {"totalMaxNodeCount": 30}})
    before = state(existing("a", 1, given="a-1"))
    assert l4s(previewed(before, written)) == (1, 30, 30)
    (violation, *_) = all_of(previewed(before, written, most=24))
    assert violation.message.startswith("a-2: 30 NVIDIA L4 at peak")


def doubted(before: StackState | None, *pools: Resource) -> list[str]:
    return [violation.message.partition(",")[0] for violation in ignored(asked(program(*pools)), before)]


def test_without_a_state_an_ignored_quota_path_is_a_doubt(state):
    ignoring = pool("a", 4, ignore_changes=("autoscaling", "version"))
    assert doubted(None, ignoring) == ["a: ignoreChanges has autoscaling"]
    assert doubted(state(existing("a", 4)), ignoring) == []
    assert doubted(state(), ignoring) == []  # it is new
    assert doubted(None, pool("a", 4, ignore_changes=("initialNodeCount", "nodeConfig.labels"))) == []


def test_an_import_keeps_what_nobody_knows(state):
    ignoring = pool("a", 4, ignore_changes=("autoscaling",), import_id="x")
    assert doubted(state(), ignoring) == ["a: ignoreChanges has autoscaling"]
    assert doubted(state(existing("a", 4)), ignoring) == []
    renamed = replace(ignoring.options, aliases=(urn(NODE_POOL, "b"),))
    assert doubted(state(existing("b", 4)), replace(ignoring, options=renamed)) == []
    assert doubted(state(), pool("a", 4, import_id="x")) == []


def test_what_is_retained_in_the_state_is_not_let_go(state):
    before = state(existing("a", 4, retainOnDelete=True))
    (violation,) = previewed(before, pool("b", 1)).violations()
    assert violation.message.startswith("a goes, but in the state retainOnDelete leaves it in the cloud")
    assert list(previewed(before, pool("a", 1)).violations()) == []


def test_what_went_with_something_else_than_its_cluster_is_not_let_go(state):
    before = state(existing("a", 4, deletedWith=urn(NODE_POOL, "b")), existing("b", 1))
    (violation,) = previewed(before, pool("c", 1)).violations()
    assert violation.message.startswith("a goes, but in the state deletedWith b leaves it in the cloud")
    own = state(existing("a", 4, deletedWith=urn(CLUSTER, "dev")))
    assert list(previewed(own, pool("c", 1)).violations()) == []


def test_options_that_a_pack_is_not_told_are_judged_beside_it(state):
    for options in ({"retain_on_delete": True}, {"deleted_with": urn(NODE_POOL, "b")}):
        given = asked(program(pool("a", 4, **options)))
        assert as_asked(given).demand.doubts == ()
        for update in (None, previewed(state(), pool("a", 4, **options))):
            (violation,) = beyond_pack(given, update)
            assert " leaves it in the cloud once it is deleted or replaced" in violation.message
            assert (violation.holder, violation.exemptible) == ("a", False)
    abandoned = asked(program(pool("a", 4, inputs={"deletionPolicy": "ABANDON"})))
    assert list(beyond_pack(abandoned, None)) == []  # the pack says it
    assert len(as_asked(abandoned).demand.doubts) == 1
