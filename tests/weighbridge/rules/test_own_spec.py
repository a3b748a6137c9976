"""A stack stays within its own spec, which is all that other stacks know of it."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.graphs import cluster, node_pool, of_spec
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, NOW, REGION, holding, prod, quota_file, spec, specs
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Demand, Doubt
from weighbridge.rules.own_spec import beyond_own_spec
from weighbridge.rules.shared_quota import judge, judge_all
from weighbridge.rules.violation import Excess, Violation
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec

L4, ALL, VMS, SSD = (
    "NVIDIA-L4-GPUS-per-project-region", "GPUS-ALL-REGIONS-per-project", "INSTANCES-per-project-region",
    "SSD-TOTAL-GB-per-project-region",
)  # fmt: skip
WHO = {"reason": "r", "owner": "ml@example.com", "review_by": "2035-01-31"}
DEV = spec({"serve": {"machine_type": "g2-standard-4", "nodes": {"min": 0, "max": 2}}})


def pool(name: str, most: int) -> Any:
    return node_pool(
        name,
        nodeConfig={"machineType": "g2-standard-4", "diskSizeGb": 100.0, "diskType": "pd-balanced"},
        autoscaling={"totalMaxNodeCount": float(most)},
        upgradeSettings={"maxSurge": 0.0},
    )


def found(
    *resources: Any, quota: QuotaFile | None = None, own: Spec | None = DEV, stack: str = "dev"
) -> list[Violation]:
    file = quota or quota_file()
    shared = shared_by(stack, {stack: own} if own is not None else {}, file)
    demand = graph_demand(resources, file, CATALOG)
    return list(beyond_own_spec("shared-quota", stack, demand, shared))


def declared(stack: str = "dev", **amounts: int) -> QuotaFile:
    ids = {"l4": (L4, REGION), "all": (ALL, "global"), "vms": (VMS, REGION), "ssd": (SSD, REGION)}
    entries = [
        {"stack": stack, "quota": ids[name][0], "region": ids[name][1], "amount": amount, **WHO}
        for name, amount in amounts.items()
    ]
    return quota_file(beyond_spec=entries)


def test_what_the_spec_says_is_fine():
    assert found(*of_spec(DEV)) == []
    assert found(pool("serve", 2)) == []
    assert found(pool("other", 2)) == [], "the others count amounts, not names"


def test_more_is_a_violation_that_names_what_takes_it():
    held = [violation for violation in found(*of_spec(DEV), pool("hidden", 3)) if violation.excess]
    assert [violation.excess.quota.quota_id for violation in held if violation.excess.quota] == [ALL, VMS, L4, SSD]
    by_l4 = held[2]
    assert by_l4.message == (
        "hidden: 3 NVIDIA L4 at peak beyond the spec of dev, by which the other stacks count it → 5 of 2 in us-central1. "
        "Put it into stacks/dev.yaml, or let the quota's owners declare it under beyond_spec in stacks/quota.yaml."
    )
    assert (by_l4.holder, by_l4.urn) == ("hidden", pool("hidden", 3).urn)
    assert by_l4.excess == Excess(5, 2, "GPU", by_l4.excess.quota if by_l4.excess else None)


def test_a_larger_pool_of_the_same_name_is_more_too():
    (by_l4,) = [violation for violation in found(pool("serve", 3)) if "NVIDIA L4" in violation.message]
    assert by_l4.message.startswith("serve: 1 NVIDIA L4 at peak beyond the spec of dev")


def test_of_many_holders_the_largest_are_named():
    messages = [violation.message for violation in found(*(pool(f"p{n}", 9 - n) for n in range(6)))]
    assert any(message.startswith("p0, p1, p2, 3 more: 37 NVIDIA L4 ") for message in messages)


def test_what_is_declared_may_be_drawn_and_no_more():
    enough = declared(l4=3, all=3, vms=3, ssd=300)
    assert found(*of_spec(DEV), pool("hidden", 3), quota=enough) == []
    assert len(found(*of_spec(DEV), pool("hidden", 4), quota=enough)) == 4
    assert len(found(*of_spec(DEV), pool("hidden", 3), quota=declared("prod", l4=3, all=3, vms=3, ssd=300))) == 4


def test_a_stack_without_a_spec_is_refused_as_nobody_counts_it():
    (one,) = found(pool("s", 8), own=None, stack="scratch")
    assert one.message == (
        "scratch has no spec, so no other stack counts what it draws: s: 8 NVIDIA L4 in us-central1, 8 GPUs (all regions), "
        "800 SSD GB in us-central1, 8 VMs in us-central1. Write stacks/scratch.yaml, or let the quota's owners declare it "
        "under beyond_spec in stacks/quota.yaml."
    )
    assert found(own=None, stack="scratch") == [], "what draws on nothing is nobody's business"


def test_a_stack_without_a_spec_may_draw_what_is_declared_of_it():
    file = declared("scratch", l4=8, all=8, vms=8, ssd=800)
    assert found(pool("s", 8), own=None, stack="scratch", quota=file) == []
    over = found(pool("s", 9), own=None, stack="scratch", quota=file)
    assert over[2].message.startswith(
        "s: 1 NVIDIA L4 at peak beyond what is declared of scratch, which has no spec, by which the other stacks count it "
    )


def test_a_stack_that_is_not_listed_may_draw_on_nothing():
    (one,) = found(pool("serve", 1), quota=quota_file(stacks={"prod": {}}))
    assert one == Violation(
        "shared-quota",
        "dev draws on shared limits and is not under stacks in stacks/quota.yaml, so it could be forgotten. Let the quota's "
        "owners add it, such as `dev: {}`.",
        holder="dev",
    )
    assert found(quota=quota_file(stacks={"prod": {}})) == []
    assert found(pool("serve", 1), quota=quota_file(stacks={"dev": {}})) == []
    file = declared("scratch", l4=8, all=8, vms=8, ssd=800).model_copy(update={"stacks": {}})
    assert found(pool("s", 8), own=None, stack="scratch", quota=file) == [], "declared is listed"


@pytest.mark.parametrize(
    ("production", "listed", "blocked"),
    [(False, True, True), (True, True, False), (True, False, False), (False, False, False)],
)
def test_a_spec_that_stops_being_production_is_blocked(production: bool, listed: bool, blocked: bool):
    own = DEV.model_copy(update={"production": production})
    found_of = found(pool("serve", 1), own=own, quota=quota_file(stacks={"dev": {"production": listed}}))
    assert [(one.message, one.path) for one in found_of] == (
        [
            (
                (
                    "stacks/quota.yaml says that dev is production, and its spec no longer does. Set `production: true` in "
                    "stacks/dev.yaml, or let the quota's owners change the list."
                ),
                ("production",),
            )
        ]
        if blocked
        else []
    )


def test_a_spec_that_stops_being_production_is_blocked_where_it_draws_on_nothing():
    (one,) = found(quota=quota_file(stacks={"dev": {"production": True}}))
    assert (one.path, one.holder) == (("production",), "dev")


def test_a_spec_that_cannot_be_counted_grants_nothing():
    file = quota_file()
    shared = shared_by("dev", {"dev": DEV}, file)
    unclear = replace(shared, granted=Demand(shared.granted.claims, (Doubt("serve", "x is unknown"),)))
    (one,) = beyond_own_spec("shared-quota", "dev", graph_demand([pool("serve", 1)], file, CATALOG), unclear)
    assert one.message == "The spec of dev cannot be counted: serve: x is unknown."


def test_limits_of_another_project_are_no_question_of_this_folder():
    other = replace(pool("s", 8), inputs={**pool("s", 8).inputs, "project": "other-ml"})
    assert found(other) == []


def test_two_stacks_that_each_hide_something_are_both_blocked():
    """The sum of what they hold is over the limit, and neither sees the other's."""
    file = quota_file({"quota": L4, "region": REGION, "limit": 8, "dimensions": {}})
    both = {"dev": DEV, "prod": DEV.model_copy(update={"environment": "prod"})}
    for stack in both:
        shared = shared_by(stack, both, file)
        demand = graph_demand([*of_spec(DEV), pool("hidden", 3)], file, CATALOG)
        assert any("beyond the spec" in found.message for found in judge(stack, demand, shared, CATALOG, NOW))


