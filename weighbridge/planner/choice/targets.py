"""Which pool and endpoint of a stack a workload is about: what it has now, and where its hardware would be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from weighbridge.catalog import Catalog
from weighbridge.infrastructure.allocatable import most_nodes
from weighbridge.quota.ledger import NOTHING_CLAIMED, Claimed, StackDemand
from weighbridge.spec.node_pool import NodePool
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec
from weighbridge.spec.workload_hardware import RunsOn
from weighbridge.spec.workloads import ServedWorkload, Workloads


@dataclass(frozen=True)
class StackAtHand:
    """The stack that workloads are planned for, what all stacks draw, and what is claimed beyond that."""

    stack: str
    spec: Spec
    quota: QuotaFile
    demands: Mapping[str, StackDemand]
    now: datetime
    claimed: Claimed = field(default_factory=lambda: NOTHING_CLAIMED)
    unread_claims: str | None = None  # why what is claimed can't be told, so that nothing is admitted


@dataclass(frozen=True, slots=True)
class Target:
    """Where a workload's hardware is written. `pool` may be one that isn't there yet."""

    pool: str
    endpoint: str | None  # whose replicas run there
    shared_with: tuple[str, ...] = ()  # others that run on the pool that it has, which therefore stays as it is


def targets_of(workloads: Workloads, spec: Spec) -> Mapping[str, Target]:
    """By workload."""
    return {name: _target(name, workload, spec) for name, workload in workloads.workloads.items()}


def _target(name: str, workload: ServedWorkload, spec: Spec) -> Target:
    wishes = workload.hardware
    endpoint = wishes.endpoint or (name if name in spec.endpoints else None)
    has = spec.endpoints[endpoint].node_pool if endpoint in spec.endpoints else None
    pool = wishes.pool or has or name
    others = tuple(user for user in _users(pool, spec) if user != endpoint)
    if others and wishes.pool is None:
        fresh = name if name not in spec.node_pools else f"{name}-serving"
        return Target(fresh, endpoint, others)
    return Target(pool, endpoint, others)


def _users(pool: str, spec: Spec) -> list[str]:
    return [
        *(name for name, endpoint in spec.endpoints.items() if endpoint.node_pool == pool),
        *(name for name, pipeline in spec.pipelines.items() if pipeline.node_pool == pool),
    ]


def runs_now(workload: ServedWorkload, target: Target, spec: Spec, catalog: Catalog) -> RunsOn | None:
    """What serves a workload: as its file says, or its endpoint's pool; None where nothing does."""
    if workload.hardware.now is not None:
        return workload.hardware.now
    name = spec.endpoints[target.endpoint].node_pool if target.endpoint in spec.endpoints else target.pool
    pool = spec.node_pools.get(name)
    if pool is None or target.shared_with:
        return None
    devices = None
    if target.endpoint is not None:
        version = spec.endpoints[target.endpoint].versions[spec.endpoints[target.endpoint].stable]
        devices = version.gpu or version.tpu
    return RunsOn(
        machine_type=pool.machine_type, nodes=max(1, most_nodes(pool, spec, catalog)), devices=devices,
        provisioning=pool.provisioning,
    )  # fmt: skip


def pools_at_hand(targets: Mapping[str, Target], spec: Spec) -> Mapping[str, NodePool]:
    """By workload, the pool that is there and would be rewritten."""
    return {name: spec.node_pools[target.pool] for name, target in targets.items() if target.pool in spec.node_pools}


def beside_of(targets: Mapping[str, Target], spec: Spec) -> Mapping[str, tuple[int, int]]:
    """By workload, the fewest and the most replicas of other versions than the stable one of its endpoint."""
    found = {}
    for name, target in targets.items():
        if target.endpoint is None:
            continue
        endpoint = spec.endpoints[target.endpoint]
        others = [version for key, version in endpoint.versions.items() if key != endpoint.stable]
        found[name] = sum(version.replicas.min for version in others), sum(v.replicas.max for v in others)
    return found
