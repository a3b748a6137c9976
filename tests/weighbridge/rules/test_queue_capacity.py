"""What queues promise against what nodes have. Made after the reports that each test names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.graphs import cluster, components_of, resource
from tests.support.kueue import (
    GPU,
    QUOTA,
    around,
    cohort,
    flavor,
    good,
    group,
    job,
    kueue,
    local_queue,
    nodes,
    queue,
    without,
)
from tests.support.paths import ROOT
from tests.support.platform import platform_resources
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, NOW, full, spec
from weighbridge.resources.values import Unknown
from weighbridge.rules.queue_capacity import RULE, judge, of_spec, pools_behind
from weighbridge.rules.rule_input import RuleInput
from weighbridge.scheduling.pool_nodes import pool_nodes


def messages(*resources):
    return [found.message for found in judge(resources, around(resources))]


def test_what_the_components_create_is_behind_nodes():
    assert messages(*platform_resources(full())) == []
    assert messages(*components_of(ROOT / "tests" / "integration" / "stacks" / "accelerated.yaml")) == []


def test_a_pool_without_a_label_is_behind_no_flavor_that_asks_for_it():
    found, _ = pool_nodes(good(), around(good()))
    assert pools_behind({"example.com/unheard": "of"}, found) == ()
    assert pools_behind({}, found) == found


def test_all_that_nodes_have_may_be_promised():
    assert messages(*good()) == []


def test_a_cohort_with_the_whole_pool_beside_its_queues_promises_it_twice():
    """kubernetes-sigs/kueue#5289: a cohort of 4 and two queues of 2 admit 8."""
    assert messages(*without(good(), "Cohort"), cohort(8)) == [
        (
            "train: 12 nvidia.com/gpu are promised (a 2 + b 2 + cohort train 8), and its nodes have 8 at most (train: "
            "8 of a2-highgpu-1g). Lower a nominalQuota; a cohort's own is added to its queues' (kueue#5289, #2665)"
        )
    ]


def test_a_queue_with_more_than_its_nodes():
    """kubernetes-sigs/kueue#2665, curie-eng/curie#2949: eight advertised, three fit."""
    alone = queue("a", 8, cohortName=None, limits={})
    (message,) = messages(cluster(), nodes(most=3), flavor(), alone)
    assert message.startswith("train: 8 nvidia.com/gpu are promised (a 8), and its nodes have 3 at most")


def test_flavors_of_one_pool_are_added():
    twice = (flavor("again"), queue("c", 1, ("again",)))
    (message,) = messages(*good(), *twice)
    assert message.startswith("again, train: 9 nvidia.com/gpu are promised (a 2 + b 2 + c 1 + cohort train 4)")


def test_a_flavor_of_several_pools_has_all_of_them():
    wide = flavor(nodeLabels={"cloud.google.com/gke-accelerator": "nvidia-tesla-a100"})
    kept = without(good(), "ResourceFlavor")
    assert messages(*kept, wide, nodes("more"), queue("c", 8)) == []


def test_cores_that_daemons_need_are_not_promised():
    cores = {"name": "cpu", "nominalQuota": "96"}  # 8 x 12
    groups = [{"coveredResources": ["cpu"], "flavors": [{"name": "train", "resources": [cores]}]}]
    (message,) = messages(*good(), queue("c", resourceGroups=groups))
    assert "its nodes have 92 at most" in message  # 8 x (11.9 - 0.4)


def test_a_pod_larger_than_any_node():
    """kubernetes-sigs/kueue#1476, #4329: the sum fits the quota, and no single node does."""
    large = job(gpus=2)
    assert messages(*without(good(), "Job"), large) == [
        (
            "fit: one of its pods asks for 2 nvidia.com/gpu, and no node of a's flavors has that (train: 8 of "
            "a2-highgpu-1g), so it is admitted and never starts (kueue#1476). Ask for less, or take other machines"
        )
    ]


