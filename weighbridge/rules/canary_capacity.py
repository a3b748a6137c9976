"""While two versions of a model exist, all replicas that may run of both have room at once.

The pool itself fits the shared quota, which `shared-quota` sees to. Here the most replicas of every version of every
endpoint on a pool are held against its most nodes, by the resources; and the bounds of each autoscaler against the
spec. `share_checks` holds each endpoint of a spec against its pool alone, so nothing that it refuses is admitted here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from weighbridge.conventions import APP_LABEL, SERVING_NAMESPACE, VERSION_LABEL, version_name
from weighbridge.resources.held_resource import HeldResource, Surroundings, by_name
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.namespace import namespace_of
from weighbridge.rollouts.weights import existing, replicas_least
from weighbridge.rules.placement import Placed, bins, place, pools_text
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Excess, Violation
from weighbridge.scheduling.packing import pack
from weighbridge.scheduling.pool_nodes import PoolNodes, pool_nodes
from weighbridge.scheduling.workload import Workload, workloads
from weighbridge.spec.root import Spec

RULE = Rule(
    name="canary-capacity",
    description="While two versions of a model exist, all replicas that may run of both have room at once.",
    stops="A rollout on a pool that can't hold all of its endpoints at their most (one endpoint alone is refused by "
    "`validate`, which nothing softens); bounds that the spec never gave.",
    remediation="Lower a replicas.max or allow the pool more nodes, by as many as the violation says.",
    judge=lambda given: judge(given.resources, given.around, given.spec),
)


def judge(resources: Sequence[HeldResource], around: Surroundings, spec: Spec | None) -> list[Violation]:
    """What is wrong: first what can't be told, then bounds that differ from the spec, then what has no room.

    `spec` is the stack's own; None: it has none, so there is nothing to compare bounds with.
    """
    ordered = by_name(resources)
    pools, _ = pool_nodes(ordered, around)
    known, unclear = workloads(ordered)
    served = sorted(filter(_is_version, known), key=lambda workload: workload.name)
    found = [] if spec is None else list(_bounds(served, spec))
    rolled = _rolled_out(served)
    if not rolled and not (spec and any(endpoint.rollout for endpoint in spec.endpoints.values())):
        return found
    unsure = [(resource.known_as, why, resource.urn) for resource, why in unclear if _may_serve(resource)]
    placed = []
    for workload in served:
        try:
            fit = place(workload, pools)
        except CannotJudge as doubt:
            unsure.append((workload.name, str(doubt), workload.urn))
            continue
        if fit is not None:  # else `placement` says so
            placed.append(fit)
    doubts = [Violation(RULE.name, f"{name}: {why}", urn, holder=name) for name, why, urn in unsure]
    return [*doubts, *found, *_crowded(placed, rolled, {pool.urn: pool for pool in pools})]


def _is_version(workload: Workload) -> bool:
    return workload.namespace == SERVING_NAMESPACE and {APP_LABEL, VERSION_LABEL} <= set(workload.labels)


def _may_serve(resource: HeldResource) -> bool:
    try:
        return namespace_of(resource) == SERVING_NAMESPACE
    except CannotJudge:
        return True


def _rolled_out(served: Sequence[Workload]) -> frozenset[str]:
    """Endpoints of which more than one version exists."""
    versions: dict[str, set[str]] = {}
    for workload in served:
        versions.setdefault(workload.labels[APP_LABEL], set()).add(workload.labels[VERSION_LABEL])
    return frozenset(name for name, of in versions.items() if len(of) > 1)


def _bounds(served: Sequence[Workload], spec: Spec) -> Iterator[Violation]:
    by_name = {workload.name: workload for workload in served}
    for name, endpoint in spec.endpoints.items():
        for version in existing(endpoint):
            workload = by_name.get(version_name(name, version))
            if workload is None or version not in endpoint.versions:
                continue
            wanted = (replicas_least(endpoint, version), endpoint.versions[version].replicas.max)
            if (workload.least, workload.most) != wanted:
                runs = f"runs {workload.least} to {workload.most} replicas"
                message = (
                    f"{workload.name}: {runs}, and by the spec {wanted[0]} to {wanted[1]}. The spec alone sets them: "
                    "take the difference out"
                )
                yield Violation(RULE.name, message, workload.urn, holder=workload.name)


def _crowded(placed: Sequence[Placed], rolled: frozenset[str], pools: Mapping[str, PoolNodes]) -> Iterator[Violation]:
    """Pools of a rollout on which not all versions have room at their most."""
    touched = {urn for fit in placed if fit.workload.labels[APP_LABEL] in rolled for urn in fit.pools}
    loaded = [fit for fit in placed if touched & set(fit.pools)]
    left = _left(loaded, pools)
    for on in dict.fromkeys(loaded[key].pools for key in sorted(left)):
        yield _too_many(on, loaded, left, pools)


def _left(loaded: Sequence[Placed], pools: Mapping[str, PoolNodes], extra: int = 0) -> Mapping[int, int]:
    """Pods without room by index of their workload, with so many nodes more on each pool."""
    loads = [load for key, fit in enumerate(loaded) for load in fit.loads(key, fit.workload.most)]
    return pack(loads, bins(pools.values(), extra))


def _too_many(
    on: Sequence[str], loaded: Sequence[Placed], left: Mapping[int, int], pools: Mapping[str, PoolNodes]
) -> Violation:
    here = [(key, fit.workload) for key, fit in enumerate(loaded) if set(on) & set(fit.pools)]
    total = sum(workload.most for _, workload in here)
    missing = sum(ceil(left.get(key, 0) / workload.pods_each) for key, workload in here)
    listed = " + ".join(f"{workload.name} {workload.most}" for _, workload in here)
    holds = f"{pools_text(pools[urn] for urn in on)} {'holds' if len(on) == 1 else 'hold'} {total - missing}"
    first = pools[on[0]]
    if len(on) == 1:
        enough = range(1, sum(left.values()) + 1)  # a node for each of them at the latest
        more = enough[bisect_left(enough, True, key=lambda extra: not _left(loaded, pools, extra))]
        do = f"raise {first.bound} until there are {first.most + more} nodes"
    else:
        do = f"raise {first.bound} by {missing}"
    message = (
        f"{first.name}: at their most, {listed} = {total} replicas may run here, and {holds}, so the rollout could "
        f"stall. Lower replicas.max by {missing} in all, or {do}"
    )
    return Violation(RULE.name, message, on[0], holder=first.name, excess=Excess(total, total - missing, "replicas"))
