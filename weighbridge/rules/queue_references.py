"""Whatever a queue names exists in the stack: flavors, checks, topologies, settings, and queues that jobs are sent to.

Kueue takes a queue that names something missing, and leaves it inactive. A cohort needs no object of its own, so one
that only a single queue names is advice: it may be misspelt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from weighbridge.queues.objects import NODE_REQUEST_CONFIG, KueueObjects, kueue_objects
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.namespace import namespace_of
from weighbridge.rules.queue_capacity import queued
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Level, Violation
from weighbridge.spelling import did_you_mean

RULE = Rule(
    name="queue-references",
    description="Whatever a queue or a job names exists.",
    stops="Queues that stay inactive, as they name a flavor, check or queue that isn't there; jobs sent to none.",
    remediation="Create what is named, or correct the name. Kueue accepts it all the same, and the queue is inactive "
    "with FlavorNotFound or AdmissionCheckNotFound (headlamp-k8s/plugins#1191).",
    judge=lambda given: judge(given.resources),
)
_SEEN = "headlamp-k8s/plugins#1191"


@dataclass(frozen=True, slots=True)
class _Missing:
    """Something that isn't there, who names it, and what comes of it."""

    holder: str
    urn: str
    what: str
    name: str
    known: Collection[str]
    so: str
    level: Level = "mandatory"
    where: str = "this stack"

    @property
    def violation(self) -> Violation:
        meant = did_you_mean(self.name, self.known).lstrip()
        do = meant or "Create it, or correct the name"
        lack = f"names the {self.what} {self.name}, which {self.where} doesn't have"
        message = f"{self.holder}: {lack}, so {self.so}. {do}"
        return Violation(RULE.name, message, self.urn, self.level, holder=self.holder)


def judge(resources: Sequence[HeldResource]) -> Iterator[Violation]:
    """What is named and isn't there, by the names of those who name it."""
    objects = kueue_objects(resources)
    return (
        missing.violation
        for missing in (
            *_of_queues(objects),
            *_of_nodes(objects),
            *_of_the_rest(objects),
            *_of_jobs(resources, objects),
        )
    )


def _of_queues(objects: KueueObjects) -> Iterator[_Missing]:
    inactive = f"it stays inactive and admits nothing ({_SEEN})"
    for queue in objects.queues.values():
        for name in queue.flavors:
            if name not in objects.flavors:
                yield _Missing(queue.name, queue.urn, "ResourceFlavor", name, objects.flavors, inactive)
        for name in dict.fromkeys(queue.checks):
            if name not in objects.checks:
                yield _Missing(queue.name, queue.urn, "AdmissionCheck", name, objects.checks, inactive)
        cohort = queue.cohort
        if cohort is not None and cohort not in objects.cohorts and len(objects.members(cohort)) == 1:
            others = {*objects.cohorts, *(other.cohort for other in objects.queues.values() if other.cohort)} - {cohort}
            lonely = "it has nobody to borrow from"
            yield _Missing(queue.name, queue.urn, "cohort", cohort, others, lonely, "advisory")


def _of_nodes(objects: KueueObjects) -> Iterator[_Missing]:
    for cohort in objects.cohorts.values():
        for name in dict.fromkeys(quota.flavor for quota in cohort.quotas):
            if name not in objects.flavors:
                nothing = "its own quota is of no nodes"
                yield _Missing(cohort.name, cohort.urn, "ResourceFlavor", name, objects.flavors, nothing)
    for flavor in objects.flavors.values():
        if flavor.topology is not None and flavor.topology not in objects.topologies:
            unused = "queues with it stay inactive"
            yield _Missing(flavor.name, flavor.urn, "Topology", flavor.topology, objects.topologies, unused)


def _of_the_rest(objects: KueueObjects) -> Iterator[_Missing]:
    for check in objects.checks.values():
        if check.config is not None and check.config[0] == NODE_REQUEST_CONFIG:
            name = check.config[1]
            if name not in objects.node_requests:
                unused = "queues with it stay inactive"
                yield _Missing(check.name, check.urn, NODE_REQUEST_CONFIG, name, objects.node_requests, unused)
    for local in objects.local_queues:
        if local.cluster_queue is not None and local.cluster_queue not in objects.queues:
            waiting = "its jobs wait for ever"
            known_as = f"{local.namespace}/{local.name}"
            yield _Missing(known_as, local.urn, "ClusterQueue", local.cluster_queue, objects.queues, waiting)


def _of_jobs(resources: Sequence[HeldResource], objects: KueueObjects) -> Iterator[_Missing]:
    for resource, name in queued(resources):
        try:
            namespace = namespace_of(resource)
        except CannotJudge:
            continue
        known = [local.name for local in objects.local_queues if local.namespace == namespace]
        if objects.local_queues and name not in known:
            yield _Missing(
                resource.known_as,
                resource.urn,
                "LocalQueue",
                name,
                known,
                "it waits for ever",
                where=f"its namespace {namespace}",
            )
