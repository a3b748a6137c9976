"""Dollars a month of node pools, by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.graphs import cluster, node_pool
from tests.support.specs import CATALOG, quota_file
from weighbridge.catalog import Provisioning
from weighbridge.preview.cost import HOURS_PER_MONTH, cost_of, pools_of
from weighbridge.resources.values import Unknown

QUOTA = quota_file()
SMALL = {"machineType": "e2-standard-4", "diskSizeGb": 100.0, "diskType": "pd-balanced"}
PRICE = CATALOG.price("e2-standard-4", "us-central1", Provisioning.STANDARD)


def pools(*resources):
    return pools_of((cluster(), *resources), QUOTA, CATALOG)


def pool(name, least, most, **more):
    scaling = {"totalMinNodeCount": float(least), "totalMaxNodeCount": float(most)}
    return node_pool(name, autoscaling=scaling, nodeConfig=SMALL, **more)


def monthly(nodes):
    return (PRICE.usd_per_hour * nodes * HOURS_PER_MONTH).quantize(Decimal("0.01"))


def test_the_fewest_and_the_most_nodes_of_all_pools():
    found = cost_of(pools(pool("b", 1, 4), pool("a", 0, 2)), None, None, CATALOG)
    assert (found.least, found.most, found.most_before) == (monthly(1), monthly(6), None)
    assert (found.unpriced, found.prices_of) == ((), PRICE.as_of)


def test_nodes_that_an_upgrade_adds_for_minutes_cost_nothing():
    surge = pool("a", 0, 2, upgradeSettings={"maxSurge": 9.0, "maxUnavailable": 0.0, "strategy": "SURGE"})
    assert cost_of(pools(surge), None, None, CATALOG).most == monthly(2)


@pytest.mark.parametrize(
    ("changes", "least"),
    [
        ({"autoscaling": {"minNodeCount": 2.0, "maxNodeCount": 3.0}}, 2),
        ({"autoscaling": None, "initialNodeCount": None, "nodeCount": 3.0}, 3),
    ],
)
def test_the_fewest_nodes_however_they_are_given(changes, least):
    (found,) = pools(node_pool("a", **{"nodeConfig": SMALL, **changes}))
    assert found.least_nodes == least


def test_what_cannot_be_read_or_exists_already_is_left_out():
    unknown = node_pool("a", nodeConfig={"machineType": Unknown()})
    assert pools(unknown, replace(pool("b", 0, 1), existing=True)) == ()


def test_attached_gpus_have_no_price_so_the_pool_is_named():
    attached = {
        **SMALL,
        "machineType": "n1-standard-4",
        "guestAccelerators": [{"type": "nvidia-tesla-t4", "count": 1.0}],
    }
    found = cost_of(pools(node_pool("gpu", nodeConfig=attached), pool("a", 0, 1)), None, None, CATALOG)
    assert (found.unpriced, found.most) == (("gpu",), monthly(1))


@pytest.mark.parametrize(("budget", "over"), [(None, None), (1, monthly(2) - 1), (monthly(2), None), (10_000, None)])
def test_the_most_is_what_a_budget_is_held_against(budget, over):
    found = cost_of(pools(pool("a", 0, 2)), (), None if budget is None else Decimal(budget), CATALOG)
    assert (found.over_budget, found.most_before) == (over, Decimal("0.00"))
