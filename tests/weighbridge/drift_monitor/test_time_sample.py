"""Windows sampled by time: the same rows in files, logs and engines, and all others counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.support.duckdb_engine import DuckDbEngine
from tests.support.monitor_data import NOW, WatchedFolder, write
from tests.support.request_logs import entries, write_log
from weighbridge.drift_monitor import columns
from weighbridge.drift_monitor.baseline_reader import read_baseline
from weighbridge.drift_monitor.config import Watched, parse_config
from weighbridge.drift_monitor.data_form import DataForm
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.slices import read_slices
from weighbridge.drift_monitor.sources import source_file
from weighbridge.drift_monitor.time_sample import open_window
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.window import Window
from weighbridge.drift_monitor.window_reader import read_window
from weighbridge.signals.verdict import breaches
from weighbridge.spec.pipeline import TimeSample

SAMPLE = TimeSample(by="at", take=timedelta(seconds=30), of_every=timedelta(minutes=10))
START = datetime(2026, 11, 20, tzinfo=UTC)
COLUMNS = (Watched("real", "features", 0), Watched("country", "features", 1), Watched("gone", "features", 2))


def rows(count: int = 3000) -> pa.Table:
    """Some of them before 1970, on a limit to the microsecond, or without a time."""
    random = np.random.default_rng(3)
    moments = [START + timedelta(seconds=float(part)) for part in random.uniform(-2e9, 2e9, count).round(6)]
    second, micro = timedelta(seconds=1), timedelta(microseconds=1)
    moments[:4] = [START, START + 30 * second, START + 30 * second - micro, START - micro]
    moments[4:6] = [datetime(1969, 12, 31, 23, 50, 5, tzinfo=UTC), datetime(1969, 12, 31, 23, 49, 59, tzinfo=UTC)]
    return pa.table(
        {
            "at": pa.array([*moments[:-9], *[None] * 9], pa.timestamp("us", "UTC")),
            "real": random.normal(10, 2, count),
            "country": random.choice(["de", "fr"], count),
            "gone": np.zeros(count),
        }
    )


def in_sample(moment: datetime | None) -> bool:
    """By whole numbers of Python, which round down."""
    if moment is None:
        return False
    since = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return since % 600_000_000 < 30_000_000


def written(form: str, shift: timedelta = timedelta(0)):
    """Makes texts of moments."""
    return lambda at: pa.array([None if moment is None else f"{moment + shift:{form}}" for moment in at.to_pylist()])


WAYS = {
    "as it is": lambda at: at,
    "to the nanosecond": lambda at: pc.add(at.cast(pa.timestamp("ns")).cast(pa.int64()), 999).cast(pa.timestamp("ns")),
    "as text": written("%Y-%m-%dT%H:%M:%S.%f"),
    "as text with slashes and a comma": written("%Y/%m/%dt%H:%M:%S,%f GMT"),
    "as text with a blank": written("%Y-%m-%d %H:%M:%S.%f UTC"),
    "as text of another zone": written("%Y-%m-%dT%H:%M:%S.%f+0200", timedelta(hours=2)),
    "in a dictionary": lambda at: at.dictionary_encode(),
    "as text in a dictionary": lambda at: written("%Y-%m-%dT%H:%M:%S.%f")(at).dictionary_encode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_rows_are_those_of_plain_arithmetic(tmp_path, way):
    made = rows()
    at = made["at"].combine_chunks()
    write(made.set_column(0, "at", WAYS[way](at)), tmp_path / "w.parquet")
    store = Store(tmp_path)
    table = open_window(store, store.file("w.parquet"), DataForm(sample=SAMPLE))
    found = [value for batch in table.batches(["real"]) for value in batch["real"].to_pylist()]
    expected = [
        real for real, moment in zip(made["real"].to_pylist(), at.to_pylist(), strict=True) if in_sample(moment)
    ]
    assert 100 < len(expected) < 300
    assert found == expected
    assert table.sampled == SampledRows(3000, 9)


def test_rows_without_a_time_are_counted_in_every_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "BATCH_ROWS", 300)
    write(pa.concat_tables([rows(300), rows(300)]), tmp_path / "w.parquet")
    store = Store(tmp_path)
    table = open_window(store, store.file("w.parquet"), DataForm(sample=SAMPLE))
    assert len(list(table.batches(["real"]))) > 1
    assert table.sampled == SampledRows(600, 18)


def test_csv_has_no_types_and_what_is_no_time_is_in_no_sample(tmp_path):
    (tmp_path / "w.csv").write_text(
        "at,real\n2026-11-20T00:00:01Z,1\n2026-11-20,2\n2026-11-20 00:01,3\nsoon,4\n,5\n2026-02-30,6\n"
    )
    store = Store(tmp_path)
    table = open_window(store, store.file("w.csv"), DataForm(sample=SAMPLE))
    assert [value for batch in table.batches(["real"]) for value in batch["real"].to_pylist()] == ["1", "2"]
    assert table.sampled == SampledRows(6, 3)


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery"])
@pytest.mark.parametrize("stored", ["zoned", "local", "days"])
def test_engines_count_the_very_same_rows(tmp_path, dialect, stored):
    made = rows()
    if stored != "zoned":
        kind = pa.timestamp("us") if stored == "local" else pa.date32()
        made = made.set_column(0, "at", made["at"].cast(pa.timestamp("us")).cast(kind))
    write(rows(300), tmp_path / "baseline.parquet")
    write(made, tmp_path / "w.parquet")
    engine = DuckDbEngine(dialect=dialect)
    engine.create("requests", made)
    store = Store(tmp_path, open_engine=lambda *_: engine)
    baseline = read_baseline(store, store.file("baseline.parquet"), COLUMNS)
    form = DataForm(sample=SAMPLE)
    file, table = store.file("w.parquet"), source_file(store, "bq://example-ml.ds.requests")
    expected, found = (read_window(store, Window("", (source,)), baseline, form) for source in (file, table))
    assert expected.sampled == found.sampled == SampledRows(3000, 9)
    assert 0 < expected.rows == found.rows < 3000
    assert found.counts_as(expected)
    parts = [DataSlice("country", name) for name in ("de", "fr")]
    of_file, of_table = (read_slices(store, [source], baseline.columns, parts, form) for source in (file, table))
    for part in parts:
        assert 0 < of_file[part].rows == of_table[part].rows < expected.rows
        assert np.array_equal(of_file[part].tallies["real"].counts, of_table[part].tallies["real"].counts)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"when": [NOW]}, "has no column 'at', which `watch.sample` names"),
        ({"at": [1.5]}, "has double in column 'at', and `watch.sample` goes by times"),
    ],
)
def test_what_has_no_times_is_told(tmp_path, columns, message):
    made = pa.table({**columns, "real": [1.0]})
    write(made, tmp_path / "w.parquet")
    engine = DuckDbEngine()
    engine.create("requests", made)
    store = Store(tmp_path, open_engine=lambda *_: engine)
    write(rows(300), tmp_path / "baseline.parquet")
    baseline = read_baseline(store, store.file("baseline.parquet"), COLUMNS)
    for source in (store.file("w.parquet"), source_file(store, "bq://example-ml.ds.requests")):
        with pytest.raises(UnreadableData) as unread:
            read_window(store, Window("", (source,)), baseline, DataForm(sample=SAMPLE))
        assert str(unread.value) == f"{source.path} {message}"


CONFIG = """
pipeline: clicks
stage: serving
watch:
  baseline: baseline.parquet
  window: windows/
  features: [real, country]
  least_rows: 100
  sample: {by: at, take: 30s, of_every: 10m}
