"""Controllers that workloads need beside Kubernetes' own: where each comes from, and which kinds wait for it.

    spec.cluster.operators ─ plan_operators ─▶ OperatorPlan (a chart's release) ─▶ components/operators
                           └ plan_cluster: GKE's add-on for Ray
    kinds of a program × NEEDED_BY ─▶ rules/operators: whose controller nobody has said to be there

Sources, 2026-11-26: kubeflow/trainer v2.3.0, charts/kubeflow-trainer/Chart.yaml (its own version, and the JobSet chart
that it depends on); kubernetes-sigs/lws v0.7.0, charts/lws; Google's page "Enable the Ray operator on GKE". No
chart was installed by this project: its tests reach no registry of charts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class OperatorPlan:
    """The release of a chart, with the chart's own values, which are known to hold no quota."""

    stem: str  # of the resource's name
    release: str
    chart: str
    version: str
    namespace: str


LEADER_WORKER_SET = OperatorPlan(
    "leader-worker-set", "lws", "oci://registry.k8s.io/lws/charts/lws", "0.7.0", "lws-system"
)
JOBSET = OperatorPlan("jobset", "jobset", "oci://registry.k8s.io/jobset/charts/jobset", "0.12.0", "jobset-system")
KUBEFLOW_TRAINER = OperatorPlan(
    "kubeflow-trainer",
    "kubeflow-trainer",
    "oci://ghcr.io/kubeflow/charts/kubeflow-trainer",
    "2.3.0",
    "kubeflow-system",
)

NEEDED_BY: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("jobset.x-k8s.io", "JobSet"): "jobset",
        ("ray.io", "RayCluster"): "ray",
        ("ray.io", "RayJob"): "ray",
        ("ray.io", "RayCronJob"): "ray",
        ("ray.io", "RayService"): "ray",
        ("trainer.kubeflow.org", "TrainJob"): "kubeflow_trainer",
        ("trainer.kubeflow.org", "TrainingRuntime"): "kubeflow_trainer",
        ("trainer.kubeflow.org", "ClusterTrainingRuntime"): "kubeflow_trainer",
    }
)
"""Kinds that stay as they are written while nothing acts on them, by group and kind: the key of `cluster.operators`."""


def plan_operators(spec: Spec) -> tuple[OperatorPlan, ...]:
    """The charts of a checked spec that this stack installs for jobs."""
    operators = spec.cluster.operators
    charts = ((operators.jobset, JOBSET), (operators.kubeflow_trainer, KUBEFLOW_TRAINER))
    return tuple(plan for presence, plan in charts if presence == "installed")


def operators_of(spec: Spec) -> frozenset[str]:
    """Keys of the operators that the spec says to be there; Kubeflow Trainer's chart brings JobSet."""
    operators = spec.cluster.operators
    there = {name for name in type(operators).model_fields if getattr(operators, name) is not None}
    return frozenset(there | ({"jobset"} if operators.kubeflow_trainer == "installed" else set()))
