"""What is wrong with workloads beyond what the models say, each with where and what to do."""

import pytest

from weighbridge.planner.problems import problems
from weighbridge.spec.workloads import Workloads


def good(**change):
    workload = {
        "model": "llama-3.1-8b",
        "accelerators": ["nvidia-l4"],
        "demand": {"rate": 3, "input_tokens": 500, "output_tokens": 100},
        "objective": {"first_token": "2s"},
    }
    workload |= change
    return {key: value for key, value in workload.items() if value is not None}


SERVER = {
    "model": None, "accelerators": None, "service_time": {"base": "50ms"}, "demand": {"rate": 3},
    "objective": {"wait": "1s"},
}  # fmt: skip


def found(workload):
    given = Workloads.model_validate({"version": 1, "workloads": {"chat": workload}})
    return [f"{problem.location.removeprefix('workloads.chat')}: {problem.message}" for problem in problems(given)]


def test_good_ones_have_none():
    assert found(good()) == []
    assert found(good(**SERVER)) == []
    assert found(good(model="dlrm-v2-99", demand={"rate": 3}, objective=None)) == []


TOKENS = {"input_tokens": 5, "output_tokens": 5}
_UNKNOWN = ".model: the catalog has no speed of 'gpt-9'. State `architecture`, or `service_time`"
ARCHITECTURE = {"parameters_billions": 7, "layers": 32, "hidden": 4096, "heads": 32}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"service_time": {"base": "5ms"}},
            ": expected one of `model`, `architecture` and `service_time`, got `model` and `service_time`",
        ),
        ({"model": None}, ": expected one of `model`, `architecture` and `service_time`, got none of them"),
        (
            {"model": "lama-3.1-8b", "objective": None, "demand": {"rate": 3}},
            (
                ".model: the catalog has no speed of 'lama-3.1-8b'. Did you mean `llama-3.1-8b`? State"
                " `architecture`, or `service_time`"
            ),
        ),
        (
            {"accelerators": ["nvidia-l5"]},
            ".accelerators[0]: the catalog knows no accelerator 'nvidia-l5'. Did you mean `nvidia-l4`?",
        ),
        (
            {"accelerators": ["L4"]},
            ".accelerators[0]: the catalog knows no accelerator 'L4'. Did you mean `nvidia-l4`?",
        ),
        ({"model": "gpt-9", "objective": {"first_token": "2s"}}, _UNKNOWN),
        ({"model": "gpt-9", "demand": {"rate": 3}, "objective": {"wait": "1s"}}, _UNKNOWN),
        ({"accelerators": None}, ": `accelerators` is missing: name the devices to look at, such as [nvidia-l4]"),
        (
            {"demand": {"rate": 3, "trace": "t.csv", "input_tokens": 1, "output_tokens": 1}},
            ".demand: expected one of `trace`, `prometheus` and `rate`, got `trace` and `rate`",
        ),
        (
            {"measured": [{"accelerator": "nvidia-l4", "concurrency": 1, "per_token": "9ms"}] * 2},
            ".measured[0]: one concurrency of 1 x nvidia-l4 makes no line: add another",
        ),
        (
            {"measured": [{"accelerator": "nvidia-tesla-t4", "concurrency": 1, "per_token": "9ms"}]},
            (".measured[0].accelerator: nvidia-tesla-t4 is not one of `accelerators`, so nothing would come of it"),
        ),
        ({"demand": {}}, ".demand: expected one of `trace`, `prometheus` and `rate`, got none of them"),
        (
            {"demand": {"prometheus": {"requests": "r", "input_tokens": "i"}, "input_tokens": 5, "output_tokens": 5}},
            ".demand.input_tokens: `prometheus` asks for `input_tokens` already: leave it out",
        ),
        (
            {"demand": {"prometheus": {"requests": "r", "input_tokens": "i"}}},
            ".demand: `output_tokens` is missing: state the mean of a request, or its query in `prometheus`",
        ),
        (
            {
                "demand": {
                    "prometheus": {"requests": "r", "step": "1h", "last": "2h"},
                    "input_tokens": 5,
                    "output_tokens": 5,
                }
            },
            ".demand.prometheus.step: expected at most a 10th of `last`, 2h",
        ),
        (
            {
                "demand": {
                    "prometheus": {"requests": "r", "step": "1s", "last": "52w"},
                    "input_tokens": 5,
                    "output_tokens": 5,
                }
            },
            ".demand.prometheus.last: expected at most 200,000 steps: lengthen `step`",
        ),
        (
            {"results": [{"file": "b.json", "accelerator": "nvidia-b200"}]},
            ".results[0].accelerator: nvidia-b200 is not one of `accelerators`, so nothing would come of it",
        ),
        (
            {"demand": {"trace": "t.csv", "peak_factor": 2}},
            ".demand.peak_factor: the trace has it already: leave it out",
        ),
        (
            {"demand": {"rate": 3, "input_tokens": 5}},
            ".demand: `output_tokens` is missing: with `rate`, a language model needs the mean of a request",
        ),
        (
            {"demand": {"rate": 3, "input_tokens": 5, "output_tokens": 5, "weekly": [0] * 7}},
            ".demand.weekly: expected some number above 0",
        ),
        (
            {"objective": {"per_token": "50ms"}},
            ".objective: `first_token` is missing: without it requests may wait for ever",
        ),
        (
            {"objective": {"first_token": "2s", "within": "0%"}},
            ".objective.within: expected more than 0%: nothing would have to be fast",
        ),
        (
            {"objective": {"first_token": "2s", "wait": "1s"}},
            ".objective.wait: a language model has `first_token` and `per_token`: leave it out",
        ),
        (
            {"model": None, "architecture": ARCHITECTURE | {"experts": 8, "active_billions": 2}},
            ".architecture: `experts` needs `experts_per_token` beside it",
        ),
        (
            {"model": None, "architecture": ARCHITECTURE | {"active_billions": 9}},
            ".architecture.active_billions: expected at most `parameters_billions`, 7, got 9",
        ),
    ],
)
def test_what_is_wrong_is_said_once(change, expected):
    assert found(good(**change)) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"objective": {}}, ".objective: expected `wait` or `latency`"),
        (
            {"objective": {"wait": "1s", "per_token": "1s"}},
            ".objective.per_token: only a language model has it: leave it out",
        ),
        (
            {"accelerators": ["nvidia-l4"]},
            ".accelerators: with `service_time` nothing depends on it: leave it out",
        ),
    ],
)
def test_of_a_server_with_a_service_time(change, expected):
    assert found(good(**(SERVER | change))) == [expected]
