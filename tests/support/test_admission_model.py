"""Guarantees are got, whatever the others submit: a model of Kueue on the queues that the plan makes."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.admission_model import Job, cluster_of
from tests.support.specs import CATALOG, spec
from weighbridge.queues.plan import PRIORITIES, plan_queues

GPU = "nvidia.com/gpu"
KINDS = tuple(PRIORITIES)
NODES = 4  # of eight GPUs


def queues(*shares):
    """The queues of pipelines with a kind, a guarantee and a ceiling each."""
    pipelines = {
        f"p{index}": {"kind": kind, "node_pool": "gpus", "guaranteed": {GPU: least}, "at_most": {GPU: most}}
        for index, (kind, least, most) in enumerate(shares)
    }
    pool = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": NODES}}
    made = spec({"gpus": pool}, pipelines=pipelines, cluster={"kueue": True})
    plan = plan_queues(made, CATALOG)
    assert plan is not None
    return cluster_of(plan, "gpus")


def jobs(queue, count, gpus=1, first=0, priority=0):
    return [Job(first + index, queue, {GPU: Fraction(gpus)}, priority) for index in range(count)]


ERRANT = (("experiment", 0, 32), ("training", 8, 16), ("data", 12, 32))


@pytest.mark.parametrize("priority", [0, 300], ids=["its own priority", "the highest priority"])
def test_one_that_submits_a_hundred_times_its_load_before_all_others_keeps_none_of_them_out(priority):
    cluster = queues(*ERRANT)
    cluster.waiting += jobs("p0", 3200, priority=priority)
    cluster.settle()
    assert cluster.used("p0", GPU) == 32  # it holds everything that it can borrow
    cluster.waiting += jobs("p1", 8, first=4000) + jobs("p2", 3, 4, first=5000)
    cluster.settle()
    assert (cluster.used("p1", GPU), cluster.used("p2", GPU)) == (8, 12)
    assert cluster.used("p0", GPU) == 12
    assert cluster.evicted == 20  # no more than had to go


def test_without_reclaiming_the_others_wait():
    """What the queues would be by Kueue's defaults."""
    cluster = queues(*ERRANT)
    cluster.queues = {
        name: replace(rules, reclaims=False, pushes_out_below=None) for name, rules in cluster.queues.items()
    }
    cluster.waiting += jobs("p0", 3200)
    cluster.settle()
    cluster.waiting += jobs("p1", 8, first=4000)
    cluster.settle()
    assert cluster.used("p1", GPU) == 0


def test_who_borrows_pushes_out_experiments_only():
    cluster = queues(("experiment", 0, 32), ("training", 8, 32), ("data", 8, 32))
    cluster.waiting += jobs("p0", 16) + jobs("p2", 16, first=50, priority=200)
    cluster.settle()
    cluster.waiting += jobs("p1", 32, first=100, priority=100)
    cluster.settle()
    assert cluster.used("p0", GPU) == 0
    assert cluster.used("p2", GPU) == 16  # eight of them borrowed, and kept
    assert cluster.used("p1", GPU) == 16


@st.composite
def traces(draw):
    """Shares whose guarantees fit, and jobs that come and go in any order, at any priority."""
    left, shares = 8 * NODES, []
    for _ in range(draw(st.integers(1, 4))):
        least = draw(st.integers(0, left))
        left -= least
        shares.append((draw(st.sampled_from(KINDS)), least, least + draw(st.integers(0, 40))))
    return shares, draw(st.integers(0, 2**32)), draw(st.integers(1, 40))


@settings(max_examples=60, deadline=None)
@given(traces())
def test_whoever_waits_within_a_guarantee_is_let_in_and_nobody_has_too_much(trace):
    shares, seed, events = trace
    cluster, pick = queues(*shares), random.Random(seed)
    for event in range(events):
        if cluster.running and pick.random() < 0.3:
            cluster.running.remove(pick.choice(cluster.running))
        queue, size = pick.choice(list(cluster.queues)), pick.choice((1, 1, 2, 4, 8))
        burst = 40 if pick.random() < 0.1 else pick.randint(1, 4)
        cluster.waiting += jobs(queue, burst, size, event * 100, pick.choice((0, 100, 200, 300)))
        cluster.settle()
        assert sum(cluster.used(name, GPU) for name in cluster.queues) <= cluster.capacity(GPU) == 8 * NODES
        for name, rules in cluster.queues.items():
            used = cluster.used(name, GPU)
            assert used <= rules.nominal[GPU] + rules.borrowing[GPU]
            waits = [job for job in cluster.waiting if job.queue == name]
            assert not any(used + job.request[GPU] <= rules.nominal[GPU] for job in waits)
