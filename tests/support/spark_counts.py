"""Run by Python with Spark: counts and joins tables in Spark's local mode, and writes down what it finds.

    python -m tests.support.spark_counts FOLDER

FOLDER has `baseline.parquet`, `window.parquet` and `asked.json`, in which `columns` are counted; into `found.json` go
the tallies of all rows and of the newest partition, as the monitor's state. `samples` are counted in `sampled.parquet`
by the column that each names, into `sampled-<column>.json`, the rows of slices into `slices-<column>.json`; `joins` are
of `predicted.parquet` and `labels.parquet`, in which `dt` is the partition, and go into `joined.json`. Spark is in no
lock file of this project, so this runs with a folder of its packages on the path.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from weighbridge.drift_monitor.baseline_reader import read_baseline
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.data_form import DataForm
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.joined_labels import LabelJoin
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.slices import sliced_baseline, sliced_window
from weighbridge.drift_monitor.sources import source_file
from weighbridge.drift_monitor.spark_engine import SparkEngine
from weighbridge.drift_monitor.state import Memory, write_memory
from weighbridge.drift_monitor.table_labels import join_labels, label_partitions
from weighbridge.drift_monitor.watched_folder import find_windows
from weighbridge.drift_monitor.window import Window
from weighbridge.drift_monitor.window_reader import read_window
from weighbridge.spec.pipeline import Quality, TimeSample, WatchedTables

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def main(folder: Path) -> None:
    builder = SparkSession.builder.master("local[1]").config("spark.sql.warehouse.dir", str(folder / "warehouse"))
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.read.parquet(str(folder / "window.parquet")).createOrReplaceTempView("requests")
    session.sql(
        "CREATE TABLE lake USING parquet PARTITIONED BY (dt) AS "
        "SELECT *, IF(real > 12, '2026-11-20', '2026-11-19') AS dt FROM requests"
    )
    engine = SparkEngine(session, WatchedTables())
    store = Store(folder, open_engine=lambda *_: engine)
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    columns = [Watched(name, "features", place) for place, name in enumerate(asked["columns"])]
    baseline = read_baseline(store, store.file("baseline.parquet"), columns)
    whole = read_window(store, Window("", (source_file(store, "spark://requests"),)), baseline)
    newest = find_windows(store, "spark://lake", datetime.now(UTC)).newest
    write_memory(folder / "found.json", Memory(whole, read_window(store, newest, baseline)))
    for by in asked["samples"]:
        count_sample(session, store, folder, by)
    joined = join(session, store, folder, asked["joins"])
    (folder / "joined.json").write_text(json.dumps(joined), encoding="utf-8")
    session.stop()


def count_sample(session: SparkSession, store: Store, folder: Path, by: str) -> None:
    session.read.parquet(str(folder / "sampled.parquet")).createOrReplaceTempView("sampled")
    form = DataForm(sample=TimeSample(by=by, take=timedelta(seconds=30), of_every=timedelta(minutes=10)))
    baseline = sliced_baseline(
        store, store.file("sampled.parquet"), [Watched("real", "features", 0)], ["country"], form
    )
    window = Window("", (source_file(store, "spark://sampled"),))
    found = sliced_window(store, window, baseline, form)
    write_memory(folder / f"sampled-{by}.json", Memory(found, None))
    rows = {
        part.value: [tallies.rows, tallies.tallies["real"].counts.tolist()] for part, tallies in found.slices.items()
    }
    (folder / f"slices-{by}.json").write_text(json.dumps(rows), encoding="utf-8")


def join(session: SparkSession, store: Store, folder: Path, joins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for name in ("predicted", "labels"):
        session.read.parquet(str(folder / f"{name}.parquet")).createOrReplaceTempView(f"all_{name}")
        session.sql(f"CREATE TABLE {name} USING parquet PARTITIONED BY (dt) AS SELECT * FROM all_{name}")  # noqa: S608
    window = next(part for part in find_windows(store, "spark://predicted", datetime.now(UTC)).windows)
    found = []
    for given in joins:
        quality = Quality.model_validate(given)
        assert quality.labels is not None
        sources = label_partitions(store, quality.labels.source, window)
        slices = [DataSlice("country", "de"), DataSlice("country", "fr")]
        joined = join_labels(store, LabelJoin(quality, quality.labels, window, sources, slices))
        parts = [joined.whole, *joined.slices.values()]
        found.append({"counts": asdict(joined.counts), "parts": [asdict(part) for part in parts]})
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
