"""The last snapshot at /metrics, and a measurement every so often."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests

from weighbridge.drift_monitor.exporter import Address, SnapshotCollector, measure_until, server
from weighbridge.drift_monitor.measure import Snapshot

SNAPSHOT = Snapshot("clicks", "data", {"window": True, "runs": False})


@contextmanager
def serving(snapshot):
    served = server(Address("127.0.0.1", 0), snapshot)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{served.server_port}"
    finally:
        served.shutdown()
        served.server_close()
        thread.join()


def test_gauges_of_the_snapshot_at_the_time_of_the_scrape():
    snapshots = [SNAPSHOT, Snapshot("clicks", "data", {"window": False})]
    with serving(lambda: snapshots.pop(0)) as address:
        first, second = (requests.get(f"{address}/metrics", timeout=10).text for _ in range(2))
    assert 'ml_monitor_errors{part="window",pipeline="clicks",stage="data"} 1.0\n' in first
    assert 'ml_monitor_errors{part="window",pipeline="clicks",stage="data"} 0.0\n' in second
    assert 'part="runs"' in first
    assert 'part="runs"' not in second


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("/healthz", 200, "ok\n"),
        ("/healthz?verbose", 200, "ok\n"),
        ("/", 404, "only /metrics and /healthz are here\n"),
        ("/metrics/x", 404, "only /metrics and /healthz are here\n"),
    ],
)
def test_other_paths(path, code, text):
    with serving(lambda: SNAPSHOT) as address:
        answer = requests.get(address + path, timeout=10)
    assert (answer.status_code, answer.text) == (code, text)


def test_a_format_is_the_one_that_the_scraper_asks_for():
    with serving(lambda: SNAPSHOT) as address:
        answer = requests.get(
            f"{address}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}, timeout=10
        )
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_each_metric_is_one_family_with_its_meaning():
    families = list(SnapshotCollector(lambda: SNAPSHOT).collect())
    names = [family.name for family in families]
    assert len(set(names)) == len(names)
    assert all(family.documentation for family in families)


def test_a_port_in_use_is_an_error_of_the_system():
    with serving(lambda: SNAPSHOT) as address, pytest.raises(OSError, match="in use"):
        server(Address("127.0.0.1", int(address.rpartition(":")[2])), lambda: SNAPSHOT)


def test_it_measures_at_once_and_again_until_it_is_told_to_stop():
    stop = threading.Event()
    measured: list[object] = []

    def measure():
        measured.append(len(measured))
        if len(measured) == 3:
            stop.set()

    measure_until(stop, measure, timedelta(milliseconds=1))
    assert measured == [0, 1, 2]


def test_told_to_stop_before_it_begins_it_measures_nothing():
    stop = threading.Event()
    stop.set()
    measure_until(stop, pytest.fail, timedelta(0))
