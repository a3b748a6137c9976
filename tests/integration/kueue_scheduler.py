"""Kueue's own scheduler (v0.17.0) beside a server, and its Workloads.

They are made without jobs, so what a job's integration does when its pods are gone is done here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration import binaries
from tests.integration.api_server import api_server
from tests.integration.check import is_ci
from tests.integration.client import Accepted, Client, Manifest
from tests.support.debian import Unavailable
from tests.support.processes import NotReady, RunningServer, running

VERSION = "kueue.x-k8s.io/v1beta2"
API = f"/apis/{VERSION}"
GPU = "nvidia.com/gpu"


@contextmanager
def kueue_server() -> Iterator[Client]:
    """A server of its own that knows Kueue's kinds. Where it, or Kueue, can't be had: a skip with the reason."""
    with ExitStack() as entered:
        try:
            binaries.kueue()
            client = entered.enter_context(api_server())
            client.install_definitions(binaries.kueue_definitions())
        except (Unavailable, NotReady) as reason:
            if is_ci():
                pytest.fail(f"no Kueue: {reason}")
            pytest.skip(f"no Kueue: {reason}")
        yield client


@contextmanager
def scheduler(client: Client, folder: Path) -> Iterator[RunningServer]:
    """Kueue's scheduler and core controllers, for as long as the block lasts."""
    config = folder / "kubeconfig"
    config.write_text(client.kubeconfig(), encoding="utf-8")
    with running("kueue", ["env", f"KUBECONFIG={config}", str(binaries.kueue())], folder) as server:
        yield server


def keep(client: Client, kind: str, name: str, content: Manifest, namespace: str | None = None) -> None:
    """Really create an object of Kueue's."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    manifest = {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": content}
    assert client.apply(manifest, dry_run=False) == Accepted()


def submit(
    client: Client, namespace: str, name: str, queue: str, requests: dict[str, str], priority: int | None = None
) -> None:
    """A Workload of one pod."""
    container = {"name": "main", "image": "trainer:1", "resources": {"requests": requests}}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    content: dict[str, Any] = {"queueName": queue, "podSets": [{"name": "main", "count": 1, "template": template}]}
    if priority is not None:
        content["priority"] = priority
    metadata = {"name": name, "namespace": namespace}
    workload = {"apiVersion": VERSION, "kind": "Workload", "metadata": metadata, "spec": content}
    client.created(f"{API}/namespaces/{namespace}/workloads", workload)


def holds(manifest: Manifest, kind: str) -> bool:
    """Whether a condition of an object is true."""
    return any(
        condition["type"] == kind and condition["status"] == "True"
        for condition in manifest.get("status", {}).get("conditions", ())
    )


def looked_at(workload: Manifest) -> bool:
    """Whether Kueue has said anything of a Workload."""
    return bool(workload.get("status", {}).get("conditions"))


def leaving(workload: Manifest) -> bool:
    """Whether it is evicted and still has its quota, as its pods would still be there."""
    return holds(workload, "QuotaReserved") and holds(workload, "Evicted")


def end_eviction(client: Client, workload: Manifest) -> None:
    """Give the quota of an evicted Workload back."""
    metadata, status = workload["metadata"], workload["status"]
    conditions = [
        {**condition, "status": "False", "reason": "Pending"}
        if condition["type"] in {"QuotaReserved", "Admitted"}
        else condition
        for condition in status["conditions"]
    ]
    change = {
        "metadata": {"resourceVersion": metadata["resourceVersion"]},
        "status": {"admission": None, "conditions": conditions},
    }
    client.patched(f"{API}/namespaces/{metadata['namespace']}/workloads/{metadata['name']}/status", change)
