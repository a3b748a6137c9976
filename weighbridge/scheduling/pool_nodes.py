"""The nodes of a stack's pools as the scheduler sees them: labels, taints and room, from the resources alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from weighbridge.catalog import Catalog, Provisioning
from weighbridge.conventions import GPU_TAINT, TPU_TAINT
from weighbridge.infrastructure.allocatable import node_room, offered_gpus
from weighbridge.quota.arithmetic import NodeGroup
from weighbridge.quota.holders_node_pool import TYPE, Place, place_of, read_node_group
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.spec.node_pool import Taint

POLICY_TYPE = "gcp:compute/resourcePolicy:ResourcePolicy"
ARM_FAMILIES = frozenset({"c4a", "n4a", "t2a", "a4x"})
"""Machine families whose CPUs are Arm. Source: Google's page on Arm on Compute Engine, and on A4X (Grace CPUs)."""

ARM_TAINT = Taint(key="kubernetes.io/arch", value="arm64", effect="NoSchedule")
"""GKE's own on Arm nodes. Source: GKE, "Prepare an Arm workload". For A4X unverified."""

_EFFECTS: Mapping[str, Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]] = {
    "NO_SCHEDULE": "NoSchedule",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
    "NO_EXECUTE": "NoExecute",
}
_GKE = "cloud.google.com/"


@dataclass(frozen=True, slots=True)
class PoolNodes:
    """Nodes of one pool. `labels` has every value that some node may have: zones differ, all else is alike."""

    name: str  # GKE's, or the program's where GKE's is made up
    urn: str
    machine: str
    labels: Mapping[str, frozenset[str]]
    taints: tuple[Taint, ...]
    most: int  # nodes
    room: Mapping[str, Decimal]  # of one node, by resource name: cores, bytes, devices
    bound: str  # the number that bounds `most`, as its author wrote it

    @property
    def said(self) -> str:
        """For messages: its name and machine."""
        return f"{self.name} ({self.machine})"


def pool_nodes(
    resources: Sequence[HeldResource], around: Surroundings
) -> tuple[tuple[PoolNodes, ...], tuple[tuple[HeldResource, str], ...]]:
    """The pools that a stack creates, and those that can't be told with the reason. Pools only read don't count.

    The reason is empty where `shared-quota` gives it: that nodes can't be counted is said once.
    """
    found, unclear = [], []
    for resource in resources:
        if resource.type != TYPE or resource.existing:
            continue
        try:
            place = place_of(resource, around)
            group = read_node_group(
                resource.read, resource.known_as, place, around.catalog, autonamed=resource.autonamed
            )
        except CannotJudge:
            unclear.append((resource, ""))
            continue
        try:
            found.append(_read(resource, place, group, resources, around))
        except CannotJudge as unsure:
            unclear.append((resource, str(unsure)))
    return tuple(found), tuple(unclear)


def _read(
    resource: HeldResource,
    place: Place,
    group: NodeGroup,
    resources: Sequence[HeldResource],
    around: Surroundings,
) -> PoolNodes:
    pool = resource.read
    config = pool.part("nodeConfig") or Inputs({}, pool.place("nodeConfig"))
    labels = {name: frozenset({value}) for name, value in config.mapped("labels").items()}
    own = dict(_own_labels(config, group, place))
    if not resource.autonamed:
        own[f"{_GKE}gke-nodepool"] = frozenset({resource.known_as})
    if group.machine.tpu is not None:
        own[f"{_GKE}gke-tpu-accelerator"] = frozenset({group.machine.tpu})
        own[f"{_GKE}gke-tpu-topology"] = _topologies(resource, resources, group, around.catalog)
    bound = group.bound
    return PoolNodes(
        name=resource.known_as,
        urn=resource.urn,
        machine=group.machine.name,
        labels={**labels, **own},
        taints=_taints(config, group),
        most=group.nodes.steady,
        room=node_room(group.machine, _gpus(config, group, around.catalog), around.catalog),
        bound=bound.name if bound is not None else "its number of nodes",
    )


