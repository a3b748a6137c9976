"""What is asked of Google, and which resources ask for just that."""

from __future__ import annotations

import pytest

from tests.support.graphs import PROVIDER, urn
from tests.support.specs import CATALOG, NOW, REGION, limit, quota_file, spec
from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.ledger import ClaimedUse, Demand, LimitState, build_ledger
from weighbridge.quota.request import (
    PREFERENCE_TYPE,
    is_requested,
    planned_shortfalls,
    share_lacks,
    shortfalls,
    with_requests,
)
from weighbridge.resources.held_resource import HeldResource

L4 = "NVIDIA-L4-GPUS-per-project-region"
POOL = {
    "machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 8}, "upgrade": {"max_surge": 0, "max_unavailable": 1},
}  # fmt: skip
ENTRY = {"quota": L4, "region": REGION, "value": 9, "stack": "prod", "contact": "a@example.com", "justification": "x"}


def found(amount: int, *, stack: str | None = None, **keys):
    file = quota_file(limit(L4, amount) | keys.pop("limit", {}), **keys)
    stacks = [spec({"serve": POOL}, environment=name) for name in ("dev", "prod")]
    demands = {one.environment: spec_demand(one, file, CATALOG) for one in stacks}
    ledger = build_ledger(file, demands, CATALOG, NOW)
    return file, shortfalls(ledger, file, lambda name: f"{name}@example.com", stack)


def test_it_asks_for_the_smallest_limit_that_fits_everything():
    file, (short,) = found(10, keep_free="10%")
    request = short.request
    assert (request.value, request.stack, request.contact) == (18, "dev", "dev@example.com")
    assert request.justification == "NVIDIA L4: dev 8 + prod 8 at peak, 2 kept free (10%); 10 granted"
    assert with_requests(file, (short,)).requests == (request,)


def test_what_fits_asks_for_nothing():
    assert found(16)[1] == ()


def test_a_request_that_is_enough_stays_and_one_that_is_not_is_raised():
    file, (short,) = found(10, requests=[ENTRY | {"value": 20}])
    assert with_requests(file, (short,)) == file
    file, (short,) = found(10, requests=[ENTRY])
    assert [(entry.value, entry.stack) for entry in with_requests(file, (short,)).requests] == [(16, "prod")]


def test_a_budget_is_not_asked_for_and_nothing_is_where_all_is_kept_free():
    _, (short,) = found(10, limit={"fixed": True})
    assert (short.budget, short.needed, short.request) == (True, 16, None)
    shorts = found(10, keep_free="100%")[1]
    assert {(short.needed, short.request) for short in shorts} == {(None, None)}


def test_another_stack_may_ask():
    assert found(10, stack="prod")[1][0].request.stack == "prod"


@pytest.mark.parametrize(
    ("amount", "share", "expected"),
    [
        (10, "25%", [("dev", 16, 50)]),  # of the 16 that are asked for: 8 are half
        (10, "50%", []),
        (40, "10%", [("dev", 40, 20)]),  # the limit is large enough, and the share isn't
        (40, "20%", []),
        (30, "25%", [("dev", 30, 27)]),  # 26% of 30 is 7
    ],
)
def test_shares_that_are_too_small_once_the_limit_is_what_is_asked_for(amount, share, expected):
    file, shorts = found(amount, shares={"dev": share})
    demands = {name: spec_demand(spec({"serve": POOL}, environment=name), file, CATALOG) for name in ("dev", "prod")}
    lacks = [
        lack
        for lack in share_lacks(build_ledger(file, demands, CATALOG, NOW), file, shorts)
        if lack.row.key.quota_id == L4
    ]
    assert [(lack.use.stack, lack.limit, lack.needed) for lack in lacks] == expected


