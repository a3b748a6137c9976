"""How a failed deployment is told from another, with the numbers of the newest version."""

from __future__ import annotations

import pytest

from tests.support.runbooks import ACCELERATED, CPU, PROD, section, subject
from tests.support.specs import CATALOG
from weighbridge.runbook.failures import failures, workload
from weighbridge.runbook.sections import Code, Table
from weighbridge.serving.endpoint import plan_endpoints
from weighbridge.spec.root import Spec


def blocks(name: str, spec: Spec):
    (plan,) = (plan for plan in plan_endpoints(spec, CATALOG) if plan.name == name)
    return failures(subject(name, spec), plan)


def symptoms(name: str, spec: Spec) -> dict[str, tuple[str, str]]:
    (table,) = (block for block in blocks(name, spec) if isinstance(block, Table))
    return {seen: (cause, remedy) for seen, cause, remedy in table.rows}


def commands(name: str, spec: Spec) -> list[str]:
    return [line for block in blocks(name, spec) if isinstance(block, Code) for line in block.lines]


def test_commands_are_of_the_newest_version():
    lines = commands("ranker", PROD)
    assert "kubectl --namespace serving get pods --selector app=ranker,version=v8 --output wide" in lines
    assert "kubectl --namespace serving port-forward service/ranker-v8 8080:8000" in lines
    assert not [line for line in lines if "v7" in line]


def test_what_a_pod_asks_for_is_said_where_no_node_has_room():
    cause, remedy = symptoms("ranker", PROD)["`Pending`, event `FailedScheduling` or `NotTriggerScaleUp`"]
    assert cause == "no node has room: a pod asks for 6.3 CPUs, 22Gi of memory, 1 x `nvidia.com/gpu`"
    assert "see whether `node_pools.serve-l4` is at its most nodes" in remedy
    cause, _ = symptoms("words", CPU)["`Pending`, event `FailedScheduling` or `NotTriggerScaleUp`"]
    assert " x `" not in cause


def test_how_the_model_comes_is_said_where_it_doesn_t():
    key = "logs name the model or a permission"
    assert symptoms("chat", ACCELERATED)[key][0] == (
        "the model is mounted by Cloud Storage FUSE from `gs://example-ml-models/chat/v2`"
    )
    assert symptoms("ranker", PROD)[key][0].startswith("the model is read by the server itself from `gs://")


@pytest.mark.parametrize(
    ("image", "command"),
    [
        (
            "us-docker.pkg.dev/p/s/triton:25.09",
            "gcloud artifacts docker images describe us-docker.pkg.dev/p/s/triton:25.09",
        ),
        ("ghcr.io/o/triton:25.09", "docker manifest inspect ghcr.io/o/triton:25.09"),
    ],
)
def test_an_image_is_looked_up_where_it_lies(image, command):
    ranker = PROD.endpoints["ranker"]
    versions = {name: version.model_copy(update={"image": image}) for name, version in ranker.versions.items()}
    spec = PROD.model_copy(update={"endpoints": {"ranker": ranker.model_copy(update={"versions": versions})}})
    assert command in commands("ranker", spec)


def test_a_slice_of_several_hosts_is_a_leader_worker_set():
    plans = {plan.name: plan for plan in plan_endpoints(ACCELERATED, CATALOG)}
    assert workload(plans["writer"].versions[0]) == "LeaderWorkerSet `writer-v1`"
    assert workload(plans["chat"].versions[0]) == "Deployment `chat-v1`"
    assert "waits 1h for replicas" in section("chat", ACCELERATED, "When a deployment fails")
