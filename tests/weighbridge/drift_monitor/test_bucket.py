"""Data, reports and status files in a bucket, over Cloud Storage's own protocol."""

from __future__ import annotations

import json
import subprocess
import sys

import pyarrow.fs
import pytest

from tests.support.fake_bucket import bucket
from tests.support.monitor_data import NOW, WatchedFolder, config, table, write
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.quality import quality_reports
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watched_folder import find_windows
from weighbridge.run_status import run_status

MEASURE = """
from datetime import timedelta
from pathlib import Path
from tests.support.fake_bucket import Bucket
from tests.support.monitor_data import WatchedFolder, config, distance
one = WatchedFolder(Path.cwd(), config({watch!r}), open_cloud=Bucket(port={port}).system)
seen = one.measure()
again = one.measure(after=timedelta(hours=1))
print(seen.errors, distance(seen, "item_price", "previous") > 0.3, again.window == seen.window)
"""
QUALITY = {"metric": "auc", "report": "gs://bucket/reports/", "baseline": 0.8, "better": "higher"}


@pytest.fixture
def served():
    with bucket() as made:
        yield made


def test_a_job_says_how_it_went_and_the_monitor_reads_it(served, tmp_path, monkeypatch):
    monkeypatch.setattr(pyarrow.fs, "GcsFileSystem", lambda **_: served.system())
    one = WatchedFolder(tmp_path, config("", "runs: gs://bucket/runs/\n"), open_cloud=served.system)
    with run_status("gs://bucket/runs/", run="r1"):
        assert [run.run for run in one.measure().runs.active] == ["r1"]
    with pytest.raises(ZeroDivisionError), run_status("gs://bucket/runs", run="r2"):
        raise ZeroDivisionError
    served.objects["runs/.r3.json"] = b"hidden"

    seen = one.measure()
    assert seen.errors == {"runs": False}, one.log
    assert seen.runs.last_success is not None
    assert seen.runs.failures == 1
    assert seen.runs.active == ()


def test_windows_are_found(served, tmp_path):
    for name in ("06/part.parquet", "07/hour=7/part.csv", "07/_SUCCESS", "08/_temporary/part.csv", "readme.txt"):
        served.objects[f"latest/{name}"] = b"12345"
    found = find_windows(Store(tmp_path, served.system), "gs://bucket/latest/", NOW)
    newest, before = found.newest, found.before

    assert (newest.name, before.name) == ("07", "06")
    assert [(file.path, file.size) for file in newest.files] == [("gs://bucket/latest/07/hour=7/part.csv", 5)]
    assert f"{newest.modified:%H:%M}" == "07:55"


def test_a_report_is_read_once(served, tmp_path):
    text = {"version": 1, "metric": "auc", "at": "2026-11-20T06:00:00Z", "values": {"all": 0.79}}
    served.objects["reports/r.json"] = json.dumps(text).encode()
    reports = quality_reports(Store(tmp_path, served.system), str(QUALITY["report"]))

    (first,), wrong = reports.read()
    assert (first.values, wrong) == ({"all": 0.79}, ())
    served.asked.clear()
    assert reports.read() == ((first,), ())
    assert [path.partition("?")[0] for path in served.asked] == ["/storage/v1/b/bucket/o"]


def test_no_access_is_said_in_a_few_words(served, tmp_path):
    served.denied = ("latest",)
    with pytest.raises(UnreadableData) as unreadable:
        find_windows(Store(tmp_path, served.system), "gs://bucket/latest/", NOW)
    assert str(unreadable.value).startswith("gs://bucket/latest/ can't be read: ")
    assert str(unreadable.value).endswith(
        "Grant the monitor's service account roles/storage.objectViewer on the bucket"
    )


def test_data_is_read_in_parts_and_not_again_while_it_is_the_same(served, tmp_path):
    watch = "{baseline: gs://bucket/baseline.parquet, window: gs://bucket/latest/, features: [item_price, country]}"
    for name, data in {
        "baseline.parquet": table(),
        "latest/06/part.parquet": table(seed=2),
        "latest/07/part.csv": table(seed=3, shift=3),
    }.items():
        served.objects[name] = write(data, tmp_path / name).read_bytes()
    # In a process of its own: with the bucket in the same one, random access was seen to hang.
    code = MEASURE.format(port=served.port, watch=watch)
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert ran.stdout == "{'baseline': False, 'window': False} True True\n", ran.stderr
    assert len([path for path in served.asked if "latest/" in path.replace("%2F", "/") and "alt=media" in path]) < 12
