"""A run on each hardware: how long, for what money, and how much longer where it is cheaper."""

import pytest

from weighbridge.catalog.model_speed import llm_models
from weighbridge.planner.run_plan import compared, plan_run
from weighbridge.planner.training_time import operations_per_token
from weighbridge.spec.planned_runs import ModelTraining, PlannedRun

TRAIN = {"model": "llama-3.1-8b", "tokens_billions": 15, "sequence": 8192}
H100 = {"machine_type": "a3-highgpu-8g", "nodes": 4, "region": "us-central1"}
V5P = {"tpu": "v5p-128", "region": "us-east5"}


def planned(tmp_path, csv=None, **given):
    if csv is not None:
        (tmp_path / "runs.csv").write_text(csv)
        given["history"] = {"file": "runs.csv"} | given.get("history", {})
    return plan_run("r", PlannedRun.model_validate({"hardware": [H100]} | given), tmp_path)


def test_without_runs_time_is_operations_over_the_rate_of_published_trainings(tmp_path):
    (option,) = planned(tmp_path, train=TRAIN).options
    count = operations_per_token(ModelTraining.model_validate(TRAIN), llm_models()["llama-3.1-8b"]) * 15e9
    assert option.time.middle == pytest.approx(count / (32 * 989e12 * 0.383), rel=0.01)
    assert option.time.low < option.time.middle < option.time.high
    assert option.time.words.endswith(
        "23 published trainings of 6 models on H100 80 GB (dense models in bf16): 0.28 to 0.45"
    )
    assert option.usd.middle == pytest.approx(option.time.middle / 3600 * 4 * 88.49)


def test_start_and_goodput_lengthen_it(tmp_path):
    plain = planned(tmp_path, train=TRAIN).options[0].time
    longer = planned(tmp_path, train=TRAIN, start_up="30m", goodput="80%").options[0].time
    assert longer.middle == pytest.approx(1800 + plain.middle / 0.8)
    assert plain.notes == ("no restarts or checkpoints are counted: state `goodput`",)
    assert longer.notes == ()


def test_how_much_longer_it_takes_where_it_is_cheaper(tmp_path):
    spot = H100 | {"provisioning": "spot", "nodes": 2}
    plan = planned(tmp_path, train=TRAIN, hardware=[H100, spot])
    found = compared(plan, plan.options[1])
    assert found.times_as_long == pytest.approx(2)
    assert found.seconds_more == pytest.approx(plan.options[0].time.middle)
    assert found.share_less == pytest.approx(1 - 50.609541 / 88.49, abs=1e-6)
    assert plan.cheapest is plan.options[1]
    assert compared(plan, plan.options[0]) is None


def test_an_own_mfu_is_for_the_first_kind_of_device_only(tmp_path):
    first, second = planned(tmp_path, train=TRAIN | {"mfu": 0.5}, hardware=[H100, V5P]).options
    assert first.time.low == first.time.middle == first.time.high
    assert first.time.origin == "measured here"
    assert second.time.origin == "published"


def test_past_runs_come_first(tmp_path):
    plan = planned(tmp_path, "duration_s,state\n36000,ok\n37000,ok\n36500,failed\n38000,ok\n", train=TRAIN)
    assert plan.options[0].time.middle == pytest.approx(36991, rel=1e-3)
    assert plan.options[0].time.words == "3 past runs, as they took"
    assert (plan.failures.failed, plan.failures.ended) == (1, 4)
    assert plan.options[0].notes == ("past runs reached an MFU of 0.70, if they trained what `train` says",)


def test_past_runs_are_carried_to_other_devices_by_what_both_reach(tmp_path):
    past, other = planned(
        tmp_path, "duration_s\n36000\n37000\n38000\n", train=TRAIN, hardware=[H100, V5P]
    ).options  # fmt: skip
    assert other.time.origin == "carried over"
    assert other.time.middle == pytest.approx(past.time.middle * (32 * 989 * 0.383) / (64 * 459 * 0.627), rel=0.01)
    assert other.time.high / other.time.low > past.time.high / past.time.low
    (_, unknown) = planned(tmp_path, "duration_s\n36000\n37000\n38000\n", hardware=[H100, V5P]).options
    assert unknown.unknown
    assert unknown.excluded == "past runs were on nvidia-h100-80gb: `train` would say how tpu-v5p-slice compares"


def test_past_runs_that_nobody_can_have_reached_are_refused(tmp_path):
    (option,) = planned(tmp_path, "duration_s\n3600\n3700\n3800\n", train=TRAIN).options
    assert option.excluded == (
        "past runs would have reached an MFU of 7.00 in bf16, and nobody gets beyond 0.75: other tokens, devices or"
        " precision than in `train`"
    )


def test_without_a_run_that_succeeded_nothing_is_known(tmp_path):
    plan = planned(tmp_path, "duration_s,state\n3600,failed\n")
    assert plan.chosen is None
    assert plan.options[0].excluded == "no past run has succeeded, and no `train` to count its operations"


def test_a_deadline_leaves_out_what_is_too_slow(tmp_path):
    slow = H100 | {"nodes": 1}
    plan = planned(tmp_path, train=TRAIN, hardware=[slow, H100, H100 | {"nodes": 8}], deadline="21h")
    assert [option.excluded for option in plan.options] == ["it takes longer than the deadline", "", ""]
    assert plan.chosen is plan.options[1]
    assert "it may take longer than the deadline" in plan.options[1].notes


def test_what_does_not_fit_is_left_out(tmp_path):
    big = TRAIN | {"model": "llama-3.1-405b"}
    (option,) = planned(tmp_path, train=big).options
    assert option.excluded.startswith("weights, gradients and optimizer need 6,494 GB, 2,304 GB can be used")


def test_data_pipelines_are_counted_in_vcpus(tmp_path):
    given = {"machine_type": "n2-standard-16", "nodes": 4}
    ran = {"hardware": {"machine_type": "e2-standard-16", "nodes": 2}}
    (option,) = planned(tmp_path, "duration_s\n3600\n3600\n3601\n", hardware=[given], history=ran).options
    assert option.time.middle == pytest.approx(1800, rel=1e-3)
    assert option.time.notes[-1] == (
        "past runs were on e2-standard-16: a vCPU of n2-standard-16 is taken to be as fast"
    )
