"""The cheapest hardware for all workloads together, and why: the second best, what bars the obvious one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.planner.choice.candidates import Candidate, DrawnPerNode, NoCandidate, Site, candidates
from weighbridge.planner.choice.room import LimitRoom, QuotaRoom
from weighbridge.planner.choice.solve import JointProgram, Solution, Way
from weighbridge.planner.serving import WorkloadPlan
from weighbridge.quota.cost import HOURS_PER_MONTH

SAVING_SECONDS = 10.0
"""For asking what one node more of each limit would save; what is left untried then is said."""

LEAST_SAVING = Decimal("0.01")
"""US dollars an hour: less is the solver's own play."""


@dataclass(frozen=True, slots=True)
class LimitLack:
    """What one limit has too little of."""

    allowance: LimitRoom
    needs: int
    drawn_by_others: int = 0  # of these workloads, as they are chosen

    @property
    def limit(self) -> int | None:
        """The limit to ask Google for; None where none would do."""
        return self.allowance.limit_for(self.needs)


@dataclass(frozen=True, slots=True)
class Pick:
    """What one workload gets; None: nothing. `options` are all candidates, the cheapest first, unpriced last."""

    workload: str
    candidate: Candidate | None
    options: tuple[Candidate, ...]
    none: tuple[NoCandidate, ...]
    second: Candidate | None = None  # the cheapest of another family or way of buying, else size, beside the others'
    obvious: Candidate | None = None  # the cheapest alone, where it isn't the one
    obvious_lacks: tuple[LimitLack, ...] = ()


@dataclass(frozen=True, slots=True)
class Saving:
    """What one node more of one limit would save, all workloads chosen anew."""

    allowance: LimitRoom
    amount: int
    machine: str
    usd_per_hour: Decimal


@dataclass(frozen=True, slots=True)
class LargerQuota:
    """More of some limits, and what would be chosen then."""

    lacks: tuple[LimitLack, ...]
    picks: tuple[Candidate, ...]
    proven: bool = True  # whether nothing less would do

    @property
    def units(self) -> int:
        """Of all limits together."""
        return sum(lack.needs - lack.allowance.left for lack in self.lacks)


@dataclass(frozen=True)
class HardwareChoice:
    """The hardware of all workloads that can have some; `fits` is False where no set fits what is left of the quota."""

    site: Site
    room: QuotaRoom | None
    picks: tuple[Pick, ...]
    fits: bool
    gap: float = 0.0
    savings: tuple[Saving, ...] = ()
    untried: tuple[LimitRoom, ...] = ()
    cheapest: LargerQuota | None = None  # what would cost least if there were enough of every limit
    fewest_units: LargerQuota | None = None
    fewest_limits: LargerQuota | None = None

    @property
    def chosen(self) -> tuple[Candidate, ...]:
        return tuple(pick.candidate for pick in self.picks if pick.candidate is not None)

    def nodes_by_quota(self, candidate: Candidate) -> int | None:
        """The most nodes of a candidate's kind beside what the other workloads got; None: no limit bounds it."""
        if self.room is None:
            return None
        most = None
        for key, amount in candidate.node_draws.items():
            allowance = self.room.of(key)
            if allowance is None or not amount:
                continue
            others = sum(c.draws.get(key, 0) for c in self.chosen if c.workload != candidate.workload)
            nodes = max(0, allowance.left - others) // amount
            most = nodes if most is None else min(most, nodes)
        return most

    @property
    def asked_for(self) -> LargerQuota | None:
        """The quota to ask Google for: what costs least, or the fewest units where nothing fits. None: none."""
        return self.cheapest if self.fits else self.fewest_units

    @property
    def without(self) -> tuple[Pick, ...]:
        """Workloads that can have no hardware whatever the quota is."""
        return tuple(pick for pick in self.picks if not pick.options)


def monthly(usd_per_hour: Decimal) -> Decimal:
    """Of 730 hours."""
    return usd_per_hour * HOURS_PER_MONTH


