"""Guarantees hold against Kueue's own scheduler (v0.17.0), on the objects that the components make.

A pipeline submits a hundred times its load, at once with the others or while it holds everything that it can borrow.
What 0.19 adds (a timeout of `waitForPodsReady` by default) is not in it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.client import Accepted, Client, Manifest
from tests.integration.kueue_scheduler import (
    API,
    GPU,
    end_eviction,
    holds,
    kueue_server,
    leaving,
    looked_at,
    scheduler,
    submit,
)
from tests.support.platform import platform
from tests.support.specs import spec
from weighbridge.conventions import DEFAULT_QUEUE, pipeline_namespace

PREFIX = "kubernetes:kueue.x-k8s.io/"
LOAD, TIMES = 8, 100
GUARANTEES = {"errant": 0, "ranking": 3, "search": 2}
OTHERS = {name: least for name, least in GUARANTEES.items() if least}
PATIENCE_SECONDS = 600.0
POLL_SECONDS = 0.2


def stack():
    """One node of eight GPUs, and three pipelines."""
    pipelines = {
        name: {
            "kind": "training" if least else "experiment", "node_pool": "gpus",
            "guaranteed": {GPU: least}, "at_most": {GPU: LOAD},
        }
        for name, least in GUARANTEES.items()
    }  # fmt: skip
    pool = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": 1}, "provisioning": "spot"}
    return spec({"gpus": pool}, "it", pipelines=pipelines, cluster={"kueue": True})


@contextmanager
def queues(folder: Path, *, reclaims: bool = True) -> Iterator[Client]:
    """A server with the stack's objects, and the scheduler beside it; `reclaims` off: as Kueue's defaults are."""
    with kueue_server() as client:
        for found in platform(stack()).resources:
            if not found.type.startswith(PREFIX):
                continue
            manifest: Manifest = {key: value for key, value in found.inputs.items() if not key.startswith("__")}
            if manifest["kind"] == "ClusterQueue" and not reclaims:
                manifest = {**manifest, "spec": {**manifest["spec"], "preemption": {}}}
            assert client.apply(manifest, dry_run=False) == Accepted()
        with scheduler(client, folder) as server:
            server.await_ready(lambda: all_active(client), PATIENCE_SECONDS)
            yield client


def all_active(client: Client) -> bool:
    found = client.listed(f"{API}/clusterqueues")
    return len(found) == len(GUARANTEES) and all(holds(queue, "Active") for queue in found)


def submit_jobs(client: Client, pipeline: str, count: int) -> None:
    for number in range(count):
        submit(client, pipeline_namespace(pipeline), f"job-{number}", DEFAULT_QUEUE, {GPU: "1", "cpu": "1"})


def settle(client: Client) -> tuple[Counter[str], Counter[str]]:
    """How many jobs of each pipeline run, and how many wait by Kueue's word; evictions are ended on the way."""
    runs: Counter[str] = Counter()
    waits: Counter[str] = Counter()
    for workload in client.listed(f"{API}/workloads"):
        pipeline = workload["metadata"]["namespace"].removeprefix(pipeline_namespace(""))
        if leaving(workload):
            end_eviction(client, workload)
        elif holds(workload, "QuotaReserved"):
            runs[pipeline] += 1
        elif looked_at(workload):
            waits[pipeline] += 1
    return runs, waits


def until(client: Client, what: str, done: Callable[[Counter[str], Counter[str]], bool]) -> float:
    """Seconds until it is."""
    begun = time.monotonic()
    while True:
        runs, waits = settle(client)
        assert sum(runs.values()) <= LOAD, f"more runs than there is: {runs}"
        if done(runs, waits):
            return time.monotonic() - begun
        assert time.monotonic() - begun < PATIENCE_SECONDS, f"not {what}: {dict(runs)} run, {dict(waits)} wait"
        time.sleep(POLL_SECONDS)


def guarantees_are_got(runs: Counter[str]) -> bool:
    return all(runs[name] >= least for name, least in OTHERS.items())


@pytest.mark.parametrize("first", [True, False], ids=["while it holds all it can borrow", "at once with the others"])
def test_one_that_submits_a_hundred_times_its_load_keeps_no_guarantee_from_the_others(tmp_path, capsys, first):
    with queues(tmp_path) as client:
        submit_jobs(client, "errant", LOAD * TIMES)
        if first:
            until(client, "holding all", lambda runs, _waits: runs["errant"] == LOAD)
        for name, least in OTHERS.items():
            submit_jobs(client, name, least)
        seconds = until(client, "got", lambda runs, _waits: guarantees_are_got(runs))
        runs, _ = settle(client)
    with capsys.disabled():
        print(f"\n{LOAD * TIMES} jobs of one pipeline: the others have their guarantees after {seconds:.1f} s")
    assert runs["errant"] <= LOAD - sum(OTHERS.values())


def test_by_kueues_defaults_the_others_wait(tmp_path, capsys):
    with queues(tmp_path, reclaims=False) as client:
        submit_jobs(client, "errant", LOAD * TIMES)
        until(client, "holding all", lambda runs, _waits: runs["errant"] == LOAD)
        for name, least in OTHERS.items():
            submit_jobs(client, name, least)
        until(client, "looked at", lambda _runs, waits: all(waits[name] == least for name, least in OTHERS.items()))
        runs, _ = settle(client)
    with capsys.disabled():
        print(f"\nwithout reclaiming: {dict(runs)} run, and the others wait")
    assert not guarantees_are_got(runs)
