"""Kueue's objects as a program writes them by hand: good ones of one pool, each with what a test changes."""

from __future__ import annotations

from typing import Any

from tests.support.graphs import cluster, node_pool, resource
from tests.support.specs import CATALOG, quota_file
from weighbridge.resources.held_resource import HeldResource, Surroundings

GPU = "nvidia.com/gpu"
POOL = "cloud.google.com/gke-nodepool"
TAINT = {"key": GPU, "value": "present", "effect": "NO_SCHEDULE"}
QUOTA = quota_file()


def kueue(kind: str, name: str, spec: dict[str, Any], namespace: str | None = None) -> HeldResource:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    fields = {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": kind, "metadata": metadata, "spec": spec}
    return resource(f"kubernetes:kueue.x-k8s.io/v1beta2:{kind}", name, fields)


def nodes(name: str = "train", most: int = 8, **config: Any) -> HeldResource:
    """So many a2-highgpu-1g, one A100 each."""
    return node_pool(
        name,
        autoscaling={"totalMinNodeCount": 0.0, "totalMaxNodeCount": float(most)},
        nodeConfig={
            "machineType": "a2-highgpu-1g", "diskSizeGb": 100.0, "diskType": "pd-balanced",
            "guestAccelerators": [{"type": "nvidia-tesla-a100", "count": 1.0}], "taints": [TAINT], **config,
        },
    )  # fmt: skip


def flavor(name: str = "train", pool: str = "train", **spec: Any) -> HeldResource:
    return kueue("ResourceFlavor", name, {"nodeLabels": {POOL: pool}, **spec})


def group(*flavors: str, **amounts: Any) -> dict[str, Any]:
    """GPUs of each flavor: `nominalQuota` and what else is given."""
    resources = [{"name": GPU, **amounts}]
    return {"coveredResources": [GPU], "flavors": [{"name": name, "resources": resources} for name in flavors]}


def queue(name: str, nominal: int = 2, flavors: tuple[str, ...] = ("train",), **spec: Any) -> HeldResource:
    """A good member of the cohort `train`. A change of None takes a key away; `limits` replaces the borrowing limit."""
    limits = spec.pop("limits", {"borrowingLimit": 2})
    fields = {
        "cohortName": "train",
        "preemption": {"reclaimWithinCohort": "Any"},
        "resourceGroups": [group(*flavors, nominalQuota=nominal, **limits)],
        **spec,
    }
    return kueue("ClusterQueue", name, {key: value for key, value in fields.items() if value is not None})


def cohort(nominal: int = 4, name: str = "train") -> HeldResource:
    return kueue("Cohort", name, {"resourceGroups": [group("train", nominalQuota=nominal)]})


def local_queue(cluster_queue: str, namespace: str = "team", name: str = "default") -> HeldResource:
    return kueue("LocalQueue", name, {"clusterQueue": cluster_queue}, namespace)


def job(
    name: str = "fit",
    queue_name: str | None = "default",
    gpus: int = 1,
    pods: int = 1,
    requests: dict[str, str] | None = None,
    **more: Any,
) -> HeldResource:
    labels = {"kueue.x-k8s.io/queue-name": queue_name} if queue_name else {}
    amounts = {"limits": {GPU: gpus}, "requests": requests or {}}
    container = {"name": "main", "image": "trainer:1", "resources": amounts}
    return resource(
        "kubernetes:batch/v1:Job",
        name,
        {
            "metadata": {"name": name, "namespace": "team", "labels": labels},
            "spec": {"parallelism": float(pods), "template": {"spec": {"containers": [container]}, **more}},
        },
    )


def good() -> tuple[HeldResource, ...]:
    """Eight GPUs: two queues with two each, four that both may borrow."""
    return (
        cluster(), nodes(), flavor(), cohort(), queue("a"), queue("b"),
        local_queue("a"), local_queue("b", "other"), job(),
    )  # fmt: skip


def around(resources: tuple[HeldResource, ...]) -> Surroundings:
    return Surroundings.of(resources, QUOTA, CATALOG)


def without(resources: tuple[HeldResource, ...], kind: str) -> tuple[HeldResource, ...]:
    return tuple(found for found in resources if found.type.rpartition(":")[2] != kind)
