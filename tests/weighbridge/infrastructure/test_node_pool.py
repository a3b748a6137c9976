"""What a pool of the spec becomes: pools of slices, nodes at creation, where, and how it is upgraded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.infrastructure.node_pool import Autoscaling, BlueGreen, NodePoolPlan, Surge, plan_node_pools

CPU, GPU, TPU = "e2-standard-4", "g2-standard-8", "ct5lp-hightpu-4t"


def plan(zones: int = 1, **settings: Any) -> NodePoolPlan:
    pool = {"machine_type": CPU, "nodes": {"min": 0, "max": 4}, **settings}
    (only,) = plan_node_pools(spec({"train": pool}, zones=zones), CATALOG)
    return only


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, Surge(1, 0)),
        ({"machine_type": GPU}, Surge(0, 1)),  # needs no quota beyond the pool's own
        ({"machine_type": GPU, "upgrade": {"max_surge": 2}}, Surge(2, 0)),
        ({"upgrade": {"max_surge": 0}}, Surge(0, 1)),
        ({"upgrade": {"max_unavailable": 3}}, Surge(0, 3)),
        ({"upgrade": {"max_unavailable": 0}}, Surge(1, 0)),
        ({"upgrade": {"strategy": "blue-green"}}, BlueGreen(3600)),
        ({"upgrade": {"strategy": "blue-green", "soak": "2h"}}, BlueGreen(7200)),
        ({"machine_type": GPU, "provisioning": "flex-start"}, None),  # GKE's own way
    ],
)
def test_how_nodes_are_upgraded(settings, expected):
    assert plan(**settings).upgrade == expected


@pytest.mark.parametrize(
    ("settings", "zones", "nodes"),
    [
        ({}, 1, 1),
        ({"nodes": {"min": 0, "max": 2}}, 3, 0),  # one in each zone would be more than the maximum
        ({"nodes": {"min": 0, "max": 3}}, 3, 1),
        ({"nodes": None, "nodes_per_zone": {"min": 0, "max": 1}}, 3, 1),
        ({"provisioning": "spot"}, 1, 1),
        ({"machine_type": GPU}, 1, 0),
        ({"provisioning": "reservation", "reservation": {"name": "block"}}, 1, 0),
    ],
)
def test_nodes_at_creation_never_exceed_the_maximum(settings, zones, nodes):
    made = plan(zones, **settings)
    assert made.initial_nodes_per_zone == nodes
    assert made.initial_nodes_per_zone * zones <= made.most_nodes


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "BALANCED"),
        ({"provisioning": "spot"}, "ANY"),
        ({"machine_type": GPU}, "ANY"),
        ({"machine_type": GPU, "location_policy": "balanced"}, "BALANCED"),
        ({"location_policy": "any"}, "ANY"),
    ],
)
def test_how_zones_are_chosen(settings, expected):
    assert plan(**settings).location_policy == expected


@pytest.mark.parametrize(
    ("settings", "seconds", "waits"),
    [
        ({}, None, False),
        ({"provisioning": "flex-start"}, 604800, True),
        ({"provisioning": "flex-start", "max_run_duration": "1d"}, 86400, True),
        ({"provisioning": "queued"}, None, True),
        ({"provisioning": "spot"}, None, False),
    ],
)
def test_how_long_nodes_live_and_whether_they_wait(settings, seconds, waits):
    made = plan(machine_type=GPU, **settings)
    assert (made.max_run_seconds, made.waits_for_capacity) == (seconds, waits)


def test_each_slice_is_a_pool_of_its_own_in_one_zone_all_or_nothing():
    slices = {"machine_type": TPU, "slices": {"min": 1, "max": 3}, "tpu_topology": "4x4"}
    plans = plan_node_pools(spec({"train": slices}, zones=2), CATALOG)
    assert [made.name for made in plans] == ["train-s0", "train-s1", "train-s2"]
    assert [made.autoscaling for made in plans] == [
        Autoscaling(per_zone=True, min=4, max=4),
        *[Autoscaling(per_zone=True, min=0, max=4)] * 2,
    ]
    assert {made.zones for made in plans} == {("us-central1-a",)}


def test_taints_and_labels_of_the_kind_come_before_those_of_the_spec():
    made = plan(
        machine_type=GPU,
        labels={"team": "ranking"},
        taints=[{"key": "team", "value": "ranking", "effect": "NoExecute"}],
    )
    assert [(taint.key, taint.effect) for taint in made.taints] == [
        ("nvidia.com/gpu", "NoSchedule"),
        ("team", "NoExecute"),
    ]
    assert dict(made.labels) == {
        "team": "ranking",
        "weighbridge.dev/environment": "dev",
        "weighbridge.dev/node-pool": "train",
    }
