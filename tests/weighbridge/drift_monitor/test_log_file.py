"""Request logs as tables: typed columns, what can't be read, and a monitor over folders of them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from tests.support.monitor_data import NOW, WatchedFolder, config
from tests.support.request_logs import entries, write_log
from weighbridge.drift_monitor.derived import Derived
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.log_file import LogFile, log_folder
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.signals.verdict import breaches

WATCH = (
    "{format: google-load-balancer, baseline: accepted/, window: requests/, "
    "features: [request_bytes], predictions: [latency_seconds, status], slices: [status]}"
)


def columns(tmp_path, log, content, *names, derived=()):
    file = write_log(tmp_path / "log.json", content)
    store = Store(tmp_path)
    opened = LogFile(store, store.file(file.name), log, derived)
    (batch,) = opened.batches(names)
    return {name: batch[name].to_pylist() for name in names}, opened.lines


def test_columns_of_a_load_balancer_are_typed(tmp_path):
    full = {
        "timestamp": "2026-11-20T07:00:00.123456789Z",
        "httpRequest": {
            "requestMethod": "POST", "requestUrl": "https://m.example.com:443/a/b?c=d", "status": 503,
            "requestSize": "44", "responseSize": 333, "latency": "0.25s", "protocol": "HTTP/2",
        },
        "jsonPayload": {"statusDetails": "failed_to_pick_backend"},
        "resource": {"labels": {"backend_service_name": "", "backend_target_name": "t"}},
    }  # fmt: skip
    bare: dict[str, object] = {"httpRequest": {}}
    names = ("time", "host", "path", "status", "request_bytes", "response_bytes", "latency_seconds", "status_details")
    found, lines = columns(tmp_path, "google-load-balancer", [full, bare], *names, "backend")
    assert {name: values[0] for name, values in found.items()} == {
        "time": datetime(2026, 11, 20, 7, 0, 0, 123456, tzinfo=UTC), "host": "m.example.com", "path": "/a/b",
        "status": "503", "request_bytes": 44.0, "response_bytes": 333.0, "latency_seconds": 0.25,
        "status_details": "failed_to_pick_backend", "backend": "t",
    }  # fmt: skip
    assert {name: values[1] for name, values in found.items()} == dict.fromkeys((*names, "backend"))
    assert lines == LineCounts(requests=2)


@pytest.mark.parametrize(
    "wrong",
    [{"latency": 0.25}, {"latency": "quarter"}, {"latency": "1e3s"}, {"requestSize": "many"}, {"requestSize": True},
     {"requestSize": 10**400}, {"requestUrl": 7}, {"requestUrl": "http://[::1"}, {"status": []}],
)  # fmt: skip
def test_a_value_of_another_type_makes_its_line_unreadable(tmp_path, wrong):
    names = ("latency_seconds", "request_bytes", "path", "status")
    found, lines = columns(tmp_path, "google-load-balancer", [{"httpRequest": wrong}, {"httpRequest": {}}], *names)
    assert found == {name: [None] for name in names}
    assert lines == LineCounts(requests=1, unreadable=1)


def test_a_file_whose_gzip_ends_early_is_one_that_ends_within_a_line(tmp_path):
    packed = gzip.compress(b"".join(b'{"httpRequest": {"requestSize": "%d"}}\n' % (n * n) for n in range(500)))
    for name in ("a.gz", "b.gz"):
        (tmp_path / name).write_bytes(packed[:-400])
    opened = LogFile(Store(tmp_path), log_folder(Store(tmp_path), "./"), "google-load-balancer")
    rows = sum(len(batch["request_bytes"]) for batch in opened.batches(["request_bytes"]))
    assert 0 < rows < 1000
    assert opened.lines == LineCounts(requests=rows, cut=2)


def test_spans_of_triton_are_seconds_and_half_of_one_is_none(tmp_path):
    moments = [{"name": "REQUEST_START", "ns": 2_000_000_000}, {"name": "REQUEST_END", "ns": 2_250_000_000}]
    trace = [
        {"id": 1, "model_name": "m", "model_version": -1},
        {"id": 1, "timestamps": [*moments, {"name": "QUEUE_START", "ns": 1}]},
    ]
    found, _ = columns(tmp_path, "triton-trace", json.dumps(trace), "request_seconds", "queue_seconds", "version")
    assert found == {"request_seconds": [0.25], "queue_seconds": [None], "version": ["-1"]}


def test_texts_of_a_log_are_looked_into(tmp_path):
    body = {"created": 1763622000, "model": "m", "choices": [{"text": "I can't help with that."}, {"text": "b"}]}
    refusal = Derived("answer", "refusal")
    found, _ = columns(tmp_path, "openai", [body, {"usage": {}}], "time", refusal.name, derived=[refusal])
    assert found == {"time": [datetime(2025, 11, 20, 7, tzinfo=UTC), None], "refusal of answer": ["true", None]}


def test_half_a_surrogate_pair_is_a_text_too(tmp_path):
    found, _ = columns(tmp_path, "openai", '{"choices": [], "model": "a\\ud83d"}\n', "model")
    assert found == {"model": ["a?"]}


def test_what_only_begins_as_gzip_says_so(tmp_path):
    with pytest.raises(
        UnreadableData, match=r"log\.json can't be read: it begins as gzip and goes on as something else"
    ):
        columns(tmp_path, "vllm", gzip.compress(b"a")[:10] + b"\xff" * 50, "prompt")


def test_a_folder_of_logs_is_one_file_without_tables_and_hidden_ones(tmp_path):
    write_log(tmp_path / "logs/a/x.log", list(entries(3, 1)))
    write_log(tmp_path / "logs/y.log.gz", gzip.compress(json.dumps(next(entries(1, 2))).encode()), NOW + timedelta(1))
    for name in ("z.parquet", "_tmp/z.log", ".z.log"):
        write_log(tmp_path / "logs" / name, "broken\n")
    file = log_folder(Store(tmp_path), "logs/")
    assert (file.path, datetime.fromtimestamp(file.modified_ns / 1e9, UTC)) == ("logs/", NOW + timedelta(1))
    log = LogFile(Store(tmp_path), file, "google-load-balancer")
    assert sum(len(batch["status"]) for batch in log.batches(["status"])) == 4
    assert log.lines == LineCounts(requests=4)
    with pytest.raises(UnreadableData, match="there is no log in none/"):
        log_folder(Store(tmp_path), "none/")


@pytest.fixture
def folder(tmp_path):
    write_log(tmp_path / "accepted/a.json", list(entries(3000, 1)))
    for hour, slower in ((6, 1.0), (7, 2.5)):
        day = tmp_path / "requests/2026/11/20"
        write_log(day / f"{hour:02}:00:00_{hour:02}:59:59_S0.json", list(entries(1900, hour, slower)))
        write_log(day / f"{hour:02}:00:00_{hour:02}:59:59_A0:1763622000.json", list(entries(100, hour + 9, slower)))
    return tmp_path


def test_an_exported_hour_is_a_window_with_what_came_late(folder):
    settings = config(WATCH).model_copy(update={"stage": "serving"})
    watched = WatchedFolder(folder, settings, folder / "state.json")
    seen = watched.measure()
    assert (seen.window.name, seen.window.rows, seen.window.lines) == ("2026/11/20/07", 2000, LineCounts(2000))
    assert {(breach.signal, breach.subject) for breach in breaches(seen, settings, NOW)} >= {
        ("prediction-skew", "latency_seconds"), ("prediction-drift", "latency_seconds")
    }  # fmt: skip
    assert {(part.name, part.rows) for part in seen.window.slices} == {("status=200", 1930)}
    again = WatchedFolder(folder, settings, folder / "state.json").measure()
    assert again.window.lines == LineCounts(2000)


@pytest.mark.parametrize(("unreadable", "over"), [(20, []), (21, ["log-unreadable"])])
def test_lines_that_can_not_be_read_are_a_signal(folder, unreadable, over):
    hour = folder / "requests/2026/11/20/08:00:00_08:59:59_S0.json"
    text = "".join(json.dumps(entry) + "\n" for entry in entries(2000 - 20, 8)) + "no json\n" * unreadable + '{"half'
    write_log(hour, text)
    settings = config(WATCH).model_copy(update={"stage": "serving"})
    seen = WatchedFolder(folder, settings).measure()
    assert seen.window.lines == LineCounts(1980, 0, unreadable, 1)
    found = [breach for breach in breaches(seen, settings, NOW) if not breach.signal.endswith("drift")]
    assert [breach.signal for breach in found] == over
    if found:
        assert found[0].message == "lines of its log that can't be read: 21, 1.0% of its requests, above invalid 1%"


def test_a_baseline_may_be_a_table_and_a_window_files_of_both(tmp_path):
    made = pa.table({"status": ["200"] * 2000, "request_bytes": [float(n % 500) for n in range(2000)]})
    pa.parquet.write_table(made, tmp_path / "baseline.parquet")
    write_log(tmp_path / "requests/new.log", list(entries(1200, 1)))
    pa.parquet.write_table(made, tmp_path / "requests/old.parquet")
    watch = WATCH.replace("accepted/", "baseline.parquet").replace("latency_seconds, ", "")
    seen = WatchedFolder(tmp_path, config(watch)).measure()
    assert (seen.window.rows, seen.window.lines) == (3200, LineCounts(1200))


def test_logs_that_hold_no_request_are_an_empty_window(folder):
    write_log(folder / "requests/2026/11/20/08:00:00_08:59:59_S0.json", '{"textPayload": "started"}\n\n')
    settings = config(WATCH)
    seen = WatchedFolder(folder, settings).measure()
    assert (seen.window.rows, seen.window.lines) == (0, LineCounts(other=2))
    assert "window-small" in {breach.signal for breach in breaches(seen, settings, NOW)}
