"""The nodes of a stack's pools as the scheduler sees them: labels, taints and room, from the resources alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.infrastructure.allocatable import node_room, offered_gpus
from weighbridge.infrastructure.gke_spelling import GPU_DRIVERS, GPU_SHARING, TAINT_EFFECTS, turned
from weighbridge.infrastructure.node_kinds import NodeKind, NodeTraits, added_labels, added_taints, kinds_of
from weighbridge.quota.arithmetic import NodeGroup
from weighbridge.quota.holders_node_pool import TYPE, Place, place_of, read_node_group
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.spec.node_pool import Taint
from weighbridge.spec.node_system import Hugepages

POLICY_TYPE = "gcp:compute/resourcePolicy:ResourcePolicy"
_EFFECTS, _SHARING, _DRIVERS = turned(TAINT_EFFECTS), turned(GPU_SHARING), turned(GPU_DRIVERS)


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
    kinds: tuple[NodeKind, ...] = ()  # what its nodes are, for what GKE does with them

    @property
    def text(self) -> str:
        """As messages name it: ``name (machine)``."""
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
                resource.read, resource.known_as, place, around.catalog, creates_first=resource.creates_first
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
    config = pool.inside("nodeConfig")
    labels = {name: frozenset({value}) for name, value in config.mapped("labels").items()}
    shapes = _topologies(resource, resources, group, around.catalog) if group.machine.tpu is not None else frozenset()
    traits = _traits(config, group, place, resource, shapes)
    bound, huge = group.bound, _hugepages(config)
    room = node_room(group.machine, _gpus(traits, group, around.catalog), around.catalog, sum(huge.values()))
    return PoolNodes(
        name=resource.known_as,
        urn=resource.urn,
        machine=group.machine.name,
        labels={**labels, **added_labels(traits)},
        taints=_taints(config, traits),
        most=group.nodes.steady,
        room={**room, **{name: Decimal(size) for name, size in huge.items()}},
        bound=bound.name if bound is not None else "its number of nodes",
        kinds=tuple(kinds_of(traits)),
    )


def _traits(
    config: Inputs, group: NodeGroup, place: Place, resource: HeldResource, topologies: frozenset[str]
) -> NodeTraits:
    """What decides what GKE adds to the pool's nodes."""
    driver = partition = strategy = None
    clients = 1
    for accelerator in config.parts("guestAccelerators"):
        installation = accelerator.part("gpuDriverInstallationConfig")
        sharing = accelerator.part("gpuSharingConfig")
        partition = accelerator.text("gpuPartitionSize") or partition
        if installation is not None:
            driver = _DRIVERS.get(installation.text("gpuDriverVersion") or "", driver)
        if sharing is not None:
            strategy = _SHARING.get(sharing.text("gpuSharingStrategy") or "", strategy)
            clients = sharing.count("maxSharedClientsPerGpu") or clients
    return NodeTraits(
        machine=group.machine,
        provisioning=group.provisioning,
        region=place.region,
        zones=place.zones,
        boot_disk=group.boot_disk_type,
        pool=None if resource.autonamed else resource.known_as,
        preemptible=config.flag("preemptible") is True,
        gpu=group.gpu,
        gpu_driver=driver,
        gpu_partition=partition,
        gpu_sharing=strategy,
        clients_per_gpu=clients,
        tpu_topologies=topologies,
    )


def _hugepages(config: Inputs) -> Mapping[str, int]:
    linux = config.part("linuxNodeConfig")
    pages = linux.part("hugepagesConfig") if linux is not None else None
    if pages is None:
        return {}
    return Hugepages.model_construct(
        size_2mi=pages.count("hugepageSize2m"), size_1gi=pages.count("hugepageSize1g")
    ).sizes


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
    return frozenset(shape.topology for shape in catalog.topologies(group.machine.name) if shape.hosts == 1)


def _policy_topology(placement: Inputs, resource: HeldResource, resources: Sequence[HeldResource]) -> str | None:
    """The shape that a resource policy of the stack gives: the provider refuses it in both places."""
    wanted = placement.values.get("policyName")
    behind = resource.property_dependencies.get("placementPolicy", ())
    for other in resources:
        if other.type == POLICY_TYPE and (other.known_as == wanted or other.urn in behind):
            workload = other.read.part("workloadPolicy")
            return workload.text("acceleratorTopology") if workload is not None else None
    raise CannotJudge(
        f"{placement.path_of('policyName')} names a resource policy that is not in this stack, so the slice's topology "
        "is unknown: create it here, or state tpuTopology"
    )


def _gpus(traits: NodeTraits, group: NodeGroup, catalog: Catalog) -> int:
    return offered_gpus(group.gpu, group.gpus_per_node, traits.gpu_partition, traits.clients_per_gpu, catalog)


def _taints(config: Inputs, traits: NodeTraits) -> tuple[Taint, ...]:
    """Those that are stated, and those that GKE adds under keys that are not."""
    stated = []
    for entry in config.parts("taints"):
        effect = entry.required_text("effect", "so nobody can tell whom the nodes repel")
        if effect not in _EFFECTS:
            raise CannotJudge(f"{entry.path_of('effect')} is {effect!r}, expected one of {', '.join(_EFFECTS)}")
        key, value = entry.required_text("key", "so nobody can tell whom the nodes repel"), entry.text("value") or ""
        stated.append(Taint.model_construct(key=key, value=value, effect=_EFFECTS[effect]))
    keys = {taint.key for taint in stated}
    return (*stated, *(taint for taint in added_taints(traits) if taint.key not in keys))
