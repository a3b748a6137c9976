"""What a rule is asked about: the demand of its resources, counted as the ledger counts it."""

from __future__ import annotations

from tests.support.graphs import cluster, node_pool, resource
from tests.support.quota_demand import demand_of_specs, shared_by
from tests.support.specs import CATALOG, NOW, quota_file, spec
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Demand
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules.rule_input import RuleInput, Shared

QUOTA = quota_file()


def test_the_demand_is_that_of_all_resources_and_their_doubts():
    resources = (cluster(), node_pool(), resource("gcp:next/thing:Thing", "x", {"a": 1.0}))
    given = RuleInput(
        "dev", resources, Surroundings.of(resources, QUOTA, CATALOG), Shared(QUOTA, {}, None, Demand()), NOW
    )
    assert given.demand == graph_demand(resources, QUOTA, CATALOG)
    assert given.demand.claims
    assert [doubt.holder for doubt in given.demand.doubts] == ["x"]
    assert given.demand is given.demand


def test_a_stack_shares_with_the_others_what_their_specs_draw_by_stack_and_by_limit():
    pools = {"a": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}},
             "b": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 1}}}  # fmt: skip
    specs = {name: spec(pools, name) for name in ("dev", "prod")}
    shared = shared_by("dev", specs, QUOTA)
    demands = demand_of_specs(specs, QUOTA)
    assert (shared.quota, shared.own, shared.granted) == (QUOTA, specs["dev"], demands["dev"])
    assert shared.others == {"prod": demands["prod"]}
    (l4,) = (key for key in shared.others["prod"].drawn if key.quota_id.startswith("NVIDIA-L4"))
    assert [claim.holder for claim in shared.others["prod"].held(l4)] == ["a", "b"]
    alone = shared_by("scratch", specs, QUOTA)
    assert (alone.own, alone.granted, list(alone.others)) == (None, Demand(), ["dev", "prod"])
