"""What a pipeline may use and where its data lies, value by value."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.models import accepts
from weighbridge.spec.pipeline import Column, DataPath, Phrase, Pipeline, Quality, Watch, WatchedPath

PIPELINE = {"kind": "training", "node_pool": "train", "guaranteed": {"cpu": 4}, "at_most": {"cpu": 8}}
QUALITY = {"metric": "ndcg_at_10", "report": "gs://example-ml-data/q/", "baseline": 0.4, "better": "higher"}


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        (DataPath, "gs://example-ml-data/ranker/baseline.parquet", True),
        (DataPath, "gs://example-ml-data", True),
        (DataPath, "data/window/", True),
        (DataPath, "requests/2026/11/20/07:00:00_07:59:59_S0.json", True),
        (WatchedPath, "requests/2026/11/20/07:00:00_07:59:59_S0.json", True),
        (WatchedPath, "s3://bucket/x", False),
        (DataPath, "/etc/data", False),
        (DataPath, "s3://bucket/x", False),
        (DataPath, "a b.csv", False),
        (Column, "clicks per day", True),
        (Column, "", False),
        (Column, "x" * 201, False),
        (Phrase, "not my department", True),
        (Phrase, "     ", False),
        (Phrase, "   no   ", False),
        (Quality, QUALITY, True),
        (Quality, {**QUALITY, "metric": "ndcg@10"}, False),
        (Quality, {**QUALITY, "baseline": float("nan")}, False),
        (Quality, {**QUALITY, "baseline": "0.4"}, False),
        (Pipeline, PIPELINE, True),
        (Pipeline, {**PIPELINE, "at_most": {"nvidia.com/gpu": 1}}, True),
        (Pipeline, {**PIPELINE, "at_most": {"gpu": 1}}, False),
        (Pipeline, {**PIPELINE, "kind": "batch"}, False),
    ],
)
def test_one_value(type_, value, expected):
    assert accepts(type_, value) is expected


def test_what_is_left_out():
    watch = Watch.model_validate({"baseline": "b.parquet", "window": "w/"})
    assert (watch.every, watch.least_rows, watch.quality) == (timedelta(hours=1), 1000, None)
    assert watch.features == watch.labels == watch.predictions == ()
    pipeline = Pipeline.model_validate(PIPELINE)
    assert (pipeline.runs_every, pipeline.runs, pipeline.measure_only) == (None, None, False)
