"""The drift monitor on many columns and rows: processor time and memory of the process that measures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

NUMBERS, CATEGORIES, ROWS = 70, 30, 1_000_000
MISSING = 0.01
TARGET_SECONDS, TARGET_MB = 4, 300
WIDE_COLUMNS, WIDE_ROWS = 600, 100_000
"""The most columns that a spec may name, 200 of each role; the file has 1,000."""

FILE_COLUMNS = 1000
LONG_COLUMNS, LONG_FILES = 10, 100
"""A window of so many files of `ROWS` rows, all links to one."""

MEASURE = """
import os
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyarrow import parquet
from weighbridge.drift_monitor.config import parse_config
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.measure import DriftMonitor

config = Path("config.json")
now = datetime.now(UTC)
monitor = DriftMonitor(parse_config(config.read_text(), config), Store(Path.cwd()), lambda: now, lambda message: None)
for turn in range(2):
    start, used = time.perf_counter(), time.process_time()
    seen = monitor.measure()
    print(time.perf_counter() - start, time.process_time() - used)
    assert seen.succeeded == now and seen.window.columns, seen.errors
    if not turn:
        now += timedelta(hours=1)
        for part in list(Path("latest").iterdir()):
            part.unlink()
            os.link("next.parquet", part)
# Of this program alone: the resource usage of a process begins with that of the one that started it.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(int(peak[1]) / 1024)
used = time.process_time()
for file in ("baseline.parquet", "next.parquet") if "plain" in sys.argv else ():
    for column in seen.window.columns:
        parquet.read_table(file, columns=[column.name], use_threads=False)
print(time.process_time() - used)
"""


def lines() -> Iterator[str]:
    """Of each shape, one line for the first measurement, one for each further one, one for memory."""
    yield (
        f"Drift of {NUMBERS} numbers and {CATEGORIES} categories, {ROWS:,} rows of Parquet "
        f"(target: {TARGET_SECONDS} s of processor and {TARGET_MB} MB)"
    )
    columns = [*(f"n{index}" for index in range(NUMBERS)), *(f"c{index}" for index in range(CATEGORIES))]
    yield from _measured(columns, _table, plain=True)
    yield f"Drift of {WIDE_COLUMNS:,} of {FILE_COLUMNS:,} numbers, {WIDE_ROWS:,} rows of Parquet (the same memory)"
    yield from _measured([f"n{index}" for index in range(WIDE_COLUMNS)], _wide)
    yield f"Drift of {LONG_COLUMNS} numbers, {LONG_FILES * ROWS:,} rows of Parquet in {LONG_FILES} files (same memory)"
    yield from _measured([f"n{index}" for index in range(LONG_COLUMNS)], _long, LONG_FILES)


def _measured(
    columns: list[str], table: Callable[[int], pa.Table], files: int = 1, *, plain: bool = False
) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "latest").mkdir()
        roles = ("features", "labels", "predictions")
        parts = {role: columns[at::3] for at, role in enumerate(roles)}
        watch = {"baseline": "baseline.parquet", "window": "latest", **parts}
        config = {"version": 1, "pipeline": "bench", "stage": "data", "watch": watch}
        (folder / "config.json").write_text(json.dumps(config))
        for seed, file in enumerate(("baseline.parquet", "latest/part0.parquet", "next.parquet")):
            parquet.write_table(table(seed), folder / file, compression="snappy")
        for number in range(1, files):
            os.link(folder / "latest/part0.parquet", folder / f"latest/part{number}.parquet")
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *(["plain"] if plain else [])],
            cwd=folder, check=True, capture_output=True, text=True, timeout=1200,
        )  # fmt: skip
    first, further, memory, reading = (line.split() for line in done.stdout.splitlines())
    for what, (seconds, processor) in (
        ("baseline and a window", first),
        ("a window, and the one before", further),
    ):
        ratio = float(processor) / TARGET_SECONDS
        yield f"  {what:<30}{float(seconds):6.1f} s, {float(processor):.1f} s of processor; ratio to target {ratio:.2f}"
    if plain:
        ratio = float(first[1]) / float(reading[0])
        yield f"  to read them with pyarrow alone{float(reading[0]):13.1f} s of processor; ratio to it {ratio:.2f}"
    yield f"  most memory{float(memory[0]):23.0f} MB; ratio to target {float(memory[0]) / TARGET_MB:.2f}"


def _long(seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    return pa.table({f"n{index}": random.normal(size=ROWS) for index in range(LONG_COLUMNS)})


def _wide(seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    return pa.table({f"n{index}": random.random(WIDE_ROWS) for index in range(FILE_COLUMNS)})


def _table(seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    kinds = (
        lambda: random.normal(0.1 * seed, 1, ROWS),
        lambda: random.lognormal(0, 1, ROWS),
        lambda: random.integers(0, 1000, ROWS),
        lambda: random.random(ROWS, dtype=np.float32),
    )
    columns = {
        f"n{index}": pa.array(kinds[index % 4](), mask=random.random(ROWS) < MISSING) for index in range(NUMBERS)
    }
    for index in range(CATEGORIES):
        size = (5, 50, 500)[index % 3]
        likely = np.cumsum(1 / np.arange(1, size + 1))
        codes = np.searchsorted(likely / likely[-1], random.random(ROWS)).astype(np.int32)
        names = pa.array([f"value-{code}" for code in range(size)])
        columns[f"c{index}"] = pa.DictionaryArray.from_arrays(codes, names).cast(pa.string())
    return pa.table(columns)
