"""In a namespace with a queue, jobs and accelerators go through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.conventions import DEFAULT_QUEUE, QUEUE_LABEL
from weighbridge.infrastructure.allocatable import GPU, TPU
from weighbridge.queues.objects import kueue_objects
from weighbridge.resources.held_resource import HeldResource, by_name
from weighbridge.rules.queue_capacity import queued
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.scheduling.workload import KINDS, Workload, workloads

RULE = Rule(
    name="queue-bypass",
    description="In a namespace with a queue, jobs and accelerators go through it.",
    stops="Jobs, and pods with accelerators, that run beside the queue and take what it promised to others.",
    remediation="Label them kueue.x-k8s.io/queue-name, or give the namespace a LocalQueue named default "
    "(kubernetes-sigs/kueue#1527, #5048, #7703).",
    judge=lambda given: judge(given.resources),
)
_JOBS = frozenset({"Job", "CronJob", "JobSet"})


def judge(resources: Sequence[HeldResource]) -> Iterator[Violation]:
    """Workloads that name no queue where there is one, by name."""
    local = kueue_objects(resources).local_queues
    namespaces = {queue.namespace for queue in local}
    defaults = {queue.namespace for queue in local if queue.name == DEFAULT_QUEUE}
    labelled = {resource.urn for resource, _ in queued(resources)}
    for resource in by_name(resources):
        if resource.urn in labelled or resource.type.rpartition(":")[2] not in KINDS:
            continue
        found, _ = workloads([resource])
        for workload in found:
            if workload.namespace in namespaces - defaults and _counts(workload):
                queues = ", ".join(queue.name for queue in local if queue.namespace == workload.namespace)
                message = (
                    f"{workload.name}: names no queue, and {workload.namespace} has no LocalQueue {DEFAULT_QUEUE}, "
                    "so it runs beside the queue or waits for ever (kueue#1527, #5048). "
                    f"Label it {QUEUE_LABEL}: {queues}"
                )
                yield Violation(RULE.name, message, workload.urn, holder=workload.name)


def _counts(workload: Workload) -> bool:
    devices = any({GPU, TPU} & set(pods.request) for pods in workload.pods)
    return workload.kind in _JOBS or (devices and workload.kind != "DaemonSet")