def preference(**changed):
    inputs = {
        "service": "compute.googleapis.com", "quotaId": L4, "parent": "projects/example-ml",
        "dimensions": {"region": REGION}, "quotaConfig": {"preferredValue": "9"}, **changed,
    }  # fmt: skip
    return HeldResource(urn(PREFERENCE_TYPE, "more", "prod"), PREFERENCE_TYPE, "more", inputs, provider_inputs=PROVIDER)


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({}, True),
        ({"quotaConfig": {"preferredValue": "10"}}, False),
        ({"dimensions": {"region": "us-east4"}}, False),
        ({"dimensions": {}}, False),
        ({"quotaId": "PREEMPTIBLE-NVIDIA-L4-GPUS-per-project-region"}, False),
        ({"service": "tpu.googleapis.com"}, False),
        ({"parent": "projects/other-ml"}, False),
        ({"ignoreSafetyChecks": "QUOTA_DECREASE_BELOW_USAGE"}, False),
    ],
)
def test_a_resource_asks_for_exactly_what_the_file_lists(changed, asked):
    assert is_requested(preference(**changed), quota_file(requests=[ENTRY])) is asked


def test_the_request_of_one_stack_is_not_another_s():
    file = quota_file(requests=[ENTRY | {"stack": "dev"}])
    assert not is_requested(preference(), file)


def test_limits_of_another_service_are_not_asked_for():
    cloud_run = "NvidiaL4GpuAllocPerProjectRegion"
    file = quota_file(limit(cloud_run, 1))
    key = QuotaKey(file.project, REGION, cloud_run)
    units = CATALOG.units_of(cloud_run, ())
    assert units is not None
    drawn = Demand((Claim(key, units, "llm", steady=2, peak=4),))
    ledger = build_ledger(file, {"prod": drawn}, CATALOG, NOW)
    assert [row.key for row in ledger.rows if row.state is LimitState.OVER] == [key]
    assert shortfalls(ledger, file, str) == ()


def planned(amount, wanted, **keys):
    file = quota_file(limit(L4, amount), **keys)
    demands = {name: spec_demand(spec({"serve": POOL}, environment=name), file, CATALOG) for name in ("dev", "prod")}
    ledger = build_ledger(file, demands, CATALOG, NOW)
    key = QuotaKey(file.project, REGION, L4)
    return planned_shortfalls(ledger, file, lambda name: f"{name}@example.com", {key: wanted}, "prod")


def test_a_plan_asks_for_what_it_worked_out_and_its_stack_asks_unless_another_does():
    (short,) = planned(16, 30)
    assert (short.request.value, short.request.stack) == (30, "prod")
    assert short.request.justification == "NVIDIA L4: dev 8 + prod 8 at peak; 16 granted"
    (short,) = planned(16, 30, requests=[ENTRY | {"stack": "dev"}])
    assert (short.request.value, short.request.stack) == (30, "dev")
    (short,) = planned(16, 30, requests=[ENTRY | {"value": 40}])
    assert short.request.value == 40
    assert planned(16, None)[0].request is None


def test_what_is_claimed_is_told_to_google_too():
    file = quota_file(limit(L4, 10))
    claimed = {QuotaKey(file.project, REGION, L4): (ClaimedUse("prod", "pr-1", 3, NOW),)}
    demands = {"dev": spec_demand(spec({"serve": POOL}), file, CATALOG)}
    (short,) = shortfalls(build_ledger(file, demands, CATALOG, NOW, claimed), file, lambda _: "a@example.com", None)
    assert short.request.justification == "NVIDIA L4: dev 8 at peak, 3 claimed; 10 granted"


def test_a_limit_that_was_never_granted_is_asked_for_beside_what_was_asked_for_before():
    other = ENTRY | {"quota": "CPUS-per-project-region"}
    file = quota_file(requests=[other])
    file = file.model_copy(update={"limits": tuple(entry for entry in file.limits if entry.quota != L4)})
    demands = {"dev": spec_demand(spec({"serve": POOL}), file, CATALOG)}
    found = shortfalls(build_ledger(file, demands, CATALOG, NOW), file, lambda _: "a@example.com", None)
    (short,) = (one for one in found if one.request is not None and one.request.quota == L4)
    assert short.request.justification == "NVIDIA L4: dev 8 at peak; none granted"
    assert with_requests(file, (short,)).requests == (*file.requests, short.request)
