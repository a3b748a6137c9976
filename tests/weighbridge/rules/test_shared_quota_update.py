"""While an update runs both generations count, and the report says how to go in two steps."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.claim_books import book, claim
from tests.support.graphs import cluster, node_pool
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, NOW, limit, quota_file, spec
from weighbridge.claims.book import Book
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.update import Turn, Update, count_update
from weighbridge.resources.graph import Options
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.rules.shared_quota_update import judge_update, left_behind, unknown_ignored
from weighbridge.rules.violation import Violation
from weighbridge.spec.quota_file import QuotaFile

L4 = "NVIDIA-L4-GPUS-per-project-region"
DEV = spec({"serve": {"machine_type": "g2-standard-4", "nodes": {"min": 0, "max": 4}}})
AROUND = Surroundings.of([cluster()], quota_file(), CATALOG)


def pool(name: str, most: int, **more: Any) -> HeldResource:
    return node_pool(
        name,
        nodeConfig={"machineType": "g2-standard-4", "diskSizeGb": 100.0, "diskType": "pd-balanced"},
        autoscaling={"totalMaxNodeCount": float(most)},
        upgradeSettings={"maxSurge": 0.0},
        **more,
    )


def l4s(most: int, **more: Any) -> QuotaFile:
    return quota_file(limit(L4, most), **more)


def counted(*turns: Turn) -> Update:
    return count_update(turns, AROUND, AROUND)


def judged(quota: QuotaFile, *turns: Turn, own: Any = DEV, claims: Book | None = None) -> list[Violation]:
    shared = replace(shared_by("dev", {"dev": own} if own is not None else {}, quota), claims=claims)
    program = [turn.new for turn in turns if turn.new is not None and turn.new is not turn.old]
    after = graph_demand([cluster(), *program], quota, CATALOG)
    return list(judge_update("dev", counted(*turns), after, shared, CATALOG, NOW))


def one(quota: QuotaFile, *turns: Turn, own: Any = DEV) -> str:
    (violation,) = judged(quota, *turns, own=own)
    return violation.message


RENAMED = Turn(pool("old", 4), None), Turn(None, pool("serve", 4))


def test_a_renamed_pool_is_there_twice():
    (violation,) = judged(l4s(7), *RENAMED)
    assert violation.message == (
        "While the update runs, dev may hold 8 NVIDIA L4 (4 before it): Pulumi deletes last, so old with 4 is still there when serve with 4 comes; "
        "other stacks 0; outside 0; kept free 0 → 8 of 7 in us-central1. "
        "Do it in two steps: 1. leave serve out of stacks/dev.yaml, and run `pulumi up --stack dev --policy-pack policies`, which deletes old; 2. make the rest of the change, and run `pulumi up --stack dev --policy-pack policies` again."
    )
    assert (violation.rule, violation.holder, violation.level) == ("shared-quota", "serve", "mandatory")
    assert violation.excess is not None
    assert (violation.excess.demand, violation.excess.limit) == (8, 7)
    assert judged(l4s(8), *RENAMED) == []


def test_a_share_is_no_larger_while_an_update_runs():
    quota = l4s(16, shares={"dev": "25%"})
    assert one(quota, *RENAMED) == (
        "While the update runs, dev may hold 8 NVIDIA L4 (4 before it): Pulumi deletes last, so old with 4 is still there when serve with 4 comes; "
        "the share of dev is 25% of 16 → 8 of 4 in us-central1. "
        "Do it in two steps: 1. leave serve out of stacks/dev.yaml, and run `pulumi up --stack dev --policy-pack policies`, which deletes old; 2. make the rest of the change, and run `pulumi up --stack dev --policy-pack policies` again."
    )


def test_the_stack_s_own_spec_bounds_what_is_there_afterwards_only():
    assert judged(quota_file(), *RENAMED) == []


def test_other_stacks_and_what_is_kept_free_count_as_ever():
    quota = l4s(20, keep_free="10%", outside=[
        {"what": "notebooks", "quota": L4, "region": "us-central1", "amount": 3, "owner": "a@example.com", "review_by": "2035-01-01"}
    ])  # fmt: skip
    other = spec(
        {
            "other": {
                "machine_type": "g2-standard-4",
                "nodes": {"min": 0, "max": 8},
                "upgrade": {"max_surge": 0, "max_unavailable": 1},
            }
        }
    )
    shared = shared_by("dev", {"dev": DEV, "prod": other}, quota)
    after = graph_demand([cluster(), pool("serve", 4)], quota, CATALOG)
    (violation,) = judge_update("dev", counted(*RENAMED), after, shared, CATALOG, NOW)
    assert "; other stacks 8 (prod 8); outside 3; kept free 2 → 21 of 20 in us-central1. " in violation.message
    assert violation.exemptible  # without the part that is kept free, Google's limit holds it


def test_a_replacement_that_comes_first_is_there_twice():
    assert one(l4s(7), Turn(pool("serve", 4), pool("serve", 4), both=True), own=None) == (
        "While the update runs, dev may hold 8 NVIDIA L4 (4 before it): Pulumi deletes last, so serve with 4 is still there when serve with 4 comes; "
        "other stacks 0; outside 0; kept free 0 → 8 of 7 in us-central1. "
        "Do it in two steps: 1. leave serve out of the program, and run `pulumi up --stack dev --policy-pack policies`, which deletes serve; 2. make the rest of the change, and run `pulumi up --stack dev --policy-pack policies` again."
    )


def test_one_that_shrinks_makes_no_room_yet_for_one_that_grows():
    turns = Turn(pool("a", 6), pool("a", 2)), Turn(pool("b", 1), pool("b", 5))
    assert one(l4s(10), *turns).endswith(
        "so a with 6 is still there when b with 5 comes; other stacks 0; outside 0; kept free 0 → 11 of 10 in us-central1. "
        "Do it in two steps: 1. keep b as before, and run `pulumi up --stack dev --policy-pack policies`, which lowers a; 2. make the rest of the change, and run `pulumi up --stack dev --policy-pack policies` again."
    )
    assert judged(l4s(11), *turns) == []


def test_what_only_gives_back_is_never_refused_however_full_the_limit_is():
    assert judged(l4s(5), Turn(pool("a", 50), pool("a", 2))) == []
    assert judged(l4s(5), Turn(pool("a", 50), None), Turn(pool("b", 2), pool("b", 2))) == []
    assert len(judged(l4s(5), Turn(pool("a", 50), None), Turn(None, pool("b", 2)))) == 1


def test_what_does_not_fit_afterwards_either_is_said_by_the_rule_itself():
    assert judged(l4s(3), *RENAMED) == []


def test_many_names_are_cut():
    turns = [Turn(pool(f"old-{number}", 1), None) for number in range(6)]
    assert "so old-0 with 1, old-1 with 1, old-2 with 1, 3 more are still there when" in one(
        l4s(11), *turns, Turn(None, pool("serve", 6))
    )


STRANGE = pool("old", 4)
STRANGE = replace(STRANGE, inputs={**STRANGE.inputs, "nodeConfig": {"machineType": "q9-mega"}})


def test_what_is_in_the_state_and_cannot_be_counted_may_go_alone_only():
    assert judged(quota_file(), Turn(STRANGE, None)) == []
    assert one(quota_file(), Turn(STRANGE, None), Turn(None, pool("serve", 1))) == (
        "old is in the state and cannot be counted: nodeConfig.machineType 'q9-mega' is not in the catalog: use one that `weighbridge catalog` lists. "
        "Nobody can tell what it holds while the update adds to the stack before it deletes that. "
        "Do it in two steps: 1. leave what is new or larger out of stacks/dev.yaml, and run `pulumi up --stack dev --policy-pack policies`; 2. add it, and run `pulumi up --stack dev --policy-pack policies` again."
    )


def kept(held: HeldResource) -> HeldResource:
    return replace(held, options=Options(retain_on_delete=True))


def behind(*turns: Turn) -> list[Violation]:
    return list(left_behind("dev", counted(*turns), AROUND, AROUND))


def test_what_leaves_the_stack_and_stays_in_the_cloud_is_refused():
    (violation,) = behind(Turn(kept(pool("old", 4)), None))
    assert violation.message == (
        "old goes, but in the state retainOnDelete leaves it in the cloud once it is deleted or replaced, where no stack counts it: take the option away. "
        "First run `pulumi up --stack dev --policy-pack policies` with that change and nothing else, then let it go; or let the quota's owners count it under outside in stacks/quota.yaml, "
        "and exempt urn:pulumi:dev::weighbridge::gcp:container/nodePool:NodePool::old from shared-quota there."
    )
    assert violation.exemptible
    assert violation.holder == "old"
    (violation,) = behind(Turn(pool("old", 4, deletionPolicy="ABANDON"), pool("old", 4), both=True))
    assert 'deletionPolicy "ABANDON"' in violation.message


def test_what_stays_or_holds_nothing_or_is_refused_already_is_not_left_behind():
    assert behind(Turn(kept(pool("old", 4)), pool("old", 4))) == []
    assert behind(Turn(kept(pool("old", 4)), kept(pool("old", 4)), both=True)) == []
    assert behind(Turn(pool("old", 4), None), Turn(None, kept(pool("new", 4)))) == []


def test_ignored_paths_are_named_with_a_way_on():
    violation = unknown_ignored(pool("serve", 1), ("autoscaling", "nodeLocations"), "dev", imported=False)
    assert violation.message == (
        "serve: ignoreChanges has autoscaling, nodeLocations, so what exists keeps the value that the stack's state has, and the program's counts for nothing. "
        "Run `pulumi stack export --stack dev > state.json` and preview with `--against state.json`, or take it out of ignoreChanges."
    )
    assert not violation.exemptible
    imported = unknown_ignored(pool("serve", 1), ("autoscaling",), "dev", imported=True)
    assert imported.message == (
        "serve: ignoreChanges has autoscaling, and an import keeps what the cloud has there, which no preview knows. "
        "Import it without that, and add it afterwards, or take it out of ignoreChanges."
    )


def test_claims_on_the_stack_itself_count_only_beyond_what_it_holds():
    """Six are claimed of it, of which two go beyond the four that it draws afterwards, and none beyond eight."""
    held = book(claim("dev", "pr-1", 6))
    assert judged(l4s(8), *RENAMED, claims=held) == []
    (violation,) = judged(l4s(7), *RENAMED, claims=held)
    assert "; other stacks 0; outside 0; kept free 0 → 8 of 7 in us-central1" in violation.message
    (violation,) = judged(l4s(10), *RENAMED, claims=book(claim("prod", "pr-2", 3)))
    assert "; claimed 3 (prod by pr-2 until 2026-12-02 3); kept free 0 → 11 of 10" in violation.message


def test_a_share_that_is_exceeded_afterwards_too_is_said_by_the_rule_itself():
    quota = l4s(16, shares={"dev": "25%"})
    assert len(judged(quota, Turn(pool("old", 4), None), Turn(None, pool("serve", 4)))) == 1
    assert judged(quota, Turn(pool("old", 6), None), Turn(None, pool("serve", 6))) == []
    assert judged(l4s(32, shares={"dev": "25%"}), *RENAMED) == []  # all of the share, and no more


def test_each_way_to_make_room_is_named():
    turns = (
        Turn(pool("gone", 2), None), Turn(pool("smaller", 4), pool("smaller", 2)),
        Turn(None, pool("new", 2)), Turn(pool("larger", 1), pool("larger", 3)),
        Turn(pool("again", 2), pool("again", 1), both=True),
    )  # fmt: skip
    assert one(l4s(10), *turns) == (
        "While the update runs, dev may hold 14 NVIDIA L4 (9 before it): Pulumi deletes last, so gone with 2, smaller with 4, again with 2 are still there when new with 2, larger with 3, again with 1 come; "
        "other stacks 0; outside 0; kept free 0 → 14 of 10 in us-central1. "
        "Do it in two steps: 1. leave new, again out of stacks/dev.yaml and keep larger as before, and run `pulumi up --stack dev --policy-pack policies`, which deletes gone, again and lowers smaller; 2. make the rest of the change, and run `pulumi up --stack dev --policy-pack policies` again."
    )


def test_what_an_interrupted_update_may_have_left_is_named_with_what_finds_out():
    find_out = "Run `pulumi refresh --stack dev`, which finds out what is there, and preview its new state."
    created = pool("left", 3)  # by an update that was interrupted, and no program has it
    left = Turn(created, created, interrupted=True)
    (violation,) = judged(l4s(6), left, Turn(None, pool("serve", 4)))
    assert violation.message.endswith(find_out)
    assert "(3 before it): an interrupted update may have left left with 3 there when serve with 4 comes; " in (
        violation.message
    )
    message = one(l4s(10), left, *RENAMED)
    assert "so old with 4 is still there, and an interrupted update may have left left with 3 there when" in message
    assert message.endswith(f"again. Before that: {find_out}")
    elsewhere = Turn(pool("left", 3), None, interrupted=True)
    assert "may have left" not in one(l4s(6), elsewhere, Turn(None, pool("serve", 4)))


def test_the_violation_is_of_what_comes_and_takes_most():
    (violation,) = judged(
        l4s(9), Turn(pool("old", 4), None), Turn(None, pool("a", 1)), Turn(None, pool("b", 3)), Turn(None, pool("c", 2))
    )
    assert violation.holder == "b"
    assert violation.urn == pool("b", 3).urn


def test_other_stacks_that_take_most_are_named_first():
    specs = {
        stack: spec({"pool": {"machine_type": "g2-standard-4", "nodes": {"min": 0, "max": most},
                              "upgrade": {"max_surge": 0, "max_unavailable": 1}}}, stack)
        for stack, most in (("a", 1), ("d", 3), ("c", 3))
    }  # fmt: skip
    quota = l4s(14)
    shared = shared_by("dev", {"dev": DEV, **specs}, quota)
    after = graph_demand([cluster(), pool("serve", 4)], quota, CATALOG)
    (violation,) = judge_update("dev", counted(*RENAMED), after, shared, CATALOG, NOW)
    assert "; other stacks 7 (c 3, d 3, a 1); outside 0; " in violation.message


def test_what_cannot_be_told_of_what_goes_is_told():
    (violation,) = behind(Turn(pool("old", 4, deletionPolicy="LATER"), None))
    assert violation.message.startswith("old goes, but in the state deletionPolicy 'LATER' is unknown: use one of ")
