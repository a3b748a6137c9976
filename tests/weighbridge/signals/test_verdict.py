"""What `--once` calls over its threshold is what the alerts fire on: both are the catalogue's rows, filled in once."""

from __future__ import annotations

import math
import operator
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.monitor_data import NOW, config
from tests.support.prometheus import or_skip, promtool
from tests.support.snapshots import random_measurement
from tests.support.specs import everything, prod
from weighbridge.drift_monitor.comparison import ColumnResult, Measured
from weighbridge.drift_monitor.config import config_of, with_used_thresholds
from weighbridge.drift_monitor.measure import BaselineResult, Snapshot, WindowResult
from weighbridge.drift_monitor.quality import QualityResult, Slice
from weighbridge.drift_monitor.runs import ActiveRun, RunsResult
from weighbridge.drift_monitor.series import METRICS, labelled_samples
from weighbridge.render.monitor.text import render
from weighbridge.signals import watched as watched_module
from weighbridge.signals.expression import metrics_of
from weighbridge.signals.rows import catalogue
from weighbridge.signals.subjects import subjects
from weighbridge.signals.verdict import breaches, monitor_signals
from weighbridge.signals.watched import watched
from weighbridge.spec.thresholds import Thresholds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOOD = {"type": 0.0, "range": 0.0, "unseen": 0.0}
WATCH = """{baseline: b.parquet, window: latest/, features: [a], labels: [l], predictions: [p],
            quality: {metric: auc, report: gs://example/quality/, baseline: 0.412, better: BETTER, proxy: PROXY}}"""
ITSELF = {"monitor-stale", "monitor-gone"}


def monitor_config(stage="data", more="", better="higher", proxy="false"):
    made = config(WATCH.replace("BETTER", better).replace("PROXY", proxy), more)
    return made.model_copy(update={"stage": stage})


def measured(distance, noise=0.01, against="training"):
    return Measured(against, "jensen-shannon", distance, noise, {"jensen-shannon": distance})


def column(name="a", role="features", missing=0.0, invalid=GOOD, *found):
    return ColumnResult(name, role, missing, 0.01, invalid, found)


def found(*columns, rows=5000, config=None, **more):
    config = config or monitor_config()
    window = WindowResult("", rows, NOW, columns, has_previous=False) if columns else None
    return breaches(Snapshot("clicks", config.stage, {}, window=window, **more), config, NOW)


TOO_FEW = "clicks: the newest window has 999 rows, below least_rows 1,000: no distance is judged"


def messages(*columns, **more):
    return [f"{breach.subject}: {breach.message}" for breach in found(*columns, **more)]


@pytest.mark.parametrize(
    ("stage", "role", "against", "limit", "name"),
    [
        ("data", "features", "training", 0.3, "feature_skew"),
        ("serving", "features", "previous", 0.1, "feature_drift"),
        ("data", "labels", "training", 0.1, "label_skew"),
        ("data", "labels", "previous", 0.1, "label_drift"),
        ("serving", "predictions", "training", 0.1, "prediction_skew"),
        ("serving", "predictions", "previous", 0.1, "prediction_drift"),
        ("validation", "features", "training", 0.1, "test_data_skew"),
        ("validation", "features", "previous", 0.1, "test_data_drift"),
    ],
)
def test_each_role_has_its_thresholds(stage, role, against, limit, name):
    at, above = (column("a", role, 0.0, GOOD, measured(limit + more, against=against)) for more in (0, 0.001))
    others = [column(name, "features", 0.0, GOOD, measured(0.0)) for name in "bc"]  # so that not all features are far
    sample = {"training": "the baseline", "previous": "the window before"}[against]
    assert messages(at, *others, config=monitor_config(stage)) == []
    assert messages(above, *others, config=monitor_config(stage)) == [
        f"a: {limit + 0.001:.3f} from {sample}, above {name} {limit:g}"
    ]
    assert messages(above, *others, config=monitor_config(stage), rows=1000) != []
    assert messages(above, *others, config=monitor_config(stage), rows=999) == [TOO_FEW]


def test_what_no_alert_watches_is_not_over():
    far = column("a", "features", 0.9, {**GOOD, "type": 0.9}, measured(0.9))
    assert messages(far, config=monitor_config("training")) == []


def test_what_sampling_alone_gives_is_not_over():
    assert messages(column("a", "labels", 0.0, GOOD, measured(0.5, noise=0.5))) == []
    assert messages(column("a", "labels", 0.0, GOOD, measured(0.5, noise=math.nextafter(0.5, 0)))) != []


