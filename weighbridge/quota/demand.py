"""What a spec may draw from each limit at its peak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from weighbridge.catalog import Catalog, Provisioning, QuotaResource, UnknownQuota
from weighbridge.conventions import nat_address_name
from weighbridge.infrastructure.accelerator_networks import (
    AcceleratorNetworkPlan,
    AcceleratorRangeTooSmall,
    plan_accelerator_networks,
)
from weighbridge.infrastructure.gateway import plan_gateway
from weighbridge.infrastructure.network import (
    NetworkPlan,
    NetworkTooSmall,
    NodeShape,
    nat_addresses,
    network_place,
    plan_network,
)
from weighbridge.infrastructure.node_pool import BlueGreen, NodePoolPlan, Surge, plan_node_pools
from weighbridge.quota.arithmetic import (
    GLOBAL,
    Bound,
    Claim,
    NodeCounts,
    NodeGroup,
    QuotaKey,
    extra_local_ssd_gb,
    key_of,
    node_counts,
)
from weighbridge.quota.auto_provisioning import ResourceLimits, auto_provisioning_claims
from weighbridge.quota.declared import declared_claims, declaring_stacks
from weighbridge.quota.ledger import Demand, Doubt, StackDemand, joined
from weighbridge.quota.reservations import group_claims
from weighbridge.resources.inputs import CannotJudge
from weighbridge.spec.quota_file import Limit, QuotaFile
from weighbridge.spec.root import Spec

DEFAULT_POOL_MACHINE = "e2-medium"
"""What GKE makes the default pool of. Weighbridge has it removed, but it exists for some minutes at creation."""

DEFAULT_POOL_NODES_PER_ZONE = 1

_NEVER = datetime.min.replace(tzinfo=UTC)


def spec_demand(spec: Spec, quota: QuotaFile, catalog: Catalog) -> Demand:
    """The demand of everything that a checked spec creates; equal to that of the resources created from it."""
    return _demand(spec, plan_node_pools(spec, catalog), quota, catalog)


def _demand(spec: Spec, plans: Sequence[NodePoolPlan], quota: QuotaFile, catalog: Catalog) -> Demand:
    zones = len(spec.cloud.zones)
    at_creation = NodeCounts(create=DEFAULT_POOL_NODES_PER_ZONE * zones, steady=0, upgrade=0, replace=0)
    default = default_pool(spec.environment, spec.cloud.project, spec.cloud.region, at_creation, catalog)
    # A cluster that exists has its default pool, or none, whatever is created in it.
    groups = [*map(node_group, plans), *([default] if spec.cluster.existing is None else [])]
    demand = collect((group.name, partial(group_claims, group, quota, catalog)) for group in groups)
    extra = collect(_fixed(spec, plans, quota, catalog))
    return Demand(demand.claims + extra.claims, demand.doubts + extra.doubts)


def what_counts(quota: QuotaFile) -> QuotaFile:
    """A quota file with nothing in it but what the demand of a spec depends on: equal ones count every spec alike."""
    listed = {(entry.quota, tuple(sorted(entry.dimensions.items()))) for entry in quota.limits}
    return QuotaFile.model_construct(
        version=quota.version,
        project=quota.project,
        pulled_at=_NEVER,
        limits=tuple(
            Limit.model_construct(quota=name, region=GLOBAL, dimensions=dict(dimensions), limit=0)
            for name, dimensions in sorted(listed)
        ),
        spot_pools=tuple(sorted(quota.spot_pools)),
        reservations=quota.reservations,
    )


def demand_of_stacks(by_spec: Mapping[str, StackDemand], quota: QuotaFile, catalog: Catalog) -> dict[str, StackDemand]:
    """What every stack may draw: by its spec, if it has one, and what the quota file declares beyond it."""
    stacks = dict.fromkeys([*by_spec, *declaring_stacks(quota)])
    return {stack: _granted(by_spec.get(stack), declared_claims(stack, quota, catalog)) for stack in stacks}


def _granted(by_spec: StackDemand | None, declared: tuple[Claim, ...]) -> StackDemand:
    if by_spec is None or not declared:
        return by_spec or Demand(declared)
    return joined(by_spec, Demand(declared))


def drawn_keys(spec: Spec, catalog: Catalog) -> tuple[QuotaKey, ...]:
    """Every limit of Google's that a checked spec may draw on, whichever were granted, in order.

    Auto-provisioned nodes may be of any family whose limit is listed, so all of those are among them. Those of networks
    are not: nothing draws on them but a deployment, which is judged.
    """
    found: set[QuotaKey] = set()
    plans = [replace(plan, reservation=None) for plan in plan_node_pools(spec, catalog)]
    region = spec.cloud.region
    listed = tuple(
        Limit(quota=vcpus.quota_id, region=region, dimensions=dict(vcpus.dimensions), limit=0)
        for vcpus in catalog.vcpu_quota_ids()
    )
    for granted in ((), tuple(catalog.spot_pools)):
        # How large limits are, and their date, play no part here.
        quota = QuotaFile.model_construct(
            version=1, project=spec.cloud.project, pulled_at=_NEVER, limits=listed, spot_pools=granted
        )
        found.update(_demand(spec, plans, quota, catalog).drawn)
    return tuple(sorted(found))


def default_pool(cluster: str, project: str, region: str, nodes: NodeCounts, catalog: Catalog) -> NodeGroup:
    """The default pool's nodes, as GKE makes them when nothing else is said."""
    return NodeGroup(
        name=f"{cluster} default pool",
        project=project,
        region=region,
        machine=catalog.machine_types[DEFAULT_POOL_MACHINE],
        provisioning=Provisioning.STANDARD,
        nodes=nodes,
    )