def total(chosen: Sequence[Candidate]) -> tuple[Decimal, int]:
    """US dollars an hour of those that have a price, and how many have none."""
    prices = [candidate.usd_per_hour for candidate in chosen]
    return sum((price for price in prices if price is not None), Decimal(0)), sum(price is None for price in prices)


def all_candidates(
    plans: Sequence[WorkloadPlan], site: Site, catalog: Catalog
) -> Mapping[str, tuple[tuple[Candidate, ...], tuple[NoCandidate, ...]]]:
    """By workload."""
    drawn = DrawnPerNode(site, catalog)
    return {plan.name: candidates(plan, site, catalog, drawn) for plan in plans}


def choose(
    found: Mapping[str, tuple[tuple[Candidate, ...], tuple[NoCandidate, ...]]], site: Site, room: QuotaRoom | None,
    on_progress: Callable[[str], None] | None = None,
) -> HardwareChoice:  # fmt: skip
    """The cheapest set within the room; without a stack (`room` is None) of any size. Raises `NoSolver`."""
    chooser = _Chooser(found, room)
    if on_progress is not None:
        on_progress(f"choosing among {len(chooser.columns):,} ways to run {chooser.program.groups} workloads")
    solution = chooser.program.cheapest() if chooser.columns else None
    fits = solution is not None or not chooser.columns
    if solution is None:
        picks = tuple(chooser.alone(name, of, none) for name, (of, none) in found.items())
        if on_progress is not None and not fits:
            on_progress("nothing fits: looking for the smallest increase of quota")
        return HardwareChoice(
            site, room, picks, fits,
            fewest_units=None if fits else chooser.raised(fewest_limits=False),
            fewest_limits=None if fits else chooser.raised(fewest_limits=True),
            cheapest=None if fits else chooser.cheapest(),
        )  # fmt: skip
    picks = tuple(chooser.explained(name, solution, of, none) for name, (of, none) in found.items())
    savings, untried = chooser.savings(solution, on_progress)
    return HardwareChoice(site, room, picks, fits, solution.gap, savings, untried, chooser.cheapest())


def _by_price(candidate: Candidate) -> tuple[bool, Decimal, int, str]:
    usd = candidate.usd_per_hour
    return usd is None, usd or Decimal(0), candidate.most, candidate.node.machine.name


