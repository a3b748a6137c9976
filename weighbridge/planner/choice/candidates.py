"""Every way to run a workload: machine type, topology, nodes and provisioning, with its price and what it draws.

Expected nodes cost, maximum nodes draw quota. A replica lies within one node; slices of several hosts are no candidates
for serving, as no speed of a replica over several hosts is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase

from weighbridge.catalog import Catalog, MachineType, Provisioning, UnknownQuota
from weighbridge.infrastructure.allocatable import CPU, MEMORY, node_room
from weighbridge.infrastructure.node_pool import (
    Autoscaling,
    BlueGreen,
    ReservationRef,
    Surge,
    initial_nodes_per_zone,
    upgrade_of,
)
from weighbridge.planner.serving import ServingOption, WorkloadPlan, with_failures
from weighbridge.quota.arithmetic import NodeCounts, NodeGroup, QuotaKey, extra_local_ssd_gb, node_counts
from weighbridge.quota.prices import NodePrices
from weighbridge.quota.reservations import group_claims
from weighbridge.resources.inputs import CannotJudge
from weighbridge.spec.node_pool import NodePool, NodeRange
from weighbridge.spec.quota_file import HeldReservation, QuotaFile
from weighbridge.spec.workload_hardware import PerReplica
from weighbridge.spec.workloads import Failures

LEAST_VCPUS_PER_ATTACHED = 4
"""Of a machine that GPUs are attached to, for each GPU: as the smallest machine that brings one (g2-standard-4)."""

FRESH_POOL = NodePool(machine_type="e2-standard-4", nodes=NodeRange(min=0, max=1))
"""A pool of which nothing but machines and sizes is stated."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where workloads run: prices and zones, and with a stack its quota. `pools` are those that exist, by workload."""

    region: str
    zones: tuple[str, ...]
    project: str = ""
    quota: QuotaFile | None = None
    pools: Mapping[str, NodePool] = field(default_factory=dict)
    beside: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By workload, the fewest and the most replicas of other versions of its endpoint, which need room as well."""
    today: date = date.min
    stack: str | None = None

    def prices(self, catalog: Catalog) -> NodePrices:
        """What a node costs here: list prices, and committed-use prices of every stack's nodes and of this one's."""
        return NodePrices(catalog) if self.quota is None else NodePrices.of(catalog, self.quota, self.stack, self.today)


@dataclass(frozen=True, slots=True)
class Bought:
    """Nodes of one provisioning. `usd_per_hour` is of one node: 0 on a reservation, which is paid for already."""

    provisioning: Provisioning
    expected: int  # nodes, at this demand and the estimated speed
    least: int
    most: int
    usd_per_hour: Decimal | None
    priced_on: date | None
    reservation: HeldReservation | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One kind of node, and how many replicas it holds."""

    machine: MachineType
    gpu: str | None  # GKE accelerator name
    attached: int  # GPUs that are attached to it; 0: those that its type brings
    topology: str | None  # of its TPU chips
    devices: int  # of one replica; 0: it has none
    replicas: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to run one workload."""

    workload: str
    option: ServingOption
    node: Node
    replicas: tuple[int, int]  # bounds of the autoscaler
    bought: tuple[Bought, ...]
    draws: Mapping[QuotaKey, int] = field(hash=False)
    node_draws: Mapping[QuotaKey, int] = field(hash=False)  # one node of each provisioning

    @property
    def usd_per_hour(self) -> Decimal | None:
        """Of the expected nodes; None where a price is not known."""
        return self._sum([part.expected for part in self.bought])

    @property
    def most_usd_per_hour(self) -> Decimal | None:
        """Of the most nodes."""
        return self._sum([part.most for part in self.bought])

    def _sum(self, nodes: Sequence[int]) -> Decimal | None:
        total = Decimal(0)
        for part, count in zip(self.bought, nodes, strict=True):
            if part.usd_per_hour is None:
                return None
            total += part.usd_per_hour * count
        return total

    @property
    def expected(self) -> int:
        return sum(part.expected for part in self.bought)

    @property
    def most(self) -> int:
        return sum(part.most for part in self.bought)

    @property
    def family(self) -> tuple[str, int, tuple[Provisioning, ...]]:
        """What another candidate differs in, if it is more than another size of the same."""
        return self.node.machine.family, self.node.attached, tuple(part.provisioning for part in self.bought)


@dataclass(frozen=True, slots=True)
class NoCandidate:
    """Why a machine type, or a way to buy it, is none."""

    workload: str
    what: str
    reason: str


def candidates(
    plan: WorkloadPlan, site: Site, catalog: Catalog, drawn: DrawnPerNode | None = None
) -> tuple[tuple[Candidate, ...], tuple[NoCandidate, ...]]:
    """All ways to run one workload, in the order of its options, and what is none."""
    drawn = drawn or DrawnPerNode(site, catalog)
    found: list[Candidate] = []
    none: list[NoCandidate] = []
    failures = plan.workload.survive
    if failures.zones and len(site.zones) < failures.of_zones:
        zones = "is 1 zone" if len(site.zones) == 1 else f"are {len(site.zones)} zones"
        reason = f"a zone of {failures.of_zones} may fail (`survive`), and there {zones}"
        return (), (NoCandidate(plan.name, "every machine", reason),)
    for option in plan.options:
        if option.excluded or option.replicas is None:
            continue
        for made in _of_option(plan, option, drawn):
            if isinstance(made, NoCandidate):
                none.append(made)
            else:
                found.append(made)
    return tuple(found), tuple(dict.fromkeys(none))


def nodes_for(replicas: int, per_node: int, failures: Failures) -> int:
    """The fewest nodes of which enough for the replicas are left, whatever fails of what may; zones evenly filled."""
    nodes = max(1, math.ceil(with_failures(replicas, failures) / per_node))
    while _left(nodes, per_node, failures) < replicas:
        nodes += 1
    return nodes


def _left(nodes: int, per_node: int, failures: Failures) -> int:
    lost = failures.zones * -(-nodes // failures.of_zones)
    return (nodes - lost) * per_node - failures.replicas


def _of_option(plan: WorkloadPlan, option: ServingOption, drawn: DrawnPerNode) -> Iterator[Candidate | NoCandidate]:
    wishes = plan.workload.hardware
    takes = wishes.per_replica or PerReplica()
    if not option.accelerator and wishes.per_replica is None:
        reason = "state `hardware.per_replica`, and the machines that `service_time` was measured on"
        yield NoCandidate(plan.name, "every machine", reason)
        return
    accelerator = option.accelerator or takes.accelerator
    devices = 0 if accelerator is None else option.devices if option.accelerator else takes.devices
    for node in drawn.nodes(accelerator, devices, takes):
        name = node.machine.name
        if wishes.machine_types and not any(fnmatchcase(name, wish) for wish in wishes.machine_types):
            continue
        if not node.replicas:
            yield NoCandidate(plan.name, name, "one replica doesn't fit on a node")
        elif drawn.site.region not in node.machine.regions:
            yield NoCandidate(plan.name, name, f"not sold in {drawn.site.region}")
        else:
            yield from _bought_ways(plan, option, node, drawn)


def _nodes(accelerator: str | None, devices: int, takes: PerReplica, catalog: Catalog) -> Iterator[Node]:
    """Those with room for one replica's devices."""
    gpu = catalog.gpus.get(accelerator or "")
    for machine in catalog.machine_types.values():
        counts: Sequence[int] = ()
        topology = None
        if accelerator is None:
            counts = (0,) if machine.gpu is None and machine.tpu is None and not machine.shared_core else ()
        elif machine.tpu == accelerator and machine.tpu_chips == devices:  # GKE gives all chips of a host to one pod
            topology = next((shape.topology for shape in catalog.topologies(machine.name) if shape.hosts == 1), None)
            counts = (0,) if topology else ()
        elif machine.gpu == accelerator and machine.gpu_count >= devices and machine.gpu_fraction is None:
            counts = (0,)
        elif gpu is not None and machine.family in gpu.attaches_to:
            counts = [
                count
                for count in gpu.attaches_to[machine.family]
                if count >= devices
                and LEAST_VCPUS_PER_ATTACHED * count <= machine.vcpus <= gpu.most_vcpus.get(count, machine.vcpus)
            ]
        for attached in counts:
            replicas = _replicas(machine, attached, devices, takes, catalog)
            yield Node(machine, accelerator if gpu is not None else None, attached, topology, devices, replicas)