def test_more_than_half_of_the_features_at_once():
    far, near = (column(name, "features", 0.0, GOOD, measured(distance)) for name, distance in (("a", 0.4), ("b", 0.0)))
    third = replace(far, name="c")
    unmeasured = column("d")
    expected = "all features: 2 of 3 far from the baseline, above drifted_share 50%"
    assert expected in messages(far, near, third, unmeasured, config=monitor_config("serving"))
    assert not [text for text in messages(far, near, config=monitor_config("serving")) if text.startswith("all")]


def test_missing_is_what_the_baseline_has_not_missing_and_invalid_is_by_reason():
    assert messages(column("a", "features", 0.06)) == []
    assert messages(column("a", "features", 0.0601)) == ["a: 6.0% missing, 1.0% in the baseline, above missing 5%"]
    assert messages(column("a", "features", 0.0, {**GOOD, "type": 0.01})) == []
    assert messages(column("a", "features", 0.0, {**GOOD, "type": 0.02, "unseen": 0.5})) == [
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
    assert messages(quality=result, config=monitor_config("serving", better=better)) == ([expected] if lost else [])


def test_any_loss_of_nothing_is_endless_as_for_prometheus():
    result = QualityResult("auc", "higher", False, NOW, (Slice("all", -0.1, 0.0),))
    assert messages(quality=result, config=monitor_config("serving")) == [
        "auc: -0.1 on all, worse than 0, above quality_drop 5%"
    ]


@pytest.mark.parametrize(("value", "shift"), [(0.03, "+500%"), (0.0, "-100%"), (0.006, None)])
def test_a_proxy_may_move_neither_way(value, shift):
    result = QualityResult("spam", "lower", True, NOW, (Slice("all", value, 0.005),))
    expected = f"spam: {value:g}, {shift} from 0.005, above proxy_shift 50%"
    assert messages(quality=result, config=monitor_config("serving", proxy="true")) == ([expected] if shift else [])


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW - timedelta(days=7), []),
        (NOW - timedelta(days=8), ["auc: the newest report is 8d old, above quality_age 7d"]),
        (None, ["auc: no report yet"]),
    ],
)
def test_a_report_of_quality_gets_old(at, expected):
    assert messages(quality=QualityResult("auc", "higher", False, at, ()), config=monitor_config("serving")) == expected


def test_a_window_gets_old():
    window = WindowResult("", 5000, NOW - timedelta(days=2), (), has_previous=False)
    (old,) = breaches(Snapshot("clicks", "serving", {}, window=window), monitor_config("serving"), NOW)
    assert (old.signal, old.subject) == ("window-old", "clicks")
    assert old.message == "the newest window is old: 2d, above window_age 1d"
    assert old.action == "Look at the job that writes requests into the folder of windows."


def test_nothing_to_read_is_a_state_with_words():
    serving = monitor_config("serving")
    since = serving.watch.model_copy(update={"model_since": NOW - DAY})
    serving = serving.model_copy(update={"watch": since.model_copy(update={"quality": None})})
    window = WindowResult("", 0, NOW, (column("a", "features", 0.0, GOOD),), False, NOW - 2 * DAY, ("a",))
    baseline = BaselineResult(5, NOW - 3 * DAY)
    found = breaches(Snapshot("clicks", "serving", {}, baseline, window), serving, NOW)
    assert [(breach.signal, f"{breach.subject}: {breach.message}") for breach in found] == [
        ("window-small", "clicks: the newest window has 0 rows, below least_rows 1,000: no distance is judged"),
        ("column-gone", "a: at least one file of the newest window has no such column"),
        ("baseline-small", "clicks: the baseline has 5 rows, below 100: nothing is ever far from it"),
        ("baseline-old", "clicks: the baseline was written 2d before model_since, when the model was trained"),
        ("window-same", "clicks: the newest window has had the same counts for 2d, above window_age 1d"),
    ]


def test_runs_that_fail_are_slow_or_late():
    hourly = monitor_config(more="runs: runs\nruns_every: 1h\n")
    good = RunsResult(NOW - 2 * HOUR, HOUR, HOUR, 0, ())
    assert messages(runs=good, config=hourly) == []
    assert messages(runs=RunsResult(NOW - 3 * HOUR, 2 * HOUR, HOUR, 3, ()), config=hourly) == [
        "clicks: the last success was 3h ago, above late_periods 2 x 1h",
        "clicks: the last run took 2h, usual are 1h, above slow_factor 1.5",
        "clicks: failed runs since the last success: 3",
        "clicks: runs fail again and again: 3, at least failures 3",
    ]
    assert messages(runs=RunsResult(None, None, None, 0, ()), config=hourly) == ["clicks: no run has succeeded yet"]
    assert messages(runs=RunsResult(None, None, None, 0, ()), config=monitor_config(more="runs: runs\n")) == []


