"""What a `gcp:container/nodePool:NodePool` may draw, from its inputs alone.

Where an input is absent, GKE's own default counts: e2-medium nodes, 100 GB of boot disk, one surge node.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from weighbridge.catalog import Catalog, MachineType, Provisioning, QuotaResource
from weighbridge.conventions import NODE_POOL_LABEL
from weighbridge.infrastructure.gke_spelling import BLUE_GREEN, RESERVATION_KEY, SPECIFIC_RESERVATION
from weighbridge.infrastructure.node_pool import ReservationRef
from weighbridge.quota.arithmetic import Bound, Claim, NodeCounts, NodeGroup, extra_local_ssd_gb
from weighbridge.quota.auto_provisioning import BOOT_DISK_GB
from weighbridge.quota.demand import DEFAULT_POOL_MACHINE
from weighbridge.quota.holders_network import listed
from weighbridge.quota.reservations import group_claims
from weighbridge.resources.held_resource import HeldResource, Surroundings, cluster_id, is_zone, project_of, region_of
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.spelling import nearest

TYPE = "gcp:container/nodePool:NodePool"

DEFAULT_MAX_SURGE = 1
"""GKE's own: one node more at a time, none taken away."""

BASELINE_IOPS = 3000
BASELINE_THROUGHPUT = 140
"""MB/s: what a Hyperdisk Balanced comes with, so that it draws on no limit. Source: hyperdisk-page in sources.csv."""

_LOCAL_SSDS = (
    # Where each generation of the API keeps its count of 375 GB disks.
    ("", "localSsdCount"),
    ("ephemeralStorageConfig", "localSsdCount"),
    ("ephemeralStorageLocalSsdConfig", "localSsdCount"),
    ("ephemeralStorageLocalSsdConfig", "dataCacheCount"),
    ("localNvmeSsdBlockConfig", "localSsdCount"),
    ("linuxNodeConfig.swapConfig.dedicatedLocalSsdProfile", "diskCount"),
)


