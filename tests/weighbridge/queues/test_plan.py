"""The queues that pipelines become."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.specs import CATALOG, full, prod, spec
from weighbridge.infrastructure.allocatable import capacity
from weighbridge.queues.plan import PRIORITIES, advice, plan_queues, shares_of
from weighbridge.units import parse_quantity

GPU, TPU = "nvidia.com/gpu", "google.com/tpu"
KUEUE = {"kueue": True}


def pipeline(pool, least, most, kind="training"):
    return {"kind": kind, "node_pool": pool, "guaranteed": {GPU: least}, "at_most": {GPU: most}}


def planned(pool, **pipelines):
    made = pipelines or {"train": pipeline("gpus", 2, 4)}
    return plan_queues(spec({"gpus": pool}, pipelines=made, cluster=KUEUE), CATALOG)


H100 = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 2, "max": 2}}


def test_none_where_kueue_is_not_said_to_be_there():
    assert plan_queues(prod(), CATALOG) is None


def test_one_queue_for_each_pipeline_by_its_name_in_the_cohort_of_its_pool():
    plan = plan_queues(full(), CATALOG)
    assert {queue.name: queue.cohort for queue in plan.queues} == {
        name: pipeline.node_pool for name, pipeline in full().pipelines.items()
    }
    assert plan.namespaces == tuple(f"pipeline-{name}" for name in full().pipelines)
    assert [cohort.name for cohort in plan.cohorts] == ["features", "train-a100", "train-tpu"]


def test_guarantee_ceiling_and_the_rest_of_the_pool():
    plan = plan_queues(full(), CATALOG)
    (cohort,) = (found for found in plan.cohorts if found.name == "train-a100")
    queues = {queue.name: {quota.resource: quota for quota in queue.quotas} for queue in plan.queues}
    assert (queues["ranker-training"][GPU].nominal, queues["ranker-training"][GPU].borrowing) == ("4", "4")
    assert (queues["prototypes"][GPU].nominal, queues["prototypes"][GPU].borrowing) == ("0", "4")
    assert {quota.resource: quota.nominal for quota in cohort.quotas}[GPU] == "4"


def test_jobs_tolerate_every_taint_of_the_pool_also_those_that_gke_adds():
    (flavor,) = planned(
        {**H100, "provisioning": "queued", "taints": [{"key": "team", "value": "a", "effect": "NoExecute"}]}
    ).flavors
    assert {taint.key for taint in flavor.tolerations} == {GPU, "cloud.google.com/gke-queued", "team"}
    assert flavor.node_labels == {
        "weighbridge.dev/node-pool": "gpus",
        "cloud.google.com/gke-accelerator": "nvidia-h100-80gb",
    }


def test_queued_machines_are_asked_for_all_at_once():
    plan = planned({**H100, "nodes": {"min": 0, "max": 4}, "provisioning": "queued"})
    assert [(request.name, request.resources) for request in plan.node_requests] == [("gpus", (GPU,))]
    assert [queue.check for queue in plan.queues] == ["gpus"]
    assert [queue.check for queue in planned(H100).queues] == [None]


def test_nearness_is_asked_for_only_where_nodes_stay_or_come_by_request():
    compact = {**H100, "placement": "compact"}
    (stays,) = planned(compact).flavors
    (comes,) = planned({**compact, "nodes": {"min": 0, "max": 2}}).flavors
    assert (stays.topology, comes.topology) == ("gpus", None)
    slices = {"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "4x4", "slices": {"min": 0, "max": 2}}
    tpus = {"kind": "training", "node_pool": "gpus", "guaranteed": {TPU: 16}, "at_most": {TPU: 32}}
    (comes,) = planned(slices, train=tpus).flavors
    (by_request,) = planned({**slices, "provisioning": "queued"}, train=tpus).flavors
    assert (comes.topology, by_request.topology) == (None, "gpus")


def test_the_hosts_of_a_slice_are_one_domain():
    pool = {"machine_type": "ct5lp-hightpu-4t", "tpu_topology": "4x4", "slices": {"min": 2, "max": 2}}
    tpus = {"kind": "training", "node_pool": "gpus", "guaranteed": {TPU: 16}, "at_most": {TPU: 32}}
    (topology,) = planned(pool, train=tpus).topologies
    assert topology.levels == ("cloud.google.com/gke-nodepool", "kubernetes.io/hostname")


def test_experiments_are_pushed_out_and_push_nobody_out():
    plan = planned(H100, train=pipeline("gpus", 2, 4), tries=pipeline("gpus", 0, 4, "experiment"))
    assert {queue.name: queue.pushes_out_below for queue in plan.queues} == {"train": 0, "tries": None}
    assert min(PRIORITIES, key=PRIORITIES.__getitem__) == "experiment"


def test_the_fence_is_the_ceiling_within_the_pool_and_has_no_accelerators_of_other_pools():
    (queue,) = planned(H100, train=pipeline("gpus", 2, 64)).queues
    assert queue.fence[f"requests.{GPU}"] == "16"
    assert queue.fence[f"requests.{TPU}"] == "0"
    assert set(queue.fence) == {"requests.cpu", "requests.memory", f"requests.{GPU}", f"requests.{TPU}"}


def test_a_ceiling_above_the_capacity_is_advice_with_both_numbers():
    made = spec({"gpus": H100}, pipelines={"train": pipeline("gpus", 2, 64)}, cluster=KUEUE)
    assert list(advice(made, CATALOG)) == [("train", GPU, Decimal(64), Decimal(16))]


@settings(max_examples=40, deadline=None)
@given(
    nodes=st.integers(1, 20),
    wishes=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 200)), min_size=1, max_size=5),
)
def test_all_queues_of_a_pool_together_stay_within_what_its_nodes_offer(nodes, wishes):
    pool = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": nodes}}
    left, pipelines = nodes * 8, {}
    for index, (least, more) in enumerate(wishes):
        guaranteed = min(least, left)
        left -= guaranteed
        pipelines[f"p{index}"] = pipeline("gpus", guaranteed, guaranteed + more)
    made = spec({"gpus": pool}, pipelines=pipelines, cluster=KUEUE)
    plan = plan_queues(made, CATALOG)
    room = capacity(made.node_pools["gpus"], made, CATALOG)
    for resource, most in room.items():
        written = [quota for part in (*plan.queues, *plan.cohorts) for quota in part.quotas]
        total = sum(parse_quantity(quota.nominal) for quota in written if quota.resource == resource)
        assert total <= most
    assert not shares_of(made, CATALOG)["gpus"].short
