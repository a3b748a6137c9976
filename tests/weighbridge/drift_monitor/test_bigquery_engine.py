"""BigQuery over its own API, on a server of this machine that answers as BigQuery does."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from tests.support.fake_bigquery import FakeBigQuery
from tests.support.google_apis import FOREVER, Failure, google_apis
from tests.support.monitor_data import WatchedFolder, config, distance, table, write
from weighbridge.cloud_api.bigquery import AnsweredRows, TableField
from weighbridge.drift_monitor.bigquery_engine import batch_of
from weighbridge.drift_monitor.engine import address_of
from weighbridge.drift_monitor.engines import billed_project, engine_opener
from weighbridge.drift_monitor.quality import LabelCounts
from weighbridge.drift_monitor.unreadable_data import UnreadableData

WATCH = (
    "{{baseline: {baseline}, window: 'bq://example-ml.ds.clicks', features: [item_price, country, member], "
    "labels: [clicked]{more}}}"
)
BY_DAY = {"timePartitioning": {"type": "DAY", "field": "dt"}}


def watched(more: str = "", baseline: str = "baseline.parquet"):
    return config(WATCH.format(baseline=baseline, more=more))


@contextmanager
def bigquery(monkeypatch, **state):
    fake = FakeBigQuery(**{"more": BY_DAY, **state})
    days = [(1, 0.0, 18), (2, 0.0, 19), (3, 4.0, 20)]
    rows = [table(rows=600, seed=seed, shift=shift).append_column("dt", day(600, at)) for seed, shift, at in days]
    fake.engine.create("clicks", pa.concat_tables(rows))
    fake.engine.database.execute(
        "CREATE TABLE ds.partitions AS SELECT 'clicks' AS table_name, strftime(dt, '%Y%m%d') AS partition_id, "
        "COUNT(*) AS total_rows, COUNT(*) * 8 AS total_logical_bytes, MAX(dt)::TIMESTAMPTZ AS last_modified_time "
        "FROM ds.clicks GROUP BY ALL UNION ALL "
        "SELECT 'clicks', '__NULL__', 5, 40, TIMESTAMPTZ '2026-11-20' UNION ALL "
        "SELECT 'other', '20991231', 5, 40, TIMESTAMPTZ '2026-11-20'"
    )
    with google_apis(bigquery=fake.answer) as apis:
        monkeypatch.setenv("WEIGHBRIDGE_GOOGLE_APIS", apis.url)
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token")
        monkeypatch.setattr("weighbridge.cloud_api.bigquery._PAUSE_SECONDS", 0)
        yield fake, apis


def day(rows: int, at: int) -> pa.Array:
    return pa.array([datetime(2026, 11, at, tzinfo=UTC).date()] * rows)


def folder(root, settings) -> WatchedFolder:
    write(table(rows=600), root / "baseline.parquet")
    return WatchedFolder(root, settings, open_engine=engine_opener(settings.watch))


def test_the_newest_partition_is_measured_beside_the_one_before(tmp_path, monkeypatch):
    with bigquery(monkeypatch) as (fake, _):
        found = folder(tmp_path, watched())
        snapshot = found.measure()
    assert snapshot.errors == {"baseline": False, "window": False}, found.log
    assert (snapshot.window.name, snapshot.window.rows) == ("20261120", 600)
    assert snapshot.window.modified == datetime(2026, 11, 20, tzinfo=UTC)
    assert distance(snapshot, "item_price") > 0.5
    assert distance(snapshot, "item_price", "previous") > 0.5
    assert distance(snapshot, "country") < 0.1
    assert set(fake.billed) == {"example-ml"}


def test_a_partition_can_be_the_baseline(tmp_path, monkeypatch):
    with bigquery(monkeypatch):
        found = folder(tmp_path, watched(baseline="'bq://example-ml.ds.clicks$20261119'"))
        snapshot = found.measure()
    assert snapshot.baseline.rows == 600, found.log
    assert distance(snapshot, "item_price") > 0.5


def test_a_window_that_was_measured_is_not_asked_again(tmp_path, monkeypatch):
    with bigquery(monkeypatch) as (fake, _):
        found = folder(tmp_path, watched())
        found.measure()
        fake.billed.clear()
        found.now = found.now.replace(day=21)
        found.measure()
    assert len(fake.billed) == 1  # the list of partitions


def test_queries_are_billed_where_the_spec_says(tmp_path, monkeypatch):
    settings = watched(", tables: {billed_to: example-billing}")
    assert billed_project(settings.watch) == "example-billing"
    with bigquery(monkeypatch) as (fake, _):
        folder(tmp_path, settings).measure()
    assert set(fake.billed) == {"example-billing"}


LABELS = (
    ", quality: {metric: accuracy, baseline: 0.9, better: higher, labels: {source: 'bq://example-ml.ds.labels', "
    "key: [id], label: y, prediction: member, wait: 1h}}"
)


def labelled(fake: FakeBigQuery, day: str, until: int, since: int = 0) -> None:
    """Labels of the newest clicks, the true ones: those that have come on a day."""
    run = fake.engine.database.execute
    run("CREATE TABLE IF NOT EXISTS ds.labels (id VARCHAR, y BOOLEAN, dt DATE)")
    run(
        f"INSERT INTO ds.labels SELECT id::VARCHAR, member, DATE '{day}' FROM ds.clicks "  # noqa: S608
        f"WHERE dt = DATE '2026-11-20' AND id >= 1200 + {since} AND id < 1200 + {until}"
    )
    run(
        f"INSERT INTO ds.partitions SELECT 'labels', '{day.replace('-', '')}', {until}, {until}, "
        "TIMESTAMPTZ '2026-11-20'"
    )


def test_late_labels_are_joined_to_the_newest_partition_and_again_when_more_have_come(tmp_path, monkeypatch):
    with bigquery(monkeypatch) as (fake, _):
        fake.engine.database.execute("ALTER TABLE ds.clicks ADD COLUMN id BIGINT")
        fake.engine.database.execute("UPDATE ds.clicks SET id = rowid")
        labelled(fake, "2026-11-19", 600)  # before the window, so they are not its
        labelled(fake, "2026-11-20", 100)
        found = folder(tmp_path, watched(LABELS))
        snapshot = found.measure()
        assert not any(snapshot.errors.values()), found.log
        assert snapshot.quality.labels == LabelCounts("20261120", 600, 100, 1000, in_tables=True)
        assert snapshot.quality.slices == ()
        labelled(fake, "2026-11-22", 600, since=100)
        fake.billed.clear()
        assert found.measure(after=timedelta(minutes=5)).quality == snapshot.quality
        assert fake.billed == []  # a look at partitions is billed, so it waits for `every`
        snapshot = found.measure(after=timedelta(hours=1))
        assert snapshot.quality.labels == LabelCounts("20261120", 600, 600, 1000, in_tables=True)
        assert [(part.name, part.value) for part in snapshot.quality.slices] == [("all", 1.0)]
        assert len(fake.billed) == 3  # partitions of both, and the join
        found.measure(after=timedelta(hours=1))
        assert len(fake.billed) == 5  # nothing has changed


def test_a_view_does_not_tell_when_its_rows_change(monkeypatch):
    with bigquery(monkeypatch) as (fake, _):
        fake.engine.database.execute("CREATE TABLE ds.labels AS SELECT rowid::VARCHAR AS id, TRUE AS y FROM ds.clicks")
        found = engine_opener(watched().watch)("bq://", lambda: None)
        assert found.describe(address_of("bq://example-ml.ds.labels")).tells_changes
        fake.more = {"type": "VIEW"}
        assert not found.describe(address_of("bq://example-ml.ds.labels")).tells_changes


TOO_MUCH = (
    "window: counting bq://example-ml.ds.clicks$20261120 would scan 800.0 GiB, and `watch.tables.most_scanned_gib` "
    "allows 100: watch fewer columns, partition the table into smaller spans, or raise it"
)
GRANT = (
    "Grant the monitor's service account roles/bigquery.dataViewer on the table, roles/bigquery.metadataViewer on its "
    "dataset and roles/bigquery.jobUser on the project that is billed"
)


@pytest.mark.parametrize(
    ("state", "failures", "message"),
    [
        (
            {"scanned": 200 * 2**30},
            {},
            TOO_MUCH,
        ),
        (
            {"more": {}},
            {},
            "window: bq://example-ml.ds.clicks has no partitions, which are the windows: partition it, such as by day",
        ),
        (
            {},
            {"tables/clicks": Failure(404, {"error": {"message": "Not found: Table"}}, times=FOREVER)},
            f"window: there is no table bq://example-ml.ds.clicks, or nobody has let the monitor see it. {GRANT}",
        ),
        (
            {},
            {"/queries": Failure(403, {"error": {"message": "Access Denied"}}, times=FOREVER)},
            f"window: BigQuery can't be read: the permission bigquery.jobs.create is missing. {GRANT}",
        ),
    ],
    ids=["too much", "no partitions", "no table", "no permission"],
)
def test_what_keeps_a_window_from_being_counted_is_said(tmp_path, monkeypatch, state, failures, message):
    with bigquery(monkeypatch, **state) as (_, apis):
        apis.failures.update({path: [failure] for path, failure in failures.items()})
        found = folder(tmp_path, watched())
        snapshot = found.measure()
    assert snapshot.errors == {"baseline": False, "window": True}
    assert message in found.log


def test_a_table_that_wants_a_filter_is_no_baseline_as_a_whole(tmp_path, monkeypatch):
    with bigquery(monkeypatch, more={**BY_DAY, "requirePartitionFilter": True}):
        found = folder(tmp_path, watched(baseline="'bq://example-ml.ds.clicks'"))
        found.measure()
    assert found.log[0] == (
        "baseline: bq://example-ml.ds.clicks is only read by partition: name one after its name, such as "
        "bq://example-ml.ds.clicks$20261120"
    )


@pytest.mark.parametrize(
    ("more", "column", "by"),
    [
        ({"timePartitioning": {"type": "HOUR", "field": "at"}}, "at", "hour"),
        ({"timePartitioning": {"type": "MONTH"}}, "_PARTITIONTIME", "month"),
        ({"rangePartitioning": {"field": "bucket", "range": {"interval": "10"}}}, "bucket", 10),
    ],
)  # fmt: skip
def test_how_a_table_is_partitioned_is_bigquerys_to_say(monkeypatch, more, column, by):
    with bigquery(monkeypatch, more=more):
        engine = engine_opener(watched().watch)("bq://", lambda: None)
        described = engine.describe(address_of("bq://example-ml.ds.clicks"))
    assert (described.partitioning.column, described.partitioning.by) == (column, by)
    assert described.columns.field("item_price").type == pa.float64()


def test_each_type_of_bigquery_is_one_of_arrow():
    written = {
        "STRING": ("a", "a"), "INTEGER": ("-5", -5), "FLOAT": ("Infinity", float("inf")), "BOOLEAN": ("false", False),
        "DATE": ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC).date()), "BYTES": ("YQ==", b"a"),
        "TIMESTAMP": ("1763600000000001", datetime(2025, 11, 20, 0, 53, 20, 1, tzinfo=UTC)),
    }  # fmt: skip
    fields = tuple(TableField(name=kind.lower(), type=kind) for kind in written)
    page = AnsweredRows(fields, [[text for text, _ in written.values()], [None] * len(written)])
    one, other = batch_of(page).to_pylist()
    assert list(one.values()) == [value for _, value in written.values()]
    assert set(other.values()) == {None}


def test_a_type_that_is_not_counted_is_named_where_it_is_watched(tmp_path, monkeypatch):
    with bigquery(monkeypatch) as (fake, _):
        fake.more = {**BY_DAY, "schema": {"fields": [{"name": "item_price", "type": "GEOGRAPHY"}]}}
        engine = engine_opener(watched().watch)("bq://", lambda: None)
        described = engine.describe(address_of("bq://example-ml.ds.clicks"))
    assert "GEOGRAPHY" in str(described.columns.field("item_price").type)


def test_a_query_that_does_not_end_is_given_up(monkeypatch):
    monkeypatch.setattr("weighbridge.cloud_api.bigquery._MOST_WAITS", 3)
    with bigquery(monkeypatch, waits=FOREVER):
        engine = engine_opener(watched().watch)("bq://", lambda: None)
        with pytest.raises(UnreadableData, match="BigQuery's job job-0 of example-ml has not ended within"):
            list(engine.run("SELECT 1 AS one"))
