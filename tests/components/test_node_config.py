"""What one setting of a pool changes in its `nodeConfig`, and that it changes nothing else there."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_gcp import container

from components.node_config import node_config
from tests.support.recording import record
from tests.support.specs import CATALOG, spec
from weighbridge.infrastructure.node_pool import plan_node_pools

ACCOUNT = "nodes@example-ml.iam.gserviceaccount.com"
BILLED_TO = {"owner": "ml_example_com"}
NONE_TO_TWO = {"min": 0, "max": 2}
CPU = {"machine_type": "n2-standard-8", "nodes": NONE_TO_TWO}
A100 = {"machine_type": "a2-highgpu-1g", "nodes": NONE_TO_TWO}
T4 = {"machine_type": "n1-standard-8", "nodes": NONE_TO_TWO, "gpu": {"type": "nvidia-tesla-t4", "count": 2}}
RESERVATION = "compute.googleapis.com/reservation-name"


def config(settings: dict[str, Any]) -> dict[str, Any]:
    (plan,) = plan_node_pools(spec({"train": settings}), CATALOG)
    pool = record(
        lambda: container.NodePool("train", cluster="dev", node_config=node_config(plan, ACCOUNT, BILLED_TO))
    ).only("gcp:container/nodePool:NodePool")
    return pool.inputs["nodeConfig"]


def gpus(kind: str, count: int, driver: str = "DEFAULT", **more: Any) -> list[dict[str, Any]]:
    return [{"type": kind, "count": count, "gpuDriverInstallationConfig": {"gpuDriverVersion": driver}, **more}]


def test_nodes_without_anything_special():
    assert config(CPU) == {
        "machineType": "n2-standard-8",
        "imageType": "COS_CONTAINERD",
        "diskType": "pd-balanced",
        "diskSizeGb": 100,
        "labels": {"weighbridge.dev/environment": "dev", "weighbridge.dev/node-pool": "train"},
        "resourceLabels": BILLED_TO,
        "serviceAccount": ACCOUNT,
        "oauthScopes": ["https://www.googleapis.com/auth/cloud-platform"],
        "workloadMetadataConfig": {"mode": "GKE_METADATA"},
        "shieldedInstanceConfig": {"enableSecureBoot": True, "enableIntegrityMonitoring": True},
        "gcfsConfig": {"enabled": True},
        "gvnic": {"enabled": True},
    }


@pytest.mark.parametrize(
    ("pool", "settings", "expected"),
    [
        (CPU, {"local_ssd": {"disks": 2}}, {"ephemeralStorageLocalSsdConfig": {"localSsdCount": 2}}),
        (CPU, {"local_ssd": {"disks": 2, "use": "block"}}, {"localNvmeSsdBlockConfig": {"localSsdCount": 2}}),
        (CPU, {"boot_disk": {"type": "pd-ssd", "size": "200Gi"}}, {"diskType": "pd-ssd", "diskSizeGb": 200}),
        (CPU, {"image_streaming": False}, {"gcfsConfig": {"enabled": False}}),
        (
            CPU,
            {"taints": [{"key": "a", "value": "b", "effect": "NoExecute"}]},
            {"taints": [{"key": "a", "value": "b", "effect": "NO_EXECUTE"}]},
        ),
        (A100, {"gpu_driver": "latest"}, {"guestAccelerators": gpus("nvidia-tesla-a100", 1, "LATEST")}),
        (A100, {"gpu_driver": "none"}, {"guestAccelerators": gpus("nvidia-tesla-a100", 1, "INSTALLATION_DISABLED")}),
        (
            A100,
            {"gpu_partition": "1g.5gb", "gpu_sharing": {"strategy": "mps", "clients_per_gpu": 3}},
            {
                "guestAccelerators": gpus(
                    "nvidia-tesla-a100",
                    1,
                    gpuPartitionSize="1g.5gb",
                    gpuSharingConfig={"gpuSharingStrategy": "MPS", "maxSharedClientsPerGpu": 3},
                )
            },
        ),
        (
            T4,
            {"gpu_sharing": {"strategy": "time-sharing", "clients_per_gpu": 4}},
            {
                "guestAccelerators": gpus(
                    "nvidia-tesla-t4",
                    2,
                    gpuSharingConfig={"gpuSharingStrategy": "TIME_SHARING", "maxSharedClientsPerGpu": 4},
                )
            },
        ),
        (A100, {"provisioning": "spot"}, {"spot": True}),
        (A100, {"provisioning": "queued"}, {"reservationAffinity": {"consumeReservationType": "NO_RESERVATION"}}),
        (
            A100,
            {"provisioning": "flex-start", "max_run_duration": "1d"},
            {
                "flexStart": True,
                "maxRunDuration": "86400s",
                "reservationAffinity": {"consumeReservationType": "NO_RESERVATION"},
            },
        ),
        (
            A100,
            {"provisioning": "reservation", "reservation": {"name": "block-a"}},
            {
                "reservationAffinity": {
                    "consumeReservationType": "SPECIFIC_RESERVATION",
                    "key": RESERVATION,
                    "values": ["block-a"],
                }
            },
        ),
        (
            A100,
            {"provisioning": "reservation", "reservation": {"name": "block-a", "project": "capacity-pool"}},
            {
                "reservationAffinity": {
                    "consumeReservationType": "SPECIFIC_RESERVATION",
                    "key": RESERVATION,
                    "values": ["projects/capacity-pool/reservations/block-a"],
                }
            },
        ),
    ],
)
def test_one_setting_changes_one_thing(pool, settings, expected):
    before, after = config(pool), config({**pool, **settings})
    assert set(before) <= set(after)
    assert {key: value for key, value in after.items() if before.get(key) != value} == expected


@pytest.mark.parametrize(
    ("pool", "taint", "secure"),
    [
        (A100, "nvidia.com/gpu", False),
        ({"machine_type": "ct5lp-hightpu-4t", "nodes": NONE_TO_TWO}, "google.com/tpu", True),
    ],
)
def test_accelerators_keep_others_away_and_gpus_boot_without_secure_boot(pool, taint, secure):
    found = config(pool)
    assert found["shieldedInstanceConfig"] == {"enableSecureBoot": secure, "enableIntegrityMonitoring": True}
    assert found["taints"] == [{"key": taint, "value": "present", "effect": "NO_SCHEDULE"}]
    assert ("guestAccelerators" in found) == (pool is A100)
