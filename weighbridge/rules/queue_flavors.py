"""Jobs that a queue admits can run on the nodes of its flavor, and find the next flavor when one is full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.infrastructure.node_kinds import tolerated_with
from weighbridge.queues.objects import (
    REQUIRED_TOPOLOGY,
    ClusterQueue,
    Flavor,
    KueueObjects,
    kueue_objects,
)
from weighbridge.resources.held_resource import HeldResource, Surroundings, by_name
from weighbridge.resources.namespace import namespace_of
from weighbridge.resources.values import Value, items, mapping
from weighbridge.rules.queue_capacity import pools_behind, queued
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.scheduling.node_match import REPELS, Toleration
from weighbridge.scheduling.pool_nodes import PoolNodes, pool_nodes
from weighbridge.spec.node_pool import Taint

RULE = Rule(
    name="queue-flavors",
    description="What a queue admits can run on its nodes.",
    stops="Flavors that name no nodes or don't tolerate them, and queues that stop at the first flavor unasked.",
    remediation="Give the flavor the labels of a pool, and a toleration of each of its taints in spec.tolerations "
    "(kubernetes-sigs/kueue#5711, #3158); state flavorFungibility where there are several flavors (#1344, #1276); "
    "prefer a topology rather than require it where nodes are requested (#5078).",
    judge=lambda given: judge(given.resources, given.around),
)


def judge(resources: Sequence[HeldResource], around: Surroundings) -> Iterator[Violation]:
    """Flavors against node pools, then queues, then jobs."""
    objects = kueue_objects(resources)
    pools, unclear = pool_nodes(by_name(resources), around)
    if pools and not unclear:
        for flavor in objects.flavors.values():
            yield from _flavor(flavor, pools, objects)
    for queue in objects.queues.values():
        if any(len(group) > 1 for group in queue.groups) and not queue.fungible:
            yield _at(queue, _several(queue))
    yield from _requiring(resources, objects)


def _flavor(flavor: Flavor, pools: Sequence[PoolNodes], objects: KueueObjects) -> Iterator[Violation]:
    behind = pools_behind(flavor.labels, pools)
    if not behind:
        labels = ", ".join(f"{name}={value}" for name, value in flavor.labels.items())
        names = ", ".join(pool.name for pool in pools)
        message = (
            f"{flavor.name}: no node pool of this stack has nodes with {labels}, so what is admitted waits for ever. "
            f"Pools are {names}; name the labels of one of them"
        )
        yield Violation(RULE.name, message, flavor.urn, holder=flavor.name)
        return
    tolerated = [Toleration(key, value, effect) for key, value, effect in flavor.tolerations]
    requested = _requested(flavor, objects)
    for pool in behind:
        for taint in pool.taints:
            if taint.effect not in REPELS or any(toleration.covers(taint) for toleration in tolerated):
                continue
            if taint in tolerated_with(pool.room) and not requested:
                continue  # GKE adds the toleration to the pods themselves
            why = "nodes are requested for pods as they are in the queue" if requested else "its pods stay pending"
            seen = "kueue#2572, #2560" if requested else "kueue#5711, #3158"
            entry = f"{{key: {taint.key}, operator: Equal, value: {taint.value!r}, effect: {taint.effect}}}"
            message = (
                f"{flavor.name}: doesn't tolerate {_text(taint)} of {pool.name}, and {why} ({seen}). "
                f"Add to spec.tolerations: {entry}"
            )
            yield Violation(RULE.name, message, flavor.urn, holder=flavor.name)


def _requested(flavor: Flavor, objects: KueueObjects) -> bool:
    return any(flavor.name in queue.flavors and objects.asks_for_nodes(queue) for queue in objects.queues.values())


def _text(taint: Taint) -> str:
    return f"the taint {taint.key}={taint.value}:{taint.effect}"


def _several(queue: ClusterQueue) -> str:
    group = max(queue.groups, key=len)
    return (
        f"{queue.name}: tries {', '.join(group)} in turn, and doesn't state when it goes on to the next: it may stop "
        "at the first where it can borrow (kueue#1344, #1276). "
        "State flavorFungibility with whenCanBorrow and whenCanPreempt"
    )


def _requiring(resources: Sequence[HeldResource], objects: KueueObjects) -> Iterator[Violation]:
    for resource, local_queue in queued(resources):
        queue = objects.queue_of(namespace_of(resource), local_queue)
        if queue is not None and objects.asks_for_nodes(queue) and _requires_topology(resource.inputs):
            message = (
                f"{resource.known_as}: requires a topology of nodes that {queue.name} only requests, and those that "
                "come may lie apart, so it may never start (kueue#5078). Use podset-preferred-topology"
            )
            yield Violation(RULE.name, message, resource.urn, "advisory", holder=resource.known_as)


def _requires_topology(value: Value) -> bool:
    found = mapping(value)
    if REQUIRED_TOPOLOGY in mapping(found.get("annotations")):
        return True
    return any(_requires_topology(inner) or any(map(_requires_topology, items(inner))) for inner in found.values())


def _at(queue: ClusterQueue, message: str) -> Violation:
    return Violation(RULE.name, message, queue.urn, holder=queue.name)
