"""What is wrong with runs and experiments beyond what their models say."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.catalog import load
from weighbridge.catalog.model_speed import llm_models
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.planner.accelerator_names import meant_accelerator
from weighbridge.planner.architecture_problems import architecture_problems
from weighbridge.planner.overlap import MOST_RUNS, USUAL_MONTH, begins, runs_a_month
from weighbridge.planner.run_hardware import WrongHardware, occupied
from weighbridge.planner.training_time import MOST_MFU
from weighbridge.spec.planned_runs import Experiments, ModelTraining, PlannedRun, RunHardware, RunHistory, RunSchedule
from weighbridge.spec.workloads import Workloads
from weighbridge.spelling import did_you_mean


def run_problems(workloads: Workloads) -> Iterator[Problem]:
    """Everything, in no order."""
    for name, run in workloads.runs.items():
        yield from _run(run, ("runs", name))
    if workloads.experiments is not None:
        yield from _experiments(workloads.experiments, workloads)
    if workloads.month is not None and not any(run.schedule for run in workloads.runs.values()):
        yield Problem(("month",), "no run has a `schedule`, so nothing is simulated: leave it out", on_key=True)


def _run(run: PlannedRun, at: KeyPath) -> Iterator[Problem]:
    if run.history is None and run.train is None:
        yield Problem(at, "nothing says how long it takes: give `history`, past runs, or `train`, a language model")
    for index, hardware in enumerate(run.hardware):
        yield from _hardware(hardware, (*at, "hardware", index))
    if run.history is not None:
        yield from _history(run.history, (*at, "history"))
    if run.train is not None:
        yield from _train(run.train, (*at, "train"))
    if not run.goodput:
        yield Problem((*at, "goodput"), "expected more than 0%: it would never end")
    if run.schedule is not None:
        yield from _schedule(run.schedule, (*at, "schedule"))
    idle = {
        "work": (run.history is None, "it is compared with past runs, and there are none"),
        "start_up": (run.train is None, "past runs have it already"),
        "goodput": (run.train is None, "past runs have it already"),
        "at_once": (run.schedule is None, "without `schedule` nothing comes of it"),
    }
    for key, (is_idle, why) in idle.items():
        if is_idle and key in run.model_fields_set:
            yield Problem((*at, key), f"{why}: leave it out", on_key=True)


def _history(history: RunHistory, at: KeyPath) -> Iterator[Problem]:
    if (history.file is None) == (history.folder is None):
        got = "neither" if history.file is None else "both"
        yield Problem(at, f"expected either `file` or `folder`, got {got}")
    if history.pipeline is not None and history.folder is not None:
        yield Problem((*at, "pipeline"), "a folder has the runs of one pipeline: leave it out", on_key=True)
    if history.hardware is not None:
        yield from _hardware(history.hardware, (*at, "hardware"))


def _hardware(hardware: RunHardware, at: KeyPath) -> Iterator[Problem]:
    try:
        occupied(hardware, load())
    except WrongHardware as wrong:
        yield Problem((*at, wrong.key) if wrong.key else at, str(wrong))


def _train(train: ModelTraining, at: KeyPath) -> Iterator[Problem]:
    if (train.model is None) == (train.architecture is None):
        got = "neither" if train.model is None else "both"
        yield Problem(at, f"expected either `model` or `architecture`, got {got}")
    if train.model is not None and train.model not in llm_models():
        hint = did_you_mean(train.model, llm_models())
        yield Problem((*at, "model"), f"the catalog has no {train.model!r}.{hint} State its `architecture`")
    if train.architecture is not None:
        yield from architecture_problems(train.architecture, (*at, "architecture"))
    if train.mfu is not None and train.mfu > MOST_MFU:
        yield Problem(
            (*at, "mfu"),
            f"nobody gets beyond {MOST_MFU:g} of the peak rate in {train.precision}, got {train.mfu:g}: was it measured"
            " in int8, against another peak, or on twice the chips (v5p-128 has 64)?",
        )


def _schedule(schedule: RunSchedule, at: KeyPath) -> Iterator[Problem]:
    given = [key for key in ("at", "every", "a_month") if getattr(schedule, key) is not None]
    if len(given) != 1:
        got = " and ".join(f"`{key}`" for key in given) or "none of them"
        yield Problem(at, f"expected one of `at`, `every` and `a_month`, got {got}")
        return
    for key in ("days", "days_of_month"):
        if getattr(schedule, key) and schedule.at is None:
            yield Problem((*at, key), "it belongs to `at`: leave it out", on_key=True)
            return
    if (count := runs_a_month(schedule)) > MOST_RUNS:
        yield Problem((*at, given[0]), f"{count:,.0f} runs a month are a service, not runs: at most {MOST_RUNS:,}")
    elif schedule.at is not None and not begins(schedule, USUAL_MONTH, 366, 0).size:
        yield Problem(at, "no day of a year is one of `days` and of `days_of_month`: it never runs")


def _experiments(experiments: Experiments, workloads: Workloads) -> Iterator[Problem]:
    at = ("experiments",)
    if experiments.share >= 100:  # noqa: PLR2004 - per cent
        yield Problem((*at, "share"), "expected less than 100%: nothing would be left for the runs")
    if not any(run.schedule for run in workloads.runs.values()):
        message = "no run has a `schedule`, so there is nothing to take a share of: give a run one, or leave this out"
        yield Problem(at, message, on_key=True)
        return
    used = set()
    for run in workloads.runs.values():
        for hardware in run.hardware:
            try:
                used.add(occupied(hardware, load()).pool.unit)
            except WrongHardware:
                return  # said where it stands
    for name in experiments.at_most:
        if name not in used:
            hint = did_you_mean(name, used) or meant_accelerator(name).partition(" It knows")[0]
            message = f"no run is on {name!r}; runs are on {', '.join(sorted(used))}.{hint}"
            yield Problem((*at, "at_most", name), message.rstrip("."), on_key=True)