def test_the_ledger_of_all_stacks_names_those_that_are_not_listed():
    file = quota_file(stacks={"dev": {}})
    demands = {stack: graph_demand([cluster()], file, CATALOG) for stack in ("dev", "prod")}
    assert judge_all(demands, file, CATALOG, NOW) == (
        "prod: it is not under stacks in stacks/quota.yaml. Let the quota's owners add it, or remove the spec.",
    )


@given(specs(), st.sampled_from([{}, {"stacks": {"dev": {}}}]))
@settings(max_examples=60, deadline=None)
def test_what_the_components_make_of_a_spec_is_never_beyond_it(one: Spec, more: dict[str, Any]):
    file = holding(quota_file(**more), one)
    assert found(*of_spec(one), quota=file, own=one) == []


def test_no_exemption_lifts_what_nobody_else_counts():
    pools = [pool("a", 3), pool("b", 9)]
    by_l4 = next(one for one in found(*pools) if "NVIDIA L4" in one.message)
    key = QuotaKey("example-ml", REGION, L4)
    assert replace(by_l4, message="") == Violation(
        "shared-quota", "", pools[1].urn, holder="b", excess=Excess(12, 2, "GPU", key), exemptible=False
    )
    assert by_l4.message.startswith("b, a: 10 NVIDIA L4 at peak beyond the spec of dev"), "the largest first"
    (none,) = found(pool("s", 8), own=None, stack="scratch")
    assert replace(none, message="") == Violation("shared-quota", "", pool("s", 8).urn, holder="s", exemptible=False)


