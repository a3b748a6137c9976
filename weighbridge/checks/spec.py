"""What is wrong with a spec across its parts: things that exist, fit and don't contradict one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from weighbridge.catalog import Catalog
from weighbridge.checks.dns import check_dns
from weighbridge.checks.endpoint import check_endpoints
from weighbridge.checks.existing_cluster import check_existing_cluster
from weighbridge.checks.inference_pool import check_inference_pools
from weighbridge.checks.monitoring import check_monitoring, too_many_alerts
from weighbridge.checks.network import check_network
from weighbridge.checks.node_pool import check_node_pool
from weighbridge.checks.operators import check_operators
from weighbridge.checks.pipeline import check_pipelines
from weighbridge.checks.shares import check_shares
from weighbridge.conventions import slice_pool_name
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import Problem
from weighbridge.infrastructure.accelerator_networks import AcceleratorRangeTooSmall
from weighbridge.infrastructure.maintenance_window import AVAILABLE_IN, LEAST_AVAILABLE, least_available
from weighbridge.infrastructure.network import NetworkTooSmall
from weighbridge.quota.demand import accelerator_networks_of, network_of
from weighbridge.spec.root import Spec
from weighbridge.spec.security import NONE
from weighbridge.spelling import did_you_mean
from weighbridge.units import format_duration

GKE_POOL = "default-pool"
SHORTEST_WINDOW, LONGEST_WINDOW = timedelta(hours=4), timedelta(hours=24)
"""GKE wants maintenance windows of at least four hours; a day at most, as windows begin on a day of the week."""


def check(spec: Spec, catalog: Catalog) -> list[Problem]:
    """Everything that is wrong with a spec whose keys all have the right type."""
    problems = [problem for check in _CHECKS for problem in check(spec, catalog)]
    return problems or [*_network(spec, catalog), *too_many_alerts(spec)]  # a plan is made of checked specs only


def _place(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    region, zones = spec.cloud.region, spec.cloud.zones
    known = catalog.zones(region)
    if region not in catalog.regions:
        mean = did_you_mean(region, catalog.regions)
        yield Problem(("cloud", "region"), f"the catalog has no region {region}.{mean}")
        return
    for index, zone in enumerate(zones):
        path = ("cloud", "zones", index)
        if zone.rpartition("-")[0] != region:
            mean = did_you_mean(zone, known)
            has = f".{mean}" if mean else f", which has {listed(sorted(known))}"
            yield Problem(path, f"{zone} is not in {region}, the region of this stack{has}")
        elif zone not in known:
            yield Problem(path, f"{region} has no zone {zone}, but {listed(sorted(known))}")
        if zone in zones[:index]:
            yield Problem(path, f"{zone} is given twice: remove one")


def _network(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    if spec.network.existing is None:
        try:
            network_of(spec, catalog)
        except NetworkTooSmall as small:
            message = f"the pools need more addresses than the network has: {small}. Allow fewer nodes or pods per node"
            yield Problem(("node_pools",), message)
    try:
        accelerator_networks_of(spec, catalog)
    except AcceleratorRangeTooSmall as small:
        yield Problem(("network", "accelerator_range"), f"{small}: allow fewer nodes, or name a larger range")


def _cluster(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    maintenance, provisioning = spec.cluster.maintenance, spec.cluster.auto_provisioning
    if maintenance is not None:
        if not SHORTEST_WINDOW <= maintenance.duration <= LONGEST_WINDOW:
            message = f"expected a time span from 4h to 24h, got {format_duration(maintenance.duration)}"
            yield Problem(("cluster", "maintenance", "duration"), message)
        elif (available := least_available(maintenance)) < LEAST_AVAILABLE:
            message = (
                f"leaves GKE {format_duration(available)} in {AVAILABLE_IN.days} days, and it wants at least "
                f"{format_duration(LEAST_AVAILABLE)}: add days, or lengthen `duration`"
            )
            yield Problem(("cluster", "maintenance", "days"), message)
        for index, day in enumerate(maintenance.days):
            if day in maintenance.days[:index]:
                yield Problem(("cluster", "maintenance", "days", index), f"{day} is given twice: remove one")
    key = spec.cluster.security.secrets_key
    if key is not None and key != NONE and (location := key.split("/")[3]) != spec.cloud.region:
        message = (
            f"the key is in {location}, and GKE takes one of the cluster's region: name a key in {spec.cloud.region}"
        )
        yield Problem(("cluster", "security", "secrets_key"), message)
    disks = spec.cluster.boot_disk_key
    if disks is not None and (location := disks.split("/")[3]) in catalog.regions and location != spec.cloud.region:
        message = (
            f"the key is in {location}, and disks take one of their own region, or of several that hold it: name a key "
            f"in {spec.cloud.region}"
        )
        yield Problem(("cluster", "boot_disk_key"), message)
    for model in provisioning.gpus if provisioning is not None else ():
        if model not in catalog.gpus:
            message = f"the catalog has no GPU {model[:60]}.{did_you_mean(model, catalog.gpus)}"
            yield Problem(("cluster", "auto_provisioning", "gpus", model), message, on_key=True)


def _pool_names(spec: Spec, _: Catalog) -> Iterator[Problem]:
    for key, pool in spec.node_pools.items():
        if key == GKE_POOL and pool.adopted is None:
            yield Problem(("node_pools", key), "GKE gives this name to a pool of its own: choose another", on_key=True)
        for ordinal in range(pool.slices.max if pool.slices else 0):
            name = slice_pool_name(key, ordinal)
            if name in spec.node_pools:
                message = f"this is the name of slice {ordinal} of {key}: choose another"
                yield Problem(("node_pools", name), message, on_key=True)


def _node_pools(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    sound = set()
    for key, pool in spec.node_pools.items():
        problems = list(check_node_pool(key, pool, spec, catalog))
        yield from problems
        if not problems:
            sound.add(key)
    yield from check_shares(spec, catalog, sound)


_CHECKS: tuple[Callable[[Spec, Catalog], Iterator[Problem]], ...] = (
    _place,
    _cluster,
    _pool_names,
    _node_pools,
    check_existing_cluster,
    check_operators,
    check_network,
    check_dns,
    check_pipelines,
    check_endpoints,
    check_inference_pools,
    check_monitoring,
)