def _own_labels(config: Inputs, group: NodeGroup, place: Place) -> Iterator[tuple[str, frozenset[str]]]:
    """Labels that GKE and Kubernetes give. Source: GKE, labels of nodes and of accelerators."""
    machine, spot = group.machine, group.provisioning is Provisioning.SPOT
    one: dict[str, str] = {
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "arm64" if machine.family in ARM_FAMILIES else "amd64",
        "node.kubernetes.io/instance-type": machine.name,
        "topology.kubernetes.io/region": place.region,
        f"{_GKE}machine-family": machine.family,
        f"{_GKE}gke-boot-disk": group.boot_disk_type,
        f"{_GKE}gke-provisioning": "spot" if spot else "standard",
    }
    if spot and config.flag("preemptible"):
        one[f"{_GKE}gke-provisioning"] = "preemptible"
        one[f"{_GKE}gke-preemptible"] = "true"
    elif spot:
        one[f"{_GKE}gke-spot"] = "true"
    if group.provisioning is Provisioning.FLEX_START:
        one[f"{_GKE}gke-flex-start"] = "true"
    if group.gpu is not None:
        one[f"{_GKE}gke-accelerator"] = group.gpu
        for entry in config.parts("guestAccelerators"):
            driver = (entry.part("gpuDriverInstallationConfig") or Inputs({})).text("gpuDriverVersion")
            if driver in ("DEFAULT", "LATEST"):
                one[f"{_GKE}gke-gpu-driver-version"] = driver.lower()
            if entry.text("gpuPartitionSize"):
                one[f"{_GKE}gke-gpu-partition-size"] = entry.text("gpuPartitionSize") or ""
            sharing = entry.part("gpuSharingConfig")
            if sharing is not None:
                strategy = sharing.text("gpuSharingStrategy") or ""
                one[f"{_GKE}gke-gpu-sharing-strategy"] = strategy.lower().replace("_", "-")
                one[f"{_GKE}gke-max-shared-clients-per-gpu"] = str(sharing.count("maxSharedClientsPerGpu") or 1)
    yield from ((name, frozenset({value})) for name, value in one.items())
    yield "topology.kubernetes.io/zone", frozenset(place.zones)


def _topologies(
    resource: HeldResource, resources: Sequence[HeldResource], group: NodeGroup, catalog: Catalog
) -> frozenset[str]:
    """Shapes of a TPU pool: the slice's, where it is one; of single hosts, those that one host can form."""
    placement = resource.read.part("placementPolicy")
    given = placement.text("tpuTopology") if placement is not None else None
    if placement is not None and given is None and placement.has("policyName"):
        given = _policy_topology(placement, resource, resources)
    if given is not None:
        return frozenset({given})
    return frozenset(each.topology for each in catalog.topologies(group.machine.name) if each.hosts == 1)


def _policy_topology(placement: Inputs, resource: HeldResource, resources: Sequence[HeldResource]) -> str | None:
    """The shape that a resource policy of the stack gives: the provider refuses it in both places."""
    wanted = placement.values.get("policyName")
    behind = resource.property_dependencies.get("placementPolicy", ())
    for each in resources:
        if each.type == POLICY_TYPE and (each.known_as == wanted or each.urn in behind):
            workload = each.read.part("workloadPolicy")
            return workload.text("acceleratorTopology") if workload is not None else None
    raise CannotJudge(
        f"{placement.place('policyName')} names a resource policy that is not in this stack, so the slice's topology "
        "is unknown: create it here, or state tpuTopology"
    )


def _gpus(config: Inputs, group: NodeGroup, catalog: Catalog) -> int:
    partition, clients = None, 1
    for entry in config.parts("guestAccelerators"):
        partition = entry.text("gpuPartitionSize") or partition
        sharing = entry.part("gpuSharingConfig")
        clients = (sharing.count("maxSharedClientsPerGpu") if sharing is not None else None) or clients
    return offered_gpus(group.gpu, group.gpus_per_node, partition, clients, catalog)


def _taints(config: Inputs, group: NodeGroup) -> tuple[Taint, ...]:
    """Those that are stated, and GKE's own on nodes with accelerators or Arm CPUs."""
    stated = []
    for entry in config.parts("taints"):
        effect = entry.required_text("effect", "so nobody can tell whom the nodes repel")
        if effect not in _EFFECTS:
            raise CannotJudge(f"{entry.place('effect')} is {effect!r}, expected one of {', '.join(_EFFECTS)}")
        key, value = entry.required_text("key", "so nobody can tell whom the nodes repel"), entry.text("value") or ""
        stated.append(Taint.model_construct(key=key, value=value, effect=_EFFECTS[effect]))
    own = []
    if group.gpu is not None:
        own.append(GPU_TAINT)
    if group.machine.tpu is not None:
        own.append(TPU_TAINT)
    if group.machine.family in ARM_FAMILIES:
        own.append(ARM_TAINT)
    keys = {each.key for each in stated}
    return (*stated, *(each for each in own if each.key not in keys))
