"""Run by Python with Spark: counts tables in Spark's local mode, and writes the tallies down as the monitor's state.

    python -m tests.support.spark_counts FOLDER

FOLDER has `baseline.parquet` and `window.parquet`, and `columns.json`: the names of the columns. Spark is in no lock
file of this project, so this runs with a folder of its packages on the path.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import SparkSession

from weighbridge.drift_monitor.baseline_reader import read_baseline
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.sources import source_file
from weighbridge.drift_monitor.spark_engine import SparkEngine
from weighbridge.drift_monitor.state import Memory, write_memory
from weighbridge.drift_monitor.watched_folder import find_windows
from weighbridge.drift_monitor.window import Window
from weighbridge.drift_monitor.window_reader import read_window
from weighbridge.spec.pipeline import WatchedTables

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
    names = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    columns = [Watched(name, "features", place) for place, name in enumerate(names)]
    baseline = read_baseline(store, store.file("baseline.parquet"), columns)
    whole = read_window(store, Window("", (source_file(store, "spark://requests"),)), baseline)
    newest = find_windows(store, "spark://lake", datetime.now(UTC)).newest
    write_memory(folder / "found.json", Memory(whole, read_window(store, newest, baseline)))
    session.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
