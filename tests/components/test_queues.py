"""Which objects the queues of an environment are."""

from __future__ import annotations

import pytest

from tests.support.platform import platform
from tests.support.specs import full, prod

PREFIX = "kubernetes:kueue.x-k8s.io/v1beta2:"
GPU, TPU = "nvidia.com/gpu", "google.com/tpu"


@pytest.fixture(scope="module")
def recording():
    return platform(full())


def of_kind(recording, kind):
    return {found.inputs["metadata"]["name"]: found.inputs for found in recording.of_type(f"{PREFIX}{kind}")}


def test_nothing_of_kueue_where_it_is_not_there():
    assert not [found for found in platform(prod()).resources if "kueue" in found.type]


def test_the_queue_of_a_pipeline(recording):
    queue = of_kind(recording, "ClusterQueue")["ranker-training"]["spec"]
    (group,) = queue.pop("resourceGroups")
    assert queue == {
        "cohortName": "train-a100",
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "pipeline-ranker-training"}},
        "queueingStrategy": "BestEffortFIFO",
        "preemption": {
            "reclaimWithinCohort": "Any",
            "withinClusterQueue": "LowerPriority",
            "borrowWithinCohort": {"policy": "LowerPriority", "maxPriorityThreshold": 0},
        },
    }
    assert group["coveredResources"] == ["cpu", "memory", GPU]
    (flavor,) = group["flavors"]
    assert flavor["name"] == "train-a100"
    assert flavor["resources"][2] == {"name": GPU, "nominalQuota": "4", "borrowingLimit": "4"}


def test_an_experiment_pushes_nobody_out(recording):
    preemption = of_kind(recording, "ClusterQueue")["prototypes"]["spec"]["preemption"]
    assert "borrowWithinCohort" not in preemption


def test_each_namespace_has_a_default_queue_after_what_it_names(recording):
    found = recording.of_type(f"{PREFIX}LocalQueue")
    assert {queue.inputs["metadata"]["namespace"]: queue.inputs["spec"]["clusterQueue"] for queue in found} == {
        f"pipeline-{name}": name for name in full().pipelines
    }
    assert {queue.inputs["metadata"]["name"] for queue in found} == {"default"}
    named = next(queue for queue in found if queue.inputs["spec"]["clusterQueue"] == "prototypes")
    assert {urn.rpartition("::")[2] for urn in named.dependencies} >= {
        "prod-queues-prototypes",
        "prod-pipeline-prototypes",
    }


def test_the_second_fence_refuses_what_no_queue_gave(recording):
    quota = recording.named("kubernetes:core/v1:ResourceQuota", "prod-queues-pipeline-prototypes").inputs
    assert quota["spec"]["hard"][f"requests.{GPU}"] == "4"
    assert quota["spec"]["hard"][f"requests.{TPU}"] == "0"
    (limits,) = recording.named("kubernetes:core/v1:LimitRange", "prod-queues-pipeline-prototypes").inputs["spec"][
        "limits"
    ]
    assert limits == {"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "256Mi"}}


def test_accelerators_outside_a_queue_are_refused_in_the_namespaces_of_pipelines_only(recording):
    kind = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    (policy,), (binding,) = recording.of_type(kind), recording.of_type(f"{kind}Binding")
    (expression,) = policy.inputs["spec"]["matchConstraints"]["namespaceSelector"]["matchExpressions"]
    assert expression["values"] == [f"pipeline-{name}" for name in full().pipelines]
    assert policy.inputs["spec"]["failurePolicy"] == "Fail"
    assert binding.inputs["spec"] == {
        "policyName": policy.inputs["metadata"]["name"],
        "validationActions": ["Deny"],
    }


def test_jobs_of_each_kind_have_a_class(recording):
    found = {name: inputs["value"] for name, inputs in of_kind(recording, "WorkloadPriorityClass").items()}
    assert found == {
        "weighbridge-validation": 300,
        "weighbridge-data": 200,
        "weighbridge-training": 100,
        "weighbridge-experiment": 0,
    }
