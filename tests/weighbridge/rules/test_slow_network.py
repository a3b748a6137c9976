"""Training over several nodes without their accelerator network is advice: what it loses, what mending it takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, spec
from weighbridge.rules.slow_network import slow_serving, slow_training

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


def served(pool: dict[str, Any], gpus: int) -> list[str]:
    version = {
        "image": f"us-docker.pkg.dev/p/s/vllm@sha256:{'1' * 64}", "model": "gs://example-ml-models/chat/v1",
        "replicas": {"min": 1, "max": 1}, "gpu": gpus,
    }  # fmt: skip
    chat = {
        "node_pool": "serve", "hostname": "chat.example.com", "server": "vllm", "versions": {"v1": version},
        "stable": "v1",
    }  # fmt: skip
    found = list(slow_serving("placement", spec({"serve": pool}, endpoints={"chat": chat}), CATALOG))
    assert all(violation.level == "advisory" for violation in found)
    assert all(violation.path == ("endpoints", "chat", "versions", "v1") for violation in found)
    return [violation.message for violation in found]


@pytest.mark.parametrize("networks", [{}, {"accelerator_network": True}])
def test_a_replica_over_several_nodes_has_one_interface_on_each_whatever_the_pool_has(networks):
    assert served(MEGA | networks, 16) == [
        (
            "chat: each replica of v1 is spread over 2 x a3-megagpu-8g, and pods of endpoints have one interface each,"
            " with `accelerator_network` too: NCCL falls back to TCP, about 4 GB/s instead of about 340 GB/s between"
            " two nodes. Between stages of a pipeline that may do, so measure it; or serve it from one node: of more"
            " memory, or with fewer bits a weight"
        )
    ]


def test_of_a_replica_on_one_node_or_on_machines_without_such_networks_nothing_is_said():
    assert served(MEGA, 8) == []
    assert served({"machine_type": "g2-standard-24", "nodes": {"min": 0, "max": 4}}, 4) == []
