"""The model of the admission and Kueue's own scheduler (v0.17.0) come to the same on random cases.

Each case is a cohort of its own in one cluster. Its queues submit in turn, each time jobs that are alike, and the next
waits until all is settled: which of two equal jobs goes first, Kueue decides by seconds and random ids.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from components.queues import _flavor, _groups, _queue
from tests.integration.client import Client
from tests.integration.kueue_scheduler import (
    API,
    GPU,
    end_eviction,
    holds,
    keep,
    kueue_server,
    leaving,
    looked_at,
    scheduler,
    submit,
)
from tests.support.admission_model import Job, SharedNodes, cluster_of
from tests.support.specs import CATALOG, spec
from weighbridge.queues.plan import PRIORITIES, QueuesPlan, plan_queues

PATIENCE_SECONDS, POLL_SECONDS = 600.0, 1.0
CASES, NODES_GPUS, TURNS = 200, 8, 3
NAMESPACE = "cases"
KINDS = tuple(PRIORITIES)


@dataclass(frozen=True)
class Batch:
    """Jobs alike that one queue submits in one turn."""

    queue: str
    count: int
    gpus: int
    priority: int


def drawn(case: int) -> tuple[dict[str, dict[str, Any]], list[Batch]]:
    """The pipelines of a case, and what they submit in turn."""
    pick = random.Random(case)
    left: int = NODES_GPUS
    pipelines: dict[str, dict[str, Any]] = {}
    for index in range(pick.randint(2, 3)):
        least = pick.randint(0, left)
        left -= least
        pipelines[f"c{case}-p{index}"] = {
            "kind": pick.choice(KINDS), "node_pool": f"c{case}",
            "guaranteed": {GPU: least}, "at_most": {GPU: least + pick.randint(0, 8)},
        }  # fmt: skip
    names = list(pipelines)
    pick.shuffle(names)
    turns = (names * 2)[:TURNS]
    priorities = {name: PRIORITIES[pipeline["kind"]] for name, pipeline in pipelines.items()}
    return pipelines, [Batch(name, pick.randint(1, 5), pick.choice((1, 1, 2, 3)), priorities[name]) for name in turns]


def install(client: Client, plan: QueuesPlan) -> None:
    """The objects as the component writes them, but all in one namespace."""
    for flavor in plan.flavors:
        keep(client, "ResourceFlavor", flavor.name, _flavor(flavor))
    for cohort in plan.cohorts:
        keep(client, "Cohort", cohort.name, {"resourceGroups": _groups(cohort.flavor, cohort.quotas)})
    for queue in plan.queues:
        keep(client, "ClusterQueue", queue.name, {**_queue(queue), "namespaceSelector": {}})
        keep(client, "LocalQueue", queue.name, {"clusterQueue": queue.name}, NAMESPACE)


def submit_batch(client: Client, turn: int, batch: Batch) -> None:
    for number in range(batch.count):
        name = f"{batch.queue}-{turn}-{number}"
        submit(client, NAMESPACE, name, batch.queue, {GPU: str(batch.gpus)}, batch.priority)


def settled(client: Client) -> Counter[str] | None:
    """GPUs in use by queue; None while Kueue has jobs that it hasn't looked at, or is taking some back."""
    used: Counter[str] = Counter()
    at_rest = True
    for workload in client.listed(f"{API}/namespaces/{NAMESPACE}/workloads"):
        if leaving(workload):
            end_eviction(client, workload)
            at_rest = False
        elif holds(workload, "QuotaReserved"):
            (pods,) = workload["spec"]["podSets"]
            (container,) = pods["template"]["spec"]["containers"]
            used[workload["spec"]["queueName"]] += int(container["resources"]["requests"][GPU])
        elif not looked_at(workload):
            at_rest = False
    return used if at_rest else None


def modelled(clusters: dict[int, SharedNodes], turn: int, batches: dict[int, list[Batch]]) -> Counter[str]:
    """The same by the model."""
    used: Counter[str] = Counter()
    for case, cluster in clusters.items():
        batch = batches[case][turn]
        first, request = turn * 100, {GPU: Fraction(batch.gpus)}
        cluster.waiting += [Job(first + index, batch.queue, request, batch.priority) for index in range(batch.count)]
        cluster.settle()
        for queue in cluster.queues:
            used[queue] += int(cluster.used(queue, GPU))
    return used


def await_agreement(client: Client, turn: int, expected: Counter[str]) -> None:
    """Until all is settled as the model has it."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := settled(client)) is None or +found != +expected:
        known = found or Counter()
        differ = {queue: (expected[queue], known[queue]) for queue in expected if expected[queue] != known[queue]}
        assert time.monotonic() < until, f"turn {turn}, by model and by scheduler: {differ}"
        time.sleep(POLL_SECONDS)


def test_the_model_agrees_with_the_scheduler_on_random_cases(tmp_path, capsys):
    pools: dict[str, Any] = {}
    pipelines: dict[str, Any] = {}
    batches: dict[int, list[Batch]] = {}
    for case in range(CASES):
        pools[f"c{case}"] = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": 1}, "provisioning": "spot"}
        named, batches[case] = drawn(case)
        pipelines |= named
    plan = plan_queues(spec(pools, pipelines=pipelines, cluster={"kueue": True}), CATALOG)
    assert plan is not None
    clusters = {case: cluster_of(plan, f"c{case}") for case in range(CASES)}
    with kueue_server() as client:
        install(client, plan)
        with scheduler(client, tmp_path):
            for turn in range(TURNS):
                for case in range(CASES):
                    submit_batch(client, turn, batches[case][turn])
                await_agreement(client, turn, modelled(clusters, turn, batches))
    evicted = sum(cluster.evicted for cluster in clusters.values())
    assert evicted > CASES // 4  # or it would say little of who gives way
    with capsys.disabled():
        print(f"\n{CASES} cases in {TURNS} turns, {evicted} evictions: model and scheduler agree on all")