def test_a_job_that_its_queue_can_never_hold():
    assert messages(*without(good(), "Job"), job(pods=4)) == []
    assert messages(*without(good(), "Job"), job(pods=5)) == [
        (
            "fit: asks for 5 nvidia.com/gpu at once, and a may have 4, so it is never admitted. Ask for less, or "
            "raise its borrowingLimit"
        )
    ]


def test_what_another_queue_does_not_lend_is_never_had():
    """Two of its own, four of the cohort's, and none of the two that the other keeps."""
    rest = without(without(good(), "Job"), "ClusterQueue")
    queues = queue("a", limits={}), queue("b", limits={"lendingLimit": 0})
    assert messages(*rest, *queues, job(pods=6)) == []
    (message,) = messages(*rest, *queues, job(pods=7))
    assert "asks for 7 nvidia.com/gpu at once, and a may have 6" in message


@pytest.mark.parametrize("asks", [{"pods": 5}, {"requests": {"cpu": "2"}}, {"requests": {"nvidia.com/gpu": "9"}}])
def test_what_is_said_of_a_job_is_said_of_that_resource(asks):
    asking = job(**asks)
    resources = (*without(good(), "Job"), asking)
    assert [(found.urn, found.holder) for found in judge(resources, around(resources))] == [(asking.urn, "fit")]


def test_a_job_that_asks_for_what_its_queue_does_not_cover():
    asking = job(requests={"cpu": "2"})
    assert messages(*without(good(), "Job"), asking) == [
        (
            "fit: asks for cpu, which a doesn't cover, so it is never admitted. Add it to coveredResources with a "
            "nominalQuota, which may be 0"
        )
    ]


def test_a_quota_that_is_not_known_yet_is_said():
    groups = [group("train", nominalQuota=Unknown())]
    (message,) = messages(*good(), queue("c", resourceGroups=groups))
    assert message == (
        "c: spec.resourceGroups[0].flavors[0].resources[0].nominalQuota is not known before the deployment: write it "
        "as a literal or take it from stack config"
    )


def test_queues_alone_without_pools_of_the_stack_are_not_judged_here():
    assert messages(kueue("ClusterQueue", "a", {}), local_queue("a")) == []


L4 = {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 4}}
RANKER = {
    "node_pool": "serve", "hostname": "ranker.example.com", "server": "triton", "stable": "v1",
    "versions": {
        "v1": {
            "image": "us-docker.pkg.dev/example-ml/serving/triton:25.09", "model": "gs://example-ml-models/ranker/v1",
            "replicas": {"min": 0, "max": 3}, "gpu": 1,
        }
    },
}  # fmt: skip


def test_guarantees_that_endpoints_at_their_most_would_take_away():
    tries = {"kind": "experiment", "node_pool": "serve", "guaranteed": {GPU: 2}, "at_most": {GPU: 2}}
    made = spec({"serve": L4}, cluster={"kueue": True}, endpoints={"ranker": RANKER}, pipelines={"tries": tries})
    found = list(of_spec(made, CATALOG))
    assert [
        (violation.message, violation.level, violation.path) for violation in found if GPU in violation.message
    ] == [
        (
            (
                "serve: 2 nvidia.com/gpu are guaranteed to its pipelines, and beside GKE's own pods and its endpoints "
                "at their most there are 1. Lower a guarantee or a replicas.max, or allow more nodes"
            ),
            "mandatory",
            ("node_pools", "serve"),
        ),
        (
            (
                "tries: may use 2 nvidia.com/gpu, and queues of its pool have 1 together, beside GKE's own pods and "
                "endpoints at their most. Lower at_most, or allow more nodes"
            ),
            "advisory",
            ("pipelines", "tries", "at_most", GPU),
        ),
    ]


