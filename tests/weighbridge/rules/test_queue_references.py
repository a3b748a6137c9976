"""What queues and jobs name, and isn't there."""

from __future__ import annotations

from dataclasses import replace

from tests.support.kueue import cohort, flavor, good, job, kueue, local_queue, queue, without
from tests.support.platform import platform_resources
from tests.support.specs import full
from weighbridge.resources.values import Unknown, mapping
from weighbridge.rules.queue_references import judge


def messages(*resources):
    found = [*judge(resources)]
    assert {violation.urn for violation in found} <= {resource.urn for resource in resources}
    return [violation.message for violation in found]


def test_all_that_is_named_exists():
    assert messages(*good()) == []
    assert messages(*platform_resources(full())) == []


def test_a_flavor_that_is_not_there():
    """headlamp-k8s/plugins#1191: FlavorNotFound, and the queue is inactive."""
    assert messages(*good(), queue("c", flavors=("trian",))) == [
        (
            "c: names the ResourceFlavor trian, which this stack doesn't have, so it stays inactive and admits nothing "
            "(headlamp-k8s/plugins#1191). Did you mean `train`?"
        )
    ]


def test_a_check_that_is_not_there():
    checks = {"admissionChecks": [{"name": "dws"}]}
    assert messages(*good(), queue("c", admissionChecksStrategy=checks)) == [
        (
            "c: names the AdmissionCheck dws, which this stack doesn't have, so it stays inactive and admits nothing "
            "(headlamp-k8s/plugins#1191). Create it, or correct the name"
        )
    ]


def test_settings_of_a_check_a_topology_and_a_queue_that_are_not_there():
    parameters = {"apiGroup": "kueue.x-k8s.io", "kind": "ProvisioningRequestConfig", "name": "dws"}
    check = kueue(
        "AdmissionCheck", "dws", {"controllerName": "kueue.x-k8s.io/provisioning-request", "parameters": parameters}
    )
    found = messages(*good(), check, flavor("near", topologyName="blocks"), local_queue("z", "third"))
    assert [message.partition(", which")[0] for message in found] == [
        "near: names the Topology blocks",
        "dws: names the ProvisioningRequestConfig dws",
        "third/default: names the ClusterQueue z",
    ]


def test_a_cohort_that_only_one_queue_names_may_be_misspelt():
    (found,) = judge((*good(), queue("c", cohortName="trian")))
    assert found.level == "advisory"
    assert found.message == (
        "c: names the cohort trian, which this stack doesn't have, so it has nobody to borrow from. "
        "Did you mean `train`?"
    )


def test_a_cohort_of_several_queues_needs_no_object():
    pair = (queue("c", cohortName="implied"), queue("d", cohortName="implied"))
    assert messages(*good(), *pair) == []


def test_a_job_sent_to_a_queue_of_another_namespace():
    assert messages(*without(good(), "LocalQueue"), local_queue("a", "other"), local_queue("b", "team", "b")) == [
        (
            "fit: names the LocalQueue default, which its namespace team doesn't have, so it waits for ever. Create "
            "it, or correct the name"
        )
    ]


def test_jobs_of_a_stack_without_queues_are_none_of_its_business():
    assert messages(job()) == []


def test_a_cohort_with_quota_of_a_flavor_that_is_not_there():
    (message,) = messages(*without(good(), "ResourceFlavor"), flavor("other"), cohort())[2:]
    assert message.startswith("train: names the ResourceFlavor train")


def test_a_check_of_another_kind_or_without_settings_asks_for_no_nodes():
    other = {"apiGroup": "kueue.x-k8s.io", "kind": "MultiKueueConfig", "name": "dws"}
    for parameters in ({"parameters": other}, {}):
        check = kueue("AdmissionCheck", "dws", {"controllerName": "kueue.x-k8s.io/multikueue", **parameters})
        assert messages(*good(), check) == []


def test_a_job_whose_namespace_is_not_known_hides_no_other():
    known = job("a", "missing")
    metadata = {**mapping(known.inputs["metadata"]), "namespace": Unknown()}
    hidden = replace(known, inputs={**known.inputs, "metadata": metadata})
    (message,) = messages(*good(), hidden, job("b", "missing"))
    assert message.startswith("b: names the LocalQueue missing")
