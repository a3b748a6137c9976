"""Dollars a month of node pools, by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.graphs import cluster, node_pool
from tests.support.specs import CATALOG, quota_file
from weighbridge.catalog import Provisioning
from weighbridge.quota.cost import HOURS_PER_MONTH, NodePools, at_least, cost_of, pools_of, usd_per_node_hour
from weighbridge.quota.prices import NodePrices
from weighbridge.resources.held_resource import Surroundings
from weighbridge.resources.values import Unknown

QUOTA = quota_file()
SMALL = {"machineType": "e2-standard-4", "diskSizeGb": 100.0, "diskType": "pd-balanced"}
PRICE = CATALOG.price("e2-standard-4", "us-central1", Provisioning.STANDARD)


def pools(*resources, of=None):
    known = (of or cluster(), *resources)
    return pools_of(known, Surroundings.of(known, QUOTA, CATALOG))


def pool(name, least, most, **more):
    scaling = {"totalMinNodeCount": float(least), "totalMaxNodeCount": float(most)}
    return node_pool(name, **{"autoscaling": scaling, "nodeConfig": SMALL, **more})


def monthly(nodes):
    return (PRICE.usd_per_hour * nodes * HOURS_PER_MONTH).quantize(Decimal("0.01"))


def test_the_fewest_and_the_most_nodes_of_all_pools():
    found = cost_of(pools(pool("b", 1, 4), pool("a", 0, 2)), None, None, NodePrices(CATALOG))
    assert (found.least, found.most, found.most_before) == (monthly(1), monthly(6), None)
    assert (found.unpriced, found.prices_of) == ((), PRICE.as_of)


def test_nodes_that_an_upgrade_adds_for_minutes_cost_nothing():
    surge = pool("a", 0, 2, upgradeSettings={"maxSurge": 9.0, "maxUnavailable": 0.0, "strategy": "SURGE"})
    assert cost_of(pools(surge), None, None, NodePrices(CATALOG)).most == monthly(2)


@pytest.mark.parametrize(
    ("changes", "least"),
    [
        ({"autoscaling": {"minNodeCount": 2.0, "maxNodeCount": 3.0}}, 2),
        ({"autoscaling": None, "initialNodeCount": None, "nodeCount": 3.0}, 3),
        ({"autoscaling": None, "initialNodeCount": 2.0, "nodeCount": None}, 2),
        ({"autoscaling": None, "initialNodeCount": None, "nodeCount": None}, 0),
        ({"autoscaling": {"totalMinNodeCount": 4.0, "totalMaxNodeCount": 5.0}}, 4),
        ({"autoscaling": {"maxNodeCount": 3.0}}, 0),
    ],
)
def test_the_fewest_nodes_however_they_are_given(changes, least):
    (found,) = pools(node_pool("a", **{"nodeConfig": SMALL, **changes})).read
    assert found.least_nodes == least


def test_what_exists_already_is_left_out():
    assert pools(replace(pool("b", 0, 1), existing=True)) == NodePools()


def test_what_cannot_be_read_has_no_price_so_it_is_named():
    found = pools(node_pool("a", nodeConfig={"machineType": Unknown()}), pool("b", 0, 1))
    assert found.unread == ("a",)
    cost = cost_of(found, found, None, NodePrices(CATALOG))
    assert (cost.unpriced, cost.unpriced_before, cost.most) == (("a",), ("a",), monthly(1))


@pytest.mark.parametrize(
    ("settings", "unread"),
    [
        ({}, ()),
        ({"clusterAutoscaling": {"enabled": False}}, ()),
        ({"clusterAutoscaling": {"enabled": True}}, ("dev auto-provisioning",)),
        ({"clusterAutoscaling": Unknown()}, ("dev auto-provisioning",)),
        ({"enableAutopilot": True}, ("dev auto-provisioning",)),
        ({"location": Unknown()}, ("dev",)),
    ],
)
def test_pools_that_gke_makes_by_itself_have_no_price(settings, unread):
    assert pools(of=cluster(**settings)).unread == unread


def test_pools_inside_a_cluster_cost_what_others_do():
    inside = {"name": "in", "nodeConfig": SMALL, "autoscaling": {"totalMinNodeCount": 1.0, "totalMaxNodeCount": 3.0}}
    found = cost_of(pools(of=cluster(nodePools=[inside], removeDefaultNodePool=False)), None, None, NodePrices(CATALOG))
    assert (found.least, found.most, found.unpriced) == (0, monthly(3), ())


def test_a_pool_that_can_have_no_node_needs_no_price():
    none = pool("gpu", 0, 0, nodeConfig={**SMALL, "machineType": "a4x-highgpu-4g"})
    assert cost_of(pools(none), None, None, NodePrices(CATALOG)).unpriced == ()


def test_many_names_are_cut_and_counted():
    unread = tuple(f"p{number}" for number in range(10))
    text = at_least(cost_of(NodePools((), unread), None, None, NodePrices(CATALOG)))
    assert text == "at least $0: 10 pools have no price (p0, p1, p2, 7 more)"


def test_the_price_of_a_node_has_the_gpus_that_its_machine_brings_and_none_that_are_attached():
    (own,) = pools(
        node_pool("own", nodeConfig={"machineType": "g2-standard-4", "diskSizeGb": 100.0, "diskType": "pd-balanced"})
    ).read
    assert own.group.gpu is not None
    assert usd_per_node_hour(own.group, CATALOG) is not None
    attached = replace(own.group, machine=CATALOG.machine_types["n1-standard-4"])
    assert usd_per_node_hour(attached, CATALOG) is None


def test_attached_gpus_have_no_price_so_the_pool_is_named():
    attached = {
        **SMALL,
        "machineType": "n1-standard-4",
        "guestAccelerators": [{"type": "nvidia-tesla-t4", "count": 1.0}],
    }
    found = cost_of(pools(node_pool("gpu", nodeConfig=attached), pool("a", 0, 1)), None, None, NodePrices(CATALOG))
    assert (found.unpriced, found.most) == (("gpu",), monthly(1))


@pytest.mark.parametrize(
    ("budget", "over", "kept"),
    [(None, None, None), (1, monthly(2) - 1, False), (monthly(2), None, True), (10_000, None, True)],
)
def test_the_most_is_what_a_budget_is_held_against(budget, over, kept):
    found = cost_of(
        pools(pool("a", 0, 2)), NodePools(), None if budget is None else Decimal(budget), NodePrices(CATALOG)
    )
    assert (found.over_budget, found.keeps_budget, found.most_before) == (over, kept, Decimal("0.00"))


@pytest.mark.parametrize(("budget", "kept"), [(None, None), (1, False), (10_000, None)])
def test_an_unknown_price_keeps_no_budget(budget, kept):
    found = replace(pools(pool("a", 0, 2)), unread=("b",))
    assert cost_of(found, None, None if budget is None else Decimal(budget), NodePrices(CATALOG)).keeps_budget is kept
