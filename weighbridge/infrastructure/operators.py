"""Controllers that workloads need beside Kubernetes' own: where each comes from, and which kinds wait for it.

    spec.cluster.operators ─ plan_operators ─▶ OperatorPlan (a chart's release) ─▶ components/operators
                           └ plan_cluster: GKE's add-on for Ray
    kinds of a program × NEEDED_BY ─▶ rules/operators: whose controller nobody has said to be there

Sources, 2026-11-26: kubernetes-sigs/kueue, charts/kueue and its Configuration (v1beta2), with the digest of its chart
as kubernetes/k8s.io#9917 promoted it and its reviewer read it from the registry; kubeflow/trainer v2.3.0,
charts/kubeflow-trainer/Chart.yaml (its own version, and the JobSet chart that it depends on); kubernetes-sigs/lws
v0.7.0, charts/lws; Google's page "Enable the Ray operator on GKE"; kedacore/charts, its template of accounts, and a
public module that pins chart 2.21.0. No chart was installed by this project: its tests reach no registry of charts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from weighbridge.conventions import NODE_POOL_LABEL, keda_account_id, service_account_email
from weighbridge.resources.values import Value
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class OperatorPlan:
    """The release of a chart, with the chart's own values but those named here, which are known to hold no quota.

    A chart that ends with `@` and a digest is held to it, and to the version that this digest must be of.
    """

    stem: str  # of the resource's name
    release: str
    chart: str
    version: str
    namespace: str
    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict, hash=False)
    repository: str | None = None  # of a chart that is no OCI artefact


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

KUEUE_CONFIGURATION = f"""\
apiVersion: config.kueue.x-k8s.io/v1beta2
kind: Configuration
health:
  healthProbeBindAddress: :8081
metrics:
  bindAddress: :8443
webhook:
  port: 9443
leaderElection:
  leaderElect: true
  resourceName: c1f6bfd2.kueue.x-k8s.io
integrations:
  frameworks: [batch/job, jobset.x-k8s.io/jobset, ray.io/rayjob, ray.io/raycluster, trainer.kubeflow.org/trainjob]
manageJobsWithoutQueueName: true
managedJobsNamespaceSelector:
  matchExpressions:
    - {{key: {NODE_POOL_LABEL}, operator: Exists}}
waitForPodsReady:
  timeout: 30m
  recoveryTimeout: 10m
  blockAdmission: false
  requeuingStrategy:
    timestamp: Eviction
    backoffBaseSeconds: 60
    backoffMaxSeconds: 3600
resources:
  excludeResourcePrefixes: [ephemeral-storage]
"""
"""Of Kueue's manager. Only namespaces of pipelines are managed, with or without a queue's name. A job whose pods are
not all ready in half an hour, which is long for a node, gives its quota back and waits behind the others; none of them
is held up meanwhile. No queue covers ephemeral storage."""

KUEUE = OperatorPlan(
    "kueue",
    "kueue",
    "oci://registry.k8s.io/kueue/charts/kueue@sha256:a11f1ab76d9133d8ae7cbcfbd0ad6a5ee5cb4494831144ceef09688f6738dc9d",
    "0.19.4",
    "kueue-system",
    MappingProxyType({"managerConfig": MappingProxyType({"controllerManagerConfigYaml": KUEUE_CONFIGURATION})}),
)
"""0.19.2 and later have no known way around a queue."""

KEDA = OperatorPlan("keda", "keda", "keda", "2.21.0", "keda", repository="https://kedacore.github.io/charts")
KEDA_ACCOUNT = "keda-operator"
"""Kubernetes account of its operator, which alone asks Google."""

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
        ("keda.sh", "ScaledObject"): "keda",
        ("keda.sh", "ScaledJob"): "keda",
    }
)
"""Kinds that stay as they are written while nothing acts on them, by group and kind: the key of `cluster.operators`."""


def plan_operators(spec: Spec) -> tuple[OperatorPlan, ...]:
    """The charts of a checked spec that this stack installs because it says so."""
    operators = spec.cluster.operators
    reader = service_account_email(keda_account_id(spec.environment), spec.cloud.project)
    runs_as: Mapping[str, Value] = {"gcp": {"enabled": True, "gcpIAMServiceAccount": reader}}
    charts = (
        (operators.jobset, JOBSET),
        (operators.kubeflow_trainer, KUBEFLOW_TRAINER),
        (spec.cluster.kueue, KUEUE),
        (operators.keda, replace(KEDA, values={"podIdentity": runs_as})),
    )
    return tuple(plan for presence, plan in charts if presence == "installed")


def operators_of(spec: Spec) -> frozenset[str]:
    """Keys of the operators that the spec says to be there; Kubeflow Trainer's chart brings JobSet."""
    operators = spec.cluster.operators
    there = {name for name in type(operators).model_fields if getattr(operators, name) is not None}
    return frozenset(there | ({"jobset"} if operators.kubeflow_trainer == "installed" else set()))