_RESERVATION = re.compile(
    r"(?:projects/(?P<project>[^/]+)/reservations/)?(?P<name>[^/]+)(?:/reservationBlocks/[^/]+(?:/reservationSubBlocks/[^/]+)?)?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where nodes live, and whether they get addresses of their own unless they say otherwise."""

    project: str
    region: str
    zones: tuple[str, ...]
    private: bool


def node_pool_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:
    """Claims of one node pool. Raises `CannotJudge` and `weighbridge.catalog.UnknownQuota`."""
    refuse_own_networks(resource.read, around)
    group = read_node_group(
        resource.read,
        resource.known_as,
        place_of(resource, around),
        around.catalog,
        creates_first=resource.creates_first,
    )
    return group_claims(group, around.quota, around.catalog)


def refuse_own_networks(pool: Inputs, around: Surroundings) -> None:
    """Raises `CannotJudge` for further networks that GKE makes by itself, where their limit is listed."""
    network = pool.inside("networkConfig")
    if network.text("acceleratorNetworkProfile") is not None:
        kinds = (QuotaResource.NETWORK, QuotaResource.SUBNETWORK)
        if any(listed(kind, around) for kind in kinds):
            raise CannotJudge(
                f"{network.path_of('acceleratorNetworkProfile')} lets GKE make networks that nobody counts: name "
                "networks of this stack in additionalNodeNetworkConfigs"
            )


def place_of(resource: HeldResource, around: Surroundings) -> Place:
    """Where a node pool's nodes live. Raises `CannotJudge`."""
    cluster = around.cluster_of(resource)
    given = cluster_id(resource)
    location = (given.location if given else None) or resource.read.text("location")
    if location is None:
        if cluster is None:
            raise CannotJudge("location is not set and its cluster is not in this stack: write location as a literal")
        location = cluster.read.required_text("location", "nor is it set on the node pool")
    region = region_of(location, "location")
    return Place(
        project=(given.project if given else None) or project_of(resource),
        region=region,
        zones=existing_zones(_zones(resource, location, cluster), region, around.catalog),
        private=_own_privacy(resource.read) is None and cluster is not None and private_nodes(cluster.read),
    )


def _zones(resource: HeldResource, location: str, cluster: HeldResource | None) -> tuple[str, ...]:
    own = resource.read.texts("nodeLocations")
    if own:
        return tuple(dict.fromkeys(own))
    if cluster is not None:
        return cluster_zones(cluster.read, location)
    if is_zone(location):
        return (location,)
    raise CannotJudge("nodeLocations is not set, so the number of zones is unknown: list the zones")


def cluster_zones(cluster: Inputs, location: str) -> tuple[str, ...]:
    """The zones of a cluster's nodes; a zonal cluster's own zone is one of them. Raises `CannotJudge`."""
    listed = cluster.texts("nodeLocations")
    zones = tuple(dict.fromkeys([location, *listed] if is_zone(location) else listed))
    if not zones:
        raise CannotJudge(
            "nodeLocations is not set, so GKE picks the zones and their number is unknown: list the zones"
        )
    return zones


def existing_zones(zones: tuple[str, ...], region: str, catalog: Catalog) -> tuple[str, ...]:
    """The zones themselves, which are all in the region. Raises `CannotJudge`."""
    for zone in zones:
        if region_of(zone, "nodeLocations") != region or not is_zone(zone):
            raise CannotJudge(f"nodeLocations has {zone}, which is no zone of {region}, the region of location")
        if region in catalog.regions and zone not in catalog.zones(region):
            known = ", ".join(sorted(catalog.zones(region)))
            raise CannotJudge(f"{zone} does not exist, as far as the catalog knows: {region} has {known}")
    return zones


def private_nodes(cluster: Inputs) -> bool:
    """Whether nodes of the cluster have no external address by default. Raises `CannotJudge`."""
    return cluster.inside("privateClusterConfig").flag("enablePrivateNodes") is True


def read_node_group(pool: Inputs, name: str, place: Place, catalog: Catalog, *, creates_first: bool) -> NodeGroup:
    """The nodes that a node pool's inputs describe. Raises `CannotJudge`."""
    config = pool.inside("nodeConfig")
    machine = read_machine(config, catalog)
    if place.region in catalog.regions and place.region not in machine.regions:
        sold = ", ".join(sorted(machine.regions))
        raise CannotJudge(
            f"{config.path_of('machineType')} {machine.name} is not sold in {place.region}, but in {sold}"
        )
    gpu, gpus = _gpus(config, machine)
    provisioning = _provisioning(pool, config)
    reservation = _reservation(config, place.project) if provisioning is Provisioning.RESERVATION else None
    counts, bound = _nodes(pool, _people_call(config), name, place, provisioning, creates_first=creates_first)
    disk_type, disk_gb = _boot_disk(config, machine, catalog)
    disk = config.inside("bootDisk")
    return NodeGroup(
        name=name,
        project=place.project,
        region=place.region,
        machine=machine,
        provisioning=provisioning,
        nodes=counts,
        gpu=gpu,
        gpus_per_node=gpus,
        boot_disk_type=disk_type,
        boot_disk_gb=disk_gb,
        boot_disk_iops=_above(disk.count("provisionedIops"), BASELINE_IOPS),
        boot_disk_throughput=_above(disk.count("provisionedThroughput"), BASELINE_THROUGHPUT),
        local_ssd_gb=extra_local_ssd_gb(_local_ssds(config), machine),
        public_addresses=not _private(pool, place),
        bound=bound,
        zones=place.zones,
        reservation=reservation,
    )


def read_machine(config: Inputs, catalog: Catalog) -> MachineType:
    """The machine type, e2-medium where none is given. Raises `CannotJudge`."""
    name = config.text("machineType") or DEFAULT_POOL_MACHINE
    machine = catalog.machine_types.get(name)
    if machine is None:
        near = nearest(name, catalog.machine_types)
        hint = f"did you mean {near}?" if near else "use one that `weighbridge catalog` lists"
        raise CannotJudge(f"{config.path_of('machineType')} {name!r} is not in the catalog: {hint}")
    return machine


def _gpus(config: Inputs, machine: MachineType) -> tuple[str | None, int]:
    attached: Counter[str] = Counter()
    for entry in config.parts("guestAccelerators"):
        count = entry.count("count")
        if count is None:
            raise CannotJudge(f"{entry.path_of('count')} is not set: state the GPUs per node")
        if count:
            kind = entry.required_text("type", "so nobody can tell whose quota the GPUs take")
            attached[kind] += count
    if machine.gpu is not None:
        attached[machine.gpu] = max(attached[machine.gpu], machine.gpu_count)
    if machine.tpu is not None and attached:
        raise CannotJudge(
            f"{config.path_of('guestAccelerators')} adds GPUs to the TPU machine {machine.name}: remove them"
        )
    if len(attached) > 1:
        kinds = ", ".join(sorted(attached))
        raise CannotJudge(f"{config.path_of('guestAccelerators')} mixes {kinds}: one GPU model per node pool")
    return next(iter(attached.items()), (None, 0))


def _provisioning(pool: Inputs, config: Inputs) -> Provisioning:
    if pool.inside("queuedProvisioning").flag("enabled"):
        return Provisioning.QUEUED
    if config.flag("flexStart"):
        return Provisioning.FLEX_START
    if config.flag("spot") or config.flag("preemptible"):
        return Provisioning.SPOT
    # Only a named reservation is sure to hold the machines; any other way falls back on quota.
    named = config.inside("reservationAffinity").text("consumeReservationType") == SPECIFIC_RESERVATION
    return Provisioning.RESERVATION if named else Provisioning.STANDARD


def _reservation(config: Inputs, project: str) -> ReservationRef:
    """The one reservation that the nodes are taken from, ``NAME`` or ``projects/P/reservations/NAME`` and a block."""
    affinity = config.inside("reservationAffinity")
    key = affinity.text("key")
    if key is not None and key != RESERVATION_KEY:
        raise CannotJudge(f"{affinity.path_of('key')} is {key!r}, expected {RESERVATION_KEY!r}")
    values = affinity.texts("values")
    if len(values) != 1:
        wrong = "is not set: name the reservation" if not values else "names several reservations: name one"
        raise CannotJudge(f"{affinity.path_of('values')} {wrong}")
    found = _RESERVATION.fullmatch(values[0])
    if found is None:
        expected = "NAME or projects/PROJECT/reservations/NAME"
        raise CannotJudge(f"{affinity.path_of('values')}[0] is {values[0][:200]!r}, expected {expected}")
    return ReservationRef(found["name"], found["project"] or project)


def _nodes(
    pool: Inputs, label: str | None, name: str, place: Place, provisioning: Provisioning, *, creates_first: bool
) -> tuple[NodeCounts, Bound | None]:
    zones = len(place.zones)
    initial = max(pool.count("initialNodeCount") or 0, pool.count("nodeCount") or 0)
    create = initial * zones
    steady, bounded_by, value, per_value = _steady(pool, initial, zones)
    held = max(create, steady)
    upgrade, doubles = _upgrade(pool, held, provisioning)
    counts = NodeCounts(create, steady, upgrade, held if creates_first else 0)
    peak_nodes = per_value * (1 + doubles + creates_first)
    who = label or name
    if label is not None and _is_slice(pool):
        return counts, Bound("slices.max", None, counts.peak, pool=who)
    # Below the nodes at creation the peak doesn't shrink with the bound.
    least = -(-create // per_value) if initial > 1 and bounded_by.startswith("autoscaling") else 1
    if label is not None:
        bounded_by = _SPEC_BOUNDS.get(bounded_by, bounded_by)
    return counts, Bound(bounded_by, value, peak_nodes, pool=who, least=max(least, 1)) if value else None


_SPEC_BOUNDS = {"autoscaling.totalMaxNodeCount": "nodes.max", "autoscaling.maxNodeCount": "nodes_per_zone.max"}
"""How the spec calls the same numbers; used for words only."""


def _steady(pool: Inputs, initial: int, zones: int) -> tuple[int, str, int, int]:
    """Most nodes, the input that bounds them, its value, and nodes per unit of it."""
    autoscaling = pool.part("autoscaling")
    if autoscaling is None:
        by = "nodeCount" if pool.has("nodeCount") else "initialNodeCount"
        return initial * zones, by, initial, zones
    total, per_zone = autoscaling.count("totalMaxNodeCount"), autoscaling.count("maxNodeCount")
    if total and per_zone:
        raise CannotJudge(f"{autoscaling.path} has both maxNodeCount and totalMaxNodeCount: keep one")
    for least, most in (("totalMinNodeCount", total), ("minNodeCount", per_zone)):
        if (autoscaling.count(least) or 0) > (most or 0):
            maximum = least.replace("Min", "Max").replace("min", "max")
            raise CannotJudge(f"{autoscaling.path_of(least)} is more than {maximum}, so nobody can tell which holds")
    if total:
        return total, "autoscaling.totalMaxNodeCount", total, 1
    if per_zone is None and total is None:
        raise CannotJudge(f"{autoscaling.path} has no maximum: set maxNodeCount (per zone) or totalMaxNodeCount")
    return (per_zone or 0) * zones, "autoscaling.maxNodeCount", per_zone or 0, zones


def _upgrade(pool: Inputs, held: int, provisioning: Provisioning) -> tuple[int, bool]:
    """Extra nodes of an upgrade, and whether they grow with the pool."""
    settings = pool.part("upgradeSettings")
    if settings is None:
        # Flex-start nodes are replaced as they end (SHORT_LIVED), without extra ones.
        return (0 if provisioning is Provisioning.FLEX_START else DEFAULT_MAX_SURGE), False
    if settings.text("strategy") == BLUE_GREEN:
        return held, True
    surge = settings.count("maxSurge")
    return DEFAULT_MAX_SURGE if surge is None else surge, False


def _boot_disk(config: Inputs, machine: MachineType, catalog: Catalog) -> tuple[str, int]:
    if config.parts("secondaryBootDisks"):
        raise CannotJudge(
            f"{config.path_of('secondaryBootDisks')} adds disks whose size only their image knows: leave it out"
        )
    disk = config.inside("bootDisk")
    kind = disk.text("diskType") or config.text("diskType") or catalog.boot_disk_types(machine)[0]
    size = max(disk.count("sizeGb") or 0, config.count("diskSizeGb") or 0)
    return kind, size or BOOT_DISK_GB


def _above(provisioned: int | None, baseline: int) -> int:
    """What is charged: all of it, as nobody says whether Google takes the baseline off."""
    return provisioned if provisioned is not None and provisioned > baseline else 0


def _local_ssds(config: Inputs) -> int:
    disks = 0
    for path, name in _LOCAL_SSDS:
        inside = config
        for block in filter(None, path.split(".")):
            inside = inside.inside(block)
        disks += inside.count(name) or 0
    return disks


def _private(pool: Inputs, place: Place) -> bool:
    own = _own_privacy(pool)
    return place.private if own is None else own


def _own_privacy(pool: Inputs) -> bool | None:
    return pool.inside("networkConfig").flag("enablePrivateNodes")


def _is_slice(pool: Inputs) -> bool:
    return pool.inside("placementPolicy").text("tpuTopology") is not None


def _people_call(config: Inputs) -> str | None:
    """The pool's name in the spec, from its label: for words only, never for amounts."""
    labels = config.values.get("labels")
    name = labels.get(NODE_POOL_LABEL) if isinstance(labels, dict) else None
    return name if isinstance(name, str) else None
