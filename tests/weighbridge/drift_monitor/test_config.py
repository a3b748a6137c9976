"""What a monitor is told: from the spec, through JSON, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paths import STACKS
from weighbridge.drift_monitor.config import MonitorConfig, config_json, config_of, parse_config
from weighbridge.files.problem import FileError
from weighbridge.spec.thresholds import Thresholds
from weighbridge.stacks.load import read_spec

FILE = Path("monitor.json")
WHICH = "Add at least one of features, labels and predictions, such as `features: [country]`"


@pytest.fixture(scope="module")
def prod():
    return read_spec(STACKS / "prod.yaml")


def test_an_endpoints_config_as_json(prod):
    config = config_of("ranker", prod)
    assert config is not None
    assert json.loads(config_json(config)) == {
        "version": 1,
        "pipeline": "ranker",
        "stage": "serving",
        "watch": {
            "baseline": "gs://example-ml-data/ranker-training/sample.parquet",
            "window": "gs://example-ml-data/ranker-requests/latest/",
            "features": ["user_age_days", "item_price", "country", "clicks_1h"],
            "predictions": ["score"],
            "quality": {
                "metric": "ndcg_at_10",
                "report": "gs://example-ml-data/ranker-quality/",
                "baseline": 0.412,
                "better": "higher",
            },
        },
    }


def test_what_is_watched_is_what_has_watch_or_runs(prod):
    names = [*prod.endpoints, *prod.pipelines]
    assert {name: config.stage for name in names if (config := config_of(name, prod))} == {
        "ranker": "serving",
        "click-features": "data",
        "ranker-training": "training",
        "embedder-training": "training",
        "ranker-validation": "validation",
    }
    assert config_of("prototypes", prod) is None
    assert config_of("nothing", prod) is None


def test_every_config_is_the_same_after_json_and_so_is_its_text(prod):
    for name in (*prod.endpoints, *prod.pipelines):
        config = config_of(name, prod)
        if config is not None:
            text = config_json(config)
            assert parse_config(text, FILE) == config
            assert config_json(parse_config(text, FILE)) == text


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    st.builds(dict, feature_skew=st.floats(0.001, 0.999), failures=st.integers(2, 100)),
    st.lists(names, min_size=1, max_size=5, unique=True),
)
def test_any_threshold_and_column_goes_through_json(thresholds, columns):
    given_ = {"baseline": "b.csv", "window": "w", "features": columns, "every": "1h30m"}
    config = MonitorConfig.model_validate(
        {"pipeline": "x", "stage": "data", "watch": given_, "thresholds": {"missing": "2.5%", **thresholds}}
    )
    assert parse_config(config_json(config), FILE) == config


def test_own_thresholds_win_over_the_environments(prod):
    monitoring = prod.monitoring.model_copy(update={"thresholds": Thresholds(feature_skew=0.2, failures=5)})
    ranker = prod.endpoints["ranker"].model_copy(update={"thresholds": Thresholds(feature_skew=0.25)})
    changed = prod.model_copy(update={"monitoring": monitoring, "endpoints": {"ranker": ranker}})
    thresholds = config_of("ranker", changed).thresholds
    assert (thresholds.feature_skew, thresholds.failures) == (0.25, 5)


def test_all_that_is_wrong_with_a_config_has_its_place():
    text = """{
  "version": 1,
  "pipeline": "Ranker",
  "stage": "serving",
  "watch": {"baseline": "b.csv", "window": "w/", "featurs": ["a"]}
}"""
    with pytest.raises(FileError) as wrong:
        parse_config(text, FILE)
    assert [line[:70] for line in wrong.value.lines()] == [
        "monitor.json:3:15: pipeline: expected a name of lower-case letters, di",
        "monitor.json:5:50: watch.featurs: unknown key. Allowed here: baseline,",
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("", "monitor.yaml:1:1: there is nothing to measure: add `watch` or `runs`"),
        (
            "watch: {baseline: b, window: w}",
            f"monitor.yaml:4:1: watch: which columns? {WHICH}",
        ),
        (
            f"watch: {{baseline: b, window: w, features: [{', '.join(f'c{index}' for index in range(201))}]}}",
            "monitor.yaml:4:43: watch.features: expected at most 200 columns, got 201: name those that matter most",
        ),
        (
            "watch: {baseline: b, window: w, features: [a], labels: [a]}",
            "monitor.yaml:4:57: watch.labels[0]: a is among the features already: remove one",
        ),
    ],
)
def test_a_config_that_makes_no_sense(more, message):
    with pytest.raises(FileError) as wrong:
        parse_config(f"version: 1\npipeline: x\nstage: data\n{more}\n", Path("monitor.yaml"))
    assert wrong.value.lines() == [message]


LOGS = """
pipeline: ranker
stage: serving
watch:
  format: google-load-balancer
  baseline: gs://example-ml-logs/accepted/
  window: gs://example-ml-logs/requests/
  features: [request_bytes]
  sample: {by: time, take: 30s, of_every: 10m}
  quality:
    metric: accuracy
    baseline: 0.9
    better: higher
    labels: {source: gs://example-labels/r/, key: [trace], label: y, prediction: status, wait: 2d, least_coverage: 80%}
"""


def test_a_deployed_monitor_is_told_of_logs_samples_and_labels_and_may_read_them():
    given_config = parse_config(LOGS, FILE)
    assert parse_config(config_json(given_config), FILE) == given_config
    assert given_config.paths == (
        "gs://example-ml-logs/accepted/", "gs://example-ml-logs/requests/", "gs://example-labels/r/"
    )  # fmt: skip
