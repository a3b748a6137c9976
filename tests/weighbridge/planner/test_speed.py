"""The curve of a replica: from the table, or from two points of the user's own."""

import numpy as np
import pytest

from weighbridge.catalog.model_speed import llm_devices, llm_models
from weighbridge.planner.speed import EXACT, NoSpeed, ReplicaSpeed, speed_of
from weighbridge.planner.step_time import ModelReplica
from weighbridge.spec.workloads import MeasuredPoint


def replica(accelerator="nvidia-h100-80gb", devices=2, engine="vllm", model="llama-3.1-70b", precision="fp8"):
    return ModelReplica(llm_models()[model], llm_devices()[accelerator], devices, precision, engine)


def point(concurrency, per_token, accelerator="nvidia-h100-80gb", devices=2, **more):
    return MeasuredPoint(accelerator=accelerator, devices=devices, concurrency=concurrency, per_token=per_token, **more)


def curve(*points, of=None):
    found = speed_of(of or replica(), 1000, 1000, (1000, 1000), points)
    assert isinstance(found, ReplicaSpeed), found
    return found


def test_a_step_takes_longer_with_more_requests_and_has_an_interval():
    found = curve()
    assert list(found.steps[1:]) == sorted(found.steps[1:])
    assert len(found.steps) == found.room.sequences + 1
    assert found.step_factors.low < 1 < found.step_factors.high
    assert found.origin == "fitted"


def test_two_points_of_ones_own_override_the_table():
    v6e = replica("tpu-v6e-slice", 8, "vllm-tpu", precision="bf16")
    points = [point(64, "25.35ms", "tpu-v6e-slice", 8), point(128, "35.12ms", "tpu-v6e-slice", 8)]
    found = curve(*points, of=v6e)
    assert found.origin == "measured here"
    assert found.step_factors == EXACT
    slope = found.steps[101] - found.steps[100]
    assert slope == pytest.approx(0.153e-3, rel=0.01)
    assert found.steps[64] == pytest.approx(0.02535)
    assert found.words == (
        "the line through 2 points of your own; above 128 requests at once it is continued, not measured; the first"
        " token is fitted"
    )


def test_points_of_another_place_or_of_one_concurrency_override_nothing():
    for points in ([point(1, "9ms"), point(1, "8ms")], [point(1, "9ms", devices=4), point(64, "20ms", devices=4)]):
        assert curve(*points).origin == "fitted"


def test_a_device_that_nobody_measured_is_known_by_two_points_only():
    t4 = replica("nvidia-tesla-t4", 1, model="llama-3.1-8b", precision="int8")
    found = speed_of(t4, 200, 200, (200, 200), [])
    expected = "nobody measured dense models on T4; state two points of your own in `measured`"
    assert found == NoSpeed(expected, known=False)
    first = {"first_token": "400ms"}
    points = [point(n, f"{30 + n}ms", "nvidia-tesla-t4", 1, **first) for n in (1, 8)]
    known = speed_of(t4, 200, 200, (200, 200), points)
    assert isinstance(known, ReplicaSpeed)
    assert known.first(np.array([10.0, 5000.0])).tolist() == [0.4, 0.4]
    assert known.steps[4] == pytest.approx(0.034)


def test_what_does_not_fit_has_no_speed_whatever_was_measured():
    found = speed_of(replica(devices=1), 1000, 1000, (1000, 1000), [])
    assert found == NoSpeed("weights need 71 GB, 70 GB can be used", known=True)
