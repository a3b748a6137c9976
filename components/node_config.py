"""The machines of a node pool, as GKE's `nodeConfig` takes them."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_gcp import container

from weighbridge.catalog import Provisioning
from weighbridge.infrastructure.gke_spelling import (
    GPU_DRIVERS,
    GPU_SHARING,
    RESERVATION_KEY,
    SPECIFIC_RESERVATION,
    TAINT_EFFECTS,
)
from weighbridge.infrastructure.node_identity import NODE_SCOPES
from weighbridge.infrastructure.node_pool import Gpus, NodePoolPlan
from weighbridge.spec.node_pool import Taint

from .node_system import kubelet_config, linux_node_config


def node_config(
    plan: NodePoolPlan, service_account: str, labels: Mapping[str, str]
) -> container.NodePoolNodeConfigArgs:
    """What each node is. `labels` are Google Cloud's, for the bill; the plan's are Kubernetes'."""
    return container.NodePoolNodeConfigArgs(
        machine_type=plan.machine.name,
        image_type="COS_CONTAINERD",
        disk_type=plan.boot_disk_type,
        disk_size_gb=plan.boot_disk_gib,
        boot_disk=_boot_disk(plan),
        boot_disk_kms_key=plan.boot_disk_key,
        ephemeral_storage_local_ssd_config=_ephemeral_storage(plan),
        local_nvme_ssd_block_config=_block_storage(plan),
        guest_accelerators=[_guest_accelerator(plan.gpus)] if plan.gpus else None,
        spot=True if plan.provisioning is Provisioning.SPOT else None,
        flex_start=True if plan.provisioning is Provisioning.FLEX_START else None,
        max_run_duration=None if plan.max_run_seconds is None else f"{plan.max_run_seconds}s",
        reservation_affinity=_reservation_affinity(plan),
        labels=dict(plan.labels),
        taints=[_taint(taint) for taint in plan.taints] or None,
        resource_labels=labels,
        service_account=service_account,
        oauth_scopes=list(NODE_SCOPES),
        workload_metadata_config=container.NodePoolNodeConfigWorkloadMetadataConfigArgs(mode="GKE_METADATA"),
        shielded_instance_config=container.NodePoolNodeConfigShieldedInstanceConfigArgs(
            enable_secure_boot=plan.secure_boot, enable_integrity_monitoring=True
        ),
        gcfs_config=container.NodePoolNodeConfigGcfsConfigArgs(enabled=plan.image_streaming),
        gvnic=container.NodePoolNodeConfigGvnicArgs(enabled=True),
        kubelet_config=kubelet_config(plan.system) if plan.system is not None else None,
        linux_node_config=linux_node_config(plan.system) if plan.system is not None else None,
    )


def _guest_accelerator(gpus: Gpus) -> container.NodePoolNodeConfigGuestAcceleratorArgs:
    return container.NodePoolNodeConfigGuestAcceleratorArgs(
        type=gpus.accelerator,
        count=gpus.count,
        gpu_partition_size=gpus.partition,
        gpu_driver_installation_config=container.NodePoolNodeConfigGuestAcceleratorGpuDriverInstallationConfigArgs(
            gpu_driver_version=GPU_DRIVERS[gpus.driver]
        ),
        gpu_sharing_config=None
        if gpus.sharing is None
        else container.NodePoolNodeConfigGuestAcceleratorGpuSharingConfigArgs(
            gpu_sharing_strategy=GPU_SHARING[gpus.sharing.strategy],
            max_shared_clients_per_gpu=gpus.sharing.clients_per_gpu,
        ),
    )


def _boot_disk(plan: NodePoolPlan) -> container.NodePoolNodeConfigBootDiskArgs | None:
    if not plan.boot_disk_block:
        return None
    return container.NodePoolNodeConfigBootDiskArgs(disk_type=plan.boot_disk_type, size_gb=plan.boot_disk_gib)


def _ephemeral_storage(plan: NodePoolPlan) -> container.NodePoolNodeConfigEphemeralStorageLocalSsdConfigArgs | None:
    if not plan.local_ssd_disks or plan.local_ssd_use != "ephemeral":
        return None
    return container.NodePoolNodeConfigEphemeralStorageLocalSsdConfigArgs(local_ssd_count=plan.local_ssd_disks)


def _block_storage(plan: NodePoolPlan) -> container.NodePoolNodeConfigLocalNvmeSsdBlockConfigArgs | None:
    if not plan.local_ssd_disks or plan.local_ssd_use != "block":
        return None
    return container.NodePoolNodeConfigLocalNvmeSsdBlockConfigArgs(local_ssd_count=plan.local_ssd_disks)


def _reservation_affinity(plan: NodePoolPlan) -> container.NodePoolNodeConfigReservationAffinityArgs | None:
    if plan.reservation is not None:
        shared = plan.reservation.project != plan.project
        path = f"projects/{plan.reservation.project}/reservations/{plan.reservation.name}"
        return container.NodePoolNodeConfigReservationAffinityArgs(
            consume_reservation_type=SPECIFIC_RESERVATION,
            key=RESERVATION_KEY,
            values=[path if shared else plan.reservation.name],
        )
    if plan.unnamed_reservations == "any":
        return container.NodePoolNodeConfigReservationAffinityArgs(consume_reservation_type="ANY_RESERVATION")
    if plan.waits_for_capacity or plan.unnamed_reservations == "none":
        return container.NodePoolNodeConfigReservationAffinityArgs(consume_reservation_type="NO_RESERVATION")
    return None


def _taint(taint: Taint) -> container.NodePoolNodeConfigTaintArgs:
    return container.NodePoolNodeConfigTaintArgs(key=taint.key, value=taint.value, effect=TAINT_EFFECTS[taint.effect])
