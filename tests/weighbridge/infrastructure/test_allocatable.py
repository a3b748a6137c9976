"""What pods can ask of nodes: devices count partitions and clients, capacity the most nodes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.infrastructure.allocatable import GPU, TPU, capacity, gpu_devices, most_nodes, per_node

RANGE = {"nodes": {"min": 0, "max": 3}}


@pytest.mark.parametrize(
    ("settings", "devices"),
    [
        ({"machine_type": "e2-standard-4"}, 0),
        ({"machine_type": "g2-standard-24"}, 2),
        ({"machine_type": "a2-highgpu-1g", "gpu_partition": "1g.5gb"}, 7),
        ({"machine_type": "g2-standard-8", "gpu_sharing": {"strategy": "mps", "clients_per_gpu": 4}}, 4),
        (
            {
                "machine_type": "a2-highgpu-2g",
                "gpu_partition": "3g.20gb",
                "gpu_sharing": {"strategy": "time-sharing", "clients_per_gpu": 3},
            },
            12,
        ),
        ({"machine_type": "n1-standard-8", "gpu": {"type": "nvidia-tesla-t4", "count": 2}}, 2),
    ],
)
def test_how_often_a_node_offers_a_gpu(settings: dict[str, Any], devices):
    pool = spec({"train": {**settings, **RANGE}}).node_pools["train"]
    assert gpu_devices(pool, CATALOG) == devices
    assert per_node(pool, CATALOG).get(GPU, 0) == devices


def test_a_tpu_host_offers_its_chips():
    pool = spec({"train": {"machine_type": "ct5lp-hightpu-4t", **RANGE}}).node_pools["train"]
    assert per_node(pool, CATALOG)[TPU] == 4


@pytest.mark.parametrize(
    ("settings", "zones", "nodes"),
    [
        ({"nodes": {"min": 0, "max": 5}}, 3, 5),
        ({"nodes_per_zone": {"min": 0, "max": 5}}, 3, 15),
        ({"nodes_per_zone": {"min": 0, "max": 5}, "zones": ["us-central1-b"]}, 3, 5),
        ({"nodes_per_zone": {"min": 0, "max": 5}, "placement": "compact"}, 3, 5),
        ({"slices": {"min": 0, "max": 2}, "tpu_topology": "4x4", "machine_type": "ct5lp-hightpu-4t"}, 1, 8),
    ],
)
def test_most_nodes_and_what_all_of_them_have(settings: dict[str, Any], zones, nodes):
    stack = spec({"train": {"machine_type": "n2-standard-16", **settings}}, zones=zones)
    pool = stack.node_pools["train"]
    assert most_nodes(pool, stack, CATALOG) == nodes
    one = per_node(pool, CATALOG)
    assert capacity(pool, stack, CATALOG) == {name: amount * nodes for name, amount in one.items()}


def test_huge_pages_are_taken_off_the_memory_that_pods_can_have():
    pool = {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 1}}
    plain_spec = spec({"a": pool, "b": {**pool, "node_system": {"hugepages": {"size_2mi": 512}}}})
    without, having = (per_node(plain_spec.node_pools[key], CATALOG)["memory"] for key in "ab")
    assert without - having == 1024**3
