"""Replays on replicas of one speed: what each comes to, that none is made twice, and what is shown of it."""

from __future__ import annotations

import numpy as np
import pytest

from weighbridge.catalog.model_speed import llm_devices, llm_models
from weighbridge.planner.batching import BLOCK, serve
from weighbridge.planner.replays import Replays, progress_of
from weighbridge.planner.requests import Requests
from weighbridge.planner.speed import speed_of
from weighbridge.planner.step_time import ModelReplica
from weighbridge.spec.workloads import LatencyObjective

OBJECTIVE = LatencyObjective.model_validate({"first_token": "1s", "within": "90%"})


def requests_of(count):
    arrivals = np.arange(count, dtype=float) / 10
    return Requests(arrivals, np.full(count, 1000.0), np.full(count, 100.0), 10.0, None, ())


@pytest.fixture(scope="module")
def speed():
    replica = ModelReplica(llm_models()["llama-3.1-8b"], llm_devices()["nvidia-h100-80gb"], 1, "fp8", "vllm")
    return speed_of(replica, 1000.0, 100.0, (1000.0, 100.0), ())


def test_an_outcome_is_that_of_the_simulation(speed):
    requests = requests_of(300)
    outcome = Replays(requests, speed, OBJECTIVE).outcome(2, 2, 1.5)
    steps = [step * 1.5 for step in speed.steps[:3]]
    prefills = speed.prefill(requests.inputs) * 1.5
    served = serve(requests.arrivals, requests.outputs.tolist(), steps, prefills.tolist(), 2)
    assert outcome.late == np.count_nonzero(served.waits > 1 - speed.first(requests.inputs))
    assert outcome.following == pytest.approx((served.totals - served.first_tokens).sum())
    assert outcome.wait == pytest.approx(np.quantile(served.waits, 0.9))


def test_a_replay_is_made_once_and_says_how_far_it_is(speed):
    shown: list[str] = []
    replays = Replays(requests_of(2 * BLOCK + 1), speed, OBJECTIVE, shown.append)
    first = replays.outcome(64, 1, 1.0)
    assert shown == [f"1 replica: {share} of 131,073 requests" for share in ("0%", "50%", "100%")]
    assert replays.outcome(64, 1, 1.0) is first
    assert len(shown) == 3
    replays.outcome(64, 2, 1.0)
    assert shown[3] == "2 replicas: 0% of 131,073 requests"


def test_where_nobody_watches_nothing_is_told():
    assert progress_of(None, "replay", 10) is None


def test_requests_without_tokens_are_a_mistake_of_the_caller(speed):
    with pytest.raises(ValueError, match="a language model's requests have tokens"):
        Replays(Requests(np.zeros(2), None, None, 1.0, None, ()), speed, OBJECTIVE)