def _fixed(
    spec: Spec, plans: Sequence[NodePoolPlan], quota: QuotaFile, catalog: Catalog
) -> Iterable[tuple[str, Callable[[], Iterable[Claim]]]]:
    project, region = spec.cloud.project, spec.cloud.region
    yield f"{spec.environment} network", partial(_nat_claims, spec, plans, catalog)
    yield f"{spec.environment} networks", partial(_network_claims, spec, plans, quota, catalog)
    gateway = plan_gateway(spec)
    if gateway is not None and gateway.reach == "regional":  # a global address has a quota of its own, an internal none
        yield gateway.address_name, partial(address_claims, gateway.address_name, project, region, catalog)
    limits = spec.cluster.auto_provisioning
    if limits is not None:
        holder = f"{spec.environment} auto-provisioning"
        bounds = ResourceLimits(project, region, limits.cpu, limits.gpus)
        yield holder, partial(auto_provisioning_claims, holder, bounds, quota, catalog)


def _nat_claims(spec: Spec, plans: Sequence[NodePoolPlan], catalog: Catalog) -> Iterable[Claim]:
    place = network_place(spec)
    for ordinal in range(_nat_addresses(spec, plans)):
        name = nat_address_name(spec.environment, ordinal)
        yield from address_claims(name, place.project, place.region, catalog)


def nat_addresses_of(spec: Spec, catalog: Catalog) -> int:
    """Addresses that Cloud NAT gets; none where nodes get out by one that exists. Raises `NetworkTooSmall`."""
    return _nat_addresses(spec, plan_node_pools(spec, catalog))


def _nat_addresses(spec: Spec, plans: Sequence[NodePoolPlan]) -> int:
    place = network_place(spec)
    if not place.creates_nat:
        return 0
    if not place.exists:
        return _network_of(plans).nat_addresses
    return nat_addresses(sum(node_group(plan).nodes.peak for plan in plans))


def network_of(spec: Spec, catalog: Catalog) -> NetworkPlan:
    """The ranges of the network that a checked spec creates. Raises `NetworkTooSmall`."""
    return _network_of(plan_node_pools(spec, catalog))


def _network_of(plans: Iterable[NodePoolPlan]) -> NetworkPlan:
    return plan_network(NodeShape(node_group(plan).nodes.peak, plan.max_pods_per_node) for plan in plans)


def accelerator_networks_of(spec: Spec, catalog: Catalog) -> AcceleratorNetworkPlan | None:
    """The further networks that pools of a checked spec take; None: none. Raises `AcceleratorRangeTooSmall`."""
    return _accelerator_networks(spec, plan_node_pools(spec, catalog))


def _accelerator_networks(spec: Spec, plans: Sequence[NodePoolPlan]) -> AcceleratorNetworkPlan | None:
    peaks: Counter[str] = Counter()
    for plan in plans:
        peaks[plan.key] += node_group(plan).nodes.peak
    return plan_accelerator_networks(spec, peaks)


