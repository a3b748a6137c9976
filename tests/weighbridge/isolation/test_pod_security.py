"""Namespaces hold their pods to a standard, and all that the platform writes passes the strictest."""

from __future__ import annotations

import pytest

from tests.components.test_endpoint import SPECS, platform_of
from tests.support.platform import platform
from tests.support.pod_security import not_restricted
from tests.support.recording import held
from tests.support.specs import prod
from weighbridge.isolation.pod_security import pod_security_labels
from weighbridge.scheduling.workload import workloads

NAMESPACE = "kubernetes:core/v1:Namespace"


def pods(recording):
    """Every pod spec in the recording, wherever it stands in its workload."""

    def found(value):
        if isinstance(value, dict):
            if "containers" in value:
                yield value
            for inner in value.values():
                yield from found(inner)

    return [
        (resource.urn, pod)
        for resource in recording.resources
        if resource.type.startswith("kubernetes:")
        for pod in found(resource.inputs)
    ]


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_what_the_platform_writes_passes_restricted(file):
    recording = platform_of(file)
    assert len(pods(recording)) >= len(workloads(held(recording))[0]) > 0
    assert [(urn, [*not_restricted(pod)]) for urn, pod in pods(recording) if any(not_restricted(pod))] == []


def test_namespaces_are_restricted_but_for_those_of_pipelines():
    namespaces = platform(prod()).of_type(NAMESPACE)
    levels = {
        namespace.inputs["metadata"]["name"]: namespace.inputs["metadata"]["labels"][
            "pod-security.kubernetes.io/enforce"
        ]
        for namespace in namespaces
    }
    own = {name: level for name, level in levels.items() if not name.startswith("pipeline-")}
    assert own == {"serving": "restricted", "monitors": "restricted", "custom-metrics": "restricted"}
    assert {level for name, level in levels.items() if name not in own} == {"baseline"}


def test_a_pipeline_says_what_its_pods_need():
    given = "    kind: training\n    node_pool: train-a100\n"
    recording = platform(prod((given, f"{given}    pod_security: privileged\n")), alerts=False)
    namespace = recording.named(NAMESPACE, "prod-pipeline-ranker-training")
    labels = namespace.inputs["metadata"]["labels"]
    assert labels == {**pod_security_labels("privileged"), "weighbridge.dev/node-pool": "train-a100"}
    assert pod_security_labels("privileged") == {
        "pod-security.kubernetes.io/enforce": "privileged",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
    }
