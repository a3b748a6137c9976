"""Spark in local mode counts what pyarrow counts in a file of the same rows: counts equal, sums within 1e-9."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.support.duckdb_engine import DuckDbEngine
from tests.support.paths import ROOT
from tests.weighbridge.drift_monitor.test_table_counts import COLUMNS, of_files, rows, same
from weighbridge.drift_monitor.state import read_memory
from weighbridge.drift_monitor.window import Window
from weighbridge.drift_monitor.window_reader import read_window

PACKAGES = ROOT / ".cache" / "spark"
SECONDS = 1500


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
    (tmp_path / "columns.json").write_text(json.dumps([column.name for column in columns]), encoding="utf-8")
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
    assert read_window(reads, Window("", (reads.file("window.parquet"),)), baseline).rows == expected.rows
