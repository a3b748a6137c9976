"""A measurement in another process: the same results, and none that hangs holds up anything."""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta
from functools import partial

import pytest
import requests

from tests.support.fake_bucket import bucket
from tests.support.monitor_data import NOW, WatchedFolder, config, distance, table, write
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.drift_monitor.baseline_reader import WrongColumns
from weighbridge.drift_monitor.exporter import Address, server
from weighbridge.drift_monitor.measuring_process import MeasuringProcess, Task

ANSWER = """
import sys
sys.path.insert(0, {root!r})
from tests.support.fake_bucket import Bucket
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.measuring_process import answer
answer(sys.stdin.buffer, lambda folder, progress, **_: Store(folder, Bucket(port={port}).system, progress))
"""
WATCH = "{{baseline: gs://bucket/baseline.parquet, window: gs://bucket/latest/, features: [item_price, {}]}}"
HOUR = timedelta(hours=1)


@pytest.fixture
def served(tmp_path):
    with bucket() as made:
        for name, data in {
            "baseline.parquet": table(),
            "latest/06/part.parquet": table(seed=2),
            "latest/07/part.parquet": table(seed=3, shift=3),
        }.items():
            made.objects[name] = write(data, tmp_path / name).read_bytes()
        yield made


@pytest.fixture
def measuring(served, tmp_path):
    """Makes what measures the bucket, its log and its clock."""
    opened = []

    def make(column: str = "country", silence: timedelta = timedelta(seconds=PATIENCE_SECONDS)):
        one = WatchedFolder(tmp_path, config(WATCH.format(column)))
        command = (sys.executable, "-c", ANSWER.format(root=str(ROOT), port=served.port))
        task = Task(config(WATCH.format(column)), tmp_path, None, one.monitor.snapshot, silence)
        one.monitor = MeasuringProcess(task, lambda: one.now, one.log.append, command)
        opened.append(one.monitor)
        return one

    yield make
    for process in opened:
        process.close()


def test_it_finds_the_same_and_knows_it_the_next_time(served, measuring):
    one = measuring()
    seen = one.measure()
    assert seen.errors == {"baseline": False, "window": False}
    assert distance(seen, "item_price", "previous") > 0.3
    assert abs(seen.succeeded - NOW) < timedelta(seconds=PATIENCE_SECONDS)
    served.asked.clear()
    assert one.measure(after=HOUR).window == seen.window
    assert not [path for path in served.asked if "alt=media" in path]
    assert one.log[0].startswith("clicks: window 07 of 2,000 rows, 2 columns; farthest item_price, ")


def test_columns_that_the_baseline_lacks_are_told(measuring):
    with pytest.raises(WrongColumns) as wrong:
        measuring("contry").measure()
    (problem,) = wrong.value.problems
    assert problem.path == ("features", 1)


@pytest.mark.parametrize(
    ("known", "hanging", "path"),
    [
        (True, "prefix=latest/", "gs://bucket/latest/"),
        pytest.param(
            False,
            "07/part.parquet?generation=1&alt=media",
            "gs://bucket/latest/07/part.parquet",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_hangs_is_told_and_neither_holds_up_a_scrape_nor_takes_away_what_was_known(
    served, measuring, known, hanging, path
):
    one = measuring(silence=timedelta(seconds=3))
    before = one.measure() if known else one.monitor.snapshot
    one.log.clear()
    serving = server(Address("127.0.0.1", 0), lambda: one.monitor.snapshot)
    served.hanging = hanging
    work = (serving.serve_forever, partial(one.measure, after=HOUR))
    threads = [threading.Thread(target=target, daemon=True) for target in work]
    for thread in threads:
        thread.start()
    slowest = 0.0
    while threads[1].is_alive():
        start = time.monotonic()
        assert requests.get(f"http://127.0.0.1:{serving.server_port}/metrics", timeout=PATIENCE_SECONDS).ok
        slowest = max(slowest, time.monotonic() - start)
        time.sleep(0.05)
    serving.shutdown()
    serving.server_close()
    assert slowest < 2
    hung = one.monitor.snapshot
    assert (hung.window, hung.succeeded) == (before.window, before.succeeded)
    assert hung.errors["window"]
    assert one.log == [f"window: {path} does not answer: nothing has come for 3s"]

    served.hanging = ""
    assert one.measure(after=HOUR).errors == {"baseline": False, "window": False}


def test_an_end_does_not_wait_for_what_hangs(served, measuring):
    one = measuring()
    served.hanging = "latest"
    thread = threading.Thread(target=one.measure, daemon=True)
    thread.start()
    while not any("latest" in path for path in served.asked):
        time.sleep(0.01)
    one.monitor.close()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert one.log == []


def test_a_process_that_is_killed_is_told(served, measuring):
    one = measuring()
    served.hanging = "latest"
    thread = threading.Thread(target=one.measure, daemon=True)
    thread.start()
    while not any("latest" in path for path in served.asked):
        time.sleep(0.01)
    one.monitor._process.kill()
    thread.join(PATIENCE_SECONDS)
    assert one.log == [
        "window: the measuring process was ended by SIGKILL while it read gs://bucket/latest/: out of memory?"
    ]
