"""Quality reports: the newest one of the metric, with its baselines."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.support.monitor_data import NOW
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.measure import Snapshot
from weighbridge.drift_monitor.quality import LabelCounts, early, have_a_label, newest, quality_reports
from weighbridge.drift_monitor.series import samples
from weighbridge.spec.pipeline import Quality

HOUR = timedelta(hours=1)


def quality(**more) -> Quality:
    given = {"metric": "ndcg_at_10", "report": "gs://bucket/reports", "baseline": 0.412, "better": "higher"}
    return Quality.model_validate({**given, **more})


def report(root, name, hours_ago=1.0, metric="ndcg_at_10", values=None, **more):
    at = (NOW - hours_ago * HOUR).isoformat()
    text = {"version": 1, "metric": metric, "at": at, "values": values or {"all": 0.4}, **more}
    (root / f"{name}.json").write_text(json.dumps(text))


def read(root, asked=None):
    asked = asked or quality()
    reports = quality_reports(Store(root), asked.report)
    reports.folder = "."  # the same files in a folder instead of a bucket
    right, wrong = reports.read()
    return newest(asked, right, NOW), wrong, early(right, NOW)


def test_reports_may_lie_in_a_folder_as_windows_may(tmp_path):
    (tmp_path / "reports").mkdir()
    report(tmp_path / "reports", "one")
    folder = quality(report="reports/").report
    assert folder is not None
    reports = quality_reports(Store(tmp_path), folder)
    assert newest(quality(), reports.read()[0], NOW).at == NOW - HOUR


@pytest.mark.parametrize(
    ("labelled", "rows", "text"),
    [
        (0, 0, "0 of 0 rows have a label"), (0, 1, "0 of 1 row has a label"), (1, 1, "1 of 1 row has a label"),
        (1, 2000, "1 of 2,000 rows has a label"), (1200, 2000, "1,200 of 2,000 rows have a label"),
    ],
)  # fmt: skip
def test_rows_that_have_a_label_are_said_in_words(labelled, rows, text):
    assert have_a_label(LabelCounts("w", rows, labelled, 1)) == text


def gauges(result):
    snapshot = Snapshot("ranker", "serving", {}, quality=result)
    return {" ".join((sample.metric, *sample.labels)): sample.value for sample in samples(snapshot)}


def test_the_newest_report_by_its_own_time_and_baselines_by_slice(tmp_path):
    report(tmp_path, "z-old", 5, values={"all": 0.1})
    report(tmp_path, "a-new", 2, values={"all": 0.409, "country=de": 0.38, "x": 0.5}, baselines={"country=de": 0.4})
    report(tmp_path, "other", 1, metric="auc", values={"all": 0.9})
    result, wrong, _ = read(tmp_path)

    labels = "ndcg_at_10 {} higher"
    assert not wrong
    assert gauges(result) == {
        f"ml_model_quality {labels.format('all')}": 0.409,
        f"ml_model_quality {labels.format('country=de')}": 0.38,
        f"ml_model_quality {labels.format('x')}": 0.5,
        f"ml_model_quality_baseline {labels.format('all')}": 0.412,
        f"ml_model_quality_baseline {labels.format('country=de')}": 0.4,
        f"ml_model_quality_baseline {labels.format('x')}": 0.412,
        "ml_quality_timestamp_seconds ndcg_at_10": (NOW - 2 * HOUR).timestamp(),
    }


def test_a_proxy_is_one_number(tmp_path):
    report(tmp_path, "r", 1, values={"all": 0.03, "country=de": 0.02})
    result, _, _ = read(tmp_path, quality(proxy=True, baseline=0.005))
    assert gauges(result) == {
        "ml_quality_proxy ndcg_at_10": 0.03,
        "ml_quality_proxy_baseline ndcg_at_10": 0.005,
        "ml_quality_timestamp_seconds ndcg_at_10": (NOW - HOUR).timestamp(),
    }


def test_no_report_yet_has_the_time_0(tmp_path):
    assert gauges(read(tmp_path)[0]) == {"ml_quality_timestamp_seconds ndcg_at_10": 0}


def test_a_report_from_the_future_does_not_stay_the_newest(tmp_path):
    report(tmp_path, "soon", -0.05)
    report(tmp_path, "future", -24, values={"all": 0.99})
    result, _, is_early = read(tmp_path)
    assert result.slices[0].value == 0.4
    assert is_early


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"version": 1', "bad.json is not JSON: write it whole, under another name first"),
        (
            '{"version": 1, "metric": "ndcg_at_10", "at": "2026-11-20T07:30:00Z", "values": {"all": NaN}}',
            "bad.json is wrong: values.all: expected",
        ),
        (
            '{"version": 1, "metric": "ndcg_at_10", "at": "2026-11-20T07:30:00Z", "values": {"de": 1}}',
            "bad.json is wrong: values: the whole is missing: add a value for `all`",
        ),
    ],
)
def test_a_wrong_report_is_said_and_the_one_before_stands(tmp_path, text, message):
    report(tmp_path, "good", 3)
    (tmp_path / "bad.json").write_text(text)
    result, wrong, _ = read(tmp_path)
    assert result.at == NOW - 3 * HOUR
    assert wrong[0].removeprefix("./").startswith(message)