def test_a_spec_that_cannot_be_counted_is_not_exempt_and_said_once():
    file = quota_file()
    shared = shared_by("dev", {"dev": DEV}, file)
    doubts = (Doubt("serve", "x is unknown"), Doubt("known", "y"))
    unclear = replace(shared, granted=Demand(shared.granted.claims, doubts))
    own = graph_demand([pool("serve", 1)], file, CATALOG)
    own = replace(own, doubts=(Doubt("known", "y"),))
    assert list(beyond_own_spec("shared-quota", "dev", own, unclear)) == [
        Violation(
            "shared-quota", "The spec of dev cannot be counted: serve: x is unknown.", holder="serve", exemptible=False
        )
    ]


def test_a_stack_with_a_spec_is_to_be_listed_whatever_is_declared_of_it():
    file = declared("dev", l4=1, all=1, vms=1, ssd=100).model_copy(update={"stacks": {}})
    (one,) = found(pool("serve", 1), quota=file)
    assert one.message.startswith("dev draws on shared limits and is not under stacks in stacks/quota.yaml")


def test_a_limit_that_the_spec_draws_nothing_of_is_exceeded_by_all_of_it():
    (by_a100, *_) = (one for one in found(node_pool("train")) if "A100" in one.message)
    assert by_a100.message.startswith("train: 3 NVIDIA A100 at peak beyond the spec of dev, by which the other stacks")
    assert "→ 3 of 0 in us-central1. " in by_a100.message


def test_four_holders_are_named_and_of_more_three():
    for count, names in ((4, "p0, p1, p2, p3"), (5, "p0, p1, p2, 2 more")):
        messages = [one.message for one in found(*(pool(f"p{n}", 9 - n) for n in range(count)))]
        assert any(text.startswith(f"{names}: ") for text in messages)


def test_a_spec_that_was_production_by_its_own_record_is_blocked():
    own = prod().model_copy(update={"production": False})
    (violation,) = found(own=own, stack="prod")
    assert violation.message == (
        "stacks/prod.yaml no longer says `production: true`, and v7 of ranker was accepted on production. Set it again; to take the stack down, "
        "`weighbridge retire prod --reason TEXT`; to make it another kind of stack, take its `accepted` out and have its versions accepted anew."
    )
    assert (violation.path, violation.holder) == (("production",), "prod")
