"""Status files of runs, from the job that writes them to the gauges."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.monitor_data import NOW, run_gauges, watched_runs

HOUR = timedelta(hours=1)
LATE = {"version": 1, "run": "x", "state": "failed", "started": "2026-11-20T02:00:00Z"}


def status(folder: Path, run: str, state: str, started: int, took: float | None = None, **more) -> None:
    """A run that began so many hours before `NOW`."""
    folder.mkdir(exist_ok=True)
    begin = NOW - started * HOUR
    end = {"finished": (begin + took * HOUR).isoformat()} if took is not None else {}
    text = json.dumps({"version": 1, "run": run, "state": state, "started": begin.isoformat(), **end, **more})
    (folder / f"{run}.json").write_text(text)


def at(hours_ago: float) -> float:
    return (NOW - hours_ago * HOUR).timestamp()


def test_before_the_first_success_its_time_is_0(tmp_path):
    assert run_gauges(watched_runs(tmp_path)) == {"last_success_timestamp_seconds": 0, "consecutive_failures": 0}
    status(tmp_path / "runs", "a", "failed", 5, 1)
    assert run_gauges(watched_runs(tmp_path)) == {"last_success_timestamp_seconds": 0, "consecutive_failures": 1}


def test_failures_count_since_the_last_success_by_when_runs_ended(tmp_path):
    folder = tmp_path / "runs"
    status(folder, "a", "failed", 30, 1)
    status(folder, "b", "succeeded", 24, 2)
    status(folder, "c", "failed", 25, 10)  # began before, ended after
    status(folder, "d", "failed", 5, 1, message="MemoryError")
    assert run_gauges(watched_runs(tmp_path)) == {
        "last_success_timestamp_seconds": at(22),
        "run_duration_seconds": 7200,
        "consecutive_failures": 2,
    }


def test_the_usual_duration_is_the_median_of_earlier_successes_or_what_the_spec_says(tmp_path):
    folder = tmp_path / "runs"
    for index in range(5):
        status(folder, f"r{index}", "succeeded", 100 - 10 * index, 1 + index)
    assert "run_duration_baseline_seconds" not in run_gauges(watched_runs(tmp_path))  # the last, and four before it

    status(folder, "last", "succeeded", 20, 9)
    assert run_gauges(watched_runs(tmp_path))["run_duration_baseline_seconds"] == 3 * 3600
    assert run_gauges(watched_runs(tmp_path))["run_duration_seconds"] == 9 * 3600
    assert run_gauges(watched_runs(tmp_path, "expected_duration: 6h\n"))["run_duration_baseline_seconds"] == 6 * 3600


def test_only_the_20_successes_before_the_last_are_learned_from(tmp_path):
    for index in range(25):
        status(tmp_path / "runs", f"r{index:02}", "succeeded", 400 - 10 * index, 100 if index < 4 else 2)
    assert run_gauges(watched_runs(tmp_path))["run_duration_baseline_seconds"] == 2 * 3600


def test_every_running_run_is_listed_and_ended_ones_are_not(tmp_path):
    folder = tmp_path / "runs"
    status(folder, "killed", "running", 50)
    status(folder, "now", "running", 1)
    status(folder, "done", "succeeded", 9, 1)
    found = run_gauges(watched_runs(tmp_path))
    assert {name: value for name, value in found.items() if name.startswith("run_start")} == {
        "run_start_timestamp_seconds killed": at(50),
        "run_start_timestamp_seconds now": at(1),
    }
    assert found["run_active killed"] == found["run_active now"] == 1
    assert "run_active done" not in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: write it whole, under another name first"),
        ("[]", "is wrong: expected an object"),
        (
            '{"version": 2, "run": "x", "state": "running", "started": "2026-11-20T02:00:00Z"}',
            "is wrong: version: expect",
        ),
        ('{"version": 1, "run": "x", "state": "done", "started": "2026-11-20T02:00:00Z"}', "is wrong: state: expected"),
        (
            '{"version": 1, "run": "x", "state": "failed", "started": "2026-11-20T02:00:00Z"}',
            "is wrong: finished: a run",
        ),
        (
            '{"version": 1, "run": "y", "state": "running", "started": "2026-11-20T02:00:00Z"}',
            "is wrong: run: it is an",
        ),
        (
            json.dumps({**LATE, "finished": "2026-11-20T01:00:00Z"}),
            "is wrong: finished: it is before `started`",
        ),
        (
            '{"version": 1, "run": "x", "state": "running", "started": "yesterday"}',
            "is wrong: started: expected a time",
        ),
    ],
)
def test_a_wrong_file_is_said_and_the_others_count(tmp_path, text, message):
    status(tmp_path / "runs", "good", "succeeded", 3, 1)
    (tmp_path / "runs/x.json").write_text(text)
    one = watched_runs(tmp_path)
    assert run_gauges(one)["last_success_timestamp_seconds"] == at(2)
    assert one.monitor.snapshot.errors == {"runs": True}
    assert one.monitor.snapshot.succeeded is None
    assert one.log[0].startswith(f"runs: runs/x.json {message}")

    status(tmp_path / "runs", "x", "running", 1, finished=None, host="further keys are the writer's own")
    assert run_gauges(one)["run_active x"] == 1
    assert one.monitor.snapshot.succeeded == NOW
