"""Training over several nodes without their accelerator network is advice: what it loses, what mending it takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.rules.slow_network import slow_training

MEGA = {"machine_type": "a3-megagpu-8g", "nodes": {"min": 0, "max": 4}}
TRAIN = {"kind": "training", "node_pool": "train", "guaranteed": {"nvidia.com/gpu": 0}}
LOST = (
    "with one interface for each a3-megagpu-8g: NCCL falls back to TCP, about 4 GB/s instead of about 340 GB/s between "
    "two nodes. Set `accelerator_network: true` (GPUDirect-TCPXO): it takes 8 VPC networks of the project, and "
    "replaces a pool that exists"
)


def advice(pool: dict[str, Any], gpus: int | None = None) -> list[str]:
    pipelines = {"pretrain": {**TRAIN, "at_most": {"nvidia.com/gpu": gpus}}} if gpus else {}
    found = list(slow_training("placement", spec({"train": pool}, pipelines=pipelines), CATALOG))
    assert all(violation.level == "advisory" and violation.path == ("node_pools", "train") for violation in found)
    return [violation.message for violation in found]


def test_it_names_who_trains_what_is_lost_and_what_to_do():
    assert advice(MEGA, 32) == [f"train: pretrain trains over several nodes {LOST}"]


def test_a_pool_that_nobody_of_the_spec_uses_may_train_too():
    assert advice(MEGA) == [f"train: training over several nodes goes {LOST}"]


def test_rdma_is_one_network_with_an_interface_for_each_gpu():
    (message,) = advice({"machine_type": "a4-highgpu-8g", "nodes": {"min": 0, "max": 2}})
    assert "it takes 2 VPC networks with 8 RDMA interfaces of the project" in message


@pytest.mark.parametrize(
    ("pool", "gpus"),
    [
        (MEGA | {"accelerator_network": True}, 32),
        (MEGA | {"nodes": {"min": 0, "max": 1}}, None),
        (MEGA, 8),  # all on one node
        ({"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 4}}, 4),
    ],
)
def test_nothing_is_said_where_nothing_is_lost(pool, gpus):
    assert advice(pool, gpus) == []
