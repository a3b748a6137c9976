"""Guarantees hold against Kueue's own scheduler (v0.17.0), on the objects that the components make.

A pipeline submits a hundred times its load, at once with the others or while it holds everything that it can borrow.
What stands in: Workloads are made without jobs, and a loop here ends evictions, as the integration of a job does when
its pods are gone. What 0.19 adds (a timeout of `waitForPodsReady` by default) is not in it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.integration import binaries
from tests.integration.api_server import api_server
from tests.integration.check import is_ci
from tests.integration.client import Accepted, Client, Manifest
from tests.support.debian import Unavailable
from tests.support.platform import platform
from tests.support.processes import NotReady, running
from tests.support.specs import spec
from weighbridge.conventions import DEFAULT_QUEUE, pipeline_namespace

GPU = "nvidia.com/gpu"
API = "/apis/kueue.x-k8s.io/v1beta2"
PREFIX = "kubernetes:kueue.x-k8s.io/"
LOAD, TIMES = 8, 100
GUARANTEES = {"errant": 0, "ranking": 3, "search": 2}
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.2


def stack(environment):
    """One node of eight GPUs, and three pipelines."""
    pipelines = {
        name: {
            "kind": "training" if least else "experiment", "node_pool": "gpus",
            "guaranteed": {GPU: least}, "at_most": {GPU: LOAD},
        }
        for name, least in GUARANTEES.items()
    }  # fmt: skip
    pool = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": 1}, "provisioning": "spot"}
    return spec({"gpus": pool}, environment, pipelines=pipelines, cluster={"kueue": True})


@contextmanager
def kueue(folder: Path, *, reclaims: bool) -> Iterator[Client]:
    """A server with the stack's objects, and Kueue's scheduler beside it; `reclaims` off: as Kueue's defaults are."""
    with ExitStack() as entered:
        client = entered.enter_context(api_server())
        client.install_definitions(binaries.kueue_definitions())
        for found in platform(stack("it")).resources:
            if not found.type.startswith(PREFIX):
                continue
            manifest: Manifest = {key: value for key, value in found.inputs.items() if not key.startswith("__")}
            if manifest["kind"] == "ClusterQueue" and not reclaims:
                manifest = {**manifest, "spec": {**manifest["spec"], "preemption": {}}}
            assert client.apply(manifest, dry_run=False) == Accepted()
        config = folder / "kubeconfig"
        config.write_text(client.kubeconfig(), encoding="utf-8")
        command = ["env", f"KUBECONFIG={config}", str(binaries.kueue())]
        server = entered.enter_context(running("kueue", command, folder))
        server.await_ready(lambda: _active(client), PATIENCE_SECONDS)
        yield client


def _active(client: Client) -> bool:
    queues = client.listed(f"{API}/clusterqueues")
    return all(_holds(queue, "Active") for queue in queues) and len(queues) == len(GUARANTEES)


def _holds(manifest: Manifest, kind: str) -> bool:
    conditions = manifest.get("status", {}).get("conditions", ())
    return any(condition["type"] == kind and condition["status"] == "True" for condition in conditions)


def submit(client: Client, pipeline: str, count: int) -> None:
    namespace = pipeline_namespace(pipeline)
    container = {"name": "main", "image": "trainer:1", "resources": {"requests": {GPU: "1", "cpu": "1"}}}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    for number in range(count):
        workload = {
            "apiVersion": "kueue.x-k8s.io/v1beta2",
            "kind": "Workload",
            "metadata": {"name": f"job-{number}", "namespace": namespace},
            "spec": {"queueName": DEFAULT_QUEUE, "podSets": [{"name": "main", "count": 1, "template": template}]},
        }
        client.created(f"{API}/namespaces/{namespace}/workloads", workload)


def settle(client: Client) -> tuple[Counter[str], Counter[str]]:
    """How many jobs of each pipeline run, and how many wait by Kueue's word; evictions are ended on the way."""
    runs: Counter[str] = Counter()
    waits: Counter[str] = Counter()
    for workload in client.listed(f"{API}/workloads"):
        metadata = workload["metadata"]
        pipeline = metadata["namespace"].removeprefix(pipeline_namespace(""))
        reserved = _holds(workload, "QuotaReserved")
        if reserved and _holds(workload, "Evicted"):
            _end_eviction(client, workload)
        elif reserved:
            runs[pipeline] += 1
        elif workload.get("status", {}).get("conditions"):
            waits[pipeline] += 1
    return runs, waits


def _end_eviction(client: Client, workload: Manifest) -> None:
    metadata, status = workload["metadata"], workload["status"]
    conditions = [
        {**condition, "status": "False", "reason": "Pending"}
        if condition["type"] in ("QuotaReserved", "Admitted")
        else condition
        for condition in status["conditions"]
    ]
    change = {
        "metadata": {"resourceVersion": metadata["resourceVersion"]},
        "status": {"admission": None, "conditions": conditions},
    }
    client.patched(f"{API}/namespaces/{metadata['namespace']}/workloads/{metadata['name']}/status", change)


def until(client: Client, what: str, holds) -> float:
    """Seconds until it holds."""
    begun = time.monotonic()
    while True:
        runs, waits = settle(client)
        assert sum(runs.values()) <= LOAD, f"more runs than there is: {runs}"
        if holds(runs, waits):
            return time.monotonic() - begun
        assert time.monotonic() - begun < PATIENCE_SECONDS, f"not {what}: {dict(runs)} run, {dict(waits)} wait"
        time.sleep(POLL_SECONDS)


@pytest.fixture(scope="module", autouse=True)
def built():
    """Both programs, or the reason why there is nothing to try."""
    try:
        binaries.kueue()
        binaries.kueue_definitions()
        binaries.kube_apiserver()
        binaries.etcd()
    except (Unavailable, NotReady) as reason:
        if is_ci():
            pytest.fail(f"no Kueue: {reason}")
        pytest.skip(f"no Kueue: {reason}")


OTHERS = {name: least for name, least in GUARANTEES.items() if least}


def guarantees_are_got(runs, _waits) -> bool:
    return all(runs[name] >= least for name, least in OTHERS.items())


@pytest.mark.parametrize("first", [True, False], ids=["while it holds all it can borrow", "at once with the others"])
def test_one_that_submits_a_hundred_times_its_load_keeps_no_guarantee_from_the_others(tmp_path, capsys, first):
    with kueue(tmp_path, reclaims=True) as client:
        submit(client, "errant", LOAD * TIMES)
        if first:
            until(client, "holding all", lambda runs, _waits: runs["errant"] == LOAD)
        for name, least in OTHERS.items():
            submit(client, name, least)
        seconds = until(client, "got", guarantees_are_got)
        runs, _ = settle(client)
    with capsys.disabled():
        print(f"\n{LOAD * TIMES} jobs of one pipeline: the others have their guarantees after {seconds:.1f} s")
    assert runs["errant"] <= LOAD - sum(OTHERS.values())


def test_by_kueues_defaults_the_others_wait(tmp_path, capsys):
    with kueue(tmp_path, reclaims=False) as client:
        submit(client, "errant", LOAD * TIMES)
        until(client, "holding all", lambda runs, _waits: runs["errant"] == LOAD)
        for name, least in OTHERS.items():
            submit(client, name, least)
        until(client, "looked at", lambda _runs, waits: all(waits[name] == least for name, least in OTHERS.items()))
        runs, _ = settle(client)
    with capsys.disabled():
        print(f"\nwithout reclaiming: {dict(runs)} run, and the others wait")
    assert not guarantees_are_got(runs, None)
