"""Every pod of a stack has nodes that it may run on, and all that always run have room at once.

Judged from the resources alone: node pools against the pods of workloads, each at the fewest replicas that its
autoscaler keeps. What the cluster brings along (GKE's own pods, DaemonSets) is not counted; a DaemonSet only needs a
pool. Pools that are written inside a cluster, and those that are only read, don't count. Where the cluster makes node
pools by itself (auto-provisioning), what fits no pool is left to it; the quota counts its limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.resources.held_resource import HeldResource, Surroundings, by_name
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.values import mapping
from weighbridge.rules.idle_cpu_manager import idle_cpu_manager
from weighbridge.rules.leaving_nodes import on_leaving_nodes
from weighbridge.rules.rule import Rule
from weighbridge.rules.slow_network import slow_serving, slow_training
from weighbridge.rules.violation import Excess, Violation
from weighbridge.scheduling.node_match import obstacles, read_wish
from weighbridge.scheduling.packing import Bin, Load, pack
from weighbridge.scheduling.pool_nodes import PoolNodes, pool_nodes
from weighbridge.scheduling.workload import Pods, Workload, workloads
from weighbridge.units import counted

RULE_NAME = "placement"
RULE = Rule(
    name=RULE_NAME,
    description="Every pod has nodes that it may run on, and all that always run have room at once.",
    stops=(
        "Pods that no node pool matches or is large enough for; more pods that always run than nodes hold; on "
        "production, endpoints on spot and flex-start nodes."
    ),
    remediation="Change what the violation names: the selector, a toleration, a request, a minimum, or the pool.",
    judge=lambda given: [
        *judge(given.resources, given.around, production=given.spec is not None and given.spec.production),
        *(slow_training(RULE_NAME, given.spec, given.catalog) if given.spec is not None else ()),
        *(slow_serving(RULE_NAME, given.spec, given.catalog) if given.spec is not None else ()),
        *(idle_cpu_manager(RULE_NAME, given.spec) if given.spec is not None else ()),
    ],
)
MOST_NAMES = 8  # of other workloads in one message


@dataclass(frozen=True, slots=True)
class Placed:
    """A workload with the pools that each kind of its pods may run on."""

    workload: Workload
    pods: tuple[tuple[Pods, tuple[str, ...]], ...]  # with URNs of pools

    @property
    def pools(self) -> tuple[str, ...]:
        """Pools of any of its pods."""
        return tuple(dict.fromkeys(name for _, pools in self.pods for name in pools))

    def loads(self, key: int, replicas: int) -> Iterator[Load]:
        """What so many replicas put on the nodes."""
        if not self.workload.alone:
            for pods, pools in self.pods:
                yield Load(key, pods.request, pods.count * replicas, pools)
            return
        largest: dict[str, Decimal] = {}
        for pods, _ in self.pods:
            largest |= {name: max(amount, largest.get(name, amount)) for name, amount in pods.request.items()}
        shared = tuple(name for name in self.pools if all(name in pools for _, pools in self.pods))
        together = self.workload.pods_each
        yield Load(key, largest, together * replicas, shared, alone=together)


def judge(resources: Sequence[HeldResource], around: Surroundings, *, production: bool = False) -> list[Violation]:
    """What is wrong: first what can't be told, then what has no nodes, then what has no room or only nodes that go."""
    ordered = by_name(resources)
    pools, unclear_pools = pool_nodes(ordered, around)
    known, unclear = workloads(ordered)
    found = [
        Violation(RULE.name, f"{resource.known_as}: {why}", resource.urn, holder=resource.known_as)
        for resource, why in (*unclear_pools, *unclear)
        if why
    ]
    provisions = any(_provisions(cluster) for cluster in around.clusters)
    placed = []
    for workload in known:
        try:
            fit = place(workload, pools)
        except CannotJudge as unsure:
            found.append(Violation(RULE.name, f"{workload.name}: {unsure}", workload.urn, holder=workload.name))
            continue
        if fit is not None:
            placed.append(fit)
        elif not unclear_pools and not provisions:  # an unclear pool blocks already, and may be the one
            found.append(Violation(RULE.name, _nowhere(workload, pools), workload.urn, holder=workload.name))
    by_urn = {pool.urn: pool for pool in pools}
    leaving = [(fit.workload, [by_urn[urn] for urn in fit.pools]) for fit in placed]
    found += on_leaving_nodes(RULE_NAME, leaving, production=production)
    return found if provisions else [*found, *_crowded(placed, by_urn)]


