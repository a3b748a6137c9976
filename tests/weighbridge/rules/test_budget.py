"""A budget: kept, exceeded, or not to be told; advice, or blocking where the spec says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.graphs import cluster, node_pool
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, prod, quota_file
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules.budget import RULE
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.violation import Excess

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SMALL = {"machineType": "e2-standard-4", "diskSizeGb": 100.0, "diskType": "pd-balanced"}
ATTACHED = {**SMALL, "machineType": "n1-standard-4", "guestAccelerators": [{"type": "nvidia-tesla-t4", "count": 1.0}]}
STATED = "budget: {monthly_usd: 42000}"


def pool(name, most, config=SMALL):
    return node_pool(name, nodeConfig=config, autoscaling={"totalMinNodeCount": 0.0, "totalMaxNodeCount": float(most)})


def violations(budget, *pools, stack="prod", commitments=()):
    resources, quota = (cluster(), *pools), quota_file(commitments=list(commitments))
    specs = {"prod": prod((STATED, budget))}
    given = RuleInput(
        stack,
        resources,
        Surroundings.of(resources, quota, CATALOG),
        shared_by(stack, specs, quota),
        NOW,
    )
    return tuple(RULE.violations(given))


@pytest.mark.parametrize("budget", [STATED, "budget: {monthly_usd: 2500, blocks: true}"])
def test_what_costs_less_is_fine(budget):
    assert violations(budget, pool("a", 2)) == ()


def test_a_committed_use_price_keeps_a_budget_that_the_list_price_exceeds():
    half = {"machines": "e2", "region": "us-central1", "years": 3, "discount": "50%", "until": "2029-11-30"}
    (listed,) = violations("budget: {monthly_usd: 150, blocks: true}", pool("a", 2))
    assert listed.message.startswith("The node pools cost up to $196 a month, $46 over")
    assert violations("budget: {monthly_usd: 150, blocks: true}", pool("a", 2), commitments=[half]) == ()
    (over,) = violations("budget: {monthly_usd: 90, blocks: true}", pool("a", 2), commitments=[half])
    assert over.message.startswith("The node pools cost up to $98 a month at committed-use prices, $8 over")
    idle = {**half, "machines": "e2-standard-4", "nodes": 9, "stack": "prod"}
    (unused,) = violations("budget: {monthly_usd: 90}", pool("a", 1), commitments=[idle])
    assert unused.message.endswith(
        "most of it is committed nodes that no pool takes, $391. Use them, or take them out, or raise "
        "budget.monthly_usd."
    )
    (alone,) = violations("budget: {monthly_usd: 90}", commitments=[idle])
    assert (alone.holder, alone.message[:46]) == ("commitments", "The node pools cost up to $440 a month at comm")
    ended = {**half, "until": "2026-11-24"}
    assert violations("budget: {monthly_usd: 150}", pool("a", 2), commitments=[ended])[0].message == listed.message


@pytest.mark.parametrize("budget", ["", "budget: {monthly_usd: 1, blocks: true}"])
def test_without_a_budget_or_a_spec_nothing_is_compared(budget):
    assert violations(budget, pool("a", 200), stack="other" if budget else "prod") == ()


@pytest.mark.parametrize(
    ("blocks", "level"), [("", "advisory"), (", blocks: false", "advisory"), (", blocks: true", "mandatory")]
)
def test_what_costs_more_blocks_where_the_spec_says_so(blocks, level):
    (found,) = violations(f"budget: {{monthly_usd: 150{blocks}}}", pool("a", 1), pool("b", 2))
    assert found.message == (
        "The node pools cost up to $294 a month, $144 over the budget of $150; most of it is b, $196. Lower what it "
        "may grow to, or raise budget.monthly_usd."
    )
    assert (found.level, found.path, found.holder) == (level, ("budget", "monthly_usd"), "b")
    assert found.excess == Excess(294, 150, "USD a month")


def test_a_price_that_is_unknown_keeps_no_budget():
    (found,) = violations("budget: {monthly_usd: 2500, blocks: true}", pool("a", 1), pool("gpu", 1, ATTACHED))
    assert found.message == (
        "The node pools cost at least $98: 1 pool has no price (gpu), so nobody can tell that the budget of $2,500 is "
        "kept. Choose a machine type, region or provisioning that has a price, or have its price added to the catalog, "
        "with a source."
    )
    assert (found.level, found.holder) == ("mandatory", "gpu")


def test_a_sum_that_is_over_without_the_unknown_one_says_at_least():
    (found,) = violations("budget: {monthly_usd: 50}", pool("a", 1), pool("gpu", 1, ATTACHED))
    assert found.message.startswith(
        "The node pools cost at least $98: 1 pool has no price (gpu), $48 over the budget of $50; most of it is a, $98."
    )
