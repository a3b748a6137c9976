"""The whole file of workloads, planned, in one result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from weighbridge.errors import BLOCKED, COULD_NOT_JUDGE, OK
from weighbridge.files.problem import Problem
from weighbridge.files.reading import parse_model, read_text, refuse
from weighbridge.planner.problems import problems
from weighbridge.planner.serving import WorkloadPlan, plan_workload
from weighbridge.spec.workloads import Workloads


@dataclass(frozen=True, slots=True)
class PlanResult:
    """The plans of all workloads, in the order of the file."""

    plans: tuple[WorkloadPlan, ...]

    @property
    def exit_code(self) -> int:
        """0 each workload can be served; 3 nobody measured what would tell; 1 no option meets the objective."""
        failed = [plan for plan in self.plans if not plan.best]
        if not failed:
            return OK
        unknown = any(option.unknown for plan in failed for option in plan.options)
        return COULD_NOT_JUDGE if unknown else BLOCKED


def plan_file(file: Path, on_progress: Callable[[str], None] | None = None) -> PlanResult:
    """Reads and plans a file of workloads. Raises `FileError` with everything that is wrong, and `NeverEnough`."""
    text = read_text(file)
    workloads = parse_model(text, file, Workloads)
    refuse(problems(workloads), text, file)
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
    return PlanResult(tuple(plans))