def _replicas(machine: MachineType, attached: int, devices: int, takes: PerReplica, catalog: Catalog) -> int:
    """How many one node holds: of devices, and of what is stated; without either it is one."""
    has = machine.tpu_chips or attached or machine.gpu_count
    fits = [has // devices] if devices else []
    room = node_room(machine, 0, catalog)
    for name, amount in ((CPU, takes.cpu), (MEMORY, takes.memory)):
        if amount:
            fits.append(int(room[name] / amount))
    return min(fits, default=1)


def _bought_ways(
    plan: WorkloadPlan, option: ServingOption, node: Node, drawn: DrawnPerNode
) -> Iterator[Candidate | NoCandidate]:
    """One candidate for each way to buy the nodes."""
    workload, wishes, catalog = plan.workload, plan.workload.hardware, drawn.catalog
    safe = wishes.maximum == "safe"
    if safe and option.replicas is not None and option.replicas.high is None:
        what = f"{node.machine.name}, {node.devices} device{'s' * (node.devices != 1)} a replica"
        yield NoCandidate(plan.name, what, _NOT_SAFE)
        return
    sizes = _sizes(option, node.replicas, workload.survive, drawn.site.beside.get(plan.name, (0, 0)), safe=safe)
    for shares in _splits(node, wishes.spot_share, wishes.flex_start, sizes, drawn.site):
        names = " and ".join(way.value for way, _, _ in shares)
        not_sold = [reason for way, _, _ in shares if (reason := catalog.sold(node.machine, way)) is not None]
        if not_sold:
            yield NoCandidate(plan.name, f"{node.machine.name}, {names}", not_sold[0])
            continue
        bought: list[Bought] = []
        draws: dict[QuotaKey, int] = {}
        node_draws: dict[QuotaKey, int] = {}
        try:
            for way, nodes, reservation in shares:
                usd, day = _price(node, way, drawn.site, catalog)
                if reservation is not None:
                    usd, day = Decimal(0), None
                bought.append(Bought(way, *nodes, usd, day, reservation))
                per_node, peak = drawn.of(plan.name, node, way, reservation, nodes[2])
                for key, amount in per_node:
                    draws[key] = draws.get(key, 0) + amount * peak
                    node_draws[key] = max(node_draws.get(key, 0), amount)
        except (UnknownQuota, CannotJudge) as unsure:
            yield NoCandidate(plan.name, f"{node.machine.name}, {names}", str(unsure))
            continue
        yield Candidate(plan.name, option, node, sizes.replicas, tuple(bought), draws, node_draws)


_NOT_SAFE = (
    "at the slow end of its speed's interval no number of replicas holds the objective (`maximum: likely` takes it)"
)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Nodes: expected, least, most; and the bounds of replicas."""

    nodes: tuple[int, int, int]
    replicas: tuple[int, int]


def _sizes(option: ServingOption, per_node: int, failures: Failures, beside: tuple[int, int], *, safe: bool) -> _Sizes:
    count, scaled = option.replicas, option.autoscaling
    if count is None:
        raise AssertionError("an option that is not excluded has replicas")
    middle = int(count.middle)
    expected = least = middle
    if scaled is not None and scaled.floor < scaled.ceiling:
        expected, least = max(scaled.floor, math.ceil(scaled.mean)), scaled.floor
    most = max(middle, scaled.ceiling if scaled is not None else 0)
    if safe and count.high is not None:
        most = max(most, int(count.high))
    few, many = beside
    wanted = (expected + few, least + few, most + many)
    nodes = tuple(nodes_for(replicas, per_node, failures) for replicas in wanted)
    low, high = (with_failures(replicas, failures) for replicas in (least, most))
    if failures.zones and per_node > 1:  # a zone takes whole nodes
        low, high = max(low, nodes[1] * per_node - few), max(high, nodes[2] * per_node - many)
    return _Sizes((nodes[0], nodes[1], nodes[2]), (low, high))


_Share = tuple[Provisioning, tuple[int, int, int], HeldReservation | None]


def _splits(
    node: Node, spot_share: Decimal, flex_start: bool, sizes: _Sizes, site: Site
) -> Iterator[tuple[_Share, ...]]:
    """How the nodes may be bought: on demand, with a part of them Spot, flex-start, or from a reservation."""
    nodes = sizes.nodes
    yield ((Provisioning.STANDARD, nodes, None),)
    seen = set()
    for part in (spot_share / 2, spot_share):
        spot = tuple(int(count * part / 100) for count in nodes)
        if not spot[2] or spot in seen:
            continue
        seen.add(spot)
        kept = tuple(count - taken for count, taken in zip(nodes, spot, strict=True))
        preemptible: _Share = (Provisioning.SPOT, (spot[0], spot[1], spot[2]), None)
        yield ((Provisioning.STANDARD, (kept[0], kept[1], kept[2]), None), preemptible) if kept[2] else (preemptible,)
    if flex_start:
        yield ((Provisioning.FLEX_START, (nodes[0], 0, nodes[2]), None),)
    for entry in site.quota.reservations if site.quota is not None else ():
        ended = entry.calendar is not None and entry.calendar.end < site.today
        if (
            entry.machine_type == node.machine.name
            and (entry.gpu.count if entry.gpu else 0) == node.attached
            and entry.zone in site.zones
            and not ended
        ):
            yield ((Provisioning.RESERVATION, nodes, entry),)


def _price(node: Node, way: Provisioning, site: Site, catalog: Catalog) -> tuple[Decimal | None, date | None]:
    """Of one node by the hour; None where nobody says: attached GPUs are priced apart, and nobody has listed them.

    A committed-use price counts where the quota file has one of all nodes, of every stack or of this one.
    """
    price = None if node.attached else site.prices(catalog).per_node(node.machine, site.region, way)
    return (None, None) if price is None else (price.usd, price.as_of)


def pool_counts(most: int, base: NodePool, zones: int, way: Provisioning, *, accelerated: bool) -> NodeCounts:
    """Nodes of a pool with that maximum, which is otherwise as `base` is."""
    upgrade = upgrade_of(base.upgrade, way, accelerated=accelerated)

    def more(held: int) -> int:
        match upgrade:
            case Surge(max_surge=surge):
                return surge
            case BlueGreen():
                return held
        return 0

    return node_counts(
        initial_per_zone=initial_nodes_per_zone(Autoscaling(per_zone=False, min=0, max=most), zones, accelerated, way),
        zones=zones,
        total_max=most,
        max_per_zone=None,
        upgrade=more,
        creates_first=base.replacement == "create-first",
    )


class DrawnPerNode:
    """Kinds of nodes, and what they draw from each limit at their peak: each worked out once for all workloads."""

    def __init__(self, site: Site, catalog: Catalog) -> None:
        self.site = site
        self.catalog = catalog
        self._counted: dict[tuple[object, ...], tuple[tuple[QuotaKey, int], ...]] = {}
        self._nodes: dict[tuple[str | None, int, PerReplica], tuple[Node, ...]] = {}

    def nodes(self, accelerator: str | None, devices: int, takes: PerReplica) -> tuple[Node, ...]:
        """Kinds of nodes with room for one replica's devices."""
        place = accelerator, devices, takes
        if place not in self._nodes:
            self._nodes[place] = tuple(_nodes(accelerator, devices, takes, self.catalog))
        return self._nodes[place]

    def of(
        self, workload: str, node: Node, way: Provisioning, reservation: HeldReservation | None, most: int
    ) -> tuple[tuple[tuple[QuotaKey, int], ...], int]:
        """Of one node, and how many nodes of a pool with that maximum draw it.

        Raises `UnknownQuota`, and `CannotJudge` of a reservation.
        """
        base = self.site.pools.get(workload, FRESH_POOL)
        zones = (reservation.zone,) if reservation is not None else base.zones or self.site.zones
        accelerated = node.gpu is not None or node.machine.tpu is not None
        peak = pool_counts(most, base, len(zones), way, accelerated=accelerated).peak
        return self._per_node(base, node, way, reservation, zones), peak

    def _per_node(
        self, base: NodePool, node: Node, way: Provisioning, reservation: HeldReservation | None, zones: tuple[str, ...]
    ) -> tuple[tuple[QuotaKey, int], ...]:
        name = reservation.name if reservation is not None else ""
        place = (id(base), node.machine.name, node.gpu, node.attached, way, name, zones)
        if place not in self._counted:
            self._counted[place] = self._count(base, node, way, reservation, zones)
        return self._counted[place]

    def _count(
        self, base: NodePool, node: Node, way: Provisioning, reservation: HeldReservation | None, zones: tuple[str, ...]
    ) -> tuple[tuple[QuotaKey, int], ...]:
        site, machine = self.site, node.machine
        if site.quota is None:
            return ()
        same = base.machine_type == machine.name
        named = reservation and ReservationRef(reservation.name, reservation.project or site.quota.project)
        group = NodeGroup(
            name=machine.name, project=site.project, region=site.region, machine=machine, provisioning=way,
            nodes=NodeCounts(create=1, steady=1, upgrade=0, replace=0),
            gpu=node.gpu, gpus_per_node=node.attached or machine.gpu_count,
            boot_disk_type=(base.boot_disk.type if same else None) or self.catalog.boot_disk_types(machine)[0],
            boot_disk_gb=base.boot_disk.size,
            local_ssd_gb=extra_local_ssd_gb(base.local_ssd.disks, machine) if base.local_ssd and same else 0,
            zones=zones, reservation=named or None,
        )  # fmt: skip
        return tuple((claim.key, claim.per_node) for claim in group_claims(group, site.quota, self.catalog))
