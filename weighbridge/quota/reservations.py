"""Reservations of machines: what making them took, and what node pools that name them may take.

Google charges a reservation's vCPUs, accelerators and local SSDs when it is made, used or not; disks, addresses and
instances come with the nodes. What uses a reservation of its own project is not charged again; what uses one that
projects share is charged in the project that uses it (Google: best practices for shared reservations). In calendar
mode neither is charged. That TPU reservations of GKE are charged alike is inferred: the Cloud TPU API has quota of
its own for them, and GKE goes by Compute Engine's.

So each reservation stands in the ledger once, beside what runs outside the stacks, and is a limit itself: of machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from weighbridge.catalog import (
    LOCAL_SSD_DISK_GB,
    Catalog,
    Confidence,
    Provisioning,
    QuotaId,
    QuotaResource,
    UnknownQuota,
)
from weighbridge.catalog.lookup import NEVER_CHARGED_TO_RESERVATIONS
from weighbridge.infrastructure.accelerator_networks import network_kinds
from weighbridge.infrastructure.node_pool import ReservationRef
from weighbridge.quota.arithmetic import Claim, NodeCounts, NodeGroup, QuotaKey, claims, key_of
from weighbridge.resources.inputs import CannotJudge
from weighbridge.spec.quota_file import QUOTA_FILE, HeldReservation, QuotaFile

MACHINES = "reservation "
"""How the id of a limit of reserved machines begins; none of Google's has a space."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one reservation of the quota file takes. `uncounted` says why that can't be told, None where it can."""

    entry: HeldReservation
    machines: QuotaKey
    claims: tuple[Claim, ...]
    uncounted: str | None = None


def group_claims(group: NodeGroup, quota: QuotaFile, catalog: Catalog) -> tuple[Claim, ...]:
    """What a node group draws, from the reservation that it names too.

    Raises `weighbridge.catalog.UnknownQuota`, and `CannotJudge` where the quota file doesn't have the reservation or
    it could never give the group its machines.
    """
    spot_pools = frozenset(quota.spot_pools)
    cards = tuple(_rdma_claims(group, quota, catalog))
    if group.reservation is None:
        return (*claims(group, catalog, spot_pools), *cards)
    entries = _entries(group, group.reservation, quota)
    machines = machines_key(group.reservation, group.region)
    shared = group.reservation.project != group.project or any(entry.shared for entry in entries)
    if shared and not all(entry.calendar for entry in entries):
        group = replace(group, provisioning=Provisioning.STANDARD)
    return (
        *claims(group, catalog, spot_pools),
        *cards,
        Claim(
            key=machines,
            quota=machines_quota(machines),
            holder=group.name,
            steady=group.nodes.steady,
            peak=group.nodes.peak,
            per_node=1,
            bound=group.bound,
        ),
    )


def _rdma_claims(group: NodeGroup, quota: QuotaFile, catalog: Catalog) -> Iterator[Claim]:
    """RDMA cards of the machines, on limits that the quota file lists: no others are checked."""
    kind = network_kinds().get(group.machine.name)
    if kind is None or kind.device_mode != "RDMA":
        return
    cards = kind.machines[group.machine.name]
    listed = {(entry.quota, tuple(sorted(entry.dimensions.items()))) for entry in quota.limits}
    for known in catalog.quota_ids(QuotaResource.RDMA_CARD, group.machine.family):
        if (known.quota_id, known.dimensions) in listed:
            yield Claim(
                key=key_of(known, group.project, group.region),
                quota=known,
                holder=group.name,
                steady=group.nodes.steady * cards,
                peak=group.nodes.peak * cards,
                per_node=cards,
                bound=group.bound,
            )


def held_reservations(quota: QuotaFile, catalog: Catalog) -> Iterator[Held]:
    """What making each reservation took from this project's limits: nothing for one of another, or in calendar mode."""
    for entry in quota.reservations:
        ref = ReservationRef(entry.name, entry.project or quota.project)
        machines = machines_key(ref, _region(entry))
        if entry.calendar is not None or ref.project != quota.project:
            yield Held(entry, machines, ())
            continue
        machine = catalog.machine_types[entry.machine_type]
        group = NodeGroup(
            name=f"{MACHINES}{entry.name}",
            project=ref.project,
            region=_region(entry),
            machine=machine,
            provisioning=Provisioning.STANDARD,
            nodes=NodeCounts(create=entry.count, steady=entry.count, upgrade=0, replace=0),
            gpu=entry.gpu.type if entry.gpu else machine.gpu,
            gpus_per_node=entry.gpu.count if entry.gpu else machine.gpu_count,
            local_ssd_gb=entry.local_ssd * LOCAL_SSD_DISK_GB,
        )
        try:
            yield Held(entry, machines, claims(group, catalog, frozenset(), only=NEVER_CHARGED_TO_RESERVATIONS))
        except UnknownQuota as unsure:
            yield Held(entry, machines, (), str(unsure))


