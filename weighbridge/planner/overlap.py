"""Which runs of a month are at work together: simulated from their schedules and how long they take.

Each month is drawn with times from the runs' intervals, with runs that fail and begin anew, and with those that people
begin at any time. Quota is for what comes together, not for the sum of what each takes at most.

The calendar is data: `overlap_of` gives, for each pool, hour by hour, what is occupied in the usual month and in one of
twenty. Whoever draws it needs no more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from weighbridge.planner.run_hardware import UnitPool
from weighbridge.planner.run_time import FailedRuns
from weighbridge.spec.planned_runs import Experiments, RunSchedule

USUAL_MONTH = date(2024, 1, 1)
"""31 days, the first of them a Monday."""

MONTHS, SEED = 200, 15
SLOT_MINUTES = 5
"""Times are rounded outwards to it: what overlaps for less counts as together."""

ROUNDING = 1e-6
"""Of a slot, which sums of floats may be off."""

HIGH = 0.95
"""The share of months whose peak the quota holds."""

MOST_RUNS = 9_000
"""Of one pipeline in a month."""

MOST_FAILURES = 3
"""In a row, before somebody looks."""

DAY_SECONDS, HOURS = 86_400, 24
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUANTILE_95 = 1.645

Counts: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """One pipeline of the month: what a run occupies, how long (nine of ten between two times), and when it begins."""

    name: str
    pool: UnitPool
    units: int
    seconds: tuple[float, float]
    schedule: RunSchedule
    at_once: int = 1
    failures: FailedRuns | None = None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """What is occupied at most in each of its 24 hours: in half of the months, and in 19 of 20."""

    day: date
    usual: tuple[int, ...]
    high: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunPeak:
    """The most that one pipeline occupies, its average, and the share of months in whose peak it is."""

    name: str
    units: int
    mean: float
    in_peak: float
    late: float  # seconds that its runs wait for earlier ones on average


@dataclass(frozen=True, slots=True)
class PoolOverlap:
    """The month of one pool, in devices, chips or vCPUs."""

    pool: UnitPool
    usual: int  # the peak of half of the months stays at or below
    high: int  # of 19 of 20
    most: int  # of all that were drawn
    sum_of_peaks: int  # if all came together
    mean: float
    experiments: int
    capped: bool  # by their cap
    busiest: tuple[date, int]  # day and hour in which the most months have their peak
    runs: tuple[RunPeak, ...]
    calendar: tuple[CalendarDay, ...]
    standing: int = 0  # of all these, what serving occupies all the time

    @property
    def quota(self) -> int:
        """What to ask for: the joint peak of 19 of 20 months, and experiments."""
        return self.high + self.experiments


@dataclass(frozen=True, slots=True)
class Overlap:
    """All pools of a month, in the order in which runs name them."""

    first: date
    named: bool  # False: any month of 31 days that begins on a Monday
    months: int
    pools: tuple[PoolOverlap, ...]
    notes: tuple[str, ...]


def overlap_of(
    runs: Sequence[ScheduledRun], experiments: Experiments | None = None, month: str | None = None,
    standing: Mapping[UnitPool, int] | None = None,
) -> Overlap | None:  # fmt: skip
    """Simulates a month; `standing` is what serving occupies of a pool all the time. None where nothing is due."""
    if not runs:
        return None
    first = date.fromisoformat(f"{month}-01") if month else USUAL_MONTH
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    days = (after - first).days
    pools = dict.fromkeys(run.pool for run in runs)
    notes: list[str] = []
    found = tuple(
        _pool(
            pool,
            [run for run in runs if run.pool == pool],
            first,
            days,
            experiments,
            (standing or {}).get(pool, 0),
            notes,
        )
        for pool in pools
    )
    return Overlap(first, month is not None, MONTHS, tuple(found), tuple(notes))


def begins(schedule: RunSchedule, first: date, days: int, before: int) -> Floats:
    """Seconds from the month's first midnight at which runs are due, from `before` days earlier; none of `a_month`."""
    if schedule.every is not None:
        step = schedule.every.total_seconds()
        count = math.ceil(days * DAY_SECONDS / step)
        earlier = math.floor(before * DAY_SECONDS / step)
        return np.arange(-earlier, count, dtype=np.float64) * step
    if schedule.at is None:
        return np.zeros(0)
    hour, minute = map(int, schedule.at.split(":"))
    of_day = hour * 3600 + minute * 60
    return np.array([
        offset * DAY_SECONDS + of_day
        for offset in range(-before, days)
        if _is_due(schedule, first + timedelta(days=offset))
    ], dtype=float)  # fmt: skip


def _is_due(schedule: RunSchedule, day: date) -> bool:
    if schedule.days and WEEKDAYS[day.weekday()] not in schedule.days:
        return False
    return not schedule.days_of_month or day.day in schedule.days_of_month


def runs_a_month(schedule: RunSchedule) -> float:
    """About how many, to refuse what is a service rather than runs."""
    return schedule.a_month or float(begins(schedule, USUAL_MONTH, 31, 0).size)


