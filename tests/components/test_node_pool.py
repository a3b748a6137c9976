"""The exact inputs of every kind of node pool. What differs in its machines alone is in test_node_config.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.platform import platform
from tests.support.recording import Registration
from tests.support.specs import spec

NODE_POOL = "gcp:container/nodePool:NodePool"
RESOURCE_POLICY = "gcp:compute/resourcePolicy:ResourcePolicy"
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}
TPU_TAINT = {"key": "google.com/tpu", "value": "present", "effect": "NO_SCHEDULE"}
SURGE_NONE = {"strategy": "SURGE", "maxSurge": 0, "maxUnavailable": 1}
ABSENT = object()


def pools(zones: int = 1, **node_pools: dict[str, Any]) -> dict[str, Registration]:
    stack = spec(node_pools, zones=zones)
    recording = platform(stack, alerts=False)
    return {pool.name: pool for pool in recording.of_type(NODE_POOL)}


def pool(zones: int = 1, **settings: Any) -> Registration:
    (only,) = pools(zones, train=settings).values()
    return only


def cpu(**changes: Any) -> dict[str, Any]:
    """All inputs of a CPU pool of one zone, with changes: ABSENT takes an input away."""
    inputs = {
        "name": "train", "project": "example-ml", "location": "us-central1", "nodeLocations": ["us-central1-a"],
        "cluster": "dev", "initialNodeCount": 1, "maxPodsPerNode": 110,
        "autoscaling": {"totalMinNodeCount": 1, "totalMaxNodeCount": 4, "locationPolicy": "BALANCED"},
        "management": {"autoRepair": True, "autoUpgrade": True},
        "upgradeSettings": {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0},
        "networkConfig": {"enablePrivateNodes": True},
        "nodeConfig": node_config(),
    }  # fmt: skip
    return changed(inputs, changes)


def node_config(**changes: Any) -> dict[str, Any]:
    config = {
        "machineType": "e2-standard-4", "imageType": "COS_CONTAINERD", "diskType": "pd-balanced", "diskSizeGb": 100,
        "labels": {"weighbridge.dev/environment": "dev", "weighbridge.dev/node-pool": "train"},
        "resourceLabels": {"environment": "dev", "owner": "ml_example_com", "managed-by": "weighbridge"},
        "serviceAccount": "wb-dev-nodes@example-ml.iam.gserviceaccount.com",
        "oauthScopes": ["https://www.googleapis.com/auth/cloud-platform"],
        "workloadMetadataConfig": {"mode": "GKE_METADATA"},
        "shieldedInstanceConfig": {"enableSecureBoot": True, "enableIntegrityMonitoring": True},
        "gcfsConfig": {"enabled": True},
        "gvnic": {"enabled": True},
    }  # fmt: skip
    return changed(config, changes)


def with_gpus(**changes: Any) -> dict[str, Any]:
    """Nodes with GPUs: as CPU nodes, but without secure boot."""
    return node_config(
        **{"shieldedInstanceConfig": {"enableSecureBoot": False, "enableIntegrityMonitoring": True}, **changes}
    )


def on_accelerators(config: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A pool of accelerators: none at first, anywhere, and no extra node in an upgrade."""
    scaling = {"totalMinNodeCount": 0, "totalMaxNodeCount": 2, "locationPolicy": "ANY"}
    defaults = {"initialNodeCount": 0, "autoscaling": scaling, "upgradeSettings": SURGE_NONE, "nodeConfig": config}
    return cpu(**{**defaults, **changes})


def changed(inputs: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**inputs, **changes}.items() if value is not ABSENT}


def gpus(kind: str, count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"type": kind, "count": count, "gpuDriverInstallationConfig": {"gpuDriverVersion": "DEFAULT"}, **more}]


def a100(**changes: Any) -> dict[str, Any]:
    return with_gpus(
        machineType="a2-highgpu-1g", guestAccelerators=gpus("nvidia-tesla-a100", 1), taints=[GPU_TAINT], **changes
    )