def place(workload: Workload, pools: Sequence[PoolNodes]) -> Placed | None:
    """The pools that a workload's pods may run on; None where some pod has none. Raises `CannotJudge`."""
    found = []
    for pods in workload.pods:
        wish = read_wish(pods)
        fit = tuple(pool.urn for pool in pools if not any(obstacles(pods, wish, pool)))
        if not fit:
            return None
        found.append((pods, fit))
    return Placed(workload, tuple(found))


def bins(pools: Iterable[PoolNodes], extra: int = 0) -> Mapping[str, Bin]:
    """The pools as the packing takes them, by URN, each with so many nodes more."""
    return {pool.urn: Bin(pool.most + extra, pool.room) for pool in pools}


def pools_text(pools: Iterable[PoolNodes]) -> str:
    """The pools with their size, for messages."""
    return " and ".join(f"{pool.name} ({counted(pool.most, 'node')} of {pool.machine})" for pool in pools)


def _provisions(cluster: HeldResource) -> bool:
    settings = mapping(cluster.inputs.get("clusterAutoscaling"))
    return settings.get("enabled") is True


def _nowhere(workload: Workload, pools: Sequence[PoolNodes]) -> str:
    if not pools:
        return f"{workload.name}: its pods have no nodes, as the stack has no node pool. Add one that they fit"
    for pods in workload.pods:
        wish = read_wish(pods)
        hindered = {pool.urn: obstacles(pods, wish, pool) for pool in pools}
        if all(any(hindrances) for hindrances in hindered.values()):
            break

    def distance(pool: PoolNodes) -> tuple[int, ...]:
        lacking = sum(name not in pool.room for name in pods.request)
        return (*map(len, hindered[pool.urn]), lacking)

    nearest = min(pools, key=distance)
    labels, taints, room = hindered[nearest.urn]
    fixes = [
        *(["change where they want to run, or add such a pool"] if labels else []),
        *(["add the toleration"] if taints else []),
        *(["lower the request, or take other machines"] if room else []),
    ]
    why, do = "; ".join((*labels, *taints, *room)), "; ".join(fixes)
    return f"{workload.name}: no node pool can run its pods. Nearest is {nearest.text}: {why}. So {do}"


def _crowded(placed: Sequence[Placed], pools: Mapping[str, PoolNodes]) -> Iterator[Violation]:
    """Workloads that always run, and find no room beside one another."""
    loads = [load for key, fit in enumerate(placed) for load in fit.loads(key, fit.workload.least)]
    for key, left in sorted(pack([load for load in loads if load.count], bins(pools.values())).items()):
        workload = placed[key].workload
        total = workload.least * workload.pods_each
        on = [pools[urn] for urn in placed[key].pools]
        beside = [
            f"{other.workload.name} {other.workload.least * other.workload.pods_each}"
            for index, other in enumerate(placed)
            if index != key and other.workload.least and set(other.pools) & set(placed[key].pools)
        ]
        lack = f"{left} of {counted(total, 'pod')} that always run find no room on {pools_text(on)}"
        others = f", beside the pods of {', '.join(beside[:MOST_NAMES])}" if beside else ""
        do = f"Lower the fewest replicas or a request, or raise {on[0].bound}"
        message = f"{workload.name}: {lack}{others}. {do}"
        excess = Excess(total, total - left, "pods")
        yield Violation(RULE.name, message, workload.urn, holder=workload.name, excess=excess)