def test_a_run_that_is_over_its_time():
    training = monitor_config("training", "runs: runs\nexpected_duration: 2h\n")
    active = tuple(ActiveRun(name, NOW - hours * HOUR) for name, hours in (("old", 4), ("new", 1)))
    assert messages(runs=RunsResult(NOW, None, None, 0, active), config=training) == [
        "clicks: a run is over its time: 4h, above slow_factor 1.5 x 2h"
    ]
    assert messages(runs=RunsResult(NOW, None, None, 0, active[1:]), config=training) == []


def test_many_that_are_over_are_few_lines_and_all_are_in_the_table():
    columns = tuple(column(f"c{at:02}", "features", 0.0, GOOD, measured(0.4 + at / 100)) for at in range(30))
    snapshot = Snapshot("clicks", "serving", {}, window=WindowResult("", 5000, NOW, columns, has_previous=False))
    serving = monitor_config("serving")
    lines = render(snapshot, serving, breaches(snapshot, serving, NOW), NOW + 26 * HOUR).splitlines()

    assert lines[0] == "clicks (serving): 31 over a threshold"
    assert lines[1] == "! c29: 0.690 from the baseline, above feature_skew 0.3"
    assert lines[11:15] == [
        "  and 20 more",
        "    compare its values with the other sample's; check what was released",
        "    upstream, units, join keys",
        "! all features: 30 of 30 far from the baseline, above drifted_share 50%",
    ]
    assert "Window: 5,000 rows, newest file 2026-11-20 08:00 UTC (1d2h ago)" in lines
    assert [line.split()[0] for line in lines[-30:]] == [f"c{at:02}" for at in range(29, -1, -1)]
    assert all(line.endswith("far") for line in lines[-30:])


# One decision with the alerts.


def test_the_expressions_are_the_alerts_own_but_for_the_clusters_label():
    judged: set[str] = set()
    for spec, subject in ((one, subject) for one in everything() for subject in subjects(one)):
        config = config_of(subject.name, spec)
        alerts = {
            signal.row.id: expression.replace(f'cluster="{spec.environment}"', 'cluster=""')
            for signal in watched([subject])
            for expression in (condition.expression for condition in signal.conditions if condition.expression)
            if set(metrics_of(expression)) & METRICS.keys() and signal.row.id not in ITSELF
        }
        own = monitor_signals(config) if config is not None else ()
        assert {signal.row.id: signal.conditions[0].expression for signal in own} == alerts
        judged |= alerts.keys()
    assert len(judged) > 10


def decided(config, snapshot):
    """Which signals fire, said once more in plain arithmetic; comparison and threshold are the catalogue's."""
    conditions = {signal.row.id: signal.conditions[0] for signal in monitor_signals(config)}
    holds = {">": operator.gt, ">=": operator.ge, "<": operator.lt}
    return [
        signal
        for signal, value in (
            *_of_baseline(config, snapshot.baseline),
            *_of_window(config, snapshot.window),
            *_of_empty_columns(config, snapshot),
            *_of_slices(config, snapshot),
            *_of_quality(snapshot),
            *_of_runs(snapshot.runs),
        )
        if signal in conditions and holds[conditions[signal].compare](value, float(conditions[signal].threshold))
    ]


def _of_baseline(config, baseline):
    if baseline is not None:
        yield "baseline-small", baseline.rows
        if config.watch.model_since is not None:
            yield "baseline-old", (config.watch.model_since - baseline.modified).total_seconds()


def _of_empty_columns(config, snapshot):
    window, baseline = snapshot.window, snapshot.baseline
    if window is None or baseline is None or window.rows < config.watch.least_rows or baseline.rows < 100:
        return
    for result in window.columns:
        yield "column-empty", float(any(one.judged for one in result.measured if one.against == "training"))


