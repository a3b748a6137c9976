"""The status file that a job writes of itself, as the monitor reads it."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from tests.support.monitor_data import run_gauges, watched_runs
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.run_status import run_status


def test_it_says_running_then_succeeded(tmp_path):
    with run_status(tmp_path / "runs", run="2026-11-20T02"):
        found = run_gauges(watched_runs(tmp_path))
        assert found["run_active 2026-11-20T02"] == 1
        assert found["last_success_timestamp_seconds"] == 0
    found = run_gauges(watched_runs(tmp_path))
    assert found["last_success_timestamp_seconds"] == pytest.approx(datetime.now(UTC).timestamp(), abs=10)
    assert not [name for name in found if name.startswith("run_active")]


def test_it_says_failed_with_the_type_only_and_lets_the_exception_go_on(tmp_path):
    with pytest.raises(ZeroDivisionError), run_status(tmp_path / "runs", run="r1"):
        raise ZeroDivisionError("a secret")
    text = (tmp_path / "runs/r1.json").read_text()
    assert json.loads(text)["message"] == "ZeroDivisionError"
    assert "secret" not in text
    assert run_gauges(watched_runs(tmp_path))["consecutive_failures"] == 1


@pytest.mark.parametrize(("code", "state"), [(0, "succeeded"), (None, "succeeded"), (1, "failed")])
def test_it_takes_an_exit_for_what_it_says(tmp_path, code, state):
    with pytest.raises(SystemExit), run_status(str(tmp_path), run="r1"):
        sys.exit(code)
    assert json.loads((tmp_path / "r1.json").read_text())["state"] == state


@pytest.mark.parametrize("run", ["", "../x", "a/b", ".x", "x" * 101])
def test_it_refuses_names_that_are_no_file_names(tmp_path, run):
    with pytest.raises(ValueError, match="run: expected 1 to 100 letters"), run_status(tmp_path, run=run):
        pytest.fail("it must not begin")
    assert not list(tmp_path.iterdir())


def test_a_status_that_cannot_be_written_ends_the_run_before_it_begins(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(OSError, match="runs"), run_status(tmp_path / "runs", run="r1"):
        pytest.fail("it must not begin")


def test_it_imports_the_standard_library_only():
    code = "import sys, weighbridge.run_status; print({'pyarrow', 'numpy', 'pydantic'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "set()\n"


def test_a_killed_job_stays_running(tmp_path):
    code = f"""
import time
from weighbridge.run_status import run_status
with run_status({str(tmp_path / "runs")!r}, run="r1"):
    time.sleep(3600)
"""
    job = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (tmp_path / "runs/r1.json").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        os.kill(job.pid, signal.SIGKILL)
        job.wait()
    assert run_gauges(watched_runs(tmp_path))["run_active r1"] == 1


@pytest.mark.parametrize(
    ("given", "name"), [({"work": 0}, "work"), ({"devices": -1}, "devices"), ({"work": math.nan}, "work")]
)
def test_work_and_devices_are_numbers_above_zero(tmp_path, given, name):
    with pytest.raises(ValueError, match=f"{name}: expected a number above 0"), run_status(tmp_path, run="a", **given):
        pass
    assert list(tmp_path.iterdir()) == []


def test_work_and_devices_are_kept_to_the_end(tmp_path):
    with run_status(tmp_path, run="a", work=5, devices=2):
        pass
    written = json.loads((tmp_path / "a.json").read_text())
    assert (written["state"], written["work"], written["devices"]) == ("succeeded", 5, 2)
