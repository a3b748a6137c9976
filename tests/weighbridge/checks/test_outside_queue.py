"""Queues that are none, that nobody could read, or that come from the replicas themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import endpoint, spec
from weighbridge.checks.outside_queue import outside_queue_problems

POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}}
NO_KEDA = (
    "KEDA reads such queues, and the spec doesn't say that it is there: say `operators: {keda: installed}` under "
    "`cluster`, or `present` where something else installs it"
)
CUSTOM = {"server": "custom", "custom": {"port": 8080, "health_path": "/healthz", "requests": "handled_total"}}


def problems(queue: dict[str, str], keda: str | None = "present", **settings: Any) -> list[tuple[str, str]]:
    named = endpoint(None, **{"scale_on": {"queue": queue, "per_replica": 5}, **settings})
    stack = spec(POOLS, cluster={"operators": {"keda": keda}})
    found = outside_queue_problems(named, ("endpoints", "ranker"), stack)
    return [(".".join(map(str, problem.path[2:])), problem.message) for problem in found]


@pytest.mark.parametrize(
    "queue",
    [
        {"subscription": "projects/example-ml/subscriptions/mail"},
        {"query": "gateway_queue_length"},
        {"query": 'max by (pool) (llm_d_epp_flow_control_queue_size{namespace="serving"}) or vector(0)'},
        {"query": "vllm:num_requests_waiting"},  # of another server than this one
    ],
)
def test_queues_outside(queue):
    assert problems(queue) == []


def test_somebody_has_to_read_it():
    assert problems({"query": "length"}, keda=None) == [("scale_on.queue", NO_KEDA)]


@pytest.mark.parametrize(
    ("query", "named", "settings"),
    [
        ("sum(nv_inference_pending_request_count)", "nv_inference_pending_request_count comes", {}),
        ('up{app="ranker"} * nv_inference_count', "up and nv_inference_count come", {}),
        ("vllm:num_requests_waiting", "vllm:num_requests_waiting comes", {"server": "vllm"}),
        ("rate(handled_total[5m])", "handled_total comes", CUSTOM),
    ],
)
def test_what_replicas_say_of_themselves_can_not_wake_one(query, named, settings):
    message = (
        f"{named} from the replicas themselves: where none runs nothing is counted, so nothing would ever wake one. "
        "Name a queue outside them, such as a Pub/Sub subscription or the gateway's, or follow it with "
        "`scale_on.metric` and at least one replica"
    )
    assert problems({"query": query}, **settings) == [("scale_on.queue.query", message)]


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("length[5m]", "no PromQL whose series can be added up: line 1"),
        ("length)", "no PromQL whose series can be added up: line 1"),
        ("length # all", "no PromQL whose series can be added up: line 1"),
        ("time()", "no PromQL whose series can be added up: line 1"),
        ("vector(1)", "it reads no metric, so it would never change: name the one of the queue"),
        ("length > ${least}", "placeholders aren't filled in: write what is to stand for ${…}"),
    ],
)
def test_what_is_no_queue(query, refusal):
    ((where, message),) = problems({"query": query})
    assert where == "scale_on.queue.query"
    assert message.startswith(refusal)
