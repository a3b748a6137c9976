"""Jobs and accelerators beside a queue. Made after kubernetes-sigs/kueue#1527 and #5048."""

from __future__ import annotations

import pytest

from tests.support.graphs import resource
from tests.support.kueue import good, job, local_queue, without
from tests.support.platform import platform_resources
from tests.support.specs import full
from weighbridge.rules.queue_bypass import judge


def messages(*resources):
    return [found.message for found in judge(resources)]


def named(*resources):
    """The good stack with LocalQueues that jobs have to name."""
    return (*without(without(good(), "LocalQueue"), "Job"), local_queue("a", name="a"), *resources)


def pod(kind="Deployment", **request):
    container = {"name": "main", "image": "server:1", "resources": {"requests": request}}
    template = {"metadata": {}, "spec": {"containers": [container]}}
    return resource(
        f"kubernetes:apps/v1:{kind}",
        "serve",
        {"metadata": {"name": "serve", "namespace": "team"}, "spec": {"template": template}},
    )


def test_jobs_that_name_a_queue_or_have_a_default_one():
    assert messages(*platform_resources(full())) == []
    assert messages(*good()) == []
    assert messages(*good(), job("other", queue_name=None)) == []  # Kueue sends it to the default one
    assert messages(*named(job(queue_name="a"))) == []


def test_a_job_that_names_no_queue():
    assert messages(*named(job(queue_name=None))) == [
        (
            "fit: names no queue, and team has no LocalQueue default, so it runs beside the queue or waits for ever "
            "(kueue#1527, #5048). Label it kueue.x-k8s.io/queue-name: a"
        )
    ]


@pytest.mark.parametrize(
    ("workload", "counts"),
    [
        (pod(**{"nvidia.com/gpu": "1"}), True),
        (pod(**{"google.com/tpu": "4"}), True),
        (pod(cpu="1"), False),
        (pod("DaemonSet", **{"nvidia.com/gpu": "1"}), False),
    ],
)
def test_other_workloads_count_with_accelerators(workload, counts):
    assert bool(messages(*named(workload))) is counts


def test_namespaces_without_queues_are_none_of_its_business():
    elsewhere = (*without(without(good(), "LocalQueue"), "Job"), local_queue("a", "other", "a"))
    assert messages(*elsewhere, job(queue_name=None)) == []
