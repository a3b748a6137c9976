"""Queues that lend one another get their guarantee back, and no one of them takes all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.queues.objects import ClusterQueue, KueueObjects, kueue_objects
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Level, Violation
from weighbridge.units import amount_text

RULE = Rule(
    name="queue-lending",
    description="Who lends gets it back, and nobody takes all.",
    stops="Guarantees that are lent and never reclaimed, borrowing without a bound, lending behind a blocked job; "
    "limits that Kueue refuses.",
    remediation="State preemption.reclaimWithinCohort, which is Never where nothing is said; a borrowingLimit for each "
    "member of a cohort (kubernetes-sigs/kueue#1309), rather than both limits (#1331); BestEffortFIFO (#4809).",
    judge=lambda given: judge(given.resources),
)


def judge(resources: Sequence[HeldResource]) -> Iterator[Violation]:
    """What is wrong with each queue: limits that Kueue refuses, and how it lends to the rest of its cohort."""
    objects = kueue_objects(resources)
    for queue in objects.queues.values():
        yield from _refused(queue)
        if queue.cohort is not None and _lends(queue.cohort, objects):
            yield from _queue(queue, queue.cohort)


def _refused(queue: ClusterQueue) -> Iterator[Violation]:
    """What Kueue's own webhook refuses, so that the update would fail half-way (pkg/webhooks in v0.17.0)."""
    for quota in queue.quotas:
        limits = {"borrowingLimit": quota.borrowing, "lendingLimit": quota.lending}
        given = [name for name, amount in limits.items() if amount is not None]
        of = f"of {quota.resource} on {quota.flavor}"
        if queue.cohort is None and given:
            message = f"has a {' and a '.join(given)} {of}, and is in no cohort, which Kueue refuses"
            do = "Name its cohortName, or take it out"
            yield Violation(RULE.name, f"{queue.name}: {message}. {do}", queue.urn, holder=queue.name)
        elif quota.lending is not None and quota.lending > quota.nominal:
            lends, has = (amount_text(quota.resource, amount) for amount in (quota.lending, quota.nominal))
            message = f"lends {lends} {of}, and its nominalQuota is {has}, which Kueue refuses. Lower the lendingLimit"
            yield Violation(RULE.name, f"{queue.name}: {message}", queue.urn, holder=queue.name)
    if queue.takes_back_for_borrowing and not queue.reclaims:
        message = (
            f"{queue.name}: preempts others to borrow (borrowWithinCohort) and never reclaims its own, which Kueue "
            f"refuses. Set preemption.reclaimWithinCohort: Any"
        )
        yield Violation(RULE.name, message, queue.urn, holder=queue.name)


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
