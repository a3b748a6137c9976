"""Which engine counts what, who is billed, and what is said where one is missing."""

from __future__ import annotations

import sys

import pytest

from weighbridge.cloud_api.identity import own_identity
from weighbridge.drift_monitor.engines import billed_project, engine_opener, table_paths
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.spec.pipeline import Quality, Watch, WatchedTables


def watch(baseline="b.parquet", window="bq://example-ml.ds.t", **more) -> Watch:
    return Watch(baseline=baseline, window=window, features=("a",), **more)


@pytest.mark.parametrize(
    ("given", "billed"),
    [
        (None, None),
        (watch(window="latest/"), None),
        (watch(window="spark://t"), None),
        (watch(), "example-ml"),
        (watch(baseline="bq://other-ml.ds.t$20261101"), "example-ml"),
        (watch(baseline="bq://other-ml.ds.t", window="latest/"), "other-ml"),
        (watch(tables=WatchedTables(billed_to="example-billing")), "example-billing"),
        (watch(window="latest/", tables=WatchedTables(billed_to="example-billing")), None),
    ],
)
def test_queries_are_billed_where_the_window_is_unless_the_spec_says_otherwise(given, billed):
    assert billed_project(given) == billed


def test_tables_are_those_of_the_labels_the_baseline_and_the_window():
    assert table_paths(watch(baseline="bq://p-rojec.d.t")) == ("bq://p-rojec.d.t", "bq://example-ml.ds.t")
    assert table_paths(watch(window="latest/")) == ()
    labels = {"source": "bq://other-ml.d.labels", "key": ["id"], "label": "y", "prediction": "p", "wait": "1d"}
    quality = Quality.model_validate({"metric": "accuracy", "baseline": 0.9, "better": "higher", "labels": labels})
    labelled = watch(quality=quality)
    assert table_paths(labelled) == ("bq://other-ml.d.labels", "bq://example-ml.ds.t")
    assert billed_project(labelled) == "example-ml"


def test_spark_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    monkeypatch.delitem(sys.modules, "weighbridge.drift_monitor.spark_engine", raising=False)
    with pytest.raises(UnreadableData, match=r"^pyspark is not installed: pip install 'weighbridge\[monitor,spark\]'"):
        engine_opener(watch(window="spark://t"))("spark://", lambda: None)


def test_nobody_who_is_signed_out_is_kept_waiting(monkeypatch, tmp_path):
    for name in ("GOOGLE_OAUTH_ACCESS_TOKEN", "WEIGHBRIDGE_GOOGLE_APIS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    own_identity.cache_clear()
    try:
        with pytest.raises(UnreadableData, match="BigQuery can't be read: Google Cloud doesn't know who asks"):
            engine_opener(watch())("bq://", lambda: None)
    finally:
        own_identity.cache_clear()
