"""How Kueue admits jobs to the queues of one cohort with one flavor, in plain Python: classic preemption of v0.17.

A cycle takes the first job of each queue that may start: those that stay within their guarantee first, then by
priority and age. A job that doesn't fit pushes out others: in its own queue those of lower priority; in other queues
that borrow, anyone's where it stays within its guarantee, and else only those up to the threshold. They go in the order
of pkg/scheduler/preemption/common/ordering.go, and no more than need to. Fair sharing, several flavors, nodes and the
time that pods take to end are not in it. tests/integration/test_kueue_model.py holds it against Kueue's own scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from weighbridge.queues.plan import QueuesPlan
from weighbridge.units import parse_quantity

Amounts = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `number` is its own, and its age: smaller is older."""

    number: int
    queue: str
    request: Amounts
    priority: int = 0


@dataclass(frozen=True, slots=True)
class QueueRules:
    """What one queue has and may do."""

    nominal: Amounts
    borrowing: Amounts
    pushes_out_below: int | None
    reclaims: bool = True


@dataclass
class SharedNodes:
    """The queues with what runs and what waits. `spare` is the cohort's own quota."""

    queues: Mapping[str, QueueRules]
    spare: Amounts
    running: list[Job] = field(default_factory=list)
    waiting: list[Job] = field(default_factory=list)
    evicted: int = 0

    def used(self, queue: str, resource: str, running: Sequence[Job] | None = None) -> Fraction:
        """What a queue's jobs have."""
        jobs = self.running if running is None else running
        return sum((job.request.get(resource, Fraction(0)) for job in jobs if job.queue == queue), Fraction(0))

    def capacity(self, resource: str) -> Fraction:
        """All quota of a resource."""
        return sum((rules.nominal[resource] for rules in self.queues.values()), self.spare[resource])

    def settle(self) -> None:
        """Cycles until nothing changes."""
        while self._cycle():
            pass

    def _cycle(self) -> bool:
        heads = [head for queue in self.queues if (head := self._head(queue)) is not None]
        heads.sort(key=lambda pair: (self._borrows(pair[0], self.running), -pair[0].priority, pair[0].number))
        changed = False
        for job, victims in heads:
            if any(victim not in self.running for victim in victims):
                continue  # an earlier one of this cycle has pushed it out
            left = [running for running in self.running if running not in victims]
            if not self._fits(job, left):
                continue
            self.running = [*left, job]
            self.waiting = [other for other in self.waiting if other != job] + list(victims)
            self.evicted += len(victims)
            changed = True
        return changed

    def _head(self, queue: str) -> tuple[Job, Sequence[Job]] | None:
        """The first job that could start, with whom it would push out: one that can't lets the next pass."""
        failed: set[tuple[int, tuple[tuple[str, Fraction], ...]]] = set()
        for job in sorted(self._waiting(queue), key=lambda job: (-job.priority, job.number)):
            alike = (job.priority, tuple(job.request.items()))
            if alike in failed:
                continue
            victims = self._victims(job)
            if victims is not None:
                return job, victims
            failed.add(alike)
        return None

    def _waiting(self, queue: str) -> list[Job]:
        return [job for job in self.waiting if job.queue == queue]

    def _fits(self, job: Job, running: Sequence[Job]) -> bool:
        rules = self.queues[job.queue]
        for resource, amount in job.request.items():
            own = self.used(job.queue, resource, running) + amount
            if own > rules.nominal[resource] + rules.borrowing[resource]:
                return False
            everyone = sum(self.used(queue, resource, running) for queue in self.queues) + amount
            if everyone > self.capacity(resource):
                return False
        return True

    def _borrows(self, job: Job, running: Sequence[Job]) -> bool:
        nominal = self.queues[job.queue].nominal
        return any(
            self.used(job.queue, resource, running) + amount > nominal[resource]
            for resource, amount in job.request.items()
        )

    def _victims(self, job: Job) -> Sequence[Job] | None:
        """Whom it pushes out; empty: there is room. None: it can't start."""
        if self._fits(job, self.running):
            return ()
        own = [other for other in self.running if other.queue == job.queue and other.priority < job.priority]
        others = [other for other in self.running if other.queue != job.queue]
        rules = self.queues[job.queue]
        within = not self._borrows(job, [running for running in self.running if running not in own])
        if not within or not rules.reclaims:
            threshold = rules.pushes_out_below
            others = [
                other
                for other in others
                if threshold is not None and other.priority < job.priority and other.priority <= threshold
            ]
        admitted = {other.number: place for place, other in enumerate(self.running)}
        candidates = sorted(
            [*others, *own], key=lambda other: (other.queue == job.queue, other.priority, -admitted[other.number])
        )
        gone: list[Job] = []
        for other in candidates:
            left = [running for running in self.running if running not in gone]
            if self._fits(job, left):
                break
            if other.queue == job.queue or self._over(other.queue, job, left):
                gone.append(other)
        if not self._fits(job, [running for running in self.running if running not in gone]):
            return None
        for other in gone[::-1]:  # back in, where it needn't have gone
            fewer = [victim for victim in gone if victim != other]
            if self._fits(job, [running for running in self.running if running not in fewer]):
                gone = fewer
        return gone

    def _over(self, queue: str, job: Job, running: Sequence[Job]) -> bool:
        """Whether a queue has more than its guarantee of something that the job asks for."""
        nominal = self.queues[queue].nominal
        return any(self.used(queue, resource, running) > nominal[resource] for resource in job.request)


def cluster_of(plan: QueuesPlan, cohort: str) -> SharedNodes:
    """The queues of one cohort of a plan, by the amounts that the objects have."""

    def amount(text: str) -> Fraction:
        return Fraction(parse_quantity(text))

    (own,) = (found for found in plan.cohorts if found.name == cohort)
    return SharedNodes(
        queues={
            queue.name: QueueRules(
                nominal={quota.resource: amount(quota.nominal) for quota in queue.quotas},
                borrowing={quota.resource: amount(quota.borrowing or "0") for quota in queue.quotas},
                pushes_out_below=queue.pushes_out_below,
            )
            for queue in plan.queues
            if queue.cohort == cohort
        },
        spare={quota.resource: amount(quota.nominal) for quota in own.quotas},
    )
