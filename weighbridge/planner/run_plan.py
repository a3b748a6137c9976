"""What one training or data pipeline takes on each hardware that it may run on: time, money, and what both rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from weighbridge.catalog import load
from weighbridge.catalog.model_speed import LlmModel, llm_devices, llm_models
from weighbridge.planner.past_runs import PastRun, PastRuns, read_runs
from weighbridge.planner.run_hardware import VCPU, Occupied, flagged, occupied
from weighbridge.planner.run_time import FailedRuns, RunTime, failures_of, nearest_runs, time_of
from weighbridge.planner.serving import model_of
from weighbridge.planner.training_time import MOST_MFU, mfu_of, no_room, operations, peak_rate
from weighbridge.spec.planned_runs import ModelTraining, PlannedRun

CARRIED = "carried over"
"""The origin of a time that past runs had on other devices."""


@dataclass(frozen=True, slots=True)
class UsdRange:
    """US dollars of one run; the middle is None where its time has none."""

    middle: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RunOption:
    """One way to run it; `excluded` says why it can't be, and then there may be no time."""

    occupied: Occupied
    time: RunTime | None
    usd: UsdRange | None
    excluded: str = ""
    unknown: bool = False  # excluded because nothing says how long it takes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """An option against the first: how many times as long it takes, and what a run costs less (below 0: more)."""

    times_as_long: float
    seconds_more: float
    usd_less: float | None
    share_less: float | None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run takes, on each hardware in the order of the file."""

    name: str
    run: PlannedRun
    options: tuple[RunOption, ...]
    past: PastRuns | None
    failures: FailedRuns | None
    nearest: tuple[PastRun, ...]

    @property
    def chosen(self) -> RunOption | None:
        """The first that can be: what you have in mind, and what the month counts."""
        return next((option for option in self.options if not option.excluded), None)

    @property
    def cheapest(self) -> RunOption | None:
        """Of those that can be and have a price."""
        priced = [option for option in self.options if not option.excluded and option.usd is not None]
        return min(priced, key=_usd, default=None)


def _usd(option: RunOption) -> float:
    usd = option.usd
    return math.inf if usd is None else usd.middle if usd.middle is not None else usd.high


def centre(time: RunTime) -> float:
    """Seconds to compare by: the middle, or that of the range."""
    return time.middle if time.middle is not None else math.sqrt(time.low * time.high)


def compared(plan: RunPlan, option: RunOption) -> Compared | None:
    """Against what you have in mind; None of that itself, and where there is no time."""
    first = plan.chosen
    if first is None or option is first or first.time is None or option.time is None:
        return None
    ours, theirs = centre(option.time), centre(first.time)
    less = share = None
    if option.usd is not None and first.usd is not None:
        less = _usd(first) - _usd(option)
        share = less / _usd(first)
    return Compared(ours / theirs, ours - theirs, less, share)


def plan_run(name: str, run: PlannedRun, folder: Path) -> RunPlan:
    """Plans one run whose hardware is right; `folder` is where its history lies. Raises `FileError`."""
    catalog = load()
    sites = [occupied(hardware, catalog) for hardware in run.hardware]
    past = failures = ran_on = None
    nearest: tuple[PastRun, ...] = ()
    if run.history is not None:
        ran_on = occupied(run.history.hardware, catalog) if run.history.hardware is not None else sites[0]
        past = _with_units(read_runs(run.history, folder), ran_on)
        failures, nearest = failures_of(past), nearest_runs(past, run.work)
    options = tuple(_option(run, site, sites[0], past, ran_on) for site in sites)
    return RunPlan(name, run, options, past, failures, nearest)


def training_model(training: ModelTraining) -> LlmModel:
    """The model that is trained, whose name is known to be right."""
    return model_of(training.architecture) if training.architecture else llm_models()[training.model or ""]


def _with_units(past: PastRuns, ran_on: Occupied) -> PastRuns:
    runs = tuple(run if run.units is not None else replace(run, units=float(ran_on.units)) for run in past.runs)
    return PastRuns(runs, past.notes)


def _option(
    run: PlannedRun, site: Occupied, first: Occupied, past: PastRuns | None, ran_on: Occupied | None
) -> RunOption:
    if run.train is not None and (why := _impossible(run.train, site)):
        return RunOption(site, None, None, why)
    by_past = _by_past(run, site, past, ran_on)
    time = by_past or _by_operations(run, site, first)
    if time is None:
        return RunOption(site, None, None, _unknown(run, site, past, ran_on), unknown=True)
    reached = _reached(run.train, site, by_past)
    if reached is not None and run.train is not None and reached > MOST_MFU:
        why = (
            f"past runs would have reached an MFU of {reached:.2f} in {run.train.precision}, and nobody gets beyond"
            f" {MOST_MFU:g}: other tokens, devices or precision than in `train`"
        )
        return RunOption(site, time, None, why)
    excluded, notes = _in_time(run, time)
    if reached is not None:
        notes.append(f"past runs reached an MFU of {reached:.2f}, if they trained what `train` says")
    if site.price is not None and flagged(site.price):
        notes.append(f"its price is {site.price.confidence}, of {site.price.as_of}")
    if site.unpriced:
        notes.append(site.unpriced)
    return RunOption(site, time, _cost(site, time), excluded, notes=tuple(notes))


def _cost(site: Occupied, time: RunTime) -> UsdRange | None:
    if site.usd_per_hour is None:
        return None
    each = site.usd_per_hour / 3600
    return UsdRange(None if time.middle is None else each * time.middle, each * time.low, each * time.high)


def _in_time(run: PlannedRun, time: RunTime) -> tuple[str, list[str]]:
    """Why it is too slow, else what is to be said of its deadline."""
    if run.deadline is None:
        return "", []
    allowed = run.deadline.total_seconds()
    if centre(time) > allowed:
        return "it takes longer than the deadline", []
    return "", ["it may take longer than the deadline"] if time.high > allowed else []


def _impossible(training: ModelTraining, site: Occupied) -> str:
    if site.accelerator is None:
        return "a language model isn't trained on CPUs here: name an accelerator"
    if site.accelerator not in llm_devices():
        return f"nothing is known of {site.accelerator}'s speed"
    return no_room(training, training_model(training), llm_devices()[site.accelerator], site.units)


def _unknown(run: PlannedRun, site: Occupied, past: PastRuns | None, ran_on: Occupied | None) -> str:
    if past is not None and ran_on is not None and past.of("succeeded"):
        return f"past runs were on {ran_on.pool.unit}: `train` would say how {site.pool.unit} compares"
    why = "no past run has succeeded" if run.history is not None else "there are no past runs"
    return f"{why}, and no `train` to count its operations"


def _by_past(run: PlannedRun, site: Occupied, past: PastRuns | None, ran_on: Occupied | None) -> RunTime | None:
    if past is None or ran_on is None:
        return None
    if site.pool.unit == ran_on.pool.unit:
        found = time_of(past, run.work, site.units)
        if found is not None and site.pool.unit == VCPU and _family(site) != _family(ran_on):
            note = f"past runs were on {ran_on.machine_type}: a vCPU of {site.machine_type} is taken to be as fast"
            found = replace(found, notes=(*found.notes, note))
        return found
    if run.train is None or site.accelerator is None or ran_on.accelerator not in llm_devices():
        return None
    there = time_of(past, run.work, ran_on.units)
    return None if there is None else _carried(run.train, there, ran_on, site)


def _family(site: Occupied) -> str:
    return site.machine_type.partition("-")[0]


def _carried(training: ModelTraining, there: RunTime, ran_on: Occupied, site: Occupied) -> RunTime:
    """Past runs' time on other devices: by the ratio of what published trainings reach on both, uncertain twice."""
    kind = training_model(training).kind
    old, new = (mfu_of(place.accelerator or "", training, kind) for place in (ran_on, site))
    rates = [
        peak_rate(llm_devices()[place.accelerator or ""], training.precision) * place.units for place in (ran_on, site)
    ]
    if not rates[0]:
        return replace(there, origin="no estimate")
    ratio = rates[0] * old.middle / (rates[1] * new.middle)
    middle = math.log(centre(there) * ratio)
    faster = (centre(there) / there.low, new.high / new.middle, old.middle / old.low)
    slower = (there.high / centre(there), new.middle / new.low, old.high / old.middle)
    down, up = (math.hypot(*map(math.log, factors)) for factors in (faster, slower))
    words = f"{there.words}; carried over from {ran_on.pool.unit} by {new.words}"
    return RunTime(math.exp(middle), math.exp(middle - down), math.exp(middle + up), CARRIED, words, there.notes)


