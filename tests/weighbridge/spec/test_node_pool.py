"""Keys, values and bounds of a node pool, and what the schema says of keys that belong together."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from tests.support.models import accepts
from weighbridge.spec.node_pool import BootDisk, GpuSharing, LabelKey, LabelValue, NodePool, SliceRange

NODES = {"min": 0, "max": 4}
SCHEMA = jsonschema.Draft202012Validator(NodePool.model_json_schema())


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        (LabelKey, "team", True),
        (LabelKey, "example.com/team", True),
        (LabelKey, "example.com/", False),
        (LabelKey, "-team", False),
        (LabelKey, "x" * 63, True),
        (LabelKey, "x" * 64, False),
        (LabelValue, "", True),
        (LabelValue, "a.b_c-d", True),
        (LabelValue, "a.", False),
        (LabelValue, "x" * 64, False),
        (BootDisk, {"size": "10Gi"}, True),
        (BootDisk, {"size": "9Gi"}, False),
        (BootDisk, {"size": "64Ti"}, True),
        (BootDisk, {"size": "65Ti"}, False),
        (SliceRange, {"min": 0, "max": 100}, True),
        (SliceRange, {"min": 0, "max": 101}, False),
        (GpuSharing, {"strategy": "mps", "clients_per_gpu": 1}, False),
        (GpuSharing, {"strategy": "mps", "clients_per_gpu": 48}, True),
    ],
)
def test_one_value(type_, value, expected):
    assert accepts(type_, value) is expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"nodes": NODES}, True),
        ({"nodes_per_zone": NODES}, True),
        ({}, False),
        ({"nodes": NODES, "nodes_per_zone": NODES}, False),
        ({"slices": {"min": 0, "max": 1}}, False),
        ({"slices": {"min": 0, "max": 1}, "tpu_topology": "4x4"}, True),
        ({"nodes": NODES, "provisioning": "reservation"}, False),
        ({"nodes": NODES, "provisioning": "reservation", "reservation": {"name": "block-a"}}, True),
        ({"nodes": NODES, "reservation": {"name": "block-a"}}, False),
        ({"nodes": NODES, "max_run_duration": "1d"}, False),
        ({"nodes": NODES, "max_run_duration": "1d", "provisioning": "flex-start"}, True),
    ],
)
def test_the_schema_knows_which_keys_belong_together(settings, expected):
    assert SCHEMA.is_valid({"machine_type": "g2-standard-8", **settings}) is expected


def test_what_is_left_out():
    pool = NodePool.model_validate({"machine_type": "e2-standard-4", "nodes": NODES})
    left: dict[str, Any] = {
        name: getattr(pool, name) for name in NodePool.model_fields if getattr(pool, name) is not None
    }
    assert (left["provisioning"], left["replacement"], left["placement"]) == ("standard", "delete-first", "none")
    assert (left["boot_disk"].size, left["max_pods_per_node"], left["image_streaming"]) == (100, 110, True)
    assert (left["upgrade"].strategy, left["gpu_driver"]) == ("surge", "default")


def test_equal_parts_of_many_pools_are_kept_once():
    first, second = (NodePool.model_validate({"machine_type": "e2-standard-4", "nodes": dict(NODES)}) for _ in range(2))
    assert first.nodes is second.nodes
    assert first.upgrade is second.upgrade
