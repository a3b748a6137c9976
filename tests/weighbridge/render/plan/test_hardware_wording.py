"""How a choice of hardware is shown: text, JSON, page, and the request to Google."""

import json
from datetime import UTC, datetime

from tests.support.hardware import A100, L4, SYSTEM, chosen_in, option, plan, plan_result, quota_file, stack
from tests.support.specs import REGION
from weighbridge.planner.plan import PlanResult
from weighbridge.render.plan import text
from weighbridge.render.plan.hardware_json import hardware_json
from weighbridge.render.style import Style

L4_ID = "NVIDIA-L4-GPUS-per-project-region"
NOW = datetime(2026, 11, 26, tzinfo=UTC)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def shown(of):
    printed = text.render(of, Style())
    assert max(map(len, printed.splitlines())) <= 80
    return " ".join(printed[printed.index("hardware  in") :].split())


def test_text_says_what_is_chosen_and_why():
    words = shown(plan_result())
    assert "hardware in us-central1, within what all stacks leave of the quota for dev" in words
    assert "b 8 g2-standard-4 on demand $4,128 8" in words
    assert "together $9,491 a month for the expected nodes" in words
    assert (
        "barred 8 to 9 g2-standard-4, on demand, at $4,128 a month: it lacks NVIDIA L4"
        " (needs 9 beside 8 of the other workloads, 12 left)"
    ) in words
    assert (
        "cheapest with more quota: $8,256 a month, 5 units of 1 limit more NVIDIA L4 in us-central1: 12 -> 17" in words
    )
    assert "why 2 replicas a node; of" in words


def test_text_says_by_which_committed_use_prices():
    entry = {"machines": "g2", "region": REGION, "years": 1, "discount": "25%", "until": "2027-11-30"}
    by_number = {"machines": "g2-standard-4", "region": REGION, "years": 3, "usd_per_hour": 0.5, "until": "2028-11-30"}
    quota = quota_file(
        {L4_ID: 12},
        commitments=[
            {**entry, "stack": "dev"},
            {**entry, "machines": "n2"},
            {**entry, "machines": "g2-standard-8", "until": "2026-01-31"},
            {**by_number, "nodes": 3, "stack": "dev"},
        ],
    )
    plans = (plan("a", option(L4, 8)),)
    of = PlanResult(plans, hardware=chosen_in(stack(quota), *plans))
    assert (
        "prices at committed-use prices: g2 in us-central1 25% off for 1 year, until 2027-11-30; at list prices, as "
        "they are paid in any case: 3 nodes of g2-standard-4 in us-central1 at $0.5 an hour for 3 years; at list "
        "prices again: g2-standard-8 in us-central1, ended on 2026-01-31"
    ) in shown(of)
    assert "committed-use" not in shown(plan_result())
    assert of.hardware is not None
    printed = json.dumps(hardware_json(of.hardware))
    assert all(f'"machines": "{name}"' in printed for name in ("g2-standard-4", "g2", "g2-standard-8"))


def test_text_says_what_one_node_more_would_save():
    words = shown(plan_result(7, plan("a", option(L4, 8), option(A100, 3))))
    assert "one more 1 NVIDIA L4 more (a node of g2-standard-4) would save $3,917 a month" in words
    assert "would save nothing" in shown(plan_result(24))


def test_what_does_not_fit_says_how_little_more_would_do():
    of = plan_result(2, plan("a", option(L4, 8)))
    words = shown(of)
    assert of.exit_code == 1
    assert "together no set fits what is left of the quota" in words
    assert (
        "few units with more quota: $4,128 a month, 6 units of 1 limit more NVIDIA L4 in us-central1: 2 -> 8" in words
    )


def test_no_price_is_said_and_is_not_called_the_cheapest():
    words = shown(plan_result(0, plan("a", option("nvidia-gb200", 1)), plan("b", option("", 2))))
    assert "none: no machine is known on which it would hold its objective" in words
    t4 = quota_file({"NVIDIA-T4-GPUS-per-project-region": 8})
    plans = (plan("a", option("nvidia-tesla-t4", 1)),)
    words = shown(PlanResult(plans, hardware=chosen_in(stack(t4), *plans)))
    assert "together at least $0 a month for the expected nodes: a has no price, so nobody knows the cheapest" in words


def test_without_a_stack_quota_bounds_nothing():
    plans = (plan("a", option(L4, 8)),)
    words = shown(PlanResult(plans, hardware=chosen_in(None, *plans, region=REGION)))
    assert "in us-central1; no stack is named, so quota bounds nothing" in words


def test_a_pool_that_others_run_on_is_said():
    shared = {"kind": "experiment", "node_pool": "chat", "guaranteed": {}, "at_most": {"cpu": 1}}
    pools = {"system": SYSTEM, "chat": {"machine_type": "g2-standard-4", "nodes": {"min": 0, "max": 2}}}
    plans = (plan("chat", option(L4, 2)),)
    found = chosen_in(stack(pools=pools, pipelines={"prototypes": shared}), *plans)
    words = shown(PlanResult(plans, hardware=found))
    assert "pool chat-serving: the pool that it has, or is named, runs prototypes as well" in words