def _network_claims(spec: Spec, plans: Sequence[NodePoolPlan], quota: QuotaFile, catalog: Catalog) -> Iterable[Claim]:
    """Networks and subnetworks that the spec creates, each by its name."""
    if not any(entry.quota in _network_quotas(catalog) for entry in quota.limits):
        return
    place, gateway, further = network_place(spec), plan_gateway(spec), _accelerator_networks(spec, plans)
    networks = [] if place.exists else [place.network]
    subnetworks = [] if place.exists else [place.subnetwork]
    if gateway is not None and gateway.proxy_subnetwork is not None:
        subnetworks.append(gateway.proxy_subnetwork)
    if further is not None:
        networks += [vpc.name for vpc in further.vpcs]
        subnetworks += [network.subnetwork for network in further.networks]
    for resource, names in ((QuotaResource.NETWORK, networks), (QuotaResource.SUBNETWORK, subnetworks)):
        for name in names:
            yield from network_claims(resource, name, place.project, quota, catalog)


def _network_quotas(catalog: Catalog) -> frozenset[str]:
    kinds = (QuotaResource.NETWORK, QuotaResource.SUBNETWORK)
    found = (catalog.quota_ids(kind) for kind in kinds)
    return frozenset(quota.quota_id for quotas in found for quota in quotas)


def network_claims(
    resource: QuotaResource, holder: str, project: str, quota: QuotaFile, catalog: Catalog
) -> Iterable[Claim]:
    """Claims of one network or subnetwork, on limits that the quota file lists: no others are checked."""
    listed = {QuotaKey(quota.project, entry.region, entry.quota) for entry in quota.limits}
    for quota_id in catalog.quota_ids(resource):
        key = key_of(quota_id, project, GLOBAL)
        if key in listed:
            yield Claim(key, quota_id, holder, steady=1, peak=1)


def address_claims(holder: str, project: str, region: str, catalog: Catalog) -> Iterable[Claim]:
    """Claims of one external address; of a global one where `region` is that of global quota."""
    for quota_id in catalog.quota_ids(QuotaResource.ADDRESS):
        yield Claim(key_of(quota_id, project, region), quota_id, holder, steady=1, peak=1)


def collect(sources: Iterable[tuple[str, Callable[[], Iterable[Claim]]]]) -> Demand:
    """Runs each holder's arithmetic; what can't be told becomes a doubt, so that it admits nothing."""
    found: list[Claim] = []
    doubts: list[Doubt] = []
    for holder, draw in sources:
        try:
            found.extend(draw())
        except (CannotJudge, UnknownQuota, NetworkTooSmall, AcceleratorRangeTooSmall) as unsure:
            doubts.append(Doubt(holder, str(unsure)))
    return Demand(tuple(found), tuple(doubts))


def node_group(plan: NodePoolPlan) -> NodeGroup:
    """The nodes of a planned pool, to be counted."""
    counts = node_counts(
        initial_per_zone=plan.initial_nodes_per_zone,
        zones=len(plan.zones),
        total_max=None if plan.autoscaling.per_zone else plan.autoscaling.max,
        max_per_zone=plan.autoscaling.max if plan.autoscaling.per_zone else None,
        upgrade=lambda held: _upgrade_nodes(plan, held),
        creates_first=plan.autonamed,
    )
    return NodeGroup(
        name=plan.name,
        project=plan.project,
        region=plan.region,
        machine=plan.machine,
        provisioning=plan.provisioning,
        nodes=counts,
        gpu=plan.gpus.accelerator if plan.gpus else None,
        gpus_per_node=plan.gpus.count if plan.gpus else 0,
        boot_disk_type=plan.boot_disk_type,
        boot_disk_gb=plan.boot_disk_gib,
        local_ssd_gb=extra_local_ssd_gb(plan.local_ssd_disks, plan.machine),
        bound=_bound(plan),
        zones=plan.zones,
        reservation=plan.reservation,
        public_addresses=not plan.private_nodes,
    )


def _upgrade_nodes(plan: NodePoolPlan, held: int) -> int:
    match plan.upgrade:
        case Surge(max_surge=surge):
            return surge
        case BlueGreen():
            return held
    return 0


def _bound(plan: NodePoolPlan) -> Bound:
    doubled = (2 if isinstance(plan.upgrade, BlueGreen) else 1) + (1 if plan.autonamed else 0)
    if plan.slice is not None:
        return Bound("slices.max", None, plan.most_nodes * doubled, plan.key)
    if plan.autoscaling.per_zone:
        return Bound("nodes_per_zone.max", plan.autoscaling.max, len(plan.zones) * doubled, plan.key)
    return Bound("nodes.max", plan.autoscaling.max, doubled, plan.key)