def _of_slices(config, snapshot):
    quality = snapshot.quality if snapshot.quality is not None and snapshot.quality.slices else None
    for part in snapshot.window.slices if snapshot.window is not None else ():
        if part.expected >= 20:
            yield "slice-gone", part.rows
        if part.rows < config.watch.least_rows:
            continue
        if quality is not None and not quality.proxy:
            yield "slice-unjudged", float(part.name in {reported.name for reported in quality.slices})
        for column in part.columns:
            result = column.result
            more = result.missing - result.missing_baseline
            if more > column.missing_noise:
                yield "slice-missing", more
            name = {"features": "feature", "labels": "label", "predictions": "prediction"}[result.role]
            name = "data" if config.stage == "validation" and name == "feature" else name
            for one in result.measured:
                if one.distance > one.noise:
                    yield f"slice-{name}-{ {'training': 'skew', 'previous': 'drift'}[one.against] }", one.distance


def _of_window(config, window):
    if window is None:
        return
    enough = window.rows >= config.watch.least_rows
    yield "window-old", (NOW - window.modified).total_seconds()
    yield "window-small", window.rows
    if window.lines is not None and window.lines.requests + window.lines.unreadable:
        yield "log-unreadable", window.lines.unreadable / (window.lines.requests + window.lines.unreadable)
    yield "window-same-run", (NOW - window.changed).total_seconds()
    if NOW - window.modified <= config.thresholds.window_age:
        yield "window-same", (NOW - window.changed).total_seconds()
    for result in window.columns:
        yield "column-gone", float(result.name not in window.vanished)
        if window.rows:
            yield "missing-values", result.missing - result.missing_baseline
            yield from (("invalid-values", share) for share in result.invalid.values())
        name = {"features": "feature", "labels": "label", "predictions": "prediction"}[result.role]
        for one in result.measured:
            kind = {"training": "skew", "previous": "drift"}[one.against]
            signal = f"{name}-{kind}" if config.stage != "validation" or name != "feature" else f"data-{kind}"
            if one.distance > one.noise and enough:
                yield signal, one.distance
    features = [one for result in window.columns if result.role == "features" for one in result.measured]
    training = [one for one in features if one.against == "training"]
    far = sum(one.distance > max(one.noise, config.thresholds.feature_skew) for one in training)
    if far and enough:
        yield "dataset-skew", far / len(training)


def _of_quality(snapshot):
    quality = snapshot.quality
    if quality is None:
        return
    yield "quality-old", NOW.timestamp() - (quality.at.timestamp() if quality.at is not None else 0)
    if quality.labels is not None:
        yield "labels-few", quality.labels.labelled / max(quality.labels.rows, quality.labels.least)
    sign = 1 if quality.better == "higher" else -1
    for part in quality.slices:
        if not quality.proxy:
            yield "model-quality", divided(sign * (part.baseline - part.value), abs(part.baseline))
        elif part.name == "all" and part.baseline > 0:
            yield "model-quality-proxy", abs(part.value / part.baseline - 1)


def _of_runs(runs):
    if runs is None:
        return
    last = runs.last_success.timestamp() if runs.last_success is not None else 0
    yield from ((signal, NOW.timestamp() - last) for signal in ("late", "late-run"))
    yield from ((signal, runs.failures) for signal in ("failed", "failing"))
    if runs.duration is not None and runs.usual is not None:
        yield "slow-run", divided(runs.duration.total_seconds(), runs.usual.total_seconds())
    if runs.active:
        yield "too-long", max((NOW - run.started).total_seconds() for run in runs.active)


def divided(one, other):
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(one) / np.float64(other))


