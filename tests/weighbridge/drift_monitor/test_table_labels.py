"""An engine joins labels as files are joined: counts equal, sums within 1e-9.

BigQuery's SQL is compiled by Ibis, translated by sqlglot, and run by DuckDB: BigQuery itself is asked nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.duckdb_engine import DuckDbEngine
from tests.support.monitor_data import WatchedFolder, write
from tests.weighbridge.drift_monitor.test_late_labels import quality
from weighbridge.drift_monitor.config import parse_config
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.engine import Partitioning, TablePartition
from weighbridge.drift_monitor.files import DataFile, Store
from weighbridge.drift_monitor.joined_labels import COMPARED_AS, JoinedLabels, LabelJoin
from weighbridge.drift_monitor.late_labels import _joined_files, labelled_quality, lacking
from weighbridge.drift_monitor.quality import LabelCounts
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.table_labels import _LOSSES, join_labels, label_partitions
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watch import LABEL_METRICS
from weighbridge.drift_monitor.window import Window
from weighbridge.spec.pipeline import LateLabels, Quality, TimeSample, WatchedTables

WINDOW, LABELS = "bq://example-ml.ds.requests", "bq://example-ml.ds.labels"
DIALECTS = ("duckdb", "bigquery")
SLOW = pytest.mark.slow
IN_SHORT = [pytest.param("duckdb", marks=SLOW), "bigquery"]
"""Each join takes a tenth of a second to be compiled and translated."""
START = datetime(2026, 11, 20, tzinfo=UTC)


def labels_of(asked: Quality) -> LateLabels:
    assert asked.labels is not None
    return asked.labels


def both_ways(root, dialect, window, labels, asked, slices=(), form=AS_IT_IS) -> tuple[JoinedLabels, JoinedLabels]:
    """The same rows as files and as tables."""
    engine = DuckDbEngine(dialect=dialect)
    store = Store(root, open_engine=lambda *_: engine)
    for name, columns in (("requests", window), ("labels", labels)):
        made = columns if isinstance(columns, pa.Table) else pa.table(columns)
        write(made, root / f"{name}.parquet")
        engine.create(name, made)
    file = Window("w", (store.file("requests.parquet"),))
    files = (store.file("labels.parquet"),)
    of_files = _joined_files(store, LabelJoin(asked, labels_of(asked), file, files, slices, form))
    table = Window("w", (DataFile(WINDOW, 1, 1),))
    own = labels_of(asked).model_copy(update={"source": LABELS})
    sources = label_partitions(store, LABELS, table)
    return of_files, join_labels(store, LabelJoin(asked, own, table, sources, slices, form))


def same(of_files: JoinedLabels, of_tables: JoinedLabels) -> None:
    names = LabelCounts.__dataclass_fields__.keys() - {"in_tables"}
    one, other = of_files.counts, of_tables.counts
    assert {name: getattr(one, name) for name in names} == {name: getattr(other, name) for name in names}
    assert of_files.slices.keys() == of_tables.slices.keys()
    pairs = [
        (of_files.whole, of_tables.whole),
        *((of_files.slices[part], of_tables.slices[part]) for part in of_files.slices),
    ]
    for expected, found in pairs:
        assert (found.rows, found.judged) == (expected.rows, expected.judged)
        assert found.loss == pytest.approx(expected.loss, rel=1e-9, abs=1e-9)


def test_every_metric_of_labels_is_joined():
    assert set(COMPARED_AS) == set(_LOSSES) == set(LABEL_METRICS)


KEYS = st.one_of(st.none(), st.integers(0, 12))
ODD = [0.0, 1.0, 0.5, 1e-7, 1e-17, -0.0, 1.5, -1.0, nan, inf, 1e300]
SCORES = st.one_of(st.none(), st.sampled_from(ODD), st.floats(0, 1))
WORDS = ["1", "0", "True", " false\u00a0", "1.0", "cat", "Cat ", "", "0.5", "Ärger"]
CLASSES = st.one_of(st.none(), st.sampled_from(WORDS))
COUNTRIES = st.sampled_from(["de", "fr", None])


def column(found, place, kind) -> pa.Array:
    picked = [row[place] for row in found]
    if kind == pa.string():
        picked = [str(value) if value is not None else None for value in picked]
    return pa.array(picked, kind)


def joins_alike(root, metric, data) -> None:
    values, kind = (CLASSES, pa.string()) if metric == "accuracy" else (SCORES, pa.float64())
    rows = data.draw(st.lists(st.tuples(KEYS, values, COUNTRIES), max_size=40))
    found = data.draw(st.lists(st.tuples(KEYS, values), max_size=40))
    ids, others = (data.draw(st.sampled_from([pa.int64(), pa.string(), pa.float64(), pa.int32()])) for _ in "12")
    window = {"id": column(rows, 0, ids), "p": column(rows, 1, kind), "c": column(rows, 2, pa.string())}
    labels = {"id": column(found, 0, others), "y": column(found, 1, kind)}
    slices = [DataSlice("c", "de"), DataSlice("c", "fr"), DataSlice("gone", "x")]
    same(*both_ways(root, data.draw(st.sampled_from(DIALECTS)), window, labels, quality(metric), slices))


@pytest.mark.parametrize("metric", COMPARED_AS)
@settings(max_examples=5, deadline=None)
@given(st.data())
def test_an_engine_joins_what_files_join(tmp_path_factory, metric, data):
    joins_alike(tmp_path_factory.mktemp("join"), metric, data)


@SLOW
@pytest.mark.parametrize("metric", COMPARED_AS)
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_an_engine_joins_what_files_join_in_many_more_cases(tmp_path_factory, metric, data):
    joins_alike(tmp_path_factory.mktemp("join"), metric, data)


MOMENTS = [START + timedelta(microseconds=part) for part in (0, 1, 10**6, -1)]
IDS = {
    "whole numbers": [1, 2, 3, 4],
    "of few bits": pa.array([1, 2, 3, 4], pa.int8()),
    "texts": ["1", "2", "3", "4"],
    "doubles": [1.0, 2.0, 3.0, 4.5],
    "decimals": pa.array([Decimal("1.00"), Decimal("2.00"), Decimal("3.00"), Decimal("4.50")]),
    "truth values": [True, False, None, None],
    "bytes": pa.array([b"1", b"2", b"3", b"4"]),
    "moments": pa.array(MOMENTS, pa.timestamp("us", "UTC")),
    "moments of no zone": pa.array([moment.replace(tzinfo=None) for moment in MOMENTS], pa.timestamp("us")),
    "seconds": pa.array([START, START, START, None], pa.timestamp("s")),
    "days": pa.array([START.date(), None, START.date() + timedelta(days=1), START.date()], pa.date32()),
}


@pytest.mark.parametrize("dialect", IN_SHORT)
@pytest.mark.parametrize("other", ["whole numbers", pytest.param("texts", marks=SLOW), "moments"])
@pytest.mark.parametrize("kept", IDS)
def test_keys_of_two_types_meet_as_in_files_or_are_refused(tmp_path, dialect, kept, other):
    times = [name in ("moments", "moments of no zone", "seconds", "days") for name in (kept, other)]
    window, labels = {"id": IDS[kept], "p": [1, 0, 1, 0]}, {"id": IDS[other], "y": [1, 1, 1, 1]}
    if times[0] == times[1]:
        of_files, of_tables = both_ways(tmp_path, dialect, window, labels, quality())
        same(of_files, of_tables)
        assert of_tables.counts.labelled > 0 or kept in ("truth values", "days", "seconds")
        return
    with pytest.raises(UnreadableData) as refused:
        both_ways(tmp_path, dialect, window, labels, quality())
    assert str(refused.value).startswith("requests.parquet has ")
    assert str(refused.value).endswith(f", {UNLIKE}")


VALUES = {
    "whole numbers": [1, 0, 1, None],
    "truth values": [True, False, True, None],
    "doubles": [1.0, 0.0, 0.5, nan],
    "singles": pa.array([1.0, 0.0, 0.1, None], pa.float32()),
    "decimals": pa.array([Decimal("1.00"), Decimal("0.00"), Decimal("0.25"), None]),
    "texts": ["1", "0.0", "TRUE", "0.5"],
    "bytes": pa.array([b"1", b"0", b"cat", None]),
    "days": pa.array([START.date(), START.date(), None, START.date() - timedelta(days=9)], pa.date32()),
    "moments": pa.array([*MOMENTS[:3], None], pa.timestamp("us", "UTC")),
    "times of day": pa.array([START.time(), None, START.time(), START.time()], pa.time64("us")),
    "lists": [[1], [0], [1], None],
}


@pytest.mark.parametrize("metric", ["accuracy", "log_loss"])
@pytest.mark.parametrize("kept", VALUES)
def test_values_of_each_type_are_judged_as_in_files(tmp_path, metric, kept):
    made = {"id": [1, 2, 3, 4], "p": VALUES[kept]}, {"id": [1, 2, 3, 4], "y": VALUES[kept]}
    same(*both_ways(tmp_path, "bigquery", *made, quality(metric)))


@SLOW
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("metric", COMPARED_AS)
@pytest.mark.parametrize("kept", VALUES)
def test_values_of_two_types_are_judged_as_in_files(tmp_path, dialect, metric, kept):
    for window, labels in ((VALUES[kept], [1, 0, 1, 1]), ([1, 0, 1, 1], VALUES[kept])):
        made = {"id": [1, 2, 3, 4], "p": window}, {"id": [1, 2, 3, 4], "y": labels}
        same(*both_ways(tmp_path, dialect, *made, quality(metric)))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("metric", "loss"), [("mean_absolute_error", 3e145), ("root_mean_squared_error", 5e290)], ids=str
)
def test_numbers_without_measure_overflow_nowhere(tmp_path, dialect, metric, loss):
    window = {"id": [1, 2, 3, 4], "p": [1e308, 1e200, 1.0, inf]}
    labels = {"id": [1, 2, 3, 4], "y": [-1e308, 1.0, 1.0, 1.0]}
    of_files, of_tables = both_ways(tmp_path, dialect, window, labels, quality(metric))
    same(of_files, of_tables)
    assert (of_tables.whole.judged, of_tables.counts.unpredicted) == (3, 1)
    assert of_tables.whole.loss == pytest.approx(loss)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_keys_of_several_columns_and_fields_meet_part_by_part(tmp_path, dialect):
    asked = quality(key=("request.id", "day"))
    ids, days = ["ab", "a", "a\x1fb", None, "a", "a"], ["c", "bc", "c", "c", None, "c"]
    request = pa.StructArray.from_arrays([pa.array(ids)], ["id"])
    window = {"request": request, "day": days, "p": [1, 0, 1, 1, 1, 1]}
    labels = {"request": request, "day": ["c", "c", "b\x1fc", "c", "c", "c"], "y": [1, 0, 1, 1, 1, 1]}
    of_files, of_tables = both_ways(tmp_path, dialect, window, labels, asked)
    same(of_files, of_tables)
    assert of_tables.counts == LabelCounts("w", 6, 1, 1, keyless=2, conflicting=1, foreign=1, in_tables=True)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_slices_are_judged_as_in_files_whatever_their_column_is_kept_in(tmp_path, dialect):
    window = {
        "id": [1, 2, 3, 3, None, 6, 7], "p": [1, 0, 1, 1, 1, 1, 0],
        "c": [1.0, 1.5, nan, 1.0, 1.0, 2.0, 1e300], "d": [True, False, None, True, True, True, True],
        "e": pa.array([Decimal("1.00"), Decimal("1.50"), None, Decimal("1.00"), Decimal(1), Decimal(2), Decimal(1)]),
    }  # fmt: skip
    named = (("c", "1"), ("c", "2"), ("d", "true"), ("e", "1"), ("e", "1.5"))
    slices = [DataSlice(*name) for name in named]
    of_files, of_tables = both_ways(tmp_path, dialect, window, {"id": [1, 2, 6], "y": [1, 1, 1]}, quality(), slices)
    same(of_files, of_tables)
    assert [part.rows for part in of_tables.slices.values()] == [2, 1, 4, 3, 0]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_labels_are_joined_to_the_rows_of_the_sample(tmp_path, dialect):
    times = [START + timedelta(seconds=part) for part in range(40)]
    window = {"id": list(range(40)), "p": [1] * 40, "at": pa.array(times, pa.timestamp("us", "UTC"))}
    form = DataForm(sample=TimeSample.model_validate({"by": "at", "take": "3s", "of_every": "10s"}))
    labels = {"id": list(range(40)), "y": [1] * 20 + [0] * 20}
    of_files, of_tables = both_ways(tmp_path, dialect, window, labels, quality(), form=form)
    same(of_files, of_tables)
    assert (of_tables.counts.rows, of_tables.counts.foreign) == (12, 28)


class TwoTables(DuckDbEngine):
    """Each table with partitions of its own."""

    def __init__(self, dialect, window, labels):
        super().__init__(dialect=dialect)
        self.splits = {"requests": window, "labels": labels}
        self.views: tuple[str, ...] = ()

    def describe(self, address):
        self.partitioning = self.splits[address.parts[-1]][0]
        found = super().describe(address)
        return (
            found
            if address.parts[-1] not in self.views
            else type(found)(found.columns, found.partitioning, modified_ns=5, tells_changes=False)
        )

    def partitions(self, address):
        return [TablePartition(name, 1, 8, 10**18) for name in self.splits[address.parts[-1]][1]]


DAYS = Partitioning("day", "day")
SPLITS = {
    "days of days": (DAYS, DAYS, "20261120", ["20261119", "20261120", "20261201", "20261121"], 1),
    "months of days": (DAYS, Partitioning("day", "month"), "20261120", ["202610", "202611", "202612"], 1),
    "hours of days": (
        DAYS, Partitioning("at", "hour"), "20261120", ["2026111923", "2026112000", "2026112105"], 1
    ),
    "days of hours": (Partitioning("at", "hour"), DAYS, "2026112007", ["20261119", "20261120"], 1),
    "numbers": (Partitioning("n", 10), Partitioning("n", 5), "20", ["0", "15", "20", "100", "25"], 2),
    "values": (
        Partitioning("dt", None), Partitioning("dt", None), "2026-11-20", ["2026-11-19", "2026-11-20", "2026-12-01"], 1
    ),
    "values with hours": (
        Partitioning("dt", None), Partitioning("dt", None), "2026-11-20T07",
        ["2026-11-19T06", "2026-11-20T06", "2026-11-20T09"], 1,
    ),
    "values with zones": (
        Partitioning("dt", None), Partitioning("dt", None), "2026-11-20T00:00:00+00:00",
        ["2026-11-18T22:00:00+00:00", "2026-11-20"], 1,
    ),
    "countries": (DAYS, Partitioning("country", None), "20261120", ["de", "fr"], 0),
    "numbers of days": (DAYS, Partitioning("n", 10), "20261120", ["0", "10"], 0),
}  # fmt: skip


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
def test_partitions_of_labels_are_those_from_the_windows_on(tmp_path, split):
    window, labels, name, names, skipped = split
    engine = TwoTables("duckdb", (window, [name]), (labels, names))
    for table in ("requests", "labels"):
        engine.create(table, pa.table({"id": [1]}))
    store = Store(tmp_path, open_engine=lambda *_: engine)
    found = label_partitions(store, LABELS, Window(name, (DataFile(f"{WINDOW}${name}", 1, 1),)))
    known = sorted(names, key=lambda one: (len(one) if one.isdigit() else 0, one))
    assert [file.path for file in found] == [f"{LABELS}${one}" for one in known[skipped:]]


NAMED = "which `watch.quality.labels` names"
NO_KEY = "column 'id', a key of `watch.quality.labels`: keys are texts or whole numbers, so name another column"
UNLIKE = "a key of `watch.quality.labels`: times meet only times, so keep both in one type"


def days_of(*days: int) -> pa.Array:
    return pa.array([START.date().replace(day=day) for day in days], pa.date32())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("by", ["time", "value"])
def test_labels_in_later_partitions_are_joined_and_those_in_earlier_ones_are_not_read(tmp_path, dialect, by):
    split = DAYS if by == "time" else Partitioning("dt", None)
    names = ["20261119", "20261120", "20261122"] if by == "time" else ["2026-11-19", "2026-11-20", "2026-11-22"]
    engine = TwoTables(dialect, (split, [names[1]]), (split, names))
    window = {"id": [1, 2, 3, 1], "p": [1, 1, 1, 0], "day": days_of(20, 20, 20, 19)}
    labels = {"id": [1, 1, 2, 3], "y": [0, 1, 1, 0], "day": days_of(19, 20, 22, 22)}
    for name, columns in (("requests", window), ("labels", labels)):
        made = pa.table(columns)
        engine.create(name, made.append_column("dt", made["day"].cast(pa.string())))
    store, asked = Store(tmp_path, open_engine=lambda *_: engine), quality(source=LABELS)
    judged = Window(names[1], (DataFile(f"{WINDOW}${names[1]}", 1, 1),))
    sources = label_partitions(store, LABELS, judged)
    found = join_labels(store, LabelJoin(asked, labels_of(asked), judged, sources))
    assert found.counts == LabelCounts(names[1], 3, 3, 1, in_tables=True)
    assert found.whole.loss == 2.0
    engine.splits["labels"] = (split, names[:1])
    assert label_partitions(store, LABELS, judged) == ()
    result = labelled_quality(store, LabelJoin(asked, labels_of(asked), judged, ()))
    assert result.labels == LabelCounts(names[1], 3, 0, 1, sourceless=True, in_tables=True)
    assert lacking(result.labels) == "`source` has no partition from the window on"
    assert result.slices == ()


def test_a_table_that_does_not_tell_when_it_changes_is_dated_by_nobody(tmp_path):
    engine = TwoTables("duckdb", (DAYS, ["20261120"]), (None, []))
    for table in ("requests", "labels"):
        engine.create(table, pa.table({"id": [1]}))
    store, window = Store(tmp_path, open_engine=lambda *_: engine), Window("w", (DataFile(f"{WINDOW}$20261120", 1, 1),))
    assert label_partitions(store, LABELS, window) == (DataFile(LABELS, 8, 10**18),)
    engine.views = ("labels",)
    assert label_partitions(store, LABELS, window) == (DataFile(LABELS, -1, 0),)


CONFIG = """
pipeline: clicks
stage: serving
watch:
  baseline: baseline.parquet
  window: bq://example-ml.ds.requests
  predictions: [p]
  quality:
    metric: accuracy
    baseline: 0.95
    better: higher
    labels: {source: bq://example-ml.ds.labels, key: [id], label: y, prediction: p, wait: 1h}
"""


@pytest.mark.parametrize(("views", "joins"), [((), 1), (("labels",), 2)])
def test_labels_that_have_not_changed_are_not_joined_again(tmp_path, views, joins):
    engine = TwoTables("duckdb", (DAYS, ["20261120"]), (None, []))
    engine.views = views
    rows = {"id": list(range(1200)), "p": [True, False] * 600, "day": days_of(*[20] * 1200)}
    engine.create("requests", pa.table(rows))
    engine.create("labels", pa.table({"id": rows["id"], "y": rows["p"]}))
    write(pa.table(rows), tmp_path / "baseline.parquet")
    watched = WatchedFolder(tmp_path, parse_config(CONFIG, Path("c.yaml")), open_engine=lambda *_: engine)
    seen = watched.measure()
    assert not any(seen.errors.values()), watched.log
    assert [(part.name, part.value) for part in seen.quality.slices] == [("all", 1.0)]
    watched.measure(after=timedelta(hours=1))
    assert sum("JOIN" in sql for sql in engine.asked) == joins


@pytest.mark.parametrize(
    ("window", "labels", "message"),
    [
        ({"id": [1]}, {"id": [1], "y": [1]}, f"{WINDOW} has no column 'p', {NAMED}"),
        ({"id": [1], "p": [1]}, {"i": [1], "y": [1]}, f"{LABELS} has no column 'id', {NAMED}"),
        ({"id": [1], "p": [1]}, {"id": pa.array([START.time()]), "y": [1]}, f"{LABELS} has time64[us] in {NO_KEY}"),
        (
            {"id": pa.array([START]), "p": [1]},
            {"id": [1], "y": [1]},
            f"{WINDOW} has timestamp[us, tz=UTC] in column 'id' and {LABELS} has int64, {UNLIKE}",
        ),
    ],
)
def test_tables_without_the_columns_are_told(tmp_path, window, labels, message):
    engine = DuckDbEngine()
    engine.create("requests", pa.table(window))
    engine.create("labels", pa.table(labels))
    store, asked = Store(tmp_path, open_engine=lambda *_: engine), quality(source=LABELS)
    found = Window("w", (DataFile(WINDOW, 1, 1),))
    with pytest.raises(UnreadableData) as unread:
        join_labels(store, LabelJoin(asked, labels_of(asked), found, (DataFile(LABELS, 1, 1),)))
    assert str(unread.value) == message


def test_a_join_that_would_scan_too_much_is_refused_before_it_is_run(tmp_path):
    engine = DuckDbEngine(scanned_bytes=30 * 2**30, tables=WatchedTables(most_scanned_gib=20))
    engine.create("requests", pa.table({"id": [1], "p": [1]}))
    engine.create("labels", pa.table({"id": [1], "y": [1]}))
    store, asked = Store(tmp_path, open_engine=lambda *_: engine), quality(source=LABELS)
    found = Window("w", (DataFile(WINDOW, 1, 1),))
    with pytest.raises(UnreadableData) as unread:
        join_labels(store, LabelJoin(asked, labels_of(asked), found, (DataFile(LABELS, 1, 1),)))
    assert str(unread.value) == (
        f"joining labels of {LABELS} to {WINDOW} would scan 30.0 GiB, and `watch.tables.most_scanned_gib` allows 20: "
        "partition both tables into smaller spans of time, or raise it"
    )
    assert engine.asked == []


def test_one_query_asks_for_named_columns_and_one_row_comes_back(tmp_path):
    engine = DuckDbEngine()
    engine.create("requests", pa.table({"id": [1], "p": [1], "prompt": ["secret"], "c": ["de"]}))
    engine.create("labels", pa.table({"id": [1], "y": [1], "note": ["secret"]}))
    store, asked = Store(tmp_path, open_engine=lambda *_: engine), quality(source=LABELS)
    found = Window("w", (DataFile(WINDOW, 1, 1),))
    join_labels(store, LabelJoin(asked, labels_of(asked), found, (DataFile(LABELS, 1, 1),), [DataSlice("c", "de")]))
    (sql,) = engine.asked
    assert "prompt" not in sql
    assert "note" not in sql
    assert "*" not in sql.replace("COUNT(*)", "").replace(" * ", "")
