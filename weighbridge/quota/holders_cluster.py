"""What a `gcp:container/cluster:Cluster` may draw: its default pool, pools written inside it, auto-provisioning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from weighbridge.infrastructure.gke_spelling import BLUE_GREEN
from weighbridge.quota.arithmetic import Claim, NodeCounts, NodeGroup
from weighbridge.quota.auto_provisioning import BOOT_DISK_GB, BOOT_DISK_TYPE, ResourceLimits, auto_provisioning_claims
from weighbridge.quota.demand import DEFAULT_POOL_NODES_PER_ZONE
from weighbridge.quota.holders_node_pool import (
    Place,
    cluster_zones,
    existing_zones,
    private_nodes,
    read_node_group,
    refuse_own_networks,
)
from weighbridge.quota.reservations import group_claims
from weighbridge.resources.held_resource import HeldResource, Surroundings, project_of, region_of
from weighbridge.resources.inputs import CannotJudge, Inputs


def cluster_claims(resource: HeldResource, around: Surroundings) -> Iterator[Claim]:
    """Claims of one cluster. Raises `CannotJudge` and `weighbridge.catalog.UnknownQuota`."""
    inputs = resource.read
    if inputs.flag("enableAutopilot"):
        raise CannotJudge(
            "enableAutopilot lets GKE create nodes that no input bounds: use a Standard cluster with node pools"
        )
    _makes_no_tpus(inputs)
    _installs_no_gateway(inputs)
    for group in cluster_groups(resource, around):
        yield from group_claims(group, around.quota, around.catalog)
    yield from _auto_provisioning(resource, _place(resource, around), around)


def _place(resource: HeldResource, around: Surroundings) -> Place:
    inputs = resource.read
    location = inputs.required_text("location", "so nobody can tell whose quota it takes")
    region = region_of(location, "location")
    return Place(
        project=project_of(resource),
        region=region,
        zones=existing_zones(cluster_zones(inputs, location), region, around.catalog),
        private=private_nodes(inputs),
    )


def _makes_no_tpus(cluster: Inputs) -> None:
    """Raises `CannotJudge` for the setting by which pods get Cloud TPUs that are in no node pool."""
    tpu = cluster.inside("tpuConfig")
    for setting in (
        cluster.path_of("enableTpu") if cluster.flag("enableTpu") else None,
        tpu.path_of("enabled") if tpu.flag("enabled") else None,
    ):
        if setting is not None:
            raise CannotJudge(
                f"{setting} lets pods ask for Cloud TPUs outside the node pools, which no input bounds: leave it out, "
                "and declare a node pool of a TPU machine type"
            )


def _installs_no_gateway(cluster: Inputs) -> None:
    """Raises `CannotJudge` for an add-on that installs a gateway with an external address of its own."""
    addons = cluster.inside("addonsConfig")
    for name in ("cloudrunConfig", "istioConfig", "kalmConfig"):
        addon = addons.part(name)
        if addon is None or addon.flag("disabled") or addon.flag("enabled") is False:
            continue
        if addon.text("loadBalancerType") != "LOAD_BALANCER_TYPE_INTERNAL":
            raise CannotJudge(f"{addon.path} installs a gateway that takes an external address: leave it out")


def cluster_groups(resource: HeldResource, around: Surroundings) -> Iterator[NodeGroup]:
    """The default pool, which may last minutes only, and the pools written inside. Raises `CannotJudge`."""
    inputs, cluster, place = resource.read, resource.known_as, _place(resource, around)
    inline = inputs.parts("nodePools")
    for index, pool in enumerate(inline):
        own = tuple(dict.fromkeys(pool.texts("nodeLocations")))
        zones = existing_zones(own, place.region, around.catalog) or place.zones
        refuse_own_networks(pool, around)
        name = f"{cluster} {pool.text('name') or f'nodePools[{index}]'}"
        yield read_node_group(
            pool, name, replace(place, zones=zones), around.catalog, creates_first=resource.creates_first
        )
    removed = inputs.flag("removeDefaultNodePool") is True
    if inline and not removed:
        return  # the first of them is the default pool
    nodes = inputs.count("initialNodeCount") or DEFAULT_POOL_NODES_PER_ZONE
    # The cluster's own node settings are the default pool's.
    shape = Inputs({"nodeConfig": inputs.values.get("nodeConfig"), "initialNodeCount": nodes})
    group = read_node_group(
        shape, f"{cluster} default pool", place, around.catalog, creates_first=resource.creates_first
    )
    if removed:
        create = group.nodes.create
        counts = NodeCounts(create=create, steady=0, upgrade=0, replace=create if resource.creates_first else 0)
        group = replace(group, nodes=counts, bound=None)
    yield group


def auto_provisions(resource: HeldResource) -> bool:
    """Whether GKE makes pools of its own for this cluster, or may, as nobody can tell."""
    try:
        inputs = resource.read
        settings = inputs.inside("clusterAutoscaling")
        return bool(inputs.flag("enableAutopilot") or settings.flag("enabled"))
    except CannotJudge:
        return True


def _auto_provisioning(resource: HeldResource, place: Place, around: Surroundings) -> Iterator[Claim]:
    settings = resource.read.part("clusterAutoscaling")
    if settings is None:
        return
    if settings.flag("defaultComputeClassEnabled"):
        # Its class makes pools without auto-provisioning as well; whether the limits bound those is not documented.
        raise CannotJudge(
            f"{settings.path_of('defaultComputeClassEnabled')} puts pods on a compute class, for which GKE creates "
            "nodes that no input bounds: leave it out"
        )
    if not settings.flag("enabled"):
        return
    limits: dict[str, int] = {}
    for entry in settings.parts("resourceLimits"):
        kind = entry.required_text("resourceType", "so the limit bounds nothing")
        if kind not in ("cpu", "memory", *around.catalog.gpus):
            raise CannotJudge(
                f"{entry.path_of('resourceType')} {kind[:63]!r} is no GPU that the catalog knows, so nobody can count "
                "what GKE makes of it: take it out, and declare a node pool of its machine type"
            )
        most = entry.count("maximum")
        if most is None:
            raise CannotJudge(f"{entry.path_of('maximum')} is not set: GKE may create any amount of {kind}; set it")
        limits[kind] = max(most, limits.get(kind, 0))
    if "cpu" not in limits:
        raise CannotJudge(
            f"{settings.path_of('resourceLimits')} has no cpu maximum: node auto-provisioning may create any number of "
            "nodes; add one"
        )
    if not place.private:
        raise CannotJudge(
            f"{settings.path} creates nodes with external addresses of their own, which nothing bounds: set "
            "privateClusterConfig.enablePrivateNodes"
        )
    nodes = settings.inside("autoProvisioningDefaults")
    upgrade = nodes.inside("upgradeSettings")
    bounds = ResourceLimits(
        project=place.project,
        region=place.region,
        vcpus=limits["cpu"],
        gpus={kind: most for kind, most in limits.items() if kind not in ("cpu", "memory")},
        boot_disk_type=nodes.text("diskType") or BOOT_DISK_TYPE,
        boot_disk_gb=nodes.count("diskSize") or BOOT_DISK_GB,
        extra_in_upgrades=upgrade.text("strategy") == BLUE_GREEN or upgrade.count("maxSurge") != 0,
    )
    holder = f"{resource.known_as} auto-provisioning"
    for claim in auto_provisioning_claims(holder, bounds, around.quota, around.catalog):
        yield replace(claim, peak=claim.peak + claim.steady) if resource.creates_first else claim