@settings(max_examples=100, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_for_any_snapshot_the_verdict_is_what_the_rows_decide(random):
    config, snapshot = random_measurement(random)
    judged = breaches(snapshot, config, NOW)
    assert Counter(breach.signal for breach in judged) == Counter(decided(config, snapshot))


@pytest.mark.slow
def test_promtool_fires_the_same_on_the_same_snapshots(tmp_path):
    program = or_skip(promtool)
    measurements = [random_measurement(Random(seed)) for seed in range(160)]
    interval = f"{NOW.timestamp():.0f}s"  # one sample, now
    tests = [
        {
            "name": f"seed {seed}",
            "interval": interval,
            "input_series": [
                {"series": selector(metric, labels.items()), "values": f"_ {value!r}"}
                for metric, labels, value in labelled_samples(snapshot)
            ],
            "promql_expr_test": list(expected(config, snapshot, interval)),
        }
        for seed, (config, snapshot) in enumerate(measurements)
    ]
    content = {"rule_files": [], "evaluation_interval": interval, "tests": tests}
    (tmp_path / "snapshots.test.yml").write_text(yaml.safe_dump(content))
    done = subprocess.run(
        [str(program), "test", "rules", "snapshots.test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stdout + done.stderr
    fired = {breach.signal for config, snapshot in measurements for breach in breaches(snapshot, config, NOW)}
    assert fired == {signal.row.id for config, _ in measurements for signal in monitor_signals(config)}


def expected(config, snapshot, interval):
    """What promtool must find of each expression: what `--once` calls over, and nothing where it calls nothing so."""
    judged = breaches(snapshot, config, NOW)
    for signal in monitor_signals(config):
        fired = [breach for breach in judged if breach.signal == signal.row.id]
        yield {
            "expr": signal.conditions[0].expression,
            "eval_time": interval,
            "exp_samples": [{"labels": selector("", breach.labels), "value": breach.value} for breach in fired],
        }


def selector(metric, labels):
    return metric + "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels)) + "}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"compare": ">="}, "a: 0.300 from the baseline, at least feature_skew 0.3"),
        ({"threshold": "0.25"}, "a: 0.300 from the baseline, above 0.25"),
    ],
)
def test_a_changed_row_changes_the_alert_and_the_verdict(monkeypatch, change, message):
    at = column("a", "features", 0.0, GOOD, measured(0.3))
    assert messages(at) == []
    row = next(row for row in catalogue().signals if row.id == "feature-skew")
    rows = tuple(other.model_copy(update=change) if other is row else other for other in catalogue().signals)
    changed = catalogue().model_copy(update={"signals": rows})
    monkeypatch.setattr(watched_module, "catalogue", lambda: changed)

    assert messages(at) == [message]
    alerts = [signal for signal in watched(subjects(prod())) if signal.row.id == "feature-skew"]
    assert alerts
    assert all(f") {change.get('compare', '>')} {change.get('threshold', '0.')}" in alert.conditions[0].expression
               for alert in alerts)  # fmt: skip


def test_the_guard_of_the_template_is_the_verdicts_guard(monkeypatch):
    far = column("a", "features", 0.0, GOOD, measured(0.4))
    template = catalogue().templates["distance"]
    unguarded = catalogue().model_copy(update={"templates": {"distance": template.model_copy(update={"guard": ""})}})
    assert messages(far, rows=999) == [TOO_FEW]
    monkeypatch.setattr(watched_module, "catalogue", lambda: unguarded)
    assert messages(far, rows=999) == ["a: 0.400 from the baseline, above feature_skew 0.3", TOO_FEW]


def test_a_row_without_a_sentence_of_its_own_says_its_title(monkeypatch):
    rows = tuple(row.model_copy(update={"id": "renamed"}) if row.id == "failed" else row for row in catalogue().signals)
    changed = catalogue().model_copy(update={"signals": rows})
    monkeypatch.setattr(watched_module, "catalogue", lambda: changed)
    assert messages(runs=RunsResult(NOW, None, None, 1, ()), config=monitor_config(more="runs: runs\n")) == [
        "clicks: the last run failed: 1, at least 1"
    ]


OTHER = Thresholds(
    **{
        name: 3.0 if name == "slow_factor" else field.default * 2 if not isinstance(field.default, float) else 0.03
        for name, field in Thresholds.model_fields.items()
    }
)


@given(
    st.sampled_from(["serving", "data", "training", "validation", "experiment"]),
    st.sets(st.sampled_from(["features", "labels", "predictions"])),
    st.sampled_from(
        ["", ", quality: {metric: m, report: gs://example/q/, baseline: 0.4, better: higher, proxy: PROXY}"]
    ),
    st.booleans(),
    st.sets(st.sampled_from(["runs: r/\n", "runs_every: 1h\n", "expected_duration: 1h\n"])),
)
def test_a_deployed_config_has_exactly_the_thresholds_that_its_signals_read(stage, roles, quality, proxy, runs):
    watch = f"{{baseline: b.parquet, window: w/, {', '.join(f'{role}: [{role}]' for role in sorted(roles))}"
    watch += f"{quality.replace('PROXY', str(proxy).lower())}}}"
    settings = config(watch if roles else "", "".join(sorted({*runs, *([] if roles else ["runs: r/\n"])})))
    settings = settings.model_copy(update={"stage": stage})

    def expressions(thresholds):
        given_ = settings.model_copy(update={"thresholds": thresholds})
        return [condition.expression for signal in monitor_signals(given_) for condition in signal.conditions]

    read = {
        name
        for name in Thresholds.model_fields
        if expressions(Thresholds()) != expressions(Thresholds(**{name: getattr(OTHER, name)}))
    }
    deployed = with_used_thresholds(settings.model_copy(update={"thresholds": OTHER}))
    assert deployed.thresholds.model_fields_set == read
    assert expressions(deployed.thresholds) == expressions(OTHER)
