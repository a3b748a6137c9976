"""Workloads as the scheduler sees them: which pods, how many at least and at most, and what can't be told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import resource
from weighbridge.resources.held_resource import HeldResource
from weighbridge.scheduling.workload import Workload, workloads

APIS = {
    "Pod": "core/v1", "Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1",
    "CronJob": "batch/v1", "JobSet": "jobset.x-k8s.io/v1alpha2", "HorizontalPodAutoscaler": "autoscaling/v2",
    "ScaledObject": "keda.sh/v1alpha1",
    "LeaderWorkerSet": "leaderworkerset.x-k8s.io/v1",
}  # fmt: skip


def pods(cpu: str = "1", **metadata: Any) -> dict[str, Any]:
    return {"metadata": metadata, "spec": {"containers": [{"resources": {"requests": {"cpu": cpu}}}]}}


def made(kind: str, spec: dict[str, Any], name: str = "train", **metadata: Any) -> HeldResource:
    return resource(f"kubernetes:{APIS[kind]}:{kind}", name, {"metadata": {"name": name, **metadata}, "spec": spec})


def only(*resources: HeldResource) -> Workload:
    found, unclear = workloads(resources)
    assert unclear == ()
    (one,) = found
    return one


def job(parallelism: int | None = None, **spec: Any) -> dict[str, Any]:
    return {"template": pods(), **({} if parallelism is None else {"parallelism": float(parallelism)}), **spec}


QUEUE: dict[str, Any] = {"labels": {"kueue.x-k8s.io/queue-name": "team"}}


@pytest.mark.parametrize(
    ("resource_", "replicas", "pods_each"),
    [
        (made("Pod", pods()["spec"]), 1, 1),
        (made("Deployment", {"template": pods()}), 1, 1),
        (made("Deployment", {"template": pods(), "replicas": 0.0}), 0, 1),
        (made("StatefulSet", {"template": pods(), "replicas": 3.0}), 3, 1),
        (made("DaemonSet", {"template": pods()}), 0, 1),
        (made("Job", job(4)), 1, 4),
        (made("Job", job()), 1, 1),
        (made("Job", job(4, suspend=True)), 0, 4),
        (made("Job", job(4), **QUEUE), 0, 4),
        (made("CronJob", {"jobTemplate": {"spec": job(2)}}), 1, 2),
        (made("CronJob", {"jobTemplate": {"spec": job(2)}, "suspend": True}), 0, 2),
        (made("JobSet", {"replicatedJobs": [
            {"replicas": 2.0, "template": {"spec": job(4)}}, {"template": {"spec": job()}},
        ]}), 1, 9),
        (made("LeaderWorkerSet", {
            "replicas": 2.0, "leaderWorkerTemplate": {"size": 4.0, "workerTemplate": pods()},
        }), 2, 4),
    ],
)  # fmt: skip
def test_replicas_and_the_pods_of_each(resource_, replicas, pods_each):
    found = only(resource_)
    assert (found.least, found.most, found.pods_each) == (replicas, replicas, pods_each)


def autoscaler(**spec: Any) -> HeldResource:
    target = {"kind": "Deployment", "name": "train", "apiVersion": "apps/v1"}
    return made("HorizontalPodAutoscaler", {"scaleTargetRef": target, "maxReplicas": 5.0, **spec}, name="scaler")


def test_an_autoscaler_overrules_the_replicas_of_its_target_only():
    deployment = made("Deployment", {"template": pods(), "replicas": 9.0})
    bounded = only(deployment, autoscaler(minReplicas=2.0))
    assert (bounded.least, bounded.most) == (2, 5)
    unbounded_below = only(deployment, autoscaler())
    assert (unbounded_below.least, unbounded_below.most) == (1, 5)
    elsewhere = made("Deployment", {"template": pods(), "replicas": 9.0}, namespace="other")
    assert only(elsewhere, autoscaler()).most == 9


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"minReplicaCount": 1.0, "maxReplicaCount": 4.0}, (1, 4)),
        ({"maxReplicaCount": 4.0}, (0, 4)),
        ({"idleReplicaCount": 0.0, "minReplicaCount": 2.0}, (0, 100)),  # KEDA's own most
    ],
)
def test_keda_s_autoscaler_overrules_them_too(bounds, expected):
    deployment = made("Deployment", {"template": pods(), "replicas": 9.0})
    scaled = made("ScaledObject", {"scaleTargetRef": {"name": "train"}, **bounds}, name="scaler")
    found = only(deployment, scaled)
    assert (found.least, found.most) == expected


def test_a_group_takes_a_node_pool_for_itself_where_it_says_so():
    spec = {"leaderWorkerTemplate": {"size": 4.0, "workerTemplate": pods()}}
    key = "leaderworkerset.sigs.k8s.io/exclusive-topology"
    assert only(made("LeaderWorkerSet", spec, annotations={key: "cloud.google.com/gke-nodepool"})).alone
    assert not only(made("LeaderWorkerSet", spec, annotations={key: "topology.kubernetes.io/zone"})).alone
    assert not only(made("LeaderWorkerSet", spec)).alone


@pytest.mark.parametrize(
    ("resource_", "reason"),
    [
        (made("Deployment", {}), "spec.template is not set: state it"),
        (made("Job", {"template": {}}), "spec.template.spec is not set: state it"),
        (autoscaler(maxReplicas=None), "spec.maxReplicas is not set: state it"),
    ],
)
def test_what_can_not_be_told(resource_, reason):
    found, unclear = workloads([resource_])
    assert found == ()
    assert [why for _, why in unclear] == [reason]
