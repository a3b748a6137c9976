"""What is wrong with the network: what can't be there yet, ranges that meet, accelerators' networks that lie apart."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from weighbridge.catalog import Catalog
from weighbridge.files.problem import Problem
from weighbridge.infrastructure.accelerator_networks import LEAST_RANGE_PREFIX, networked_pools
from weighbridge.infrastructure.network import OWN_RANGES, network_place
from weighbridge.spec.root import Spec


def check_network(spec: Spec, _: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with `network` and with the further networks of pools."""
    settings = spec.network
    if settings.existing is None:
        for name, origin in (("nat", settings.nat), ("proxies", settings.proxies)):
            if origin == "existing":
                message = "nothing exists in a network that is created: remove it, or name the network under `existing`"
                yield Problem(("network", name), message)
    elif _proxies_exist(spec) and "proxy_range" not in settings.model_fields_set:
        message = "which range has the proxies' subnetwork? Pods let no others in: say it in `proxy_range`"
        yield Problem(("network",), message, on_key=True)
    if settings.existing is not None and spec.cluster.security.flow_logs is True:
        message = "flow logs are a setting of the subnetwork, which exists: turn them on there, and say `false` here"
        yield Problem(("cluster", "security", "flow_logs"), message)
    cluster = spec.cluster
    if cluster.control_plane_address == "private" and not cluster.control_plane_access:
        message = "who may reach that address? Name ranges in `control_plane_access`, or remove it"
        yield Problem(("cluster", "control_plane_address"), message)
    if cluster.control_plane_subnetwork is not None and (
        settings.existing is None or cluster.control_plane_address != "private"
    ):
        message = "goes with `control_plane_address: private` in a network that exists (`network.existing`): remove it"
        yield Problem(("cluster", "control_plane_subnetwork"), message)
    yield from _ranges(spec)
    yield from _one_zone(spec)


def _proxies_exist(spec: Spec) -> bool:
    """Whether requests come through proxies that somebody else gave their addresses."""
    return bool(spec.endpoints) and spec.gateway.reach != "global" and not network_place(spec).creates_proxies


def _ranges(spec: Spec) -> Iterator[Problem]:
    ranges = {name: IPv4Network(getattr(spec.network, name)) for name in ("proxy_range", "accelerator_range")}
    further = ranges["accelerator_range"]
    if further.prefixlen > LEAST_RANGE_PREFIX:
        message = f"expected a /{LEAST_RANGE_PREFIX} or larger, got a /{further.prefixlen}"
        yield Problem(("network", "accelerator_range"), message)
    if further.overlaps(ranges["proxy_range"]):
        message = f"{further} overlaps proxy_range, {ranges['proxy_range']}: choose ranges apart"
        yield Problem(("network", "accelerator_range"), message)
    if spec.network.existing is not None:
        return
    for name, given in ranges.items():
        met = next((own for own in OWN_RANGES if given.overlaps(own)), None)
        if met is not None:
            message = f"{given} overlaps {met}, where nodes, pods or services get their addresses: choose another"
            yield Problem(("network", name), message)


def _one_zone(spec: Spec) -> Iterator[Problem]:
    """A network that carries RDMA lies in one zone, and Google's names for it leave room for one in a cluster."""
    first: tuple[str, str] | None = None
    for key, pool, kind in networked_pools(spec):
        if not kind.zonal:
            continue
        zones = pool.zones or spec.cloud.zones
        if len(zones) > 1:
            message = f"the networks of {pool.machine_type} lie in one zone: name one, got {len(zones)}"
            yield Problem(("node_pools", key, "zones" if pool.zones else "accelerator_network"), message)
        elif first is not None and first[1] != zones[0]:
            message = f"the RDMA networks of a stack lie in one zone, and those of {first[0]} are in {first[1]}"
            yield Problem(("node_pools", key, "accelerator_network"), f"{message}: use that, or a stack of its own")
        else:
            first = first or (key, zones[0])