def test_guarantees_of_memory_and_cores_are_told_in_their_units():
    asked = {"cpu": 40, "memory": "200Gi"}
    tries = {"kind": "experiment", "node_pool": "serve", "guaranteed": asked, "at_most": asked}
    made = spec({"serve": L4}, cluster={"kueue": True}, pipelines={"tries": tries})
    assert [(violation.message, violation.holder) for violation in of_spec(made, CATALOG)] == [
        (
            (
                f"serve: {amount} are guaranteed to its pipelines, and beside GKE's own pods and its endpoints at "
                f"their most there are {left}. Lower a guarantee or a replicas.max, or allow more nodes"
            ),
            "serve",
        )
        for amount, left in (("40 cpu", "30.04"), ("200Gi memory", "108.433Gi"))
    ] + [
        (
            (
                f"tries: may use {amount}, and queues of its pool have {left} together, beside GKE's own pods and "
                "endpoints at their most. Lower at_most, or allow more nodes"
            ),
            "tries",
        )
        for amount, left in (("40 cpu", "30.04"), ("200Gi memory", "108.433Gi"))
    ]


@pytest.mark.parametrize(("changes", "count"), [
    ({}, 2), ({"cluster": {"kueue": False}}, 0), ({"pipelines": {}}, 0),
])  # fmt: skip
def test_the_rule_asks_the_spec_where_components_make_queues_of_it(changes, count):
    tries = {"kind": "experiment", "node_pool": "serve", "guaranteed": {GPU: 2}, "at_most": {GPU: 2}}
    sections = {"cluster": {"kueue": True}, "endpoints": {"ranker": RANKER}, "pipelines": {"tries": tries}}
    made = spec({"serve": L4}, **{**sections, **changes})
    given = RuleInput("dev", (), around(()), shared_by("dev", {"dev": made}, QUOTA), NOW)
    found = list(RULE.judge(given))
    assert len([violation for violation in found if GPU in violation.message]) == count
    assert list(RULE.judge(replace(given, shared=replace(given.shared, own=None)))) == []


def test_all_pods_of_a_job_are_added_up():
    """A JobSet of two and three workers asks for five at once."""

    def part(name: str, workers: int) -> dict[str, object]:
        asked = job(pods=workers).inputs["spec"]
        return {"name": name, "template": {"spec": asked}}

    labels = {"kueue.x-k8s.io/queue-name": "default"}
    for workers in (2, 3):
        both = resource(
            "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet",
            "both",
            {
                "metadata": {"name": "both", "namespace": "team", "labels": labels},
                "spec": {"replicatedJobs": [part("a", 2), part("b", workers)]},
            },
        )
        found = messages(*without(good(), "Job"), both)
        assert [message.partition(", and")[0] for message in found] == (
            [] if workers == 2 else ["both: asks for 5 nvidia.com/gpu at once"]
        )


def test_a_pod_s_memory_is_told_in_its_unit():
    (message,) = messages(*without(good(), "Job"), job(requests={"memory": "200Gi"}))
    assert message.startswith("fit: one of its pods asks for 1 nvidia.com/gpu, 200Gi memory, and no node of a's")


def test_a_pod_that_asks_for_what_no_node_has_at_all():
    plain = nodes("plain", machineType="e2-standard-8", guestAccelerators=[], taints=[])
    resources = cluster(), plain, flavor(pool="plain"), queue("a", 0), local_queue("a"), job()
    (message,) = messages(*resources)
    assert message.startswith("fit: one of its pods asks for 1 nvidia.com/gpu, and no node of a's flavors has that")


@pytest.mark.parametrize(("limits", "most"), [({}, None), ({"borrowingLimit": 2}, 4)])
def test_what_parents_of_a_cohort_lend_has_no_bound_but_the_queue_s_own(limits, most):
    parent = kueue("Cohort", "train", {"parentName": "all", "resourceGroups": [group("train", nominalQuota=0)]})
    rest = without(without(without(good(), "Job"), "ClusterQueue"), "Cohort")
    found = messages(*rest, parent, queue("a", limits=limits), job(pods=500))
    expected = [] if most is None else [f"fit: asks for 500 nvidia.com/gpu at once, and a may have {most}"]
    assert [message.partition(", so")[0] for message in found] == expected