def _by_operations(run: PlannedRun, site: Occupied, first: Occupied) -> RunTime | None:
    training, accelerator = run.train, site.accelerator
    if training is None or accelerator is None:
        return None
    model = training_model(training)
    count = operations(training, model)
    rate = peak_rate(llm_devices()[accelerator], training.precision) * site.units * float(run.goodput) / 100
    start = run.start_up.total_seconds() if run.start_up is not None else 0.0
    if training.mfu is not None and site.pool.unit == first.pool.unit:
        seconds = start + count / (rate * training.mfu)
        words = f"{count:.3g} operations, attention counted, at your MFU of {training.mfu:g}"
        return RunTime(seconds, seconds, seconds, "measured here", words, ("your MFU has no interval",))
    mfu = mfu_of(accelerator, training, model.kind)
    low, middle, high = (start + count / (rate * share) for share in (mfu.high, mfu.middle, mfu.low))
    words = (
        f"{count:.3g} operations, attention counted, at an MFU of {mfu.middle:.2f} ({mfu.low:.2f} to {mfu.high:.2f}):"
        f" {mfu.words}"
    )
    notes = () if run.goodput != 100 else ("no restarts or checkpoints are counted: state `goodput`",)  # noqa: PLR2004
    return RunTime(middle, low, high, mfu.origin, words, notes)


def _reached(training: ModelTraining | None, site: Occupied, by_past: RunTime | None) -> float | None:
    """The MFU that past runs' time comes to; None where they ran elsewhere, or nobody says what they trained.

    Above what anybody reaches it is another model, fewer tokens or other devices than stated.
    """
    if training is None or site.accelerator is None or by_past is None or by_past.origin == CARRIED:
        return None
    rate = peak_rate(llm_devices()[site.accelerator], training.precision) * site.units
    return operations(training, training_model(training)) / (rate * centre(by_past))
