"""Queue objects before Kueue's own webhooks (v0.17.0): what the components make passes, and what they refuse we refuse.

Its manager makes the certificates for a Service that only a cluster's DNS knows; here openssl makes one for 127.0.0.1.
"""

from __future__ import annotations

import base64
import copy
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration import binaries
from tests.integration.client import Accepted, Client, Manifest, Rejected
from tests.integration.kueue_scheduler import kueue_server
from tests.support.kueue import good, queue
from tests.support.platform import platform
from tests.support.processes import free_ports, running
from tests.support.specs import full, prod
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.queue_lending import judge

PREFIX = "kubernetes:kueue.x-k8s.io/"
GROUP = "kueue.x-k8s.io"
START_SECONDS = 120.0


def certificate(folder: Path) -> bytes:
    """Of 127.0.0.1, signed by itself, as tls.crt beside tls.key."""
    openssl = shutil.which("openssl")
    assert openssl is not None, "kueue_server has needed it"
    key, made = folder / "tls.key", folder / "tls.crt"
    subject = ["-subj", "/CN=kueue", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(made)]
    subprocess.run([*command, *subject], check=True, capture_output=True, timeout=60)
    return made.read_bytes()


def configurations(port: int, authority: bytes) -> Iterator[Manifest]:
    """Kueue's own, of its own objects, led to that port."""
    for found in yaml.safe_load_all(binaries.kueue_webhook_manifest().read_text(encoding="utf-8")):
        hooks = [hook for hook in found["webhooks"] if hook["rules"][0]["apiGroups"] == [GROUP]]
        for hook in hooks:
            path = hook["clientConfig"]["service"]["path"]
            hook["clientConfig"] = {
                "url": f"https://127.0.0.1:{port}{path}", "caBundle": base64.b64encode(authority).decode(),
            }  # fmt: skip
        yield {**found, "webhooks": hooks}


@pytest.fixture(scope="module")
def kueue(tmp_path_factory) -> Iterator[Client]:
    """A server that asks Kueue's webhooks about each of Kueue's objects."""
    folder = tmp_path_factory.mktemp("kueue")
    with kueue_server() as client:
        (port,) = free_ports(1)
        authority = certificate(folder)
        config = folder / "kubeconfig"
        config.write_text(client.kubeconfig(), encoding="utf-8")
        program = [str(binaries.kueue_webhooks()), f"--port={port}", f"--certs={folder}"]
        with running("kueue-webhooks", ["env", f"KUBECONFIG={config}", *program], folder) as server:
            server.await_ready(lambda: listens(port), START_SECONDS)
            for manifest in configurations(port, authority):
                assert client.apply(manifest, dry_run=False) == Accepted()
            server.await_ready(lambda: asks(client), START_SECONDS)
            yield client


def asks(client: Client) -> bool:
    """Whether the server asks already, which takes it a moment: this is refused by the webhook alone."""
    lends_more = queue("early", 1, limits={"borrowingLimit": 0, "lendingLimit": 2})
    return isinstance(client.apply(manifest_of(lends_more)), Rejected)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def manifest_of(resource: HeldResource) -> Manifest:
    """What the provider would send of a resource."""
    group_version, _, kind = resource.type.removeprefix("kubernetes:").rpartition(":")
    inputs: Any = resource.inputs
    return copy.deepcopy({"apiVersion": group_version, "kind": kind, **inputs})


@pytest.mark.parametrize("stack", [full, prod])
def test_queue_objects_of_the_components_pass(kueue, stack):
    objects = [found for found in platform(stack()).resources if found.type.startswith(PREFIX)]
    kinds = {found.type.rpartition(":")[2] for found in objects}
    for found in objects:
        manifest = {key: value for key, value in found.inputs.items() if not key.startswith("__")}
        assert kueue.apply(manifest) == Accepted(), manifest
    assert {"ClusterQueue", "Cohort", "LocalQueue", "ResourceFlavor"} <= kinds or not kinds


WRONG: dict[str, tuple[HeldResource, str, str]] = {
    "a borrowing limit outside a cohort": (
        queue("c", cohortName=None, limits={"borrowingLimit": 2}),
        "borrowingLimit must be nil when cohort is empty",
        ("c: has a borrowingLimit of nvidia.com/gpu on train, and is in no cohort, which Kueue refuses. Name its "
        "cohortName, or take it out"),
    ),
    "a lending limit outside a cohort": (
        queue("c", 4, cohortName=None, limits={"lendingLimit": 2}),
        'lendingLimit: Invalid value: "2": must be nil when cohort is empty',
        ("c: has a lendingLimit of nvidia.com/gpu on train, and is in no cohort, which Kueue refuses. Name its "
        "cohortName, or take it out"),
    ),
    "more lent than there is": (
        queue("c", 4, limits={"borrowingLimit": 0, "lendingLimit": 5}),
        'admission webhook "vclusterqueue.kb.io" denied the request',
        "c: lends 5 of nvidia.com/gpu on train, and its nominalQuota is 4, which Kueue refuses. Lower the lendingLimit",
    ),
    "preempting to borrow without reclaiming": (
        queue("c", 0, preemption={"reclaimWithinCohort": "Never", "borrowWithinCohort": {"policy": "LowerPriority"}}),
        "reclaimWithinCohort=Never and borrowWithinCohort.Policy!=Never",
        ("c: preempts others to borrow (borrowWithinCohort) and never reclaims its own, which Kueue refuses. Set "
        "preemption.reclaimWithinCohort: Any"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("resource", "theirs", "ours"), WRONG.values(), ids=WRONG)
def test_what_kueue_refuses_a_policy_refuses_before(kueue, resource, theirs, ours):
    """Kueue by its definition's own rules, or by its webhook."""
    verdict = kueue.apply(manifest_of(resource))
    assert isinstance(verdict, Rejected)
    assert theirs in verdict.reason
    assert ours in [violation.message for violation in judge([*good(), resource]) if violation.level == "mandatory"]


def test_what_is_right_passes_both(kueue):
    for resource in good():
        if not resource.type.startswith(PREFIX):
            continue
        assert kueue.apply(manifest_of(resource)) == Accepted()
    assert [violation for violation in judge(good()) if violation.level == "mandatory"] == []
