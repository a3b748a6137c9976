"""Queues that lend one another get their guarantee back, and no one of them takes all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.queues.objects import ClusterQueue, KueueObjects, kueue_objects
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Level, Violation

RULE = Rule(
    name="queue-lending",
    description="Who lends gets it back, and nobody takes all.",
    stops="Guarantees that are lent and never reclaimed, borrowing without a bound, lending behind a blocked job.",
    remediation="State preemption.reclaimWithinCohort, which is Never where nothing is said; a borrowingLimit for each "
    "member of a cohort (kubernetes-sigs/kueue#1309), rather than both limits (#1331); BestEffortFIFO (#4809).",
    judge=lambda given: judge(given.resources),
)


def judge(resources: Sequence[HeldResource]) -> Iterator[Violation]:
    """What is wrong with each queue that is in a cohort with others, or with a cohort that has quota of its own."""
    objects = kueue_objects(resources)
    for queue in objects.queues.values():
        if queue.cohort is not None and _lends(queue.cohort, objects):
            yield from _queue(queue, queue.cohort)


def _lends(cohort: str, objects: KueueObjects) -> bool:
    return cohort in objects.cohorts or len(objects.members(cohort)) > 1


def _queue(queue: ClusterQueue, cohort: str) -> Iterator[Violation]:
    def found(message: str, *, advisory: bool = False) -> Violation:
        level: Level = "advisory" if advisory else "mandatory"
        return Violation(RULE.name, f"{queue.name}: {message}", queue.urn, level, holder=queue.name)

    guaranteed = [quota for quota in queue.quotas if quota.nominal]
    if guaranteed and not queue.reclaims:
        names = ", ".join(dict.fromkeys(quota.resource for quota in guaranteed))
        yield found(
            f"lends {names} to {cohort} and never reclaims it, so its guarantee waits for the borrowers' jobs to end. "
            "Set preemption.reclaimWithinCohort: Any"
        )
    lent = [quota for quota in guaranteed if quota.lending is None or quota.lending]
    if queue.strict and lent:
        yield found(
            f"is StrictFIFO and lends to {cohort}: while its first job waits, what it lends is kept from the others "
            "(kueue#4809). Use BestEffortFIFO, or an exemption that says why"
        )
    unbounded = list(dict.fromkeys(quota.resource for quota in queue.quotas if quota.borrowing is None))
    if unbounded:
        yield found(
            f"may borrow all the {', '.join(unbounded)} that {cohort} has, as it has no borrowingLimit (kueue#1309). "
            "State one; 0 borrows nothing"
        )
    both = list(
        dict.fromkeys(
            quota.resource for quota in queue.quotas if quota.borrowing is not None and quota.lending is not None
        )
    )
    if both:
        yield found(
            f"has both a borrowingLimit and a lendingLimit of {', '.join(both)}, and few can tell what follows "
            "(kueue#1331, by its maintainers). Keep one",
            advisory=True,
        )