NONE_TO_TWO = {"min": 0, "max": 2}
A100: dict[str, Any] = {"machine_type": "a2-highgpu-1g", "nodes": NONE_TO_TWO}
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "CPU": ({"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 4}}, cpu()),
    "GPU that comes with its machine": (A100, on_accelerators(a100())),
    "flex-start": (
        {**A100, "provisioning": "flex-start", "max_run_duration": "1d"},
        on_accelerators(
            a100(
                flexStart=True,
                maxRunDuration="86400s",
                reservationAffinity={"consumeReservationType": "NO_RESERVATION"},
            ),
            management={"autoRepair": False, "autoUpgrade": True},
            upgradeSettings=ABSENT,
        ),
    ),
    "queued": (
        {**A100, "provisioning": "queued"},
        on_accelerators(
            a100(reservationAffinity={"consumeReservationType": "NO_RESERVATION"}),
            management={"autoRepair": False, "autoUpgrade": True},
            queuedProvisioning={"enabled": True},
        ),
    ),
    "blue-green": (
        {**A100, "upgrade": {"strategy": "blue-green", "soak": "30m"}},
        on_accelerators(
            a100(),
            upgradeSettings={
                "strategy": "BLUE_GREEN",
                "blueGreenSettings": {
                    "nodePoolSoakDuration": "1800s",
                    "standardRolloutPolicy": {"batchNodeCount": 1, "batchSoakDuration": "0s"},
                },
            },
        ),
    ),
    "surge": (
        {**A100, "upgrade": {"max_surge": 2, "max_unavailable": 1}},
        on_accelerators(a100(), upgradeSettings={"strategy": "SURGE", "maxSurge": 2, "maxUnavailable": 1}),
    ),
    "create-first: no name, so that two can live side by side": (
        {**A100, "replacement": "create-first"},
        on_accelerators(a100(), name=ABSENT),
    ),
    "compact placement": (
        {**A100, "placement": "compact"},
        on_accelerators(a100(), placementPolicy={"type": "COMPACT"}),
    ),
    "own boot disk, labels, taints and pods, no streaming": (
        {
            "machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 4}, "image_streaming": False,
            "boot_disk": {"type": "pd-ssd", "size": "200Gi"}, "labels": {"team": "search"}, "max_pods_per_node": 32,
            "taints": [
                {"key": "a", "value": "b", "effect": "NoExecute"},
                {"key": "c", "effect": "PreferNoSchedule"},
            ],
        },
        cpu(
            maxPodsPerNode=32,
            nodeConfig=node_config(
                diskType="pd-ssd", diskSizeGb=200, gcfsConfig={"enabled": False},
                labels={"team": "search", "weighbridge.dev/environment": "dev", "weighbridge.dev/node-pool": "train"},
                taints=[
                    {"key": "a", "value": "b", "effect": "NO_EXECUTE"},
                    {"key": "c", "value": "", "effect": "PREFER_NO_SCHEDULE"},
                ],
            ),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_inputs(kind):
    settings, expected = KINDS[kind]

    assert pool(**settings).inputs == expected


def test_bounds_per_zone_are_the_pair_per_zone_and_never_both():
    found = pool(zones=3, machine_type="e2-standard-4", nodes_per_zone={"min": 1, "max": 4}).inputs

    assert found["autoscaling"] == {"minNodeCount": 1, "maxNodeCount": 4, "locationPolicy": "BALANCED"}
    assert found["nodeLocations"] == ["us-central1-a", "us-central1-b", "us-central1-c"]


def test_a_gpu_pool_of_three_zones_starts_with_no_node():
    assert pool(zones=3, **A100).inputs["initialNodeCount"] == 0


def test_each_tpu_slice_is_a_pool_of_its_own_that_is_whole_or_empty():
    found = pools(train={"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "4x4", "slices": {"min": 1, "max": 2}})

    config = node_config(machineType="ct5lp-hightpu-4t", taints=[TPU_TAINT])
    common = {"initialNodeCount": 0, "upgradeSettings": SURGE_NONE, "nodeConfig": config}
    placement = {"type": "COMPACT", "tpuTopology": "4x4"}
    assert {name: pool.inputs for name, pool in found.items()} == {
        f"train-s{ordinal}": cpu(
            name=f"train-s{ordinal}",
            placementPolicy=placement,
            autoscaling={"minNodeCount": least, "maxNodeCount": 4, "locationPolicy": "ANY"},
            **common,
        )
        for ordinal, least in ((0, 4), (1, 0))
    }


def test_a_tpu7x_slice_is_placed_by_a_workload_policy_that_carries_its_topology():
    stack = spec(
        {"train": {"machine_type": "tpu7x-standard-4t", "tpu_topology": "2x2x2", "slices": {"min": 0, "max": 1}}}
    )
    recording = platform(stack, alerts=False)

    policy = recording.only(RESOURCE_POLICY)
    assert policy.inputs == {
        "name": "dev-train-s0", "project": "example-ml", "region": "us-central1",
        "workloadPolicy": {"type": "HIGH_THROUGHPUT", "acceleratorTopology": "2x2x2"},
    }  # fmt: skip
    placed = recording.only(NODE_POOL)
    assert placed.inputs["placementPolicy"] == {"type": "COMPACT", "policyName": "dev-train-s0"}
    assert policy.urn in placed.dependencies


def test_what_matters_at_creation_only_is_never_a_reason_to_replace():
    found = pool(**A100)

    assert found.ignore_changes == ("initialNodeCount",)
    assert found.timeouts == {"create": "45m", "update": "6h", "delete": "60m"}


TPU = {"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "4x4", "slices": {"min": 0, "max": 1}}


@pytest.mark.parametrize(
    ("settings", "replacing"),
    [
        (TPU, ("placementPolicy.tpuTopology",)),
        ({"machine_type": "tpu7x-standard-4t", "tpu_topology": "2x2x2", "slices": {"min": 0, "max": 1}}, ()),
        ({**A100, "placement": "compact"}, ()),
        (A100, ()),
    ],
)
def test_a_topology_that_the_provider_would_not_send_replaces_its_pool(settings, replacing):
    assert pool(**settings).replace_on_changes == replacing


@pytest.mark.parametrize(
    ("settings", "first"),
    [(TPU, True), ({**TPU, "replacement": "create-first"}, None), (A100, None)],
)
def test_a_pool_that_the_program_replaces_gives_its_name_back_first(settings, first):
    assert pool(**settings).delete_before_replace is first


def test_a_pool_waits_for_the_rights_of_its_nodes():
    waits_for = {urn.split("$")[-1] for urn in pool(**A100).dependencies}

    assert waits_for == {
        "gcp:container/cluster:Cluster::dev",
        "gcp:serviceaccount/account:Account::dev-nodes",
        "gcp:projects/iAMMember:IAMMember::dev-nodes-artifactregistry.reader",
        "gcp:projects/iAMMember:IAMMember::dev-nodes-container.defaultNodeServiceAccount",
    }


def test_the_order_of_pools_in_the_spec_changes_no_name_and_no_input():
    one, two = {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}, A100

    def seen(**node_pools):
        return {pool.urn: pool.inputs for pool in pools(**node_pools).values()}

    assert seen(one=one, two=two) == seen(two=two, one=one)


def test_a_pinned_version_is_kept_until_its_support_ends():
    settings: dict[str, Any] = {
        "machine_type": "e2-standard-4",
        "nodes": {"min": 1, "max": 4},
        "version": "1.33.5-gke.1080000",
    }
    assert pool(**settings).inputs == cpu(
        version="1.33.5-gke.1080000",
        maintenancePolicies=[{"exclusionUntilEndOfSupports": [{"enabled": True}]}],
    )
