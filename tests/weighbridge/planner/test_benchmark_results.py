"""Result files of benchmarks as points of a replica: each tool's own names and units."""

import json

import pytest

from weighbridge.files.problem import FileError
from weighbridge.planner.benchmark_results import with_results
from weighbridge.spec.workloads import ServedWorkload

VLLM = {
    "backend": "vllm", "max_concurrency": 16, "completed": 200, "total_output_tokens": 20_000,
    "request_throughput": 6.4, "mean_ttft_ms": 500.0, "mean_tpot_ms": 20.0, "mean_itl_ms": 19.5,
}  # fmt: skip


def guidellm(concurrency, itl, ttft):
    def summary(mean):
        return {"successful": {"mean": mean}, "errored": {"mean": 0}, "total": {"mean": mean * 2}}

    return {"metrics": {
        "request_concurrency": summary(concurrency), "inter_token_latency_ms": summary(itl),
        "time_to_first_token_ms": summary(ttft), "time_per_output_token_ms": summary(itl * 3),
    }}  # fmt: skip


def stage(rate, whole, itl, ttft):
    latency = {"request_latency": {"mean": whole}, "inter_token_latency": {"mean": itl},
               "time_to_first_token": {"mean": ttft}}  # fmt: skip
    return {
        "load_summary": {"count": 300, "requested_rate": rate, "achieved_rate": rate},
        "successes": {"count": 290, "latency": latency, "throughput": {"requests_per_sec": rate}},
        "failures": {"count": 10},
    }


def points(tmp_path, *documents, **change):
    files = []
    for place, document in enumerate(documents):
        text = document if isinstance(document, str) else json.dumps(document)
        (tmp_path / f"{place}.json").write_text(text)
        files.append({"file": f"{place}.json", "accelerator": "nvidia-l4"})
    given = {
        "model": "llama-3.1-8b", "accelerators": ["nvidia-l4"], "results": files,
        "demand": {"rate": 1, "input_tokens": 100, "output_tokens": 100}, "objective": {"first_token": "2s"},
    } | change  # fmt: skip
    made = with_results(ServedWorkload.model_validate(given), tmp_path)
    return [
        (point.concurrency, point.per_token.total_seconds(), point.first_token.total_seconds())
        for point in made.measured
    ]


ALONE = VLLM | {"max_concurrency": 1, "request_throughput": 0.5, "mean_tpot_ms": 15.0}


def test_of_vllm_a_closed_loop_has_the_requests_that_were_in_flight(tmp_path):
    # A request takes 0.5 + 99 * 0.02 = 2.48 s: at 6.4 a second, 15.9 are in flight.
    assert points(tmp_path, VLLM, ALONE) == [(16, 0.02, 0.5), (1, 0.015, 0.5)]


def test_of_vllm_an_open_loop_has_what_little_says(tmp_path):
    found = points(tmp_path, VLLM | {"max_concurrency": None, "request_throughput": 10}, ALONE)
    assert found[0] == (25, 0.02, 0.5)


def test_results_that_were_appended_are_read_line_by_line(tmp_path):
    assert len(points(tmp_path, json.dumps(VLLM) + "\n" + json.dumps(ALONE) + "\n")) == 2


def test_of_guidellm_a_token_is_one_after_the_first_and_requests_succeeded(tmp_path):
    found = points(tmp_path, {"benchmarks": [guidellm(1.0, 12.0, 80.0), guidellm(31.6, 25.0, 300.0)]})
    assert found == [(1, 0.012, 0.08), (32, 0.025, 0.3)]


def test_of_inference_perf_times_are_seconds_and_stages_are_points(tmp_path):
    found = points(tmp_path, stage(5, 1.8, 0.0036, 0.025), stage(20, 4.0, 0.008, 0.1))
    assert found == [(9, 0.0036, 0.025), (80, 0.008, 0.1)]


def test_points_of_the_file_stand_beside_those_that_are_stated(tmp_path):
    stated = {"accelerator": "nvidia-l4", "concurrency": 2, "per_token": "16ms"}
    (tmp_path / "0.json").write_text(json.dumps(VLLM))
    given = ServedWorkload.model_validate({
        "model": "llama-3.1-8b", "accelerators": ["nvidia-l4"], "measured": [stated],
        "results": [{"file": "0.json", "accelerator": "nvidia-l4"}], "demand": {"rate": 1},
    })  # fmt: skip
    assert [point.concurrency for point in with_results(given, tmp_path).measured] == [2, 16]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{", "not JSON: give the file that the benchmark wrote"),
        (
            {},
            (
                "no result of a benchmark that is known: neither `mean_tpot_ms` (vllm bench serve), `benchmarks`"
                " (guidellm) nor `successes` (inference-perf)"
            ),
        ),
        ({"benchmarks": []}, "no benchmark with a request that succeeded"),
        ({"benchmarks": [{}]}, "`metrics` is missing: not a whole result of a benchmark"),
        (VLLM | {"mean_ttft_ms": None}, "`mean_ttft_ms` is None: expected a number"),
        (
            VLLM | {"mean_tpot_ms": 0},
            "the mean time of a token is 0 s: was it measured with streaming on?",
        ),
        (VLLM | {"completed": 0}, "no request was in flight: the benchmark has measured nothing"),
        (
            VLLM | {"request_throughput": 0},
            "no request was in flight: the benchmark has measured nothing",
        ),
        (
            stage(5, 1.8, 0.0036, 0.025) | {"load_summary": {"count": 300}},
            "a summary over stages of different load: give the files stage_N_lifecycle_metrics.json",
        ),
        (VLLM, "one concurrency of 1 x nvidia-l4, 16, makes no line: add the results of another"),
    ],
)
def test_what_is_no_result_is_said(tmp_path, document, expected):
    with pytest.raises(FileError) as wrong:
        points(tmp_path, document)
    assert wrong.value.lines() == [f"{tmp_path}/0.json: {expected}"]
