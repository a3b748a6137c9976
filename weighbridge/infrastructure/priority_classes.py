"""PriorityClasses of a cluster: who gives way where pods of different purposes share a pool that is full.

A pod that names none has priority 0: it gives way to serving and training, and experiments give way to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from weighbridge.conventions import EXPERIMENTS_PRIORITY, SERVING_PRIORITY, TRAINING_PRIORITY
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class PriorityClassPlan:
    """One class. Kubernetes keeps values above a thousand million for itself."""

    name: str
    value: int
    description: str
    preempts: Literal["PreemptLowerPriority", "Never"]


CLASSES: tuple[PriorityClassPlan, ...] = (
    PriorityClassPlan(
        SERVING_PRIORITY,
        1_000_000,
        "Model servers and what they need to answer and to scale: they take the place of all below.",
        "PreemptLowerPriority",
    ),
    PriorityClassPlan(
        TRAINING_PRIORITY,
        1_000,
        "Training, data and validation pipelines, and drift monitors: they take the place of experiments.",
        "PreemptLowerPriority",
    ),
    # Above -10, below which the cluster autoscaler adds no node for a pod.
    PriorityClassPlan(EXPERIMENTS_PRIORITY, -1, "Experiments: they wait, and give way to everything else.", "Never"),
)


def plan_priority_classes(spec: Spec) -> tuple[PriorityClassPlan, ...]:
    """The classes of a checked spec's cluster; none where nothing runs in it."""
    return CLASSES if spec.endpoints or spec.pipelines else ()
