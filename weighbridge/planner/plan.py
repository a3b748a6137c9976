"""The whole file of workloads, planned, in one result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from weighbridge.catalog import load as load_catalog
from weighbridge.errors import BLOCKED, COULD_NOT_JUDGE, OK
from weighbridge.files.problem import Problem
from weighbridge.files.reading import parse_model, read_text, refuse
from weighbridge.planner.choice.hardware import Hardware, hardware_of
from weighbridge.planner.choice.problems import hardware_problems
from weighbridge.planner.choice.targets import StackAtHand
from weighbridge.planner.problems import problems
from weighbridge.planner.serving import WorkloadPlan, plan_workload
from weighbridge.spec.workloads import Workloads


@dataclass(frozen=True, slots=True)
class PlanResult:
    """The plans of all workloads, in the order of the file."""

    plans: tuple[WorkloadPlan, ...]
    hardware: Hardware | None = None  # where a stack or a region is named

    @property
    def exit_code(self) -> int:
        """0 each workload can be served; 3 nobody measured what would tell; 1 no option meets the objective.

        1 as well where hardware was asked for, and some workload has none or all together don't fit the quota.
        """
        failed = [plan for plan in self.plans if not plan.best]
        if not failed:
            choice = self.hardware.choice if self.hardware is not None else None
            return OK if choice is None or (choice.fits and not choice.without) else BLOCKED
        unknown = any(option.unknown for plan in failed for option in plan.options)
        return COULD_NOT_JUDGE if unknown else BLOCKED


def plan_file(
    file: Path, on_progress: Callable[[str], None] | None = None, stack: StackAtHand | None = None
) -> PlanResult:
    """Reads and plans a file of workloads; in a `stack`, with its hardware within the quota.

    Raises `FileError` with everything that is wrong, `NeverEnough` and `NoSolver`.
    """
    text = read_text(file)
    workloads = parse_model(text, file, Workloads)
    refuse([*problems(workloads), *hardware_problems(workloads, stack, load_catalog())], text, file)
    plans, wrong = [], list[Problem]()
    for name, workload in workloads.workloads.items():
        if on_progress is not None:
            on_progress(f"planning {name}")
        planned = plan_workload(name, workload, file.parent)
        if isinstance(planned, Problem):
            wrong.append(planned)
        else:
            plans.append(planned)
    refuse(wrong, text, file)
    hardware = hardware_of(workloads, plans, stack, file.parent, load_catalog(), on_progress)
    return PlanResult(tuple(plans), hardware)
