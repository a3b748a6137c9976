"""Spark in local mode counts what pyarrow counts in a file of the same rows: counts equal, sums within 1e-9."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import pytest

from tests.support.duckdb_engine import DuckDbEngine
from tests.support.monitor_data import write
from tests.support.paths import ROOT
from tests.weighbridge.drift_monitor.test_table_counts import COLUMNS, of_files, rows, same
from tests.weighbridge.drift_monitor.test_time_sample import START
from tests.weighbridge.drift_monitor.test_time_sample import rows as rows_over_time
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.data_form import DataForm
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.joined_labels import LabelJoin
from weighbridge.drift_monitor.late_labels import _joined_files
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.slices import sliced_baseline, sliced_window
from weighbridge.drift_monitor.state import read_memory
from weighbridge.drift_monitor.window import Window
from weighbridge.drift_monitor.window_reader import read_window
from weighbridge.spec.pipeline import Quality, TimeSample

PACKAGES = ROOT / ".cache" / "spark"
SECONDS = 1500


SAMPLED_BY = ("at", "local", "day")


def sampled_rows() -> pa.Table:
    made = rows_over_time()
    local = made["at"].cast(pa.timestamp("us"))
    return made.append_column("local", local).append_column("day", local.cast(pa.date32()))


def same_sample(reads: Store, folder: Path, by: str) -> None:
    form = DataForm(sample=TimeSample(by=by, take=timedelta(seconds=30), of_every=timedelta(minutes=10)))
    file = reads.file("sampled.parquet")
    baseline = sliced_baseline(reads, file, [Watched("real", "features", 0)], ["country"], form)
    expected = sliced_window(reads, Window("", (file,)), baseline, form)
    found = read_memory(folder / f"sampled-{by}.json").newest
    assert found.sampled == expected.sampled == SampledRows(3000, 9), by
    assert 0 < found.rows == expected.rows < 3000, by
    same(found.tallies["real"], expected.tallies["real"])
    slices = {
        part.value: [tallies.rows, tallies.tallies["real"].counts.tolist()] for part, tallies in expected.slices.items()
    }
    assert json.loads((folder / f"slices-{by}.json").read_text(encoding="utf-8")) == slices, by
    assert min(rows for rows, _ in slices.values()) > 0


IDS = ("whole", "text", "double", "money", "at", "local", "day", "flag")
COMPARED = (
    ("accuracy", "class", "whole_class"), ("accuracy", "flag", "class"), ("accuracy", "day", "day"),
    ("accuracy", "at", "at"), ("accuracy", "money", "score"), ("mean_absolute_error", "score", "money"),
    ("mean_absolute_error", "flag", "whole"), ("mean_absolute_error", "score", "class"),
    ("root_mean_squared_error", "score", "score"), ("log_loss", "score", "flag"), ("log_loss", "flag", "score"),
)  # fmt: skip


def asked_of(metric: str, key: Sequence[str], prediction: str, label: str) -> dict[str, Any]:
    source = {"source": "spark://labels", "key": key, "label": label, "prediction": prediction, "wait": "1d"}
    better = "higher" if metric == "accuracy" else "lower"
    return {"metric": metric, "baseline": 0.5, "better": better, "labels": source}


JOINS = [asked_of("accuracy", [f"{one}_id"], "class", "class") for one in IDS]
JOINS += [asked_of("accuracy", ["whole_id", "day_id"], "class", "class")]
JOINS += [asked_of(metric, ["whole_id"], kept, other) for metric, kept, other in COMPARED]


def labelled_rows() -> tuple[pa.Table, pa.Table]:
    """Predictions and labels: keys that repeat, are null, and are of the other alone; each kind of value."""
    random = np.random.default_rng(7)
    classes = [None, "1", "0", "True", " false\u00a0", "1.0", "cat", "Cat\n", "", "0.5", "Ärger", "ärger\u3000"]
    scores = [None, nan, inf, 0.0, 1.0, 1e-17, 1e-7, 0.25, 0.5, 1.5, -0.0]

    def made(size: int, days: Sequence[str]) -> pa.Table:
        numbers = [None if number == 0 else int(number) for number in random.integers(0, 300, size)]
        times = [None if number is None else START + timedelta(microseconds=number * 999_999) for number in numbers]
        texts = pa.array([None if number is None else str(number) for number in numbers])
        money = [None if number is None else Decimal(number) / random.choice([1, 4]) for number in numbers]
        flags = [None if number is None else bool(number % 2) for number in numbers]
        score = random.choice(np.array(scores, object), size).tolist()
        return pa.table(
            {
                "whole_id": pa.array(numbers, pa.int64()), "text_id": texts,
                "double_id": pa.array([None if number is None else number / 2 for number in numbers], pa.float64()),
                "money_id": pa.array(money, pa.decimal128(20, 2)),
                "at_id": pa.array(times, pa.timestamp("us", "UTC")),
                "local_id": pa.array(times, pa.timestamp("us", "UTC")).cast(pa.timestamp("us")),
                "day_id": pa.array([None if time is None else time.date() for time in times], pa.date32()),
                "flag_id": flags, "flag": flags, "whole": pa.array(numbers, pa.int64()),
                "class": random.choice(np.array(classes, object), size).tolist(),
                "whole_class": pa.array(random.integers(0, 2, size), pa.int32()),
                "score": pa.array(score, pa.float64()), "money": pa.array(money, pa.decimal128(20, 2)),
                "day": pa.array([START.date()] * size, pa.date32()),
                "at": pa.array([START] * size, pa.timestamp("us", "UTC")),
                "country": random.choice(["de", "fr", "us"], size), "dt": random.choice(list(days), size),
            }
        )  # fmt: skip

    return made(400, ["2026-11-20"]), made(700, ["2026-11-19", "2026-11-20", "2026-11-25"])


def same_join(reads: Store, folder: Path, quality: Quality, answer: Mapping[str, Any]) -> None:
    """The partition of labels before the window's is not read."""
    labels = pa.parquet.read_table(folder / "labels.parquet")
    write(labels.filter(pc.greater_equal(labels["dt"], "2026-11-20")), folder / "later.parquet")
    files = (reads.file("later.parquet"),)
    window = Window("2026-11-20", (reads.file("predicted.parquet"),))
    slices = [DataSlice("country", "de"), DataSlice("country", "fr")]
    assert quality.labels is not None
    expected = _joined_files(reads, LabelJoin(quality, quality.labels, window, files, slices))
    case = quality.metric, quality.labels.key, quality.labels.prediction, quality.labels.label
    assert answer["counts"] == asdict(expected.counts) | {"in_tables": True}, case
    for part, found in zip([expected.whole, *expected.slices.values()], answer["parts"], strict=True):
        assert (found["rows"], found["judged"]) == (part.rows, part.judged), case
        assert found["loss"] == pytest.approx(part.loss, rel=1e-9, abs=1e-9), case


