"""Status files of runs, from the job that writes them to the gauges."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.monitor_data import NOW, Told, config
from tests.support.paths import ROOT
from weighbridge.drift_monitor.series import samples
from weighbridge.run_status import run_status

HOUR = timedelta(hours=1)
LATE = {"version": 1, "run": "x", "state": "failed", "started": "2026-11-20T02:00:00Z"}


def status(folder: Path, run: str, state: str, started: int, took: float | None = None, **more) -> None:
    """A run that began so many hours before `NOW`."""
    folder.mkdir(exist_ok=True)
    begin = NOW - started * HOUR
    end = {"finished": (begin + took * HOUR).isoformat()} if took is not None else {}
    text = json.dumps({"version": 1, "run": run, "state": state, "started": begin.isoformat(), **end, **more})
    (folder / f"{run}.json").write_text(text)


def told(root: Path, more: str = "") -> Told:
    return Told(root, config("", f"runs: runs/\n{more}"))


def gauges(one: Told) -> dict[str, float]:
    return {
        " ".join((each.metric.removeprefix("ml_pipeline_"), *each.labels)): each.value
        for each in samples(one.measure())
        if each.metric.startswith("ml_pipeline_")
    }


def at(hours_ago: float) -> float:
    return (NOW - hours_ago * HOUR).timestamp()


def test_before_the_first_success_its_time_is_0(tmp_path):
    assert gauges(told(tmp_path)) == {"last_success_timestamp_seconds": 0, "consecutive_failures": 0}
    status(tmp_path / "runs", "a", "failed", 5, 1)
    assert gauges(told(tmp_path)) == {"last_success_timestamp_seconds": 0, "consecutive_failures": 1}


def test_failures_count_since_the_last_success_by_when_runs_ended(tmp_path):
    folder = tmp_path / "runs"
    status(folder, "a", "failed", 30, 1)
    status(folder, "b", "succeeded", 24, 2)
    status(folder, "c", "failed", 25, 10)  # began before, ended after
    status(folder, "d", "failed", 5, 1, message="MemoryError")
    assert gauges(told(tmp_path)) == {
        "last_success_timestamp_seconds": at(22),
        "run_duration_seconds": 7200,
        "consecutive_failures": 2,
    }


def test_the_usual_duration_is_the_median_of_earlier_successes_or_what_the_spec_says(tmp_path):
    folder = tmp_path / "runs"
    for index in range(5):
        status(folder, f"r{index}", "succeeded", 100 - 10 * index, 1 + index)
    assert "run_duration_baseline_seconds" not in gauges(told(tmp_path))  # the last, and four before it

    status(folder, "last", "succeeded", 20, 9)
    assert gauges(told(tmp_path))["run_duration_baseline_seconds"] == 3 * 3600
    assert gauges(told(tmp_path))["run_duration_seconds"] == 9 * 3600
    assert gauges(told(tmp_path, "expected_duration: 6h\n"))["run_duration_baseline_seconds"] == 6 * 3600


def test_only_the_20_successes_before_the_last_are_learned_from(tmp_path):
    for index in range(25):
        status(tmp_path / "runs", f"r{index:02}", "succeeded", 400 - 10 * index, 100 if index < 4 else 2)
    assert gauges(told(tmp_path))["run_duration_baseline_seconds"] == 2 * 3600


def test_every_running_run_is_listed_and_ended_ones_are_not(tmp_path):
    folder = tmp_path / "runs"
    status(folder, "killed", "running", 50)
    status(folder, "now", "running", 1)
    status(folder, "done", "succeeded", 9, 1)
    found = gauges(told(tmp_path))
    assert {name: value for name, value in found.items() if name.startswith("run_start")} == {
        "run_start_timestamp_seconds killed": at(50),
        "run_start_timestamp_seconds now": at(1),
    }
    assert found["run_active killed"] == found["run_active now"] == 1
    assert "run_active done" not in found


@pytest.mark.parametrize(
    ("text", "said"),
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
def test_a_wrong_file_is_said_and_the_others_count(tmp_path, text, said):
    status(tmp_path / "runs", "good", "succeeded", 3, 1)
    (tmp_path / "runs/x.json").write_text(text)
    one = told(tmp_path)
    assert gauges(one)["last_success_timestamp_seconds"] == at(2)
    assert one.monitor.snapshot.errors == {"runs": True}
    assert one.monitor.snapshot.succeeded is None
    assert one.log[0].startswith(f"runs: runs/x.json {said}")

    status(tmp_path / "runs", "x", "running", 1, finished=None, host="further keys are the writer's own")
    assert gauges(one)["run_active x"] == 1
    assert one.monitor.snapshot.succeeded == NOW


def test_the_helper_says_running_then_succeeded(tmp_path):
    with run_status(tmp_path / "runs", run="2026-11-20T02"):
        found = gauges(told(tmp_path))
        assert found["run_active 2026-11-20T02"] == 1
        assert found["last_success_timestamp_seconds"] == 0
    found = gauges(told(tmp_path))
    assert found["last_success_timestamp_seconds"] == pytest.approx(datetime.now(UTC).timestamp(), abs=10)
    assert not [name for name in found if name.startswith("run_active")]


def test_the_helper_says_failed_with_the_type_only_and_lets_the_exception_go_on(tmp_path):
    with pytest.raises(ZeroDivisionError), run_status(tmp_path / "runs", run="r1"):
        raise ZeroDivisionError("a secret")
    text = (tmp_path / "runs/r1.json").read_text()
    assert json.loads(text)["message"] == "ZeroDivisionError"
    assert "secret" not in text
    assert gauges(told(tmp_path))["consecutive_failures"] == 1


@pytest.mark.parametrize(("code", "state"), [(0, "succeeded"), (None, "succeeded"), (1, "failed")])
def test_the_helper_takes_an_exit_for_what_it_says(tmp_path, code, state):
    with pytest.raises(SystemExit), run_status(str(tmp_path), run="r1"):
        sys.exit(code)
    assert json.loads((tmp_path / "r1.json").read_text())["state"] == state


@pytest.mark.parametrize("run", ["", "../x", "a/b", ".x", "x" * 101])
def test_the_helper_refuses_names_that_are_no_file_names(tmp_path, run):
    with pytest.raises(ValueError, match="run: expected 1 to 100 letters"), run_status(tmp_path, run=run):
        pytest.fail("it must not begin")
    assert not list(tmp_path.iterdir())


def test_a_status_that_cannot_be_written_ends_the_run_before_it_begins(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(OSError, match="runs"), run_status(tmp_path / "runs", run="r1"):
        pytest.fail("it must not begin")


def test_the_helper_imports_the_standard_library_only():
    code = "import sys, weighbridge.run_status; print({'pyarrow', 'numpy', 'pydantic'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "set()\n"


def test_a_killed_job_stays_running(tmp_path):
    code = f"""
import time
from weighbridge.run_status import run_status
with run_status({str(tmp_path / "runs")!r}, run="r1"):
    time.sleep(60)
"""
    job = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "runs/r1.json").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        os.kill(job.pid, signal.SIGKILL)
        job.wait(10)
    assert gauges(told(tmp_path))["run_active r1"] == 1