def _pool(
    pool: UnitPool, runs: Sequence[ScheduledRun], first: date, days: int, experiments: Experiments | None,
    standing: int, notes: list[str],
) -> PoolOverlap:  # fmt: skip
    random = np.random.default_rng(SEED)
    slots = days * DAY_SECONDS // (SLOT_MINUTES * 60)
    taken = np.zeros((MONTHS, slots), dtype=np.int32)
    of_run: list[tuple[ScheduledRun, Counts, float]] = []
    for run in runs:
        at_work, waited = _at_work(run, first, days, slots, random)
        taken += at_work * run.units
        of_run.append((run, at_work, waited))
        if waited > float(np.mean(run.seconds)):
            notes.append(f"{run.name} can't keep up: its runs are due more often than they end, and wait for ever")
    peaks = taken.max(axis=1)
    at_peak = taken.argmax(axis=1)
    hours = taken.reshape(MONTHS, days, HOURS, -1).max(axis=3)
    usual, high = (np.quantile(hours, share, axis=0, method="higher").astype(int) for share in (0.5, HIGH))
    per_hour = 3600 // (SLOT_MINUTES * 60)
    busiest = int(np.bincount(at_peak // per_hour, minlength=days * HOURS).argmax())
    most_common = int(np.quantile(peaks, HIGH, method="higher")) + standing
    kept, capped = _kept(pool, experiments, most_common)
    return PoolOverlap(
        pool, int(np.quantile(peaks, 0.5, method="higher")) + standing, most_common, int(peaks.max()) + standing,
        sum(int(at_work.max()) * run.units for run, at_work, _ in of_run) + standing,
        float(taken.mean()) + standing, kept, capped,
        (first + timedelta(days=busiest // HOURS), busiest % HOURS),
        tuple(
            RunPeak(
                run.name, int(at_work.max()) * run.units, float(at_work.mean()) * run.units,
                float((at_work[np.arange(MONTHS), at_peak] > 0).mean()), waited,
            )
            for run, at_work, waited in of_run
        ),
        tuple(
            CalendarDay(
                first + timedelta(days=offset),
                tuple(int(count) + standing for count in usual[offset]),
                tuple(int(count) + standing for count in high[offset]),
            )
            for offset in range(days)
        ),
        standing,
    )  # fmt: skip


def _kept(pool: UnitPool, experiments: Experiments | None, peak: int) -> tuple[int, bool]:
    """For experiments: such a share of all that peak and it are together, up to its cap."""
    if experiments is None:
        return 0, False
    share = float(experiments.share) / 100
    wanted = math.ceil(peak * share / (1 - share) - 1e-9)
    cap = experiments.at_most.get(pool.unit)
    return (cap, True) if cap is not None and cap < wanted else (wanted, False)


def _at_work(
    run: ScheduledRun, first: date, days: int, slots: int, random: np.random.Generator
) -> tuple[Counts, float]:
    """How many of its runs are at work in each slot of each month, and the seconds that a run waits on average."""
    before = _days_before(run)
    due = begins(run.schedule, first, days, before)
    if run.schedule.a_month is not None:
        due = _by_hand(run.schedule.a_month, days, before, random)
    else:
        due = np.broadcast_to(due, (MONTHS, due.size))
    lasts = _durations(run, due.shape, random)
    starts, waited = _in_turn(due, lasts, run.at_once)
    slot = SLOT_MINUTES * 60
    begun = np.floor(starts / slot + ROUNDING)
    ended = np.ceil((starts + lasts) / slot - ROUNDING)
    counted = np.isfinite(starts) & (ended > 0) & (begun < slots)
    month = np.broadcast_to(np.arange(MONTHS)[:, None], due.shape)[counted]
    edges = np.zeros((MONTHS, slots + 1), dtype=np.int32)
    np.add.at(edges, (month, np.clip(begun[counted], 0, slots).astype(np.int64)), 1)
    np.add.at(edges, (month, np.clip(ended[counted], 0, slots).astype(np.int64)), -1)
    # One that begins in the slot in which another ends has waited for it: they are never together.
    return np.minimum(np.cumsum(edges, axis=1, dtype=np.int32)[:, :slots], run.at_once), waited


def _days_before(run: ScheduledRun) -> int:
    """How long before the month runs may have begun that are still at work in it."""
    return min(120, math.ceil(4 * run.seconds[1] / DAY_SECONDS) + 1)


def _by_hand(a_month: float, days: int, before: int, random: np.random.Generator) -> Floats:
    """At any time; months with fewer end in infinities, which never begin."""
    span = days + before
    counts = random.poisson(a_month / days * span, MONTHS)
    due = random.uniform(-before * DAY_SECONDS, days * DAY_SECONDS, (MONTHS, max(1, int(counts.max()))))
    due[np.arange(due.shape[1])[None, :] >= counts[:, None]] = np.inf
    return np.sort(due, axis=1)


def _durations(run: ScheduledRun, shape: tuple[int, ...], random: np.random.Generator) -> Floats:
    """Lognormal between the ends of the interval; a run that fails takes the time of a failed one, and begins anew."""
    low, high = (math.log(max(1.0, end)) for end in run.seconds)
    lasts = np.exp(random.normal((low + high) / 2, (high - low) / 2 / QUANTILE_95, shape))
    failures = run.failures
    if failures is not None and failures.failed:
        times = np.array(failures.seconds) if failures.seconds else np.array([math.exp((low + high) / 2)])
        fails = np.ones(shape, dtype=bool)
        for _ in range(MOST_FAILURES):
            fails &= random.random(shape) < failures.share
            lasts += np.where(fails, random.choice(times, shape), 0.0)
    return lasts


def _in_turn(due: Floats, lasts: Floats, at_once: int) -> tuple[Floats, float]:
    """When each run begins: when due, or when one of those before it ends, and how long it waits on average."""
    free = np.full((due.shape[0], at_once), -np.inf)
    starts = np.empty(due.shape)
    every = np.arange(due.shape[0])
    for place in range(due.shape[1]):
        soonest = free.argmin(axis=1)
        starts[:, place] = np.maximum(due[:, place], free[every, soonest])
        free[every, soonest] = starts[:, place] + lasts[:, place]
    known = np.isfinite(due)
    return starts, float((starts[known] - due[known]).mean()) if known.any() else 0.0
