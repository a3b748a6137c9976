"""What a drift monitor has measured, for a terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.monitor_data import NOW
from weighbridge.drift_monitor.comparison import ColumnResult, Measured
from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.measure import Snapshot, WindowResult
from weighbridge.drift_monitor.quality import QualityResult, Slice
from weighbridge.drift_monitor.runs import ActiveRun, RunsResult
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.render.monitor.text import MOST_ALIKE, render
from weighbridge.signals.verdict import Breach
from weighbridge.spec.pipeline import TimeSample, Watch
from weighbridge.spec.thresholds import Thresholds

HOUR = timedelta(hours=1)
CONFIG = MonitorConfig(
    pipeline="ranker",
    stage="serving",
    watch=Watch(baseline="b.parquet", window="w/", features=("price", "age")),
    runs=None,
    runs_every=None,
    expected_duration=None,
    thresholds=Thresholds(),
)
NOTHING = Snapshot("ranker", "serving", {})


def column(name: str, training: float, previous: float | None = None) -> ColumnResult:
    measured = [Measured("training", "jensen-shannon", training, 0.01, {})]
    if previous is not None:
        measured.append(Measured("previous", "jensen-shannon", previous, 0.02, {}))
    return ColumnResult(name, "features", 0.05, 0.01, {"type": 0.0, "range": 0.25, "unseen": 0.1}, tuple(measured))


def breach(subject: str, column: str | None = None, action: str = "Look at it.") -> Breach:
    return Breach("feature-skew", frozenset(), 0.4, subject, "0.4 is above 0.3", action, column)


def window(**changes) -> Snapshot:
    columns = (column("age", 0.1, 0.02), column("price", 0.4))
    return replace(NOTHING, window=replace(WindowResult("w1", 12_345, NOW - 2 * HOUR, columns, True), **changes))


def lines(snapshot: Snapshot, *found: Breach, config: MonitorConfig = CONFIG) -> list[str]:
    return render(snapshot, config, found, NOW).splitlines()


def test_a_log_says_how_many_of_its_lines_were_requests():
    logs = CONFIG.model_copy(update={"watch": CONFIG.watch.model_copy(update={"format": "vllm"})})
    assert lines(window(lines=LineCounts(2000, 14, 3)), config=logs)[3] == (
        "Log (vllm): 2,000 requests, 14 other lines, 3 unreadable"
    )
    assert lines(window(lines=LineCounts(2000, 14, 3, 1)), config=logs)[3:5] == [
        "Log (vllm): 2,000 requests, 14 other lines, 3 unreadable; 1 file ends within a",
        "  line, as if it were being written",
    ]


def test_a_sample_says_of_how_many_rows_it_is():
    sample = TimeSample(by="logged_at", take=timedelta(seconds=30), of_every=timedelta(minutes=10))
    sampled = CONFIG.model_copy(update={"watch": CONFIG.watch.model_copy(update={"sample": sample})})
    assert lines(window(sampled=SampledRows(246_900)), config=sampled)[3] == (
        "Sample: 30s of every 10m by logged_at, 12,345 of 246,900 rows (5.0%)"
    )
    assert lines(window(rows=0, sampled=SampledRows(7, 7)), config=sampled)[4:6] == [
        "Sample: 30s of every 10m by logged_at, 0 of 7 rows (0.0%); 7 have no time, so",
        "  they are in no sample",
    ]
    assert lines(window(rows=0, sampled=SampledRows(1, 1)), config=sampled)[4:6] == [
        "Sample: 30s of every 10m by logged_at, 0 of 1 row (0.0%); 1 has no time, so it",
        "  is in no sample",
    ]
    assert lines(window(rows=1))[2].startswith("Window w1: 1 row, newest file")


@pytest.mark.parametrize(
    ("snapshot", "found", "verdict"),
    [
        (NOTHING, (), "ranker (serving): nothing is over its threshold"),
        (NOTHING, (breach("price"),), "ranker (serving): 1 over a threshold"),
        (replace(NOTHING, errors={"window": True, "runs": False}), (), "ranker (serving): could not read: window"),
        (
            replace(NOTHING, errors={"window": True, "quality": True}),
            (breach("price"),),
            "ranker (serving): could not read: window, quality; 1 over a threshold",
        ),
    ],
)
def test_the_verdict_comes_first(snapshot, found, verdict):
    assert lines(snapshot, *found)[0] == verdict


def test_what_is_over_is_said_with_one_action_for_all_that_are_alike():
    found = [breach(f"c{number}") for number in range(MOST_ALIKE + 2)]
    assert lines(NOTHING, *found, breach("quality", action="Roll back."))[1:] == [
        *(f"! c{number}: 0.4 is above 0.3" for number in range(MOST_ALIKE)),
        "  and 2 more",
        "    Look at it.",
        "! quality: 0.4 is above 0.3",
        "    Roll back.",
    ]


def test_columns_come_in_order_of_their_distance_and_those_over_are_marked():
    assert lines(window(), breach("price", "price"))[4:] == [
        "Window w1: 12,345 rows, newest file 2026-11-20 06:00 UTC (2h ago)",
        "  column  role     training  noise  previous  noise  missing  invalid",
        "  price   feature     0.400  0.010         -      -     5.0%    25.0%  far",
        "  age     feature     0.100  0.010     0.020  0.020     5.0%    25.0%",
    ]


@pytest.mark.parametrize(
    ("changes", "config", "expected"),
    [
        ({"rows": 999}, CONFIG, "Fewer than 1,000 rows (least_rows): distances are shown, not judged"),
        ({"has_previous": False}, CONFIG, "The window before is not known yet"),
        (
            {},
            CONFIG.model_copy(update={"stage": "training"}),
            "No alert watches distances of the stage training: they are shown, not judged",
        ),
    ],
)
def test_why_distances_are_not_judged(changes, config, expected):
    assert lines(window(**changes), config=config)[3] == expected


def test_a_window_without_a_name_and_of_this_minute():
    assert lines(window(name="", modified=NOW))[2].endswith(" UTC (less than 1m ago)")
    assert lines(window(name="", modified=NOW))[2].startswith("Window: 12,345 rows, ")
    assert lines(window(modified=NOW + timedelta(minutes=5)))[2].endswith(" UTC (less than 1m ago)")
    assert lines(window(modified=NOW + timedelta(minutes=6)))[2].endswith(" UTC (in the future)")


def test_quality_with_all_requests_first():
    quality = QualityResult("auc", "higher", False, NOW - HOUR, (Slice("a", 0.5, 0.6), Slice("all", 0.7, 0.7)))
    assert lines(replace(NOTHING, quality=quality))[2:] == [
        "Quality auc (higher is better), report of 2026-11-20 07:00 UTC",
        "  slice  value  baseline",
        "  all      0.7       0.7",
        "  a        0.5       0.6",
    ]
    assert lines(replace(NOTHING, quality=replace(quality, at=None)))[2:] == ["Quality auc: no report yet"]
    assert "(proxy)" in lines(replace(NOTHING, quality=replace(quality, proxy=True)))[2]


def test_runs_and_those_that_are_running():
    active = (ActiveRun("r7", NOW - 25 * HOUR),)
    runs = RunsResult(NOW - 3 * HOUR, HOUR, 2 * HOUR, 1, active)
    assert lines(replace(NOTHING, runs=runs))[2:] == [
        "Runs: last success 2026-11-20 05:00 UTC, took 1h, usual 2h; 1 failed since",
        "  r7 is running since 2026-11-19 07:00 UTC (1d1h)",
    ]
    never = RunsResult(None, None, None, 2, ())
    assert lines(replace(NOTHING, runs=never))[2:] == ["Runs: none has succeeded yet; 2 failed"]
