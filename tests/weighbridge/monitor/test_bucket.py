"""Listings, reports and status files in a bucket, over Cloud Storage's own protocol.

Parts of files, which Parquet reads, are not tried here: this server can't answer a reader that stops half-way.
"""

from __future__ import annotations

import json

import pyarrow.fs
import pytest
from fake_bucket import bucket
from monitor_data import Told, config

from weighbridge.monitor.files import Store, Unreadable
from weighbridge.monitor.quality import quality_reports
from weighbridge.monitor.window import find_windows
from weighbridge.pipeline import Quality
from weighbridge.run_status import run_status

QUALITY = {"metric": "auc", "report": "gs://bucket/reports/", "baseline": 0.8, "better": "higher"}


@pytest.fixture
def served():
    with bucket() as made:
        yield made


def test_a_job_says_how_it_went_and_the_monitor_reads_it(served, tmp_path, monkeypatch):
    monkeypatch.setattr(pyarrow.fs, "GcsFileSystem", lambda **_: served.system())
    one = Told(tmp_path, config("", "runs: gs://bucket/runs/\n"), cloud=served.system)
    with run_status("gs://bucket/runs/", run="r1"):
        assert [each.run for each in one.measure().runs.active] == ["r1"]
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
    newest, before = find_windows(Store(tmp_path, served.system), "gs://bucket/latest/")

    assert (newest.name, before.name) == ("07", "06")
    assert [(file.path, file.size) for file in newest.files] == [("gs://bucket/latest/07/hour=7/part.csv", 5)]
    assert f"{newest.modified:%H:%M}" == "07:55"


def test_a_report_is_read_once(served, tmp_path):
    text = {"version": 1, "metric": "auc", "at": "2026-11-20T06:00:00Z", "values": {"all": 0.79}}
    served.objects["reports/r.json"] = json.dumps(text).encode()
    reports = quality_reports(Store(tmp_path, served.system), Quality.model_validate(QUALITY))

    (first,), wrong = reports.read()
    assert (first.values, wrong) == ({"all": 0.79}, ())
    served.asked.clear()
    assert reports.read() == ((first,), ())
    assert [path.partition("?")[0] for path in served.asked] == ["/storage/v1/b/bucket/o"]


def test_no_access_is_said_in_a_few_words(served, tmp_path):
    served.denied = ("latest",)
    with pytest.raises(Unreadable) as unreadable:
        find_windows(Store(tmp_path, served.system), "gs://bucket/latest/")
    assert str(unreadable.value).startswith("gs://bucket/latest/ can't be read: ")
    assert str(unreadable.value).endswith(
        "Grant the monitor's service account roles/storage.objectViewer on the bucket"
    )
    print(unreadable.value)
