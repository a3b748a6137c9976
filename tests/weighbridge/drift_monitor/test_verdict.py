"""What is over its threshold: the same comparisons that alerts make."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.monitor_data import NOW, config
from weighbridge.drift_monitor.comparison import ColumnResult, Measured
from weighbridge.drift_monitor.measure import Snapshot, WindowResult
from weighbridge.drift_monitor.quality import QualityResult, Slice
from weighbridge.drift_monitor.runs import RunsResult
from weighbridge.drift_monitor.verdict import over
from weighbridge.render.monitor.text import render

HOUR = timedelta(hours=1)
GOOD = {"type": 0.0, "range": 0.0, "unseen": 0.0}


def measured(distance, noise=0.01, against="training"):
    return Measured(against, "jensen-shannon", distance, noise, {"jensen-shannon": distance})


def column(name="a", role="features", missing=0.0, invalid=GOOD, *found):
    return ColumnResult(name, role, missing, 0.01, invalid, found)


def said(*columns, rows=5000, told=None, **more):
    window = WindowResult("", rows, NOW, columns, has_previous=False) if columns else None
    snapshot = Snapshot("clicks", "data", {}, window=window, **more)
    return [f"{each.subject}: {each.said}" for each in over(snapshot, told or config(), NOW)]


@pytest.mark.parametrize(
    ("role", "against", "limit", "name"),
    [
        ("features", "training", 0.3, "feature_skew"),
        ("features", "previous", 0.1, "feature_drift"),
        ("labels", "training", 0.1, "label_skew"),
        ("labels", "previous", 0.1, "label_drift"),
        ("predictions", "training", 0.1, "prediction_skew"),
        ("predictions", "previous", 0.1, "prediction_drift"),
    ],
)
def test_each_role_has_its_thresholds(role, against, limit, name):
    other = column("b", "features", 0.0, GOOD, measured(0.0))  # so that not all features are far
    third = column("c", "features", 0.0, GOOD, measured(0.0))
    at, above = (column("a", role, 0.0, GOOD, measured(limit + more, against=against)) for more in (0, 0.001))
    sample = {"training": "the baseline", "previous": "the window before"}[against]
    assert said(at, other, third) == []
    assert said(above, other, third) == [f"a: {limit + 0.001:.3f} from {sample}, above {name} {limit:g}"]
    assert said(above, other, third, rows=999) == []


def test_what_sampling_alone_gives_is_not_over():
    assert said(column("a", "labels", 0.0, GOOD, measured(0.5, noise=0.5))) == []


def test_test_data_has_thresholds_of_its_own():
    told = config().model_copy(update={"stage": "validation"})
    far = column("a", "features", 0.0, GOOD, measured(0.11, against="previous"), measured(0.12))
    assert said(far, column("b"), told=told) == [
        "a: 0.110 from the window before, above test_data_drift 0.1",
        "a: 0.120 from the baseline, above test_data_skew 0.1",
    ]


def test_more_than_half_of_the_features_at_once():
    far, near = column("a", "features", 0.0, GOOD, measured(0.4)), column("b", "features", 0.0, GOOD, measured(0.0))
    assert "all features: 2 of 3 far from the baseline, above drifted_share 50%" in said(far, far, near)
    assert not [each for each in said(far, near) if each.startswith("all")]


def test_missing_is_what_the_baseline_has_not_missing_and_invalid_is_by_reason():
    assert said(column("a", "features", 0.06)) == []
    assert said(column("a", "features", 0.0601)) == ["a: 6.0% missing, 1.0% in the baseline, above missing 5%"]
    assert said(column("a", "features", 0.0, {**GOOD, "type": 0.01})) == []
    assert said(column("a", "features", 0.0, {**GOOD, "type": 0.02, "unseen": 0.5})) == [
        "a: 2.0% invalid (of the wrong type), above invalid 1%",
        "a: 50.0% invalid (never seen in the baseline), above invalid 1%",
    ]


@pytest.mark.parametrize(
    ("better", "value", "lost"),
    [
        ("higher", 0.39, "5.3%"),
        ("higher", 0.392, None),
        ("higher", 0.9, None),
        ("lower", 0.434, "5.3%"),
        ("lower", 0.1, None),
    ],
)
def test_quality_is_lost_in_its_own_direction(better, value, lost):
    result = QualityResult("auc", better, False, NOW, (Slice("all", value, 0.412),))
    expected = f"auc: {value:g} on all, {lost} worse than 0.412, above quality_drop 5%"
    assert said(quality=result) == ([expected] if lost else [])


@pytest.mark.parametrize(("value", "shift"), [(0.03, "+500%"), (0.0, "-100%"), (0.006, None)])
def test_a_proxy_may_move_neither_way(value, shift):
    result = QualityResult("spam", "lower", True, NOW, (Slice("all", value, 0.005),))
    expected = f"spam: {value:g}, {shift} from 0.005, above proxy_shift 50%"
    assert said(quality=result) == ([expected] if shift else [])


def test_runs_that_fail_are_slow_or_late():
    told = config("", "runs: runs\nruns_every: 1h\n")
    good = RunsResult(NOW - 2 * HOUR, HOUR, HOUR, 0, ())
    assert said(runs=good, told=told) == []
    assert said(runs=RunsResult(NOW - 3 * HOUR, 2 * HOUR, HOUR, 3, ()), told=told) == [
        "clicks: failed runs since the last success: 3",
        "clicks: the last run took 2h, usual are 1h, above slow_factor 1.5",
        "clicks: the last success was 3h ago, above late_periods 2 x 1h",
    ]
    assert said(runs=RunsResult(None, None, None, 0, ()), told=told) == ["clicks: no run has succeeded yet"]
    assert said(runs=RunsResult(None, None, None, 0, ())) == []  # when it runs is not known


def test_many_that_are_over_are_few_lines_and_all_are_in_the_table():
    columns = tuple(column(f"c{at:02}", "features", 0.0, GOOD, measured(0.4 + at / 100)) for at in range(30))
    snapshot = Snapshot("clicks", "data", {}, window=WindowResult("", 5000, NOW, columns, has_previous=False))
    lines = render(snapshot, config(), over(snapshot, config(), NOW), NOW + 26 * HOUR).splitlines()

    assert lines[0] == "clicks (data): 31 over a threshold"
    assert lines[1] == "! c29: 0.690 from the baseline, above feature_skew 0.3"
    assert lines[11:15] == [
        "  and 20 more",
        "    compare its values with the other sample's; check what was released",
        "    upstream, units, join keys",
        "! all features: 30 of 30 far from the baseline, above drifted_share 50%",
    ]
    assert "Window: 5,000 rows, newest file 2026-11-20 08:00 UTC (1d2h ago)" in lines
    assert [line.split()[0] for line in lines[-30:]] == [f"c{at:02}" for at in range(29, -1, -1)]
