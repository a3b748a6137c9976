"""How long the next run takes, from past ones: nearest runs and regression, with intervals that hold as they say.

Times are looked at in logarithms, as device-seconds where devices are known. The slope of work is 1 with three runs,
and fitted from four that differ; the interval is Student's, for one more run. Under three runs there is none: the
range, and why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from weighbridge.planner.past_runs import PastRun, PastRuns
from weighbridge.planner.student import student_95

FEWEST_FOR_INTERVAL, FEWEST_FOR_SLOPE = 3, 4
LEAST_SPREAD = math.log(1.3)
"""Largest over smallest work, in logarithms, that shows a slope."""

BORROWED = (0.6, 1.7)
"""Between these times a training nine of ten published ones are; lent to one or two runs, whose spread isn't known."""

NEAREST = 3

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RunTime:
    """Seconds of one run; between `low` and `high` lie nine of ten, or all that is known. None: no number is honest."""

    middle: float | None
    low: float
    high: float
    origin: str
    words: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedRuns:
    """Of all that ended: how many failed, and the median of the seconds that they took, where it is known."""

    failed: int
    ended: int
    seconds: tuple[float, ...]

    @property
    def share(self) -> float:
        return self.failed / self.ended if self.ended else 0.0


def failures_of(past: PastRuns) -> FailedRuns:
    """What went wrong, which is no part of any average."""
    failed = past.of("failed")
    times = tuple(run.seconds for run in failed if run.seconds is not None)
    return FailedRuns(len(failed), len(failed) + len(past.of("succeeded")), times)


def nearest_runs(past: PastRuns, work: float | None) -> tuple[PastRun, ...]:
    """The succeeded runs whose work is nearest, or the last ones where work isn't known."""
    good = past.of("succeeded")
    if work is None or any(run.work is None for run in good):
        return good[-NEAREST:][::-1]
    return tuple(sorted(good, key=lambda run: abs(math.log((run.work or work) / work)))[:NEAREST])


def time_of(past: PastRuns, work: float | None, units: float) -> RunTime | None:
    """The next run's time on so many devices, from those that succeeded; None where none did."""
    good = past.of("succeeded")
    if not good:
        return None
    notes = []
    if work is not None and all(run.work is None for run in good):
        notes.append("past runs don't say what they worked on: `work` changes nothing")
        work = None
    elif work is not None and (without := [run for run in good if run.work is None]):
        good = tuple(run for run in good if run.work is not None)
        notes.append(f"{len(without)} past run{'s' * (len(without) > 1)} without `work` left aside")
    times = np.log([run.seconds or math.nan for run in good])
    known = {run.units for run in good}
    if None not in known:
        times = times + np.log([run.units or math.nan for run in good]) - math.log(units)
        if known != {units}:
            ran = ", ".join(f"{count:g}" for count in sorted(count for count in known if count is not None))
            notes.append(f"past runs had {ran} devices, this one {units:g}: taken to be as much quicker or slower")
    works = np.log([run.work or math.nan for run in good]) if work is not None else None
    if works is not None and work is not None and not works.min() - 1e-9 <= math.log(work) <= works.max() + 1e-9:
        beyond = "more" if math.log(work) > works.max() else "less"
        end = math.exp(float(works.max() if beyond == "more" else works.min()))
        notes.append(f"the work, {work:.4g}, is {beyond} than in any past run ({end:.4g})")
    if len(good) < FEWEST_FOR_INTERVAL:
        return _few(times, works, work, notes)
    return _interval(times, works, work, notes)


def _scaled(times: Floats, works: Floats | None, work: float | None) -> Floats:
    """As if all runs had had the work of the next one: time goes with work."""
    return times if works is None or work is None else times - works + math.log(work)


def _few(times: Floats, works: Floats | None, work: float | None, notes: Sequence[str]) -> RunTime:
    alike = _scaled(times, works, work)
    centre = float(alike.mean())
    low, high = (centre + math.log(factor) for factor in BORROWED)
    if alike.size == 1:
        words = "one past run: its spread is not known, so that of published trainings (0.6 to 1.7 times) is lent to it"
    else:
        wide = student_95(1) * float(alike.std(ddof=1)) * math.sqrt(1.5)
        low, high = min(low, centre - wide), max(high, centre + wide)
        words = (
            "two past runs say little of a third: the wider of what they allow and of published trainings (0.6 to 1.7"
            " times)"
        )
    return RunTime(None, math.exp(low), math.exp(high), "range, few runs", words, tuple(notes))


def _interval(times: Floats, works: Floats | None, work: float | None, notes: Sequence[str]) -> RunTime:
    n = times.size
    fits_slope = works is not None and n >= FEWEST_FOR_SLOPE and float(np.ptp(works)) >= LEAST_SPREAD
    if works is None or work is None or not fits_slope:
        alike = _scaled(times, works, work)
        centre, freedom = float(alike.mean()), n - 1
        wide = student_95(freedom) * float(alike.std(ddof=1)) * math.sqrt(1 + 1 / n)
        how = "time taken to go with work" if works is not None else "as they took"
        words = f"{n:,} past runs, {how}"
    else:
        across = works - works.mean()
        squares = float(across @ across)
        slope = float(across @ times) / squares
        off = math.log(work) - float(works.mean())
        centre, freedom = float(times.mean()) + slope * off, n - 2
        left = times - times.mean() - slope * across
        deviation = math.sqrt(float(left @ left) / freedom)
        wide = student_95(freedom) * deviation * math.sqrt(1 + 1 / n + off * off / squares)
        words = f"{n:,} past runs, regression: time goes with work to the power of {slope:.2f}"
        if slope <= 0:
            notes = [*notes, "more work took no longer in past runs: is `work` what the time depends on?"]
    return RunTime(
        math.exp(centre), math.exp(centre - wide), math.exp(centre + wide), "measured here", words, tuple(notes)
    )  # fmt: skip
