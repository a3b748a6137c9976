"""The plan as a terminal shows it: within 80 columns, every number with what it is."""

import pytest

from weighbridge.planner.plan import PlanResult
from weighbridge.planner.serving import WorkloadPlan, plan_workload
from weighbridge.render.plan.text import render
from weighbridge.render.style import Style
from weighbridge.spec.workloads import ServedWorkload

LLM = {
    "model": "llama-3.1-70b",
    "precision": "fp8",
    "accelerators": ["nvidia-h200-141gb", "nvidia-h100-80gb", "nvidia-tesla-t4"],
    "demand": {"rate": 4, "input_tokens": 1000, "output_tokens": 200},
    "objective": {"first_token": "2s", "per_token": "50ms"},
    "survive": {"replicas": 1, "zones": 1},
}


def shown(tmp_path, workload):
    plan = plan_workload("chat", ServedWorkload.model_validate(workload), tmp_path)
    assert isinstance(plan, WorkloadPlan)
    return render(PlanResult((plan,)), Style()).splitlines()


def test_no_line_is_wider_than_the_terminal_and_no_column_is_left_out(tmp_path):
    lines = shown(tmp_path, LLM)
    assert max(map(len, lines)) <= 80
    (header,) = [line for line in lines if line.startswith("  replica ")]
    assert header.split() == [
        "replica",
        "at",
        "once",
        "ms",
        "a",
        "token",
        "first",
        "token,",
        "s",
        "replicas",
        "devices",
    ]


def test_each_number_says_what_it_is_and_what_excludes_the_rest(tmp_path):
    text = "\n".join(shown(tmp_path, LLM))
    assert "  1, 2, 4, 8 x nvidia-h200-141gb: fitted: 81 measured rows of vllm on H200, this" in text
    assert "  1 x nvidia-h100-80gb: no: weights need 71 GB, 70 GB can be used" in text
    assert "  4 x nvidia-tesla-t4: no: weights need 71 GB, 50 GB can be used" in text
    assert "so\n             that 1 replica and a zone of 3 may fail" in text


def test_a_server_is_short(tmp_path):
    workload = {"service_time": {"base": "200ms"}, "demand": {"rate": 100}, "objective": {"wait": "100ms"}}
    assert shown(tmp_path, workload) == [
        "chat  a server that takes one request at a time",
        "  demand     100 requests a second at the busiest",
        "  objective  wait 100 ms for 95 % of requests",
        "  needs      24 replicas",
        "",
        "  measured here: your `service_time`; Erlang C: random arrivals, one queue,",
        "    services of that mean",
        "  note: no `peak_factor`: arrivals are taken as random within the hour; real",
        "    ones come in bursts, and a trace of yours can need several times as many",
    ]


def test_what_cannot_be_served_says_so(tmp_path):
    lines = shown(tmp_path, LLM | {"accelerators": ["nvidia-tesla-t4"]})
    assert lines[3] == "  needs      no option meets the objective"


@pytest.mark.parametrize(
    ("delay", "words"),
    [
        ("30s", "With 30s to scale up, 4 to 10 do, 6.2 on average"),
        ("1h", "With 1h to scale up, an autoscaler would save next to nothing"),
    ],
)
def test_the_delay_of_scaling_up_decides_what_must_stand(tmp_path, delay, words):
    times = [second * 5 for second in range(500)] + [2500 + second / 2 for second in range(3000)]
    (tmp_path / "t.csv").write_text("time\n" + "".join(f"{time}\n" for time in times))
    workload = {
        "service_time": {"base": "5s"}, "demand": {"trace": "t.csv"}, "objective": {"wait": "20s"},
        "scale_up_delay": delay,
    }  # fmt: skip
    assert words in " ".join(" ".join(shown(tmp_path, workload)).split())
