"""What node auto-provisioning may draw: pools that nobody declared, bounded only by the cluster's resource limits.

GKE may create any machine family that a pod asks for, spot or not, so the vCPU limit is charged to every CPU quota that
the quota file lists in the region; a family that isn't listed has a limit of zero, so nothing of it can start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from weighbridge.catalog import Catalog, Provisioning, QuotaId, QuotaResource
from weighbridge.quota.arithmetic import Claim, key_of
from weighbridge.spec.quota_file import QuotaFile

SMALLEST_NODE_VCPUS = 2
"""vCPUs of the smallest machine that GKE picks (e2-medium); bounds the number of nodes. Source: GKE's default."""

BOOT_DISK_GB = 100
BOOT_DISK_TYPE = "pd-balanced"
"""GKE's own of nodes that say nothing of it; the size holds for declared pools too."""


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """A cluster's limits: vCPUs, and GPUs by GKE accelerator name; where they apply, and what its nodes boot from.

    `extra_in_upgrades` says whether an upgrade makes nodes before it takes others away. The limits are the
    autoscaler's, so they don't bound those.
    """

    project: str
    region: str
    vcpus: int
    gpus: Mapping[str, int]
    boot_disk_type: str = BOOT_DISK_TYPE
    boot_disk_gb: int = BOOT_DISK_GB
    extra_in_upgrades: bool = False


def auto_provisioning_claims(
    holder: str, limits: ResourceLimits, quota: QuotaFile, catalog: Catalog
) -> Iterator[Claim]:
    """Claims of the worst case. Raises `weighbridge.catalog.UnknownQuota`."""
    nodes = -(-limits.vcpus // SMALLEST_NODE_VCPUS)
    listed = {(entry.quota, tuple(sorted(entry.dimensions.items()))) for entry in quota.limits}
    spot_pools = frozenset(quota.spot_pools)

    def claim(quota_id: QuotaId, amount: int) -> Claim:
        # Each pool surges by itself and may be of one node, so that even one node of surge can double everything.
        peak = 2 * amount if limits.extra_in_upgrades else amount
        return Claim(key_of(quota_id, limits.project, limits.region), quota_id, holder, steady=amount, peak=peak)

    for quota_id in catalog.vcpu_quota_ids():
        if (quota_id.quota_id, quota_id.dimensions) in listed:
            yield claim(quota_id, limits.vcpus)
    for accelerator, count in sorted(limits.gpus.items()):
        for quota_id in _spot_or_not(QuotaResource.GPU, accelerator, spot_pools, catalog):
            yield claim(quota_id, count)
        for family, disk_gb in sorted(_bundled_local_ssd_gb(accelerator, count, catalog).items()):
            for quota_id in _spot_or_not(QuotaResource.LOCAL_SSD, family, spot_pools, catalog):
                yield claim(quota_id, disk_gb)
    for resource, match, amount in (
        (QuotaResource.INSTANCE, "*", nodes),
        (QuotaResource.DISK, limits.boot_disk_type, nodes * limits.boot_disk_gb),
    ):
        for quota_id in catalog.quota_ids(resource, match):
            yield claim(quota_id, amount)


def _spot_or_not(resource: QuotaResource, match: str, spot_pools: frozenset[str], catalog: Catalog) -> list[QuotaId]:
    """The limits of either kind of node: which of them GKE makes, the pods decide."""
    drawn = {
        quota_id
        for provisioning in (Provisioning.STANDARD, Provisioning.SPOT)
        for quota_id in catalog.quota_ids(resource, match, provisioning, spot_pools)
    }
    return sorted(drawn, key=lambda quota_id: quota_id.quota_id)


def _bundled_local_ssd_gb(accelerator: str, gpus: int, catalog: Catalog) -> Mapping[str, int]:
    """The most local SSD that the machine types of so many GPUs bring along, by family.

    Auto-provisioning adds none by itself: https://cloud.google.com/kubernetes-engine/docs/concepts/node-auto-provisioning
    """
    most: dict[str, int] = {}
    for machine in catalog.machine_types.values():
        if machine.gpu == accelerator and machine.gpu_count and machine.local_ssd_gb:
            disk_gb = gpus // machine.gpu_count * machine.local_ssd_gb
            if disk_gb:
                most[machine.family] = max(disk_gb, most.get(machine.family, 0))
    return most
