"""The exact words of each violation, and that its advice is right."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.claim_books import book, claim
from tests.support.quota_demand import demand_of_specs, shared_by
from tests.support.specs import CATALOG, NOW, quota_file, spec
from tests.support.specs import limit as limit_of
from weighbridge.catalog import Catalog, UnknownQuota
from weighbridge.claims.held import UnreadClaims
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.ledger import Demand, Doubt
from weighbridge.rules.rule_input import Shared
from weighbridge.rules.shared_quota import judge, judge_all
from weighbridge.rules.violation import Excess, Violation
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec

L4 = "NVIDIA-L4-GPUS-per-project-region"
SPOT_A100 = "PREEMPTIBLE-NVIDIA-A100-GPUS-per-project-region"


def gpus(limit: int, quota: str = L4, **more: Any) -> QuotaFile:
    return quota_file(limit_of(quota, limit), **more)


def l4(most: int, **more: Any) -> dict[str, Any]:
    """A pool of one-GPU machines, without surge unless asked for."""
    return {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": most}, **more}


def judged(own: Spec, others: dict[str, Spec], quota: QuotaFile, now: datetime = NOW) -> tuple[Violation, ...]:
    shared = shared_by(own.environment, {own.environment: own, **others}, quota)
    return judge(own.environment, spec_demand(own, quota, CATALOG), shared, CATALOG, now)


def messages(own: Spec, others: dict[str, Spec], quota: QuotaFile, now: datetime = NOW) -> list[str]:
    return [finding.message for finding in judged(own, others, quota, now)]


def test_what_fits_has_no_findings():
    assert messages(spec({"serve-l4": l4(4)}), {}, gpus(4)) == []


def test_the_message_of_one_pool_names_everybody_and_what_to_do():
    a100 = {"machine_type": "a2-highgpu-4g", "provisioning": "spot"}
    quota = gpus(16, SPOT_A100, keep_free="10%", spot_pools=["NVIDIA_A100"])
    others = {
        "prod": spec({"train": a100 | {"nodes": {"min": 0, "max": 1}}}, "prod"),
        "staging": spec(
            {"train": {"machine_type": "a2-highgpu-2g", "provisioning": "spot", "nodes": {"min": 0, "max": 1}}},
            "staging",
        ),
    }
    own = spec(
        {"train-a100": a100 | {"nodes": {"min": 0, "max": 2}, "upgrade": {"max_surge": 1, "max_unavailable": 0}}}
    )
    assert messages(own, others, quota) == [
        (
            "train-a100: 12 NVIDIA A100 (spot) at peak; other stacks 6 (prod 4, staging 2); outside 0; kept "
            "free 2 → 20 of 16 "
            "in us-central1. Lower nodes.max to 1, or ask for 4 more."
        )
    ]


def test_outside_uses_are_named():
    entry = {
        "what": "search team notebooks", "quota": L4, "region": "us-central1", "amount": 2, "owner": "s@example.com",
        "review_by": "2035-01-31",
    }  # fmt: skip
    assert messages(spec({"serve-l4": l4(4)}), {}, gpus(5, outside=[entry])) == [
        (
            "serve-l4: 4 NVIDIA L4 at peak; other stacks 0; outside 2 (search team notebooks); kept free 0 → 6 of 5 in "
            "us-central1. Lower nodes.max to 3, or ask for 1 more."
        )
    ]
    second = entry | {"what": "a demo", "amount": 1}
    assert (
        "outside 3 (search team notebooks 2, a demo 1); "
        in messages(spec({"serve-l4": l4(4)}), {}, gpus(5, outside=[entry, second]))[0]
    )


def test_several_holders_are_added_up_and_the_smallest_loss_is_advised():
    own = spec({"serve-l4": l4(9), "train-l4": {"machine_type": "g2-standard-24", "nodes": {"min": 0, "max": 2}}})
    assert messages(own, {}, gpus(11)) == [
        (
            "serve-l4, train-l4: 13 NVIDIA L4 at peak (9 + 4); other stacks 0; outside 0; kept free 0 → 13 of 11 in "
            "us-central1. Lower serve-l4 nodes.max to 7, or ask for 2 more."
        )
    ]


def test_the_finding_belongs_to_the_pool_that_is_to_be_lowered():
    own = spec_demand(spec({"a": l4(9), "b": l4(3)}), gpus(11), CATALOG)
    from dataclasses import replace

    claims = tuple(replace(claim, urn=f"urn-of-{claim.holder}") for claim in own.claims)
    assert judge("dev", Demand(claims), Shared(gpus(11), {}, None, own), CATALOG, NOW)[0].urn == "urn-of-a"


def test_many_holders_are_counted_not_listed():
    own = spec({f"pool-{n}": l4(6 - n) for n in range(5)})
    assert messages(own, {}, gpus(10)) == [
        (
            "pool-0, pool-1, pool-2, 2 more: 20 NVIDIA L4 at peak (6 + 5 + 4 + 5); other stacks 0; outside "
            "0; kept free 0 → "
            "20 of 10 in us-central1. No single pool can be lowered far enough: lower several, or ask for 10 more."
        )
    ]


def test_a_single_pool_that_cannot_be_lowered_far_enough():
    assert messages(spec({"serve-l4": l4(4)}), {"prod": spec({"serve-l4": l4(8)}, "prod")}, gpus(8)) == [
        (
            "serve-l4: 4 NVIDIA L4 at peak; other stacks 8 (prod 8); outside 0; kept free 0 → 12 of 8 in us-central1. "
            "nodes.max cannot be lowered far enough: ask for 4 more."
        )
    ]


def test_slices_of_one_pool_are_one_holder():
    quota = quota_file(limit_of("TPU-LITE-PODSLICE-V5-per-project-region", 32))
    own = spec(
        {"train-tpu": {"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "4x4", "slices": {"min": 0, "max": 3}}}
    )
    (one,) = messages(own, {}, quota)
    assert one.startswith("train-tpu: 48 ")
    assert one.endswith(" → 48 of 32 in us-central1. Lower slices.max to 2, or ask for 16 more.")


def test_per_zone_bounds_count_zones_and_large_numbers_have_separators():
    own = spec({"big": {"machine_type": "g2-standard-8", "nodes_per_zone": {"min": 0, "max": 900}}}, zones=2)
    (one,) = messages(own, {}, gpus(1000))
    assert one == (
        "big: 1,800 NVIDIA L4 at peak; other stacks 0; outside 0; kept free 0 → 1,800 of 1,000 in us-central1. Lower "
        "nodes_per_zone.max to 500, or ask for 800 more."
    )


def test_a_limit_that_is_absent_counts_as_zero():
    quota = gpus(9)
    quota = quota.model_copy(update={"limits": tuple(entry for entry in quota.limits if entry.quota != L4)})
    assert messages(spec({"serve-l4": l4(4)}), {"prod": spec({"x": l4(1)}, "prod")}, quota) == [
        (
            f"serve-l4: 4 NVIDIA L4 at peak, but stacks/quota.yaml has no limit for {L4} in us-central1, "
            "which counts as zero. "
            "Add it there as granted "
            "(`weighbridge quota pull` reads it), or ask for 5."
        )
    ]


def test_another_project_has_other_limits():
    quota = gpus(9).model_copy(update={"project": "other-ml"})
    assert messages(spec({"serve-l4": l4(4)}), {}, quota)[0].endswith(
        " in project example-ml, but stacks/quota.yaml has the limits of other-ml only. Use other-ml, or "
        "judge this stack "
        "against a quota file of its own."
    )


def test_a_share_is_a_limit_of_its_own():
    assert messages(spec({"serve-l4": l4(8)}), {}, gpus(24, shares={"dev": "25%"}))[0] == (
        "serve-l4: 8 NVIDIA L4 at peak; the share of dev is 25% of 24 → 8 of 6 in us-central1. Lower "
        "nodes.max to 6, or "
        "raise the share of dev in stacks/quota.yaml."
    )


def test_stale_limits_admit_nothing():
    quota = gpus(24, max_age="30d")
    assert messages(spec({"serve-l4": l4(1)}), {}, quota, NOW + timedelta(days=40)) == [
        (
            "stacks/quota.yaml: limits were pulled at 2026-11-20 08:00 UTC, 44 days ago, and may be 30 days "
            "old at most, so they "
            "admit nothing. Read them again: `weighbridge quota pull`."
        )
    ]


def test_an_outside_use_past_its_review():
    entry = {
        "what": "a demo", "quota": L4, "region": "us-central1", "amount": 2, "owner": "s@example.com",
        "review_by": "2026-11-23",
    }  # fmt: skip
    assert messages(spec({"serve-l4": l4(1)}), {}, gpus(24, outside=[entry])) == [
        (
            f"stacks/quota.yaml: outside use 'a demo' (2 of {L4} in us-central1) was to be reviewed by 2026-11-23. "
            "s@example.com confirms it with a new review_by, or removes it."
        )
    ]


def test_limits_are_good_until_they_are_older_than_max_age():
    quota = gpus(24, max_age="30d")
    last = quota.pulled_at + timedelta(days=30)
    assert messages(spec({"serve-l4": l4(1)}), {}, quota, last) == []
    assert len(messages(spec({"serve-l4": l4(1)}), {}, quota, last + timedelta(seconds=1))) == 1


def test_limits_pulled_in_the_future_admit_nothing_but_for_a_day_of_clock_skew():
    quota = gpus(24)
    assert messages(spec({"serve-l4": l4(1)}), {}, quota, quota.pulled_at - timedelta(days=1)) == []
    for early in (timedelta(days=1, seconds=1), timedelta(days=10)):
        assert messages(spec({"serve-l4": l4(1)}), {}, quota, quota.pulled_at - early) == [
            (
                "stacks/quota.yaml: limits were pulled at 2026-11-20 08:00 UTC, which is in the future, so they admit "
                "nothing. Read them again: `weighbridge quota pull`."
            )
        ]


def test_an_outside_use_is_good_through_the_day_of_its_review():
    entry = {
        "what": "a demo", "quota": L4, "region": "us-central1", "amount": 2, "owner": "s@example.com",
        "review_by": "2026-11-24",
    }  # fmt: skip
    quota = gpus(24, outside=[entry])
    evening = datetime(2026, 11, 24, 23, 59, tzinfo=NOW.tzinfo)
    assert messages(spec({"serve-l4": l4(1)}), {}, quota, evening) == []
    assert len(messages(spec({"serve-l4": l4(1)}), {}, quota, evening + timedelta(minutes=1))) == 1


def test_a_violation_carries_its_holder_and_its_numbers():
    shared = gpus(24, shares={"dev": "25%"})
    absent = shared.model_copy(update={"limits": tuple(entry for entry in shared.limits if entry.quota != L4)})
    for own, quota, numbers in (
        ({"a": l4(9), "b": l4(3)}, gpus(11), ("a", 12, 11)),
        ({"a": l4(8)}, shared, ("a", 8, 6)),
        ({"a": l4(4)}, absent.model_copy(update={"shares": {}}), ("a", 4, 0)),
    ):
        (found,) = judged(spec(own), {}, quota)
        assert found.excess is not None
        assert (found.holder, found.excess.demand, found.excess.limit) == numbers
        assert found.excess.unit == "GPU"
        assert found.excess.quota is not None
        assert found.excess.quota.quota_id == L4


def test_doubts_admit_nothing_whoever_has_them():
    own = Demand(doubts=(Doubt("train", "x is unknown", "urn-of-train"),))
    others = {"prod": Demand(doubts=(Doubt("serve", "y is unknown"),))}
    assert judge("dev", own, Shared(gpus(24), others, None, Demand()), CATALOG, NOW) == (
        Violation("shared-quota", "train: x is unknown.", "urn-of-train", holder="train"),
        Violation("shared-quota", "Stack prod cannot be counted: serve: y is unknown."),
    )


def test_what_others_exceed_among_themselves_is_not_this_stacks_fault():
    assert messages(spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 1}}}),
                {"prod": spec({"serve-l4": l4(9)}, "prod")}, gpus(8)) == []  # fmt: skip


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 60), st.sampled_from(["0%", "10%", "33%"]),
       st.sampled_from([{}, {"upgrade": {"strategy": "blue-green"}}, {"replacement": "create-first"}]))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_following_either_advice_makes_it_fit(first: int, second: int, limit: int, free: str, more: dict[str, Any]):
    pools = {"a": l4(first, **more), "b": {"machine_type": "g2-standard-24", "nodes": {"min": 0, "max": second}}}
    assume(limit > 0)
    found = messages(spec(pools), {}, gpus(limit, keep_free=free))
    if not found:
        return
    (one,) = found
    ask = int(one.rpartition("ask for ")[2].removesuffix(" more.").replace(",", ""))
    assert messages(spec(pools), {}, gpus(limit + ask, keep_free=free)) == []
    assert messages(spec(pools), {}, gpus(limit + ask - 1, keep_free=free)) != []
    if "Lower " in one:
        name, _, rest = one.partition("Lower ")[2].partition(" nodes.max to ")
        to = int(rest.partition(",")[0])
        for most, fits in ((to, True), (to + 1, False)):
            lowered = pools | {name: pools[name] | {"nodes": {"min": 0, "max": most}}}
            assert (messages(spec(lowered), {}, gpus(limit, keep_free=free)) == []) is fits


@pytest.mark.parametrize("limit", [-1, 2**53])
def test_unlimited_admits_everything(limit: int):
    assert messages(spec({"serve-l4": l4(10_000)}), {}, gpus(limit).model_copy(update={"limits": tuple(
        entry if entry.quota == L4 else entry.model_copy(update={"limit": -1}) for entry in gpus(limit).limits
    )})) == []  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "free", "exemptible"),
    [(5, "0%", False), (5, "50%", False), (8, "50%", True), (9, "50%", True)],
)
def test_what_is_kept_free_may_be_exempt_and_google_s_limit_may_not(limit: int, free: str, exemptible: bool):
    (one,) = judged(spec({"serve-l4": l4(8)}), {}, gpus(limit, keep_free=free))
    assert (one.exemptible, one.excess and one.excess.limit) == (exemptible, limit)


def test_a_doubt_about_nodes_may_not_be_exempt_and_one_about_other_types_may():
    urns = (
        "urn:pulumi:dev::p::x$gcp:container/nodePool:NodePool::a",
        "urn:pulumi:dev::p::gcp:next/thing:Thing::b",
        None,
    )
    own = Demand(doubts=tuple(Doubt("x", "m", urn) for urn in urns))
    shared = Shared(gpus(24), {}, None, Demand())
    assert [one.exemptible for one in judge("dev", own, shared, CATALOG, NOW)] == [False, True, True]


def test_a_share_and_a_limit_that_is_absent():
    (share,) = judged(spec({"serve-l4": l4(8)}), {}, gpus(24, shares={"dev": "25%"}))[:1]
    quota = gpus(9)
    absent = quota.model_copy(update={"limits": tuple(entry for entry in quota.limits if entry.quota != L4)})
    (missing,) = judged(spec({"serve-l4": l4(4)}), {}, absent)
    assert (share.exemptible, missing.exemptible) == (True, False)


RESERVED = {"name": "block", "zone": "us-central1-a", "machine_type": "g2-standard-8", "owner": "i@example.com"}


def reserved(most: int) -> dict[str, Any]:
    return l4(most, provisioning="reservation", reservation={"name": "block"})


def test_pools_that_name_a_reservation_fit_in_it_together():
    quota = gpus(24, reservations=[{**RESERVED, "count": 4}])
    assert messages(spec({"a": reserved(2)}), {"prod": spec({"b": reserved(2)}, "prod")}, quota) == []
    assert messages(spec({"a": reserved(3)}), {"prod": spec({"b": reserved(2)}, "prod")}, quota) == [
        (
            "a: 3 machines of reservation block at peak; other stacks 2 (prod 2); outside 0; kept free 0 → 5 of 4 in "
            "us-central1. Lower nodes.max to 2, or reserve 1 more."
        )
    ]


def test_a_reservation_is_told_as_what_runs_outside():
    quota = gpus(5, reservations=[{**RESERVED, "count": 4}])
    assert messages(spec({"a": l4(2)}), {}, quota) == [
        (
            "a: 2 NVIDIA L4 at peak; other stacks 0; outside 4 (reservation block); kept free 0 → 6 of 5 in us-central1. "
            "Lower nodes.max to 1, or ask for 1 more."
        )
    ]


def test_who_uses_a_reservation_is_told_that_it_exceeds_a_limit():
    quota = gpus(24, reservations=[{**RESERVED, "count": 40}])
    assert messages(spec({"a": reserved(40)}), {}, quota) == [
        (
            "reservation block, which this stack uses: 40 NVIDIA L4; all together 40 of 24 in us-central1. i@example.com "
            "corrects the entry in stacks/quota.yaml, or asks for more."
        )
    ]
    assert messages(spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 1}}}), {}, quota) == []


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"reservations": [{**RESERVED, "count": 1, "review_by": "2026-11-23"}]},
         "reservation block was to be reviewed by 2026-11-23. i@example.com confirms it with a new review_by, or removes it."),
        ({"reservations": [{**RESERVED, "count": 1, "calendar": {"from": "2026-11-01", "to": "2026-11-23"}}]},
         "reservation block ended on 2026-11-23, and its machines with it. i@example.com removes it, and what uses it."),
        ({"reservations": [{**RESERVED, "count": 1, "calendar": {"from": "2026-11-01", "to": "2026-11-23"},
                            "review_by": "2035-01-31"}]},
         "reservation block ended on 2026-11-23, and its machines with it. i@example.com removes it, and what uses it."),
        ({"reservations": [{**RESERVED, "count": 1, "calendar": {"from": "2026-11-01", "to": "2026-11-22"},
                            "review_by": "2026-11-22"}]},
         "reservation block was to be reviewed by 2026-11-22. i@example.com confirms it with a new review_by, or removes it."),
        ({"beyond_spec": [{"stack": "prod", "quota": L4, "region": "us-central1", "amount": 1, "reason": "r",
                           "owner": "o@example.com", "review_by": "2026-11-23"}]},
         (f"what prod draws beyond its spec (1 of {L4} in us-central1) was to be reviewed by 2026-11-23. o@example.com "
         "confirms it with a new review_by, or removes it.")),
        ({"allow": [{"type": "gcp:next/thing:Thing", "reason": "r", "owner": "o@example.com", "review_by": "2026-11-23"}]},
         ("what allows gcp:next/thing:Thing was to be reviewed by 2026-11-23. o@example.com confirms it with a new review_by, "
         "or removes it.")),
    ],
)  # fmt: skip
def test_what_is_declared_is_believed_until_its_review(declared: dict[str, Any], message: str):
    assert messages(spec({"a": l4(1)}), {}, gpus(24, **declared)) == [f"stacks/quota.yaml: {message}"]


A100 = "NVIDIA-A100-GPUS-per-project-region"


def a100(most: int) -> dict[str, Any]:
    return {"machine_type": "a2-highgpu-1g", "nodes": {"min": 0, "max": most}}


def test_the_other_stacks_are_named_by_what_they_take():
    others = {name: spec({"x": l4(most)}, name) for name, most in (("c", 1), ("b", 3), ("a", 1))}
    (one,) = messages(spec({"serve-l4": l4(4)}), others, gpus(8))
    assert "; other stacks 5 (b 3, a 1, c 1); " in one


def test_of_many_other_stacks_those_that_take_most_are_named():
    others = {f"team-{most}": spec({"x": l4(most)}, f"team-{most}") for most in range(1, 7)}
    (one,) = messages(spec({"serve-l4": l4(4)}), others, gpus(8))
    assert "; other stacks 21 (team-6 6, team-5 5, team-4 4, 3 more); " in one


@pytest.mark.parametrize(("count", "names"), [(4, "p0, p1, p2, p3"), (5, "p0, p1, p2, 2 more")])
def test_four_holders_are_listed_and_of_more_three(count: int, names: str):
    (one,) = messages(spec({f"p{n}": l4(2) for n in range(count)}), {}, gpus(2 * count - 1))
    assert one.startswith(f"{names}: {2 * count} NVIDIA L4 at peak (")


def test_where_all_is_kept_free_no_limit_is_large_enough():
    (one,) = messages(spec({"serve-l4": l4(1)}), {}, gpus(8, keep_free="100%"))[:1]
    assert one.endswith("nodes.max cannot be lowered far enough: keep less than all of it free.")


def test_what_draws_by_no_bound_is_told_to_ask():
    addresses = "IN-USE-ADDRESSES-per-project-region"
    quota = quota_file(limit_of(addresses, 0))
    found = [one for one in messages(spec({"a": l4(1)}), {}, quota) if "address" in one]
    assert found == [
        (
            "dev-nat-0: 1 external IP addresses at peak; other stacks 0; outside 0; kept free 0 → 1 of 0 in us-central1. "
            "Ask for 1 more."
        )
    ]


def test_every_limit_that_a_stack_exceeds_is_told_whoever_exceeds_another():
    """The limit that others exceed among themselves stands first, as it is fuller."""
    quota = quota_file(limit_of(A100, 1), limit_of(L4, 4))
    found = messages(spec({"serve-l4": l4(5)}), {"prod": spec({"train": a100(9)}, "prod")}, quota)
    assert [one.partition(";")[0] for one in found] == ["serve-l4: 5 NVIDIA L4 at peak"]


def test_a_violation_of_a_limit_has_its_key_and_its_holder():
    (found,) = judged(spec({"a": l4(9), "b": l4(3)}), {}, gpus(11))
    key = QuotaKey("example-ml", "us-central1", L4)
    assert found == Violation(
        "shared-quota", found.message, holder="a", excess=Excess(12, 11, "GPU", key), exemptible=False
    )


def test_what_a_reservation_exceeds_has_no_exemption():
    quota = gpus(24, reservations=[{**RESERVED, "count": 40}])
    (found,) = judged(spec({"a": reserved(40)}), {}, quota)
    excess = Excess(40, 24, "GPU", QuotaKey("example-ml", "us-central1", L4))
    assert found == Violation(
        "shared-quota", found.message, holder="reservation block", excess=excess, exemptible=False
    )


def together(specs: dict[str, Spec], quota: QuotaFile, now: datetime = NOW) -> tuple[str, ...]:
    return judge_all(demand_of_specs(specs, quota), quota, CATALOG, now)


SEVERAL = {"dev": spec({"a": l4(3)}), "prod": spec({"b": l4(6), "c": l4(1)}, "prod")}


def test_all_stacks_together_are_told_of_a_limit_once_from_the_side_of_the_largest():
    assert together(SEVERAL, gpus(10)) == ()
    assert together(SEVERAL, gpus(9)) == (
        (
            "prod: b, c: 7 NVIDIA L4 at peak (6 + 1); other stacks 3 (dev 3); outside 0; kept free 0 → 10 of 9 in us-central1. "
            "Lower b nodes.max to 5, or ask for 1 more."
        ),
    )
    assert together(SEVERAL, gpus(9, keep_free="10%"))[0].endswith(
        "kept free 1 → 11 of 9 in us-central1. Lower b nodes.max to 4, or ask for 3 more."
    )


def test_all_stacks_together_are_told_of_a_limit_that_is_absent():
    quota = gpus(9)
    absent = quota.model_copy(update={"limits": tuple(entry for entry in quota.limits if entry.quota != L4)})
    assert together(SEVERAL, absent) == (
        (
            "prod: b, c: 7 NVIDIA L4 at peak (6 + 1), but stacks/quota.yaml has no limit for NVIDIA-L4-GPUS-per-project-region in "
            "us-central1, which counts as zero. Add it there as granted (`weighbridge quota pull` "
            "reads it), or ask for 10."
        ),
    )


def test_all_stacks_together_are_told_of_each_share():
    found = [one for one in together(SEVERAL, gpus(24, shares={"dev": "10%", "prod": "25%"})) if "NVIDIA L4" in one]
    assert found == [
        (
            "dev: a: 3 NVIDIA L4 at peak; the share of dev is 10% of 24 → 3 of 2 in us-central1. Lower nodes.max to 2, or "
            "raise the share of dev in stacks/quota.yaml."
        ),
        (
            "prod: b, c: 7 NVIDIA L4 at peak (6 + 1); the share of prod is 25% of 24 → 7 of 6 in us-central1. Lower b "
            "nodes.max to 5, or raise the share of prod in stacks/quota.yaml."
        ),
    ]


def test_all_stacks_together_are_told_who_is_not_listed_what_is_in_doubt_and_what_is_stale():
    quota = gpus(24, max_age="30d", stacks={"dev": {}})
    doubts = {"dev": Demand(), "prod": Demand(doubts=(Doubt("serve", "y is unknown"),))}
    assert judge_all(doubts, quota, CATALOG, NOW) == (
        "prod: it is not under stacks in stacks/quota.yaml. Let the quota's owners add it, or remove the spec.",
        "prod: serve: y is unknown.",
    )
    late = judge_all({"dev": Demand()}, quota, CATALOG, NOW + timedelta(days=40))
    assert [one.partition(",")[0] for one in late] == ["stacks/quota.yaml: limits were pulled at 2026-11-20 08:00 UTC"]


def test_a_bound_may_be_lowered_to_its_least():
    (one,) = messages(spec({"serve-l4": l4(4)}), {}, gpus(1))
    assert one.endswith("→ 4 of 1 in us-central1. Lower nodes.max to 1, or ask for 3 more.")


def test_a_share_that_no_single_pool_can_keep():
    found = messages(spec({"a": l4(3), "b": l4(3)}), {}, gpus(24, shares={"dev": "10%"}))
    assert found[0] == (
        "a, b: 6 NVIDIA L4 at peak (3 + 3); the share of dev is 10% of 24 → 6 of 2 in us-central1. No single pool can be "
        "lowered far enough: lower several, or raise the share of dev in stacks/quota.yaml."
    )


def test_of_what_can_be_lowered_the_smallest_loss_is_advised():
    """One machine of b has two GPUs, so lowering it by one would take one more than is needed."""
    own = spec({"b": {"machine_type": "g2-standard-24", "nodes": {"min": 0, "max": 5}}, "a": l4(3)})
    (found,) = judged(own, {}, gpus(12))
    assert found.message.startswith("b, a: 13 NVIDIA L4 at peak (10 + 3); ")
    assert found.message.endswith("Lower a nodes.max to 2, or ask for 1 more.")
    assert found.holder == "a"


def test_a_limit_of_all_regions_is_told_without_a_region():
    every = "GPUS-ALL-REGIONS-per-project"
    quota = quota_file({**limit_of(every, 1), "region": "global"})
    assert messages(spec({"serve-l4": l4(2)}), {}, quota) == [
        (
            "serve-l4: 2 GPUs (all regions) at peak; other stacks 0; outside 0; kept free 0 → 2 of 1. Lower nodes.max to 1, "
            "or ask for 1 more."
        )
    ]


def test_a_share_and_an_absent_limit_have_their_key_and_holder():
    key = QuotaKey("example-ml", "us-central1", L4)
    (share,) = judged(spec({"a": l4(8)}), {}, gpus(24, shares={"dev": "25%"}))[:1]
    assert share == Violation("shared-quota", share.message, holder="a", excess=Excess(8, 6, "GPU", key))
    quota = gpus(9)
    absent = quota.model_copy(update={"limits": tuple(entry for entry in quota.limits if entry.quota != L4)})
    (missing,) = judged(spec({"a": l4(4)}), {}, absent)
    assert missing == Violation(
        "shared-quota", missing.message, holder="a", excess=Excess(4, 0, "GPU", key), exemptible=False
    )


def test_shares_that_one_bound_exceeds_say_once_what_to_lower_it_to():
    both = quota_file(
        limit_of(L4, 24), limit_of("GPUS-ALL-REGIONS-per-project", 48, region="global"), shares={"dev": "25%"}
    )
    found = messages(spec({"serve-l4": l4(14)}), {}, both)
    endings = {message.partition(" at peak")[0]: message.rpartition("→ ")[2] for message in found}
    assert endings == {
        "serve-l4: 14 NVIDIA L4": (
            "14 of 6 in us-central1. Lower nodes.max to 6, or raise the share of dev in stacks/quota.yaml."
        ),
        "serve-l4: 14 GPUs (all regions)": "14 of 12. Lowering nodes.max to 6 mends this too.",
    }
    apart = messages(spec({"a": l4(10), "b": {**l4(4), "machine_type": "a2-highgpu-1g"}}), {}, both)
    assert sum("or raise the share of dev" in message for message in apart) == 1, "the larger pool is lowered for both"


def test_claims_that_cannot_be_read_admit_nothing():
    own = spec({"serve": l4(4)})
    quota = gpus(4)
    shared = replace(shared_by("dev", {"dev": own}, quota), claims=UnreadClaims("claims.bucket can't be read"))
    (violation,) = judge("dev", spec_demand(own, quota, CATALOG), shared, CATALOG, NOW)
    assert violation.message == "stacks/quota.yaml: claims.bucket can't be read"
    assert (violation.holder, violation.exemptible) == ("stacks/quota.yaml", False)
    assert judge_all(demand_of_specs({"dev": own}, quota), quota, CATALOG, NOW, shared.claims) == (violation.message,)


def test_a_reservation_that_nobody_can_count_admits_nothing(monkeypatch):
    held = {
        "name": "block",
        "machine_type": "g2-standard-8",
        "zone": "us-central1-a",
        "count": 2,
        "owner": "i@example.com",
    }
    quota = gpus(6, reservations=[held])
    demands = demand_of_specs({"dev": spec({"serve": l4(4)})}, quota)
    assert judge_all(demands, quota, CATALOG, NOW) == ()
    shared = Shared(quota, {}, None, demands["dev"])

    def unknown(self, resource, match, provisioning, spot_pools):
        raise UnknownQuota(resource, match, provisioning, "nobody says")

    monkeypatch.setattr(Catalog, "quota_ids", unknown)
    (violation,) = judge("dev", demands["dev"], shared, CATALOG, NOW)
    assert violation == Violation("shared-quota", violation.message)
    assert violation.message.startswith("stacks/quota.yaml: reservation block cannot be counted: ")
    assert judge_all(demands, quota, CATALOG, NOW) == (violation.message,)


def test_all_stacks_together_count_what_is_claimed_beyond_their_specs():
    quota = gpus(10)
    demands = demand_of_specs({"prod": spec({"serve": l4(4)}, "prod")}, quota)
    assert judge_all(demands, quota, CATALOG, NOW, book(claim("prod", "pr-1", 10))) == ()
    (message,) = judge_all(demands, quota, CATALOG, NOW, book(claim("prod", "pr-1", 11)))
    assert "4 NVIDIA L4 at peak; other stacks 0; outside 0; claimed 7 (prod by pr-1 until 2026-12-02 7)" in message