"""


def test_the_sample_is_what_a_window_is_judged_by(tmp_path):
    write(rows(2000), tmp_path / "baseline.parquet", NOW)
    write(rows(), tmp_path / "windows/1/w.parquet", NOW)
    config = parse_config(CONFIG, Path("c.yaml"))
    seen = WatchedFolder(tmp_path, config, tmp_path / "state.json").measure()
    assert (seen.baseline.rows, seen.window.sampled) == (2000, SampledRows(3000, 9))
    assert breaches(seen, config, NOW) == ()
    again = WatchedFolder(tmp_path, config, tmp_path / "state.json").measure()
    assert (again.window.rows, again.window.sampled) == (seen.window.rows, seen.window.sampled)
    rarer = parse_config(CONFIG.replace("30s", "3s"), Path("c.yaml"))
    other = WatchedFolder(tmp_path, rarer, tmp_path / "state.json").measure()
    assert 0 < other.window.rows < seen.window.rows / 5
    assert [breach.signal for breach in breaches(other, rarer, NOW)] == ["window-small"]


def test_a_log_is_sampled_by_its_time_and_all_its_lines_are_counted(tmp_path):
    write_log(tmp_path / "accepted.json", list(entries(1200, 1)))
    write_log(tmp_path / "windows/1/a.json", list(entries(1200, 2)))
    text = CONFIG.replace("baseline: baseline.parquet", "format: google-load-balancer\n  baseline: accepted.json")
    text = text.replace("[real, country]", "[status]").replace("by: at", "by: time").replace("30s", "1m")
    seen = WatchedFolder(tmp_path, parse_config(text, Path("c.yaml"))).measure()
    assert (seen.window.rows, seen.window.sampled, seen.window.lines.requests) == (120, SampledRows(1200), 1200)
