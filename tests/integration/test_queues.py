"""What the admission policy of pipelines' namespaces refuses, by a real API server."""

from __future__ import annotations

import time

import pytest

from tests.integration.client import Accepted, Rejected
from tests.support.platform import platform
from tests.support.specs import full
from weighbridge.queues.admission_policy import GATE, MESSAGE, POD_SET_LABEL

NAMESPACE = "pipeline-ranker-training"
KIND = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
GPU, TPU = {"nvidia.com/gpu": "1"}, {"google.com/tpu": "4"}
OWNER = {"apiVersion": "batch/v1", "kind": "Job", "name": "fit", "uid": "1", "controller": True}
ACTIVE_SECONDS = 60.0


def pod(namespace=NAMESPACE, *, limits=None, init=None, metadata=None, **spec):
    def container(name, amounts):
        return {"name": name, "image": "trainer:1", "resources": {"limits": amounts or {}}}

    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "fit-0", "namespace": namespace, **(metadata or {})},
        "spec": {
            "containers": [container("main", limits)],
            **({"initContainers": [container("init", init)]} if init else {}),
            **spec,
        },
    }


ADMITTED = {"labels": {POD_SET_LABEL: "main"}, "ownerReferences": [OWNER]}
PASS = {
    "no accelerator": pod(limits={"cpu": "1"}),
    "held back": pod(limits=GPU, schedulingGates=[{"name": GATE}]),
    "admitted": pod(limits=TPU, metadata=ADMITTED),
    "another namespace": pod("serving", limits=GPU),
}
REFUSED = {
    "GPU": pod(limits=GPU),
    "TPU": pod(limits=TPU),
    "init container": pod(init=GPU),
    "claim": pod(resourceClaims=[{"name": "gpu", "resourceClaimName": "gpu"}]),
    "label without controller": pod(limits=GPU, metadata={"labels": {POD_SET_LABEL: "main"}}),
    "controller without label": pod(limits=GPU, metadata={"ownerReferences": [OWNER]}),
    "another gate": pod(limits=GPU, schedulingGates=[{"name": "example.com/gate"}]),
    "only the queue's label": pod(limits=GPU, metadata={"labels": {"kueue.x-k8s.io/queue-name": "default"}}),
}


@pytest.fixture(scope="module")
def guarded(server):
    """The server with the policy in force, which takes it a moment."""
    recording = platform(full())
    for kind in (KIND, f"{KIND}Binding"):
        (found,) = recording.of_type(kind)
        manifest = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind.rpartition(":")[2], **found.inputs}
        assert server.apply(manifest, dry_run=False) == Accepted()
    until = time.monotonic() + ACTIVE_SECONDS
    while not isinstance(server.apply(REFUSED["GPU"]), Rejected):
        assert time.monotonic() < until, "the policy is not in force after a minute"
        time.sleep(0.2)
    return server


@pytest.mark.parametrize("name", PASS)
def test_pods_that_a_queue_let_through_or_that_need_none(guarded, name):
    assert guarded.apply(PASS[name]) == Accepted()


@pytest.mark.parametrize("name", REFUSED)
def test_accelerators_that_no_queue_gave(guarded, name):
    verdict = guarded.apply(REFUSED[name])
    assert isinstance(verdict, Rejected)
    assert MESSAGE in verdict.reason
