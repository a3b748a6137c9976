"""How many replicas a workload needs, and why not elsewhere."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.catalog.model_speed import llm_devices, llm_models
from weighbridge.files.problem import Problem
from weighbridge.planner.batching import serve
from weighbridge.planner.serving import model_of, plan_workload, with_failures
from weighbridge.planner.speed import ReplicaSpeed, speed_of
from weighbridge.planner.step_time import ModelReplica
from weighbridge.planner.trace import read_trace
from weighbridge.spec.model_architecture import Architecture
from weighbridge.spec.workloads import Failures, ServedWorkload


def llm(**change):
    return {
        "model": "llama-3.1-70b",
        "precision": "fp8",
        "accelerators": ["nvidia-h100-80gb"],
        "demand": {"rate": 4, "input_tokens": 1000, "output_tokens": 200, "peak_factor": 2},
        "objective": {"first_token": "2s", "per_token": "50ms"},
    } | change


def planned(folder, workload):
    return plan_workload("chat", ServedWorkload.model_validate(workload), folder)


@pytest.mark.parametrize(
    ("needed", "failures", "count"),
    [
        (5, {}, 5),
        (5, {"replicas": 1}, 6),
        (4, {"zones": 1}, 6),
        (5, {"zones": 1, "replicas": 1}, 9),
        (1, {"zones": 1}, 2),
    ],
)
def test_enough_are_left_whatever_fails(needed, failures, count):
    assert with_failures(needed, Failures(**failures)) == count


@given(st.integers(1, 200), st.integers(0, 5), st.integers(0, 1), st.integers(2, 5))
def test_with_failures_is_the_fewest(needed, replicas, zones, of_zones):
    failures = Failures(replicas=replicas, zones=zones, of_zones=of_zones)

    def left(count):
        return count - replicas - zones * -(-count // of_zones)

    count = with_failures(needed, failures)
    assert left(count) >= needed
    assert left(count - 1) < needed


def test_the_degree_of_parallelism_is_a_choice_and_the_fewest_devices_come_first(tmp_path):
    plan = planned(tmp_path, llm())
    good = [option for option in plan.options if not option.excluded]
    assert {option.devices for option in good} == {2, 4, 8}
    totals = [option.total_devices for option in good]
    assert totals == sorted(totals)
    assert plan.best == (good[0],)
    assert all(option.replicas.low <= option.replicas.middle <= option.replicas.high for option in good)
    for option in good:
        assert 0 <= option.wait.low <= option.wait.middle <= option.wait.high
        assert option.wait.middle < 2
    (excluded,) = [option for option in plan.options if option.excluded]
    assert (excluded.devices, excluded.excluded) == (1, "weights need 71 GB, 70 GB can be used")


def test_the_curve_goes_to_what_fits_and_every_point_has_an_interval(tmp_path):
    (option,) = planned(tmp_path, llm()).best
    concurrencies = [point.concurrency for point in option.curve]
    assert concurrencies == sorted(concurrencies)
    assert option.slots in concurrencies
    for point in option.curve:
        assert point.per_token.low < point.per_token.middle < point.per_token.high
        assert point.tokens_per_s.middle < point.concurrency / point.per_token.middle
    rates = [point.tokens_per_s.middle for point in option.curve]
    assert rates == sorted(rates)


@pytest.mark.parametrize(
    ("devices", "reason"), [(16, "one machine has at most 8"), (3, "64 heads can't be split evenly")]
)
def test_a_model_is_split_only_as_machines_and_its_heads_allow(tmp_path, devices, reason):
    (option,) = planned(tmp_path, llm(devices=[devices])).options
    assert option.excluded == reason


def test_a_tighter_time_of_a_token_takes_slots(tmp_path):
    loose, tight = (
        planned(tmp_path, llm(devices=[8], objective={"first_token": "2s", "per_token": per_token})).options[0]
        for per_token in ("500ms", "15ms")
    )
    assert (loose.slots_limited_by, tight.slots_limited_by) == ("memory", "per_token")
    assert tight.slots < loose.slots


def test_a_device_that_nobody_measured_gets_no_estimate(tmp_path):
    plan = planned(tmp_path, llm(model="llama-3.1-8b", precision="int8", accelerators=["nvidia-tesla-t4"]))
    assert plan.best == ()
    assert {option.excluded for option in plan.options} == {
        "nobody measured dense models on T4; state two points of your own in `measured`"
    }
    assert all(option.unknown for option in plan.options)


@pytest.mark.parametrize(
    ("objective", "key", "message"),
    [
        (
            {"first_token": "50ms"},
            "first_token",
            r"below the bare service time: the first token takes 0\.\d+ s without any wait, with 8 x nvidia-h100-80gb",
        ),
        (
            {"first_token": "2s", "per_token": "3ms"},
            "per_token",
            r"below the bare service time: a token takes [\d.]+ ms with one request at a time, with 8 x nvidia-h100-.*",
        ),
    ],
)
def test_an_objective_below_the_bare_service_is_a_problem_of_its_key(tmp_path, objective, key, message):
    problem = planned(tmp_path, llm(objective=objective))
    assert isinstance(problem, Problem)
    assert problem.path == ("workloads", "chat", "objective", key)
    assert re.fullmatch(message, problem.message), problem.message


def test_replicas_of_a_real_trace_are_those_of_trying_each_number(shared, tmp_path):
    file = shared("data/azure_llm_inference_2023_code.csv")
    trace = read_trace(file)
    assert trace.inputs is not None
    assert trace.outputs is not None
    (tmp_path / "t.csv").symlink_to(file)
    (option,) = planned(tmp_path, llm(demand={"trace": "t.csv"}, devices=[2])).options
    replica = ModelReplica(llm_models()["llama-3.1-70b"], llm_devices()["nvidia-h100-80gb"], 2, "fp8", "vllm")
    longest = (trace.inputs + trace.outputs).argmax()
    speed = speed_of(
        replica, trace.inputs.mean(), trace.outputs.mean(), (trace.inputs[longest], trace.outputs[longest]), ()
    )
    assert isinstance(speed, ReplicaSpeed)
    prefills, bare = speed.prefill(trace.inputs), speed.first(trace.inputs)

    def late(replicas):
        served = serve(
            trace.arrivals, trace.outputs.tolist(), speed.steps[: option.slots + 1], prefills.tolist(), replicas
        )
        return np.mean(served.waits + bare > 2)

    by_force = next(count for count in range(1, 20) if late(count) <= 0.05)
    assert option.replicas is not None
    assert abs(option.replicas.middle - by_force) <= 1


def server(**change):
    return {
        "service_time": {"base": "200ms"},
        "demand": {"rate": 100, "peak_factor": 1},
        "objective": {"wait": "100ms", "within": "95%"},
    } | change


def test_random_arrivals_at_a_server_are_erlangs(tmp_path):
    (option,) = planned(tmp_path, server()).options
    assert option.replicas.middle == 24
    assert option.basis == "your `service_time`; Erlang C: random arrivals, one queue, services of that mean"


def test_a_latency_leaves_for_the_queue_what_the_service_does_not_take(tmp_path):
    (option,) = planned(tmp_path, server(objective={"latency": "300ms"})).options
    assert option.replicas.middle == 24
    problem = planned(tmp_path, server(objective={"latency": "100ms"}))
    assert problem.path == ("workloads", "chat", "objective", "latency")
    assert problem.message == ("below the bare service time: 95 % of requests take up to 0.2 s without any wait")


def test_a_trace_is_replayed_with_the_delay_of_the_autoscaler(tmp_path):
    times = np.cumsum(np.concatenate([np.full(n * 20, 10 / n) for n in range(1, 11)]))
    (tmp_path / "t.csv").write_text("time\n" + "".join(f"{time:.3f}\n" for time in times))
    workload = server(
        service_time={"base": "9s"}, demand={"trace": "t.csv"}, objective={"wait": "30s"}, scale_up_delay="30s"
    )
    (option,) = planned(tmp_path, workload).options
    assert option.basis == "your `service_time`; replay of 1,100 requests"
    assert option.autoscaling.floor < option.autoscaling.ceiling == option.replicas.middle


def test_models_of_other_kinds_are_counted_by_published_results(tmp_path):
    workload = {
        "model": "dlrm-v2-99", "accelerators": ["nvidia-h200-141gb", "nvidia-l4"],
        "demand": {"rate": 100_000, "peak_factor": 2},
    }  # fmt: skip
    plan = planned(tmp_path, workload)
    measured, unknown = plan.options
    assert (measured.origin, measured.replicas.middle) == ("MLPerf", 3)
    assert measured.basis == (
        "73,521 samples/s a device, within the benchmark's latency; 2 results of MLPerf Inference v5.1"
    )
    assert unknown.excluded == "nobody published dlrm-v2-99 on it; published: nvidia-h200-141gb"


def test_an_architecture_of_ones_own_is_a_model():
    given_model = model_of(
        Architecture(
            parameters_billions=46.7, active_billions=12.9, layers=32, hidden=4096, heads=32, kv_heads=8, experts=8,
            experts_per_token=2,
        )
    )  # fmt: skip
    assert given_model.kind == "mixture"
    assert given_model.experts_parameters == pytest.approx(45.1e9, rel=0.01)
    assert model_of(Architecture(parameters_billions=7, layers=32, hidden=4096, heads=32)).kv_heads == 32


def test_a_draw_that_is_over_before_the_queue_is_full_is_no_reason_for_fewer_servers(tmp_path):
    given = server(
        service_time={"base": "30s", "per_output_token": "100ms"}, demand={"rate": 100, "output_tokens": 100},
        objective={"wait": "1s"},
    )  # fmt: skip
    (option,) = planned(tmp_path, given).options
    assert option.replicas.middle > 100 * 40
    assert option.basis.endswith("and Erlang C at their mean time, as they are over too soon")


def test_what_may_fail_is_on_top_of_what_an_autoscaler_has(tmp_path):
    times = np.cumsum(np.concatenate([np.full(n * 20, 10 / n) for n in range(1, 11)]))
    (tmp_path / "t.csv").write_text("time\n" + "".join(f"{time:.3f}\n" for time in times))
    given = server(
        service_time={"base": "9s"}, demand={"trace": "t.csv"}, objective={"wait": "30s"}, scale_up_delay="30s"
    )
    bare, safe = (planned(tmp_path, given | {"survive": {"replicas": lost}}).options[0] for lost in (0, 2))
    assert safe.autoscaling.floor == bare.autoscaling.floor + 2
    assert safe.autoscaling.ceiling == bare.autoscaling.ceiling + 2 == safe.with_failures
    assert safe.autoscaling.mean == pytest.approx(bare.autoscaling.mean + 2)


def test_speech_is_planned_in_tokens_of_text_and_asks_for_them(tmp_path):
    given = {
        "model": "whisper", "accelerators": ["nvidia-h200-141gb"], "demand": {"rate": 100, "output_tokens": 90},
    }  # fmt: skip
    assert planned(tmp_path, given).options[0].replicas.middle == math.ceil(100 * 90 / 4261.09)
    unknown = planned(tmp_path, given | {"demand": {"rate": 100}}).options[0]
    assert (unknown.unknown, unknown.replicas) == (True, None)
    assert unknown.excluded.startswith("its speed is published in tokens of text a second: state `output_tokens`")


def test_a_model_that_was_measured_on_several_devices_together_needs_them_together(tmp_path):
    given = {
        "model": "qwen3-vl-235b-a22b", "accelerators": ["nvidia-gb200", "nvidia-h200-141gb"], "demand": {"rate": 50},
    }  # fmt: skip
    first, second = planned(tmp_path, given).options
    assert (first.devices, first.replicas.middle) == (4, math.ceil(50 / (9.2 * 4)))
    assert (second.devices, second.total_devices) == (8, 8 * math.ceil(50 / (1.381 * 8)))
