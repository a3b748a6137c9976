"""Nodes of pools as the scheduler sees them, from the inputs of any program."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import node_pool, resource
from tests.support.specs import CATALOG, quota_file
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.scheduling.pool_nodes import PoolNodes, pool_nodes

QUOTA = quota_file()
GKE = "cloud.google.com/gke-"


def config(machine: str = "e2-standard-4", **more: Any) -> dict[str, Any]:
    return {"machineType": machine, "diskSizeGb": 100.0, "diskType": "pd-balanced", **more}


def read(*resources: HeldResource) -> tuple[tuple[PoolNodes, ...], list[str]]:
    pools, unclear = pool_nodes(resources, Surroundings.of(resources, QUOTA, CATALOG))
    return pools, [why for _, why in unclear]


def nodes(settings: dict[str, Any], **inputs: Any) -> PoolNodes:
    (only,), unclear = read(node_pool(nodeConfig=settings, **inputs))
    assert unclear == []
    return only


def taints(pool: PoolNodes) -> list[str]:
    return [f"{taint.key}={taint.value}:{taint.effect}" for taint in pool.taints]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (config(), []),
        (config("a2-highgpu-1g"), ["nvidia.com/gpu=present:NoSchedule"]),
        (config("ct5lp-hightpu-4t"), ["google.com/tpu=present:NoSchedule"]),
        (config("c4a-standard-4", diskType="hyperdisk-balanced"), ["kubernetes.io/arch=arm64:NoSchedule"]),
        (
            config(taints=[{"key": "team", "value": "ads", "effect": "PREFER_NO_SCHEDULE"}]),
            ["team=ads:PreferNoSchedule"],
        ),
        (
            config("a2-highgpu-1g", taints=[{"key": "nvidia.com/gpu", "value": "mine", "effect": "NO_EXECUTE"}]),
            ["nvidia.com/gpu=mine:NoExecute"],  # GKE adds none under a key that is stated
        ),
    ],
)
def test_taints_that_are_stated_and_those_that_gke_adds(settings, expected):
    assert taints(nodes(settings)) == expected


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        (config(), {f"{GKE}provisioning": "standard", "kubernetes.io/arch": "amd64", f"{GKE}nodepool": "train"}),
        (config(spot=True), {f"{GKE}provisioning": "spot", f"{GKE}spot": "true"}),
        (config(preemptible=True), {f"{GKE}provisioning": "preemptible", f"{GKE}preemptible": "true"}),
        (config(flexStart=True), {f"{GKE}flex-start": "true"}),
        (
            config(
                "a2-highgpu-1g",
                guestAccelerators=[
                    {
                        "type": "nvidia-tesla-a100",
                        "count": 1.0,
                        "gpuPartitionSize": "1g.5gb",
                        "gpuDriverInstallationConfig": {"gpuDriverVersion": "LATEST"},
                        "gpuSharingConfig": {"gpuSharingStrategy": "TIME_SHARING", "maxSharedClientsPerGpu": 3.0},
                    }
                ],
            ),
            {
                f"{GKE}accelerator": "nvidia-tesla-a100",
                f"{GKE}gpu-partition-size": "1g.5gb",
                f"{GKE}gpu-driver-version": "latest",
                f"{GKE}gpu-sharing-strategy": "time-sharing",
                f"{GKE}max-shared-clients-per-gpu": "3",
            },
        ),
    ],
)
def test_labels_that_gke_gives(settings, labels):
    found = nodes(settings).labels
    assert {name: found.get(name) for name in labels} == {name: frozenset({value}) for name, value in labels.items()}


def test_shared_and_partitioned_gpus_are_offered_as_often_as_pods_may_have_them():
    sharing = {"gpuSharingStrategy": "MPS", "maxSharedClientsPerGpu": 3.0}
    gpu = {"type": "nvidia-tesla-a100", "count": 1.0, "gpuPartitionSize": "1g.5gb", "gpuSharingConfig": sharing}
    assert nodes(config("a2-highgpu-1g", guestAccelerators=[gpu])).room["nvidia.com/gpu"] == 21


def test_a_tpu_pool_has_the_topology_of_its_slice_or_those_that_one_host_forms():
    slice_ = nodes(config("ct5lp-hightpu-4t"), placementPolicy={"type": "COMPACT", "tpuTopology": "4x4"})
    assert slice_.labels[f"{GKE}tpu-topology"] == {"4x4"}
    assert nodes(config("ct5lp-hightpu-4t")).labels[f"{GKE}tpu-topology"] == {"2x2"}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"nodeConfig": config(taints=[{"key": "team", "effect": "NoSchedule"}])},
            "nodeConfig.taints[0].effect is 'NoSchedule', expected one of NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE",
        ),
        (
            {
                "nodeConfig": config("ct5lp-hightpu-4t"),
                "placementPolicy": {"type": "COMPACT", "policyName": "elsewhere"},
            },
            (
                "placementPolicy.policyName names a resource policy that is not in this stack, so the slice's topology "
                "is unknown: create it here, or state tpuTopology"
            ),
        ),
        ({"nodeConfig": config("e2-standard-5")}, ""),  # shared-quota gives the reason
    ],
)
def test_pools_that_can_not_be_told(settings, reason):
    assert read(node_pool(**settings)) == ((), [reason])


def test_a_resource_policy_of_the_stack_gives_the_topology():
    policy = resource(
        "gcp:compute/resourcePolicy:ResourcePolicy",
        "slice",
        {"name": "slice", "workloadPolicy": {"type": "HIGH_THROUGHPUT", "acceleratorTopology": "4x4"}},
    )
    pool = node_pool(nodeConfig=config("ct5lp-hightpu-4t"), placementPolicy={"type": "COMPACT", "policyName": "slice"})
    (only,), unclear = read(policy, pool)
    assert only.labels[f"{GKE}tpu-topology"] == {"4x4"}
    assert unclear == []


def test_pools_that_are_only_read_do_not_count():
    assert read(resource(node_pool().type, "other", {}, existing=True)) == ((), [])


def test_huge_pages_are_room_of_their_own_and_none_of_the_memory():
    plain_nodes = nodes(config())
    pages = {"hugepagesConfig": {"hugepageSize2m": 1024.0, "hugepageSize1g": 1.0}}
    huge = nodes(config(linuxNodeConfig=pages))
    assert (huge.room["hugepages-2Mi"], huge.room["hugepages-1Gi"]) == (2 * 1024**3, 1024**3)
    assert plain_nodes.room["memory"] - huge.room["memory"] == 3 * 1024**3
    assert "hugepages-2Mi" not in plain_nodes.room
