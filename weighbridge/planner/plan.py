"""The whole file of workloads, planned, in one result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from weighbridge.catalog import load as load_catalog
from weighbridge.errors import BLOCKED, COULD_NOT_JUDGE, OK
from weighbridge.files.problem import Problem
from weighbridge.files.reading import parse_model, read_text, refuse
from weighbridge.planner.benchmark_results import with_results
from weighbridge.planner.choice.hardware import Hardware, hardware_of
from weighbridge.planner.choice.problems import hardware_problems
from weighbridge.planner.choice.targets import StackAtHand
from weighbridge.planner.inference_quickstart import Profiles, with_profiles
from weighbridge.planner.overlap import Overlap, ScheduledRun, overlap_of
from weighbridge.planner.problems import problems
from weighbridge.planner.recorded_rate import Recorder
from weighbridge.planner.replay import NeverEnough
from weighbridge.planner.replays import Show
from weighbridge.planner.run_hardware import UnitPool, pool_of, units_of
from weighbridge.planner.run_plan import RunPlan, plan_run
from weighbridge.planner.serving import WorkloadPlan, plan_workload
from weighbridge.spec.workloads import Workloads


@dataclass(frozen=True, slots=True)
class PlanResult:
    """The plans of all workloads and runs, in the order of the file, and the month of the runs that have a schedule."""

    plans: tuple[WorkloadPlan, ...]
    runs: tuple[RunPlan, ...] = ()
    overlap: Overlap | None = None
    hardware: Hardware | None = None  # where a stack or a region is named

    @property
    def exit_code(self) -> int:
        """0 all can be served and run; 3 nobody measured what would tell; 1 no option meets the objective.

        1 as well where hardware was asked for, and some workload has none or all together don't fit the quota.
        """
        failed = [plan.options for plan in self.plans if not plan.best]
        stuck = [plan.options for plan in self.runs if plan.chosen is None]
        if not failed and not stuck:
            choice = self.hardware.choice if self.hardware is not None else None
            return OK if choice is None or (choice.fits and not choice.without) else BLOCKED
        unknown = any(option.unknown for options in failed for option in options)
        unknown |= any(option.unknown for run_options in stuck for option in run_options)
        return COULD_NOT_JUDGE if unknown else BLOCKED


def plan_file(
    file: Path, on_progress: Callable[[str], None] | None = None, recorder: Callable[[], Recorder] | None = None,
    profiles: Profiles | None = None, stack: StackAtHand | None = None,
) -> PlanResult:  # fmt: skip
    """Reads and plans a file of workloads; in a `stack`, with its hardware within the quota.

    `recorder` asks a Prometheus server, `profiles` Google's Inference Quickstart, where a workload wants that. Raises
    `FileError` with everything that is wrong, `NoProfiles`, `NoSolver`, and what `plan_workload` and `plan_run` raise.
    """
    text = read_text(file)
    workloads = parse_model(text, file, Workloads)
    refuse([*problems(workloads), *hardware_problems(workloads, stack, load_catalog())], text, file)
    plans, wrong = [], list[Problem]()
    for name, workload in workloads.workloads.items():
        if on_progress is not None:
            on_progress(f"planning {name}")
        show = _shown_for(name, on_progress)
        measured = with_profiles(with_results(workload, file.parent), profiles)
        try:
            planned = plan_workload(name, measured, file.parent, recorder, show)
        except NeverEnough as never:
            raise NeverEnough(f"{name}: {never}") from None
        if isinstance(planned, Problem):
            wrong.append(planned)
        else:
            plans.append(planned)
    refuse(wrong, text, file)
    hardware = hardware_of(workloads, plans, stack, file.parent, load_catalog(), on_progress)
    runs = []
    for name, run in workloads.runs.items():
        if on_progress is not None:
            on_progress(f"planning {name}")
        runs.append(plan_run(name, run, file.parent))
    if on_progress is not None and any(run.schedule for run in workloads.runs.values()):
        on_progress("simulating the month")
    due = [run for plan in runs for run in _scheduled(plan)]
    overlap = overlap_of(due, workloads.experiments, workloads.month, _standing(hardware))
    return PlanResult(tuple(plans), tuple(runs), overlap, hardware)


def _shown_for(name: str, on_progress: Show | None) -> Show | None:
    return None if on_progress is None else lambda doing: on_progress(f"planning {name}: {doing}")


def _standing(hardware: Hardware | None) -> Mapping[UnitPool, int]:
    """What the nodes of the workloads occupy at most, which quota has to hold beside the runs."""
    found: dict[UnitPool, int] = {}
    if hardware is None:
        return found
    for candidate in hardware.choice.chosen:
        unit, per_node = units_of(candidate.node.machine)
        if candidate.node.attached and candidate.node.gpu is not None:
            unit, per_node = candidate.node.gpu, candidate.node.attached
        for part in candidate.bought:
            pool = pool_of(unit, hardware.choice.site.region, part.provisioning)
            found[pool] = found.get(pool, 0) + part.most * per_node
    return found


def _scheduled(plan: RunPlan) -> Iterator[ScheduledRun]:
    """What of the month a run is, on what is chosen; nothing without a schedule, or where it can't run."""
    chosen, schedule = plan.chosen, plan.run.schedule
    if chosen is not None and chosen.time is not None and schedule is not None:
        yield ScheduledRun(
            plan.name, chosen.occupied.pool, chosen.occupied.units, (chosen.time.low, chosen.time.high), schedule,
            plan.run.at_once, plan.failures,
        )  # fmt: skip
