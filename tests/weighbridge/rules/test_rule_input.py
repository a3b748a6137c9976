"""What a rule is asked about: the demand of its resources, counted as the ledger counts it."""

from __future__ import annotations

from tests.support.graphs import cluster, node_pool, resource
from tests.support.specs import CATALOG, NOW, quota_file
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Demand
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules.rule_input import RuleInput, Shared

QUOTA = quota_file()


def test_the_demand_is_that_of_all_resources_and_their_doubts():
    resources = (cluster(), node_pool(), resource("gcp:next/thing:Thing", "x", {"a": 1.0}))
    given = RuleInput(
        "dev", resources, Surroundings.of(resources, QUOTA, CATALOG), Shared(QUOTA, {}, {}, None, Demand()), NOW
    )
    assert given.demand == graph_demand(resources, QUOTA, CATALOG)
    assert given.demand.claims
    assert [doubt.holder for doubt in given.demand.doubts] == ["x"]
    assert given.demand is given.demand