class _Chooser:
    """The candidates as columns of a program, and questions to it."""

    def __init__(
        self, found: Mapping[str, tuple[tuple[Candidate, ...], tuple[NoCandidate, ...]]], room: QuotaRoom | None
    ) -> None:
        self.columns = [candidate for of, _ in found.values() for candidate in of]
        groups = {name: place for place, name in enumerate(name for name, (of, _) in found.items() if of)}
        self.keys = sorted({key for candidate in self.columns for key in candidate.draws})
        rows = {key: row for row, key in enumerate(self.keys)}
        self.allowances = [room.of(key) if room is not None else None for key in self.keys]
        self.program = JointProgram(
            [
                Way(
                    groups[candidate.workload],
                    None if candidate.usd_per_hour is None else float(candidate.usd_per_hour),
                    {rows[key]: amount for key, amount in candidate.draws.items() if amount},
                )
                for candidate in self.columns
            ],
            [None if allowance is None else allowance.left for allowance in self.allowances],
        )

    def alone(self, name: str, of: Sequence[Candidate], none: tuple[NoCandidate, ...]) -> Pick:
        """One workload where nothing was chosen: the cheapest, and what it would lack if no other were there."""
        ordered = tuple(sorted(of, key=_by_price))
        obvious = next(iter(ordered), None)
        return Pick(name, None, ordered, none, None, obvious, self._lacks(obvious, {}) if obvious is not None else ())

    def explained(self, name: str, solution: Solution, of: Sequence[Candidate], none: tuple[NoCandidate, ...]) -> Pick:
        """What one workload got, the cheapest other that fits beside the rest, and what bars the cheapest alone."""
        chosen = next((self.columns[i] for i in solution.columns if self.columns[i].workload == name), None)
        if chosen is None:
            return self.alone(name, of, none)
        others = [i for i in solution.columns if self.columns[i].workload != name]
        taken = self.program.drawn(others)
        ordered = sorted(of, key=_by_price)
        fitting = [c for c in ordered if c is not chosen and not self._lacks(c, taken)]
        machine = chosen.node.machine.name
        other = next((c for c in fitting if c.node.machine.name != machine), None)
        second = next((c for c in fitting if c.family != chosen.family), other)
        obvious = ordered[0] if _by_price(ordered[0])[:2] < _by_price(chosen)[:2] else None
        lacks = self._lacks(obvious, taken) if obvious is not None else ()
        return Pick(name, chosen, tuple(ordered), none, second, obvious, lacks)

    def _lacks(self, candidate: Candidate, taken: Mapping[int, int]) -> tuple[LimitLack, ...]:
        lacks = []
        for row, key in enumerate(self.keys):
            allowance, needs = self.allowances[row], candidate.draws.get(key, 0)
            if allowance is not None and needs and needs + taken.get(row, 0) > allowance.left:
                lacks.append(LimitLack(allowance, needs + taken.get(row, 0), taken.get(row, 0)))
        return tuple(lacks)

    def larger(self, chosen: Sequence[int], *, proven: bool = True) -> LargerQuota:
        """A set, and what it lacks."""
        drawn = self.program.drawn(chosen)
        lacks = [
            LimitLack(allowance, drawn[row])
            for row in self.program.lacking(chosen)
            if (allowance := self.allowances[row]) is not None
        ]
        return LargerQuota(tuple(lacks), tuple(self.columns[index] for index in chosen), proven)

    def cheapest(self) -> LargerQuota | None:
        """What would be taken with enough of every limit, where that is more than there is."""
        larger = self.larger(self.program.cheapest_alone())
        return larger if larger.lacks else None

    def raised(self, *, fewest_limits: bool) -> LargerQuota | None:
        """The smallest increase that makes some set fit."""
        found = self.program.smallest_raise(fewest_limits=fewest_limits)
        return self.larger(found.solution.columns, proven=found.proven) if found is not None else None

    def savings(
        self, solution: Solution, on_progress: Callable[[str], None] | None
    ) -> tuple[tuple[Saving, ...], tuple[LimitRoom, ...]]:
        """What one node more of each limit would save, and the limits that there was no time to ask for."""
        found, untried, begun = [], [], time.monotonic()
        now = total([self.columns[i] for i in solution.columns])[0]
        for (row, allowance), amounts in self._steps(solution).items():
            if time.monotonic() - begun > SAVING_SECONDS:
                untried.append(allowance)
                continue
            if on_progress is not None:
                on_progress(f"what more {allowance.display} would save")
            for amount, machine in sorted(amounts.items()):
                better = self.program.cheapest(more={row: amount})
                saved = now - total([self.columns[i] for i in better.columns])[0] if better is not None else Decimal(0)
                if saved >= LEAST_SAVING:
                    found.append(Saving(allowance, amount, machine, saved))
                    break
        found.sort(key=lambda saving: -saving.usd_per_hour)
        return tuple(found), tuple(untried)

    def _steps(self, solution: Solution) -> dict[tuple[int, LimitRoom], dict[int, str]]:
        """By limit, what one node draws of it that would be cheaper than what its workload got, and such a machine."""
        usd = {self.columns[index].workload: self.columns[index].usd_per_hour for index in solution.columns}
        steps: dict[tuple[int, LimitRoom], dict[int, str]] = {}
        for candidate in self.columns:
            price, now = candidate.usd_per_hour, usd[candidate.workload]
            if price is None or (now is not None and price >= now):
                continue
            for row, key in enumerate(self.keys):
                amount, allowance = candidate.node_draws.get(key, 0), self.allowances[row]
                if amount and allowance is not None:
                    steps.setdefault((row, allowance), {}).setdefault(amount, candidate.node.machine.name)
        return steps
