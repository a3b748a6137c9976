"""A whole file of workloads: planned, or refused with all that is wrong, and the exit code of what is known."""

import pytest

from weighbridge.files.problem import FileError
from weighbridge.planner.plan import plan_file
from weighbridge.planner.replay import NeverEnough

GOOD = """\
version: 1
workloads:
  ranker:
    service_time: {base: 200ms}
    demand: {rate: 100}
    objective: {wait: 100ms}
"""


def written(tmp_path, text):
    file = tmp_path / "workloads.yaml"
    file.write_text(text)
    return file


def refused(tmp_path, text):
    with pytest.raises(FileError) as wrong:
        plan_file(written(tmp_path, text))
    return [line.removeprefix(f"{tmp_path}/") for line in wrong.value.lines()]


def test_each_workload_is_planned_and_told_of(tmp_path):
    heard: list[str] = []
    result = plan_file(written(tmp_path, GOOD), heard.append)
    assert [plan.name for plan in result.plans] == ["ranker"]
    assert heard == ["planning ranker"]
    assert result.exit_code == 0


def test_how_far_a_replay_is_goes_with_the_name(tmp_path):
    heard: list[str] = []
    (tmp_path / "t.csv").write_text("time\n" + "".join(f"{tenth / 10}\n" for tenth in range(10)))
    plan_file(written(tmp_path, GOOD.replace("rate: 100", "trace: t.csv")), heard.append)
    assert heard[:2] == ["planning ranker", "planning ranker: replay: 0% of 10 requests"]


def test_all_that_is_wrong_comes_at_once_with_line_and_column(tmp_path):
    text = GOOD.replace("base: 200ms", "bse: 200ms").replace("rate: 100", "rate: -1")
    assert refused(tmp_path, text) == [
        (
            "workloads.yaml:4:20: workloads.ranker.service_time.bse: unknown key. Allowed here: base,"
            " per_input_token, per_output_token. Did you mean `base`?"
        ),
        "workloads.yaml:5:20: workloads.ranker.demand.rate: expected a number above 0 and up to 1,000,000,000, got -1.",
    ]


def test_an_objective_below_the_bare_service_is_said_where_it_stands(tmp_path):
    assert refused(tmp_path, GOOD.replace("wait: 100ms", "latency: 100ms")) == [
        (
            "workloads.yaml:6:26: workloads.ranker.objective.latency: below the bare service time: 95 % of requests"
            " take up to 0.2 s without any wait"
        )
    ]


def test_a_trace_lies_beside_the_file(tmp_path):
    text = GOOD.replace("rate: 100", "trace: traces/t.csv")
    assert refused(tmp_path, text) == ["traces/t.csv: there is no such file"]
    (tmp_path / "traces").mkdir()
    (tmp_path / "traces" / "t.csv").write_text("time\n1\n2\n2.1\n")
    assert plan_file(written(tmp_path, text)).exit_code == 0


def test_a_workload_that_nothing_serves_is_named(tmp_path):
    with pytest.raises(NeverEnough, match="ranker: more than 100,000 of them are needed"):
        plan_file(written(tmp_path, GOOD.replace("rate: 100", "rate: 1000000")))


LLM = """\
version: 1
workloads:
  chat:
    model: llama-3.1-70b
    accelerators: [{accelerator}]
    devices: [{devices}]
    demand: {{rate: 1, input_tokens: 100, output_tokens: 100}}
    objective: {{first_token: 5s}}
"""


@pytest.mark.parametrize(
    ("accelerator", "devices", "code"),
    [("nvidia-h100-80gb", 4, 0), ("nvidia-h100-80gb", 1, 1), ("tpu-v5p-slice", 4, 3)],
)
def test_what_fits_nowhere_is_no_and_what_nobody_measured_is_not_known(tmp_path, accelerator, devices, code):
    text = LLM.format(accelerator=accelerator, devices=devices)
    assert plan_file(written(tmp_path, text)).exit_code == code


RUN = """\
version: 1
runs:
  tune:
    history: {file: runs.csv}
    hardware: [{machine_type: a3-highgpu-8g, region: us-central1}]
"""


def test_a_file_may_have_runs_alone(tmp_path):
    (tmp_path / "runs.csv").write_text("duration_s,state\n3600,ok\n3700,ok\n3650,ok\n")
    heard: list[str] = []
    result = plan_file(written(tmp_path, RUN), heard.append)
    assert (result.exit_code, result.overlap, heard) == (0, None, ["planning tune"])
    assert plan_file(written(tmp_path, RUN + '    schedule: {at: "02:00"}\n')).overlap.pools[0].high == 8


def test_runs_of_which_nothing_is_known_are_no_verdict_and_too_slow_ones_are_refused(tmp_path):
    (tmp_path / "runs.csv").write_text("duration_s,state\n3600,failed\n")
    assert plan_file(written(tmp_path, RUN)).exit_code == 3
    (tmp_path / "runs.csv").write_text("duration_s,state\n3600,ok\n3700,ok\n3650,ok\n")
    assert plan_file(written(tmp_path, RUN + "    deadline: 30m\n")).exit_code == 1


def test_a_wrong_line_of_past_runs_is_said(tmp_path):
    (tmp_path / "runs.csv").write_text("duration_s,state\n-1,ok\n")
    assert refused(tmp_path, RUN) == ["runs.csv:2:1: duration: expected seconds, 1h30m or 01:30:00, got '-1'"]


SERVED_TOO = """\
version: 1
region: us-central1
workloads:
  ranker:
    service_time: {base: 200ms}
    demand: {rate: 20}
    objective: {wait: 100ms}
    hardware: {machine_types: [g2-standard-24], per_replica: {accelerator: nvidia-l4}}
runs:
  tune:
    history: {file: runs.csv}
    hardware: [{machine_type: g2-standard-48, region: us-central1}]
    schedule: {at: "02:00"}
"""


def test_what_serving_occupies_stands_below_the_month(tmp_path):
    """Two L4 a node of its machines, on demand in the same region; another region or quota is another pool."""
    (tmp_path / "runs.csv").write_text("duration_s,state\n3600,ok\n3700,ok\n3650,ok\n")
    result = plan_file(written(tmp_path, SERVED_TOO))
    (pool,), (candidate,) = result.overlap.pools, result.hardware.choice.chosen
    assert pool.standing == 2 * candidate.most > 0
    assert (pool.high, pool.calendar[0].usual[12]) == (pool.standing + 4, pool.standing)
    elsewhere = plan_file(written(tmp_path, SERVED_TOO.replace("48, region: us-central1", "48, region: us-east1")))
    assert elsewhere.overlap.pools[0].standing == 0