@pytest.fixture
def spark() -> dict[str, str]:
    if shutil.which("java") is None:
        pytest.skip("there is no Java here, which Spark needs: install Debian's openjdk-17-jre-headless")
    if not (PACKAGES / "pyspark").is_dir():
        pytest.skip("there is no Spark here: `make spark` fetches it and runs this test")
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{PACKAGES}", "PYSPARK_PYTHON": sys.executable}


@pytest.mark.slow
def test_spark_counts_as_pyarrow_does(tmp_path, spark):
    columns = [column for column in COLUMNS if column.name != "hour"]  # Spark has no times of day
    window = rows(2, shift=1).drop_columns(["hour"])
    reads, baseline, expected = of_files(tmp_path, DuckDbEngine(), window, columns)
    write(sampled_rows(), tmp_path / "sampled.parquet")
    predicted, labels = labelled_rows()
    write(predicted, tmp_path / "predicted.parquet")
    write(labels, tmp_path / "labels.parquet")
    asked = {"columns": [column.name for column in columns], "samples": SAMPLED_BY, "joins": JOINS}
    (tmp_path / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.spark_counts", str(tmp_path)]
    done = subprocess.run(
        command, env=spark, cwd=tmp_path, timeout=SECONDS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = read_memory(tmp_path / "found.json")
    assert found.newest.rows == expected.rows
    for name in baseline.columns:
        same(found.newest.tallies[name], expected.tallies[name])
    assert found.previous.name == "2026-11-20"
    assert 0 < found.previous.rows < expected.rows
    assert found.previous.tallies["real"].rows == found.previous.rows
    for by in SAMPLED_BY:
        same_sample(reads, tmp_path, by)
    joined = json.loads((tmp_path / "joined.json").read_text(encoding="utf-8"))
    assert len(joined) == len(JOINS)
    for asked, answer in zip(JOINS, joined, strict=True):
        same_join(reads, tmp_path, Quality.model_validate(asked), answer)
    assert read_window(reads, Window("", (reads.file("window.parquet"),)), baseline).rows == expected.rows
