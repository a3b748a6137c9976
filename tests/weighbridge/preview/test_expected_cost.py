"""Expected cost: halfway between bounds while something runs, for the part of the time that it does."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from tests.support.graphs import components_of
from tests.support.paths import STACKS
from tests.support.specs import CATALOG, prod, quota_file
from weighbridge.catalog import Provisioning
from weighbridge.preview.expected_cost import ExpectedCost, expected_cost
from weighbridge.preview.result import CostShare
from weighbridge.quota.cost import HOURS_PER_MONTH, Cost, NodePools, cost_of, pools_of
from weighbridge.quota.prices import NodePrices
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.spec.root import Spec

PRICES = NodePrices(CATALOG)


@cache
def resources() -> tuple[HeldResource, ...]:
    return components_of(STACKS / "prod.yaml")


@cache
def around() -> Surroundings:
    return Surroundings.of(resources(), quota_file(), CATALOG)


@cache
def pools() -> NodePools:
    return pools_of(resources(), around())


@cache
def cost() -> Cost:
    return cost_of(pools(), None, None, PRICES)


HALF_OF_THE_TIME = "half of the time, as the spec has no `expected_duration`"


def expected(spec: Spec) -> ExpectedCost:
    return expected_cost(spec, resources(), around(), pools(), PRICES)


def share(spec: Spec, name: str) -> CostShare:
    return next(found for found in expected(spec).shares if found.name == name)


def monthly(machine_type: str, nodes: str, provisioning: Provisioning = Provisioning.STANDARD) -> Decimal:
    price = CATALOG.price(machine_type, "us-central1", provisioning)
    assert price is not None
    return (price.usd_per_hour * Decimal(nodes) * HOURS_PER_MONTH).quantize(Decimal("0.01"))


def sums(found: CostShare) -> tuple[Decimal | None, ...]:
    return found.least_monthly, found.expected_monthly, found.most_monthly


def test_versions_with_traffic_are_halfway_between_their_replicas():
    ranker = share(prod(), "ranker")
    assert sums(ranker) == tuple(monthly("g2-standard-8", nodes) for nodes in ("3", "4.5", "6"))  # v7 2 to 4, v8 1 to 2
    assert (ranker.kind, ranker.node_pool, ranker.assumed) == ("endpoint", "serve-l4", "")
    assert ranker.priced_on is not None


def test_a_version_without_traffic_is_at_its_fewest():
    back = prod(
        ("      at: 10%\n", "      rolled_back: {at: 2026-11-19T10:00:00Z, weight: 10%, reason: slow}\n      at: 0%\n")
    )
    assert share(back, "ranker").expected_monthly == monthly("g2-standard-8", "4")


@pytest.mark.parametrize(
    ("pipeline", "machine_type", "nodes", "provisioning"),
    [
        # 4 to 8 GPUs of 4 a node, 6 of 24 hours; all 4 nodes of a slice, 30 of 168 hours
        ("ranker-training", "a2-highgpu-4g", ("0", "0.375", "2"), Provisioning.SPOT),
        ("embedder-training", "ct5lp-hightpu-4t", ("0", f"{4 * 30 / 168}", "4"), Provisioning.STANDARD),
    ],
)
def test_a_run_takes_what_it_is_guaranteed_or_more_while_it_lasts(pipeline, machine_type, nodes, provisioning):
    found = share(prod(), pipeline)
    assert sums(found) == tuple(monthly(machine_type, number, provisioning) for number in nodes)
    assert found.assumed == ""


def test_without_a_duration_it_runs_half_of_the_time_and_that_is_said():
    assert share(prod(), "click-features").assumed == HALF_OF_THE_TIME
    both = "half of the time, as the spec has no `runs_every` and no `expected_duration`"
    prototypes = share(prod(), "prototypes")
    assert prototypes.assumed == both
    assert prototypes.expected_monthly == monthly("a2-highgpu-4g", "0.25", Provisioning.SPOT)  # 0 to 1 node, half of it


def test_a_run_that_takes_longer_than_its_period_always_runs():
    longer = prod(("    expected_duration: 6h\n", "    expected_duration: 48h\n"))
    assert share(longer, "ranker-training").expected_monthly == monthly("a2-highgpu-4g", "1.5", Provisioning.SPOT)


def test_a_pool_has_whole_nodes_for_replicas_and_never_fewer_or_more_than_its_bounds():
    found = expected(prod())
    by_name = {pool.group.name: found.by_pool[pool.urn] for pool in pools().read}
    assert by_name["serve-l4"] == monthly("g2-standard-8", "5")  # 4.5 replicas of a GPU each
    assert by_name["system"] == monthly("e2-standard-4", "2")  # its fewest nodes, for what is small
    assert by_name["train-a100"] == monthly("a2-highgpu-4g", "0.625", Provisioning.SPOT)
    assert found.total(cost()) == sum(by_name.values())
    assert found.total(replace(cost(), idle=Decimal(7))) == sum(by_name.values()) + 7, "committed, and no pool takes it"
    assert found.total(replace(cost(), least=Decimal(10**6))) == 10**6
    crowded = tuple(replace(pool, least_nodes=6) if pool.group.name == "serve-l4" else pool for pool in pools().read)
    more = expected_cost(prod(), resources(), around(), replace(pools(), read=crowded), PRICES)
    (serving,) = [pool.urn for pool in crowded if pool.group.name == "serve-l4"]
    assert more.by_pool[serving] == monthly("g2-standard-8", "6")


def test_the_expected_sum_lies_between_floor_and_ceiling_everywhere():
    for found in expected(prod()).shares:
        known = [amount for amount in sums(found) if amount is not None]
        assert len(known) == 3
        assert known == sorted(known), found.name


def test_what_runs_on_a_pool_without_a_price_has_none():
    spot_less = tuple(pool for pool in pools().read if pool.group.name != "serve-l4")
    found = expected_cost(prod(), resources(), around(), replace(pools(), read=spot_less), PRICES)
    (ranker,) = [one for one in found.shares if one.name == "ranker"]
    assert sums(ranker) == (None, None, None)
    nothing = expected_cost(prod(), resources(), around(), replace(pools(), read=()), PRICES)
    assert (nothing.total(cost()), nothing.by_pool) == (None, {})
