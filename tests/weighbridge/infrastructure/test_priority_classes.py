"""Who gives way to whom."""

from __future__ import annotations

from tests.support.specs import prod, spec
from weighbridge.infrastructure.priority_classes import CLASSES, plan_priority_classes

EXPENDABLE = -10  # below it the cluster autoscaler adds no node


def test_serving_stands_over_training_over_who_says_nothing_over_experiments():
    serving, training, experiments = CLASSES
    assert serving.value > training.value > 0 > experiments.value >= EXPENDABLE
    assert serving.value <= 1_000_000_000  # Kubernetes keeps what is above
    assert (serving.preempts, training.preempts, experiments.preempts) == (
        "PreemptLowerPriority",
        "PreemptLowerPriority",
        "Never",
    )


def test_a_cluster_in_which_nothing_runs_has_none():
    pools = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
    assert plan_priority_classes(spec(pools)) == ()
    assert plan_priority_classes(prod()) == CLASSES
