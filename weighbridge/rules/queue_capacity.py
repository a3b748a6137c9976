"""What queues promise, nodes have: judged for queues that a program writes by hand as for those of the components.

All quota of a flavor, the cohorts' own too, is added up, as Kueue does, and held against the node pools whose labels
the flavor names: nodes at most x (allocatable - DaemonSets). Flavors that share a pool are added. A job of the stack is
held against one node, and against all that its queue may ever have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.conventions import QUEUE_LABEL
from weighbridge.infrastructure.allocatable import RESOURCE_NAMES
from weighbridge.queues.capacity import DAEMONS
from weighbridge.queues.objects import ClusterQueue, Cohort, KueueObjects, Quota, kueue_objects
from weighbridge.queues.plan import advice, shares_of
from weighbridge.resources.held_resource import HeldResource, Surroundings, by_name
from weighbridge.resources.inputs import CannotJudge
from weighbridge.rules.rule import Rule
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.violation import Violation
from weighbridge.scheduling.pool_nodes import PoolNodes, pool_nodes
from weighbridge.scheduling.workload import KINDS, Workload, workloads
from weighbridge.spec.root import Spec
from weighbridge.units import amount_text

RULE = Rule(
    name="queue-capacity",
    description="What queues promise, the nodes have.",
    stops="Quota that is promised twice or that no nodes have; jobs that no queue or no node is large enough for.",
    remediation="Lower what the violation names, or allow more nodes. Kueue adds a cohort's own quota to that of its "
    "queues (kubernetes-sigs/kueue#5289), and compares neither quota with nodes (#2665) nor a pod with a node (#1476).",
    judge=lambda given: (*judge(given.resources, given.around), *of_own_spec(given)),
)

_TWICE = "kueue#5289, #2665"
_ONE_NODE = "kueue#1476"


@dataclass(frozen=True, slots=True)
class _Promise:
    """What one queue or cohort has of the nodes of some pools."""

    holder: str
    urn: str
    amount: Decimal


def of_own_spec(given: RuleInput) -> Iterator[Violation]:
    """What the stack's own spec asks for in vain, where the components make queues of it."""
    if given.spec is not None and given.spec.cluster.kueue and given.spec.pipelines:
        yield from of_spec(given.spec, given.catalog)


def judge(resources: Sequence[HeldResource], around: Surroundings) -> Iterator[Violation]:
    """What can't be told, then what no nodes stand behind, then jobs that can't start."""
    objects = kueue_objects(resources)
    for resource, why in objects.unclear:
        yield Violation(RULE.name, f"{resource.known_as}: {why}", resource.urn, holder=resource.known_as)
    if not objects.flavors:
        return
    pools, unclear = pool_nodes(by_name(resources), around)
    if unclear:
        return  # whether there are nodes for it, `shared-quota` or `placement` says cannot be told
    behind = {name: pools_behind(flavor.labels, pools) for name, flavor in objects.flavors.items()}
    yield from _promises(objects, behind)
    yield from _jobs(resources, objects, behind)


def of_spec(spec: Spec, catalog: Catalog) -> Iterator[Violation]:
    """Guarantees that endpoints at their most would take away, and ceilings that nobody can reach."""
    for key, held in shares_of(spec, catalog).items():
        for resource, lack in held.short.items():
            left = amount_text(resource, held.capacity[resource])
            total = amount_text(resource, held.capacity[resource] + lack)
            message = (
                f"{key}: {total} {resource} are guaranteed to its pipelines, and beside GKE's own pods and its "
                f"endpoints at their most there are {left}. Lower a guarantee or a replicas.max, or allow more nodes"
            )
            yield Violation(RULE.name, message, holder=key, path=("node_pools", key))
    for name, resource, ceiling, most in advice(spec, catalog):
        message = (
            f"{name}: may use {amount_text(resource, ceiling)} {resource}, and queues of its pool have "
            f"{amount_text(resource, most)} together, beside GKE's own pods and endpoints at their most. "
            "Lower at_most, or allow more nodes"
        )
        path = ("pipelines", name, "at_most", resource)
        yield Violation(RULE.name, message, level="advisory", holder=name, path=path)


def pools_behind(labels: Mapping[str, str], pools: Iterable[PoolNodes]) -> tuple[PoolNodes, ...]:
    """The pools that have nodes with all these labels."""
    return tuple(pool for pool in pools if all(value in pool.labels.get(name, ()) for name, value in labels.items()))


def _promises(objects: KueueObjects, behind: Mapping[str, Sequence[PoolNodes]]) -> Iterator[Violation]:
    for flavors, pools in _sharing(behind):
        for resource in RESOURCE_NAMES:
            promised = tuple(_of(objects, flavors, resource))
            total = sum((promise.amount for promise in promised), Decimal(0))
            room = sum((_room(pool, resource) for pool in pools), Decimal(0))
            if total > room:
                parts = " + ".join(f"{promise.holder} {amount_text(resource, promise.amount)}" for promise in promised)
                names = ", ".join(sorted(flavors))
                message = (
                    f"{names}: {amount_text(resource, total)} {resource} are promised ({parts}), and its nodes have "
                    f"{amount_text(resource, room)} at most ({_nodes(pools)}). Lower a nominalQuota; a cohort's own is "
                    f"added to its queues' ({_TWICE})"
                )
                largest = max(promised, key=lambda promise: promise.amount)
                yield Violation(RULE.name, message, largest.urn, holder=min(flavors))


