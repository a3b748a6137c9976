"""Endpoints on nodes that go by themselves: what spot and flex-start mean for what is to answer all the time.

A part of the rule `placement`. Judged from the resources; a violation on production, else advice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.conventions import SERVER_LABEL
from weighbridge.infrastructure.node_kinds import NodeKind
from weighbridge.rules.violation import Level, Violation
from weighbridge.scheduling.pool_nodes import PoolNodes
from weighbridge.scheduling.workload import Workload
from weighbridge.units import format_duration

GRACE_SETTING = "terminationGracePeriodSeconds"


def on_leaving_nodes(
    rule: str, placed: Sequence[tuple[Workload, Sequence[PoolNodes]]], *, production: bool
) -> Iterator[Violation]:
    """One violation for each pool of such nodes with every replica that has no other pools. `placed` says which may."""
    level: Level = "mandatory" if production else "advisory"
    serving: dict[str, tuple[PoolNodes, NodeKind, list[Workload]]] = {}
    for workload, fit in placed:
        kind = _leaves(fit[0]) if fit else None
        if SERVER_LABEL in workload.labels and kind is not None and all(_leaves(pool) for pool in fit):
            serving.setdefault(fit[0].urn, (fit[0], kind, []))[2].append(workload)
    for pool, kind, workloads in serving.values():
        names = ", ".join(workload.name for workload in workloads)
        serve = "serves" if len(workloads) == 1 else "serve"
        do = "Serve from a pool of standard or reserved nodes"
        do += ", or have the owners of the quota exempt it" if production else ", or take it as it is: this is advice"
        message = f"{names}: {serve} from {kind.kind} nodes ({pool.name}). {_means(kind, workloads)}. {do}"
        yield Violation(rule, message, workloads[0].urn, level, holder=workloads[0].name)


def _leaves(pool: PoolNodes) -> NodeKind | None:
    return next((kind for kind in pool.kinds if kind.grace is not None or kind.runs is not None), None)


def _means(kind: NodeKind, workloads: Sequence[Workload]) -> str:
    if kind.grace is None:
        longest = format_duration(kind.runs.longest) if kind.runs is not None else "some time"
        return f"Each ends {longest} after it began at the latest, and the next comes only when there is capacity"
    asked = [pods.settings.count(GRACE_SETTING) or 0 for found in workloads for pods in found.pods]
    longer = [seconds for seconds in asked if seconds > kind.grace.total_seconds()]
    grace = format_duration(kind.grace)
    cut = f", of the {max(longer)}s that they ask for to drain" if longer else ""
    return f"Google takes those back at any time, many at once: pods then have {grace} to end{cut}, and requests fail"