def machines_key(reservation: ReservationRef, region: str) -> QuotaKey:
    """The limit that a reservation's machines are, in all zones of the region where one of its name exists."""
    return QuotaKey(reservation.project, region, f"{MACHINES}{reservation.name}")


def machines_quota(key: QuotaKey) -> QuotaId:
    """How such a limit is shown."""
    return QuotaId(
        resource=QuotaResource.INSTANCE,
        quota_id=key.quota_id,
        scope="region",
        dimensions=(),
        unit="VM",
        display=f"machines of {key.quota_id}",
        on_some_projects_only=False,
        confidence=Confidence.CONFIRMED,
        source=QUOTA_FILE,
    )


def _entries(group: NodeGroup, reservation: ReservationRef, quota: QuotaFile) -> tuple[HeldReservation, ...]:
    """The entries of the reservation that a group names, in the group's zones. Raises `CannotJudge`."""
    name = reservation.name
    named = [
        entry
        for entry in quota.reservations
        if (entry.name, entry.project or quota.project) == (name, reservation.project)
    ]
    if not named:
        where = "" if reservation.project == quota.project else f" of {reservation.project}"
        raise CannotJudge(
            f"reservation {name}{where} is not in {QUOTA_FILE}, so nobody counts the quota that its machines "
            "took: let the quota's owners list it under reservations"
        )
    lacking = [zone for zone in group.zones if zone not in {entry.zone for entry in named}]
    if lacking:
        zones = ", ".join(sorted({entry.zone for entry in named}))
        raise CannotJudge(
            f"reservation {name} is in {zones}, and these nodes may also be in {', '.join(lacking)}: state its zones"
        )
    entries = tuple(entry for entry in named if entry.zone in group.zones)
    for entry in entries:
        holds, needs = _shape(entry, group)
        if holds != needs:
            raise CannotJudge(f"reservation {name} holds {holds}, and these nodes are {needs}: take the same")
    return entries


def _shape(entry: HeldReservation, group: NodeGroup) -> tuple[str, str]:
    """What the reservation's machines and the group's nodes are; GKE takes only what is the same."""
    holds, needs = entry.machine_type, group.machine.name
    if group.machine.gpu is None and (entry.gpu is not None or group.gpu is not None):
        holds += f" with {entry.gpu.count} {entry.gpu.type}" if entry.gpu else " without GPUs"
        needs += f" with {group.gpus_per_node} {group.gpu}" if group.gpu else " without GPUs"
    reserved_gb = entry.local_ssd * LOCAL_SSD_DISK_GB
    if reserved_gb != group.local_ssd_gb:
        holds += f" with {reserved_gb} GB of local SSD"
        needs += f" with {group.local_ssd_gb} GB of it"
    return holds, needs


def _region(entry: HeldReservation) -> str:
    return entry.zone.rpartition("-")[0]