def _sharing(behind: Mapping[str, Sequence[PoolNodes]]) -> Iterator[tuple[set[str], tuple[PoolNodes, ...]]]:
    """Flavors that have a pool in common, with all of their pools. Those without nodes are `queue-flavors`'s."""
    groups: list[tuple[set[str], dict[str, PoolNodes]]] = []
    for name, pools in behind.items():
        if not pools:
            continue
        together: tuple[set[str], dict[str, PoolNodes]] = ({name}, {pool.urn: pool for pool in pools})
        apart = []
        for group in groups:
            if group[1].keys() & together[1].keys():
                together = (together[0] | group[0], together[1] | group[1])
            else:
                apart.append(group)
        groups = [*apart, together]
    return ((names, tuple(pools.values())) for names, pools in groups)


def _of(objects: KueueObjects, flavors: set[str], resource: str) -> Iterator[_Promise]:
    holders: tuple[ClusterQueue | Cohort, ...] = (*objects.queues.values(), *objects.cohorts.values())
    for holder in holders:
        kind = "" if isinstance(holder, ClusterQueue) else "cohort "
        amount = sum((quota.nominal for quota in _quotas(holder.quotas, flavors, resource)), Decimal(0))
        if amount:
            yield _Promise(f"{kind}{holder.name}", holder.urn, amount)


def _quotas(quotas: Iterable[Quota], flavors: Iterable[str], resource: str) -> Iterator[Quota]:
    wanted = set(flavors)
    return (quota for quota in quotas if quota.flavor in wanted and quota.resource == resource)


def _room(pool: PoolNodes, resource: str) -> Decimal:
    one = pool.room.get(resource, Decimal(0)) - DAEMONS.get(resource, Decimal(0))
    return pool.most * max(Decimal(0), one)


def _nodes(pools: Iterable[PoolNodes]) -> str:
    return " and ".join(f"{pool.name}: {pool.most} of {pool.machine}" for pool in pools)


def _jobs(
    resources: Sequence[HeldResource], objects: KueueObjects, behind: Mapping[str, Sequence[PoolNodes]]
) -> Iterator[Violation]:
    for resource, local_queue in queued(resources):
        found, _ = workloads([resource])  # what can't be told, `placement` says
        for workload in found:
            queue = objects.queue_of(workload.namespace, local_queue)
            if queue is None:
                continue  # which `queue-references` says
            pools = [pool for name in queue.flavors for pool in behind.get(name, ())]
            yield from _job(workload, queue, objects, pools)


def queued(resources: Iterable[HeldResource]) -> Iterator[tuple[HeldResource, str]]:
    """Workloads that name a LocalQueue, with its name."""
    for resource in by_name(resources):
        kind = resource.type.rpartition(":")[2]
        if resource.existing or not resource.type.startswith("kubernetes:") or kind not in KINDS:
            continue
        try:
            name = resource.read.inside("metadata").inside("labels").text(QUEUE_LABEL)
        except CannotJudge:
            continue
        if name is not None:
            yield resource, name


def _job(
    workload: Workload, queue: ClusterQueue, objects: KueueObjects, pools: Sequence[PoolNodes]
) -> Iterator[Violation]:
    for pods in workload.pods:
        if pools and not any(all(_fits(pool, name, asked) for name, asked in pods.request.items()) for pool in pools):
            asked = ", ".join(f"{amount_text(name, amount)} {name}" for name, amount in pods.request.items())
            message = (
                f"{workload.name}: one of its pods asks for {asked}, and no node of {queue.name}'s flavors has that "
                f"({_nodes(pools)}), so it is admitted and never starts ({_ONE_NODE}). "
                "Ask for less, or take other machines"
            )
            yield Violation(RULE.name, message, workload.urn, holder=workload.name)
            return
    wanted: defaultdict[str, Decimal] = defaultdict(Decimal)
    for pods in workload.pods:
        for name, amount in pods.request.items():
            wanted[name] += amount * pods.count
    for resource, amount in wanted.items():
        quotas = [quota for quota in queue.quotas if quota.resource == resource]
        most = max((_ceiling(quota, queue, objects) for quota in quotas), default=None)
        if most is None:
            message = (
                f"{workload.name}: asks for {resource}, which {queue.name} doesn't cover, so it is never admitted. "
                "Add it to coveredResources with a nominalQuota, which may be 0"
            )
        elif amount > most:
            message = (
                f"{workload.name}: asks for {amount_text(resource, amount)} {resource} at once, and {queue.name} may "
                f"have {amount_text(resource, most)}, so it is never admitted. "
                "Ask for less, or raise its borrowingLimit"
            )
        else:
            continue
        yield Violation(RULE.name, message, workload.urn, holder=workload.name)


def _fits(pool: PoolNodes, resource: str, amount: Decimal) -> bool:
    return resource not in RESOURCE_NAMES or amount <= pool.room.get(resource, Decimal(0))


def _ceiling(quota: Quota, queue: ClusterQueue, objects: KueueObjects) -> Decimal:
    """The most of one flavor that a queue can ever have; what its cohort's parents lend isn't bounded here."""
    if queue.cohort is None:
        return quota.nominal
    cohort = objects.cohorts.get(queue.cohort)
    if cohort is not None and cohort.parent is not None:
        return Decimal("Infinity") if quota.borrowing is None else quota.nominal + quota.borrowing
    others = [member.quotas for member in objects.members(queue.cohort) if member.name != queue.name]
    lent = sum(
        (
            other.nominal if other.lending is None else min(other.nominal, other.lending)
            for quotas in (*others, *((cohort.quotas,) if cohort is not None else ()))
            for other in _quotas(quotas, [quota.flavor], quota.resource)
        ),
        Decimal(0),
    )
    return quota.nominal + (lent if quota.borrowing is None else min(lent, quota.borrowing))
