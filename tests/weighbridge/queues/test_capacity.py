"""What queues of a pool can have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.specs import CATALOG, prod, spec, version
from weighbridge.infrastructure.allocatable import per_node
from weighbridge.queues.capacity import DAEMONS, SYSTEM_PODS, queue_capacity

GPU = "nvidia.com/gpu"
L4 = {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 4}}


def of(**endpoints):
    return spec({"serve": L4}, endpoints=endpoints)


def endpoint(*versions):
    return {
        "node_pool": "serve", "hostname": "ranker.example.com", "server": "triton", "stable": "v1",
        "versions": {f"v{number}": made for number, made in enumerate(versions, 1)},
        "rollout": {"candidate": "v2", "steps": ["10%", "100%"], "bake": "24h", "at": "10%", "approvals": []},
    }  # fmt: skip


def test_nodes_at_most_without_what_their_own_daemons_ask_for():
    found = queue_capacity("serve", of(), CATALOG)
    node = per_node(of().node_pools["serve"], CATALOG)
    assert found[GPU] == 4
    assert found["cpu"] == 4 * (node["cpu"] - DAEMONS["cpu"])


def test_endpoints_count_with_all_replicas_that_they_may_have():
    one = {**version(1, 2), "cpu": 3, "memory": "12Gi"}
    other = {**version(0, 1), "cpu": 2, "memory": "8Gi"}
    spare, held = (queue_capacity("serve", of(**given), CATALOG) for given in ({}, {"ranker": endpoint(one, other)}))
    assert spare[GPU] - held[GPU] == 3
    assert spare["cpu"] - held["cpu"] == 2 * 3 + 2
    assert spare["memory"] - held["memory"] == (2 * 12 + 8) * 2**30


def test_gke_s_own_pods_run_on_nodes_without_taints():
    pools = {"plain": {"machine_type": "n2-standard-16", "nodes": {"min": 0, "max": 2}}}
    kept = {**pools["plain"], "taints": [{"key": "team", "value": "a", "effect": "NoSchedule"}]}
    asked = {**pools["plain"], "taints": [{"key": "team", "value": "a", "effect": "PreferNoSchedule"}]}
    open_, closed, preferred = (
        queue_capacity("plain", spec({"plain": pool}), CATALOG)["cpu"] for pool in (pools["plain"], kept, asked)
    )
    assert closed - open_ == SYSTEM_PODS["cpu"]
    assert preferred == open_


def test_never_less_than_nothing():
    small = {"system": {"machine_type": "e2-medium", "nodes": {"min": 1, "max": 1}}}
    assert queue_capacity("system", spec(small), CATALOG)["cpu"] == 0


@pytest.mark.parametrize("resource", ["cpu", "memory"])
def test_whole_steps_that_quotas_are_written_in(resource):
    step = {"cpu": Decimal("0.001"), "memory": Decimal(2**20)}[resource]
    assert queue_capacity("features", prod(), CATALOG)[resource] % step == 0
