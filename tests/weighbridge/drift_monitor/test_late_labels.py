"""Labels that come late: joined by key, counted by what they lack, and judged only where enough have come."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.monitor_data import NOW, WatchedFolder, write
from tests.support.request_logs import entries, write_log
from weighbridge.drift_monitor import late_labels
from weighbridge.drift_monitor.config import parse_config
from weighbridge.drift_monitor.data_form import AS_IT_IS, DataForm
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.joined_labels import LabelJoin
from weighbridge.drift_monitor.late_labels import METRICS, due, label_files, labelled_quality, lacking
from weighbridge.drift_monitor.quality import LabelCounts
from weighbridge.drift_monitor.slice_tallies import DataSlice
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watch import LABEL_METRICS
from weighbridge.drift_monitor.watched_folder import find_windows
from weighbridge.drift_monitor.window import Window
from weighbridge.signals.verdict import breaches
from weighbridge.spec.pipeline import CsvFormat, Quality

DAY = timedelta(days=1)


def quality(metric="accuracy", coverage="50%", key=("id",), **more) -> Quality:
    labels = {
        "source": "labels/",
        "key": key,
        "label": "y",
        "prediction": "p",
        "wait": "1d",
        "least_coverage": coverage,
    }
    return Quality.model_validate(
        {"metric": metric, "baseline": 0.9, "better": LABEL_METRICS[metric], "labels": {**labels, **more}}
    )


def joined(root: Path, window, labels, asked=None, slices=(), form=AS_IT_IS, least=1, suffix="parquet"):
    """The result for a window and labels given as columns; several labels files as a list."""
    asked = asked or quality()
    write(pa.table(window), root / f"w/part.{suffix}")
    for number, part in enumerate(labels if isinstance(labels, list) else [labels]):
        write(pa.table(part), root / f"labels/{number}.{suffix}")
    store = Store(root)
    files = label_files(store, "labels/")
    found = Window("w1", (store.file(f"w/part.{suffix}"),))
    return labelled_quality(store, LabelJoin(asked, asked.labels, found, files, slices, form, least))


def values(result):
    return {part.name: part.value for part in result.slices}


def test_every_metric_that_validate_knows_is_computed():
    assert set(METRICS) == set(LABEL_METRICS)


P, Y = [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("metric", "predictions", "expected"),
    [
        ("accuracy", [1, 0, 1, 1], 0.75),
        ("mean_absolute_error", P, 0.375),
        ("root_mean_squared_error", P, math.sqrt((0.01 + 0.04 + 0.36 + 0.36) / 4)),
        ("log_loss", P, -(math.log(0.9) + math.log(0.8) + math.log(0.4) + math.log(0.4)) / 4),
        ("log_loss", [1.0, 0.0, 1.0, 1.0], 8.6349),
    ],
)
def test_the_metric_is_of_predictions_and_labels_of_one_key(tmp_path, metric, predictions, expected):
    window = {"id": ["a", "b", "c", "d"], "p": predictions}
    result = joined(
        tmp_path, window, {"id": ["d", "c", "b", "a", "z"], "y": [Y[3], Y[2], Y[1], Y[0], 1]}, quality(metric)
    )
    assert values(result)["all"] == pytest.approx(expected, rel=1e-5)
    assert result.labels == LabelCounts("w1", 4, 4, 1, foreign=1)
    assert result.at == Window("w1", (Store(tmp_path).file("w/part.parquet"),)).modified + DAY


def test_what_can_not_be_judged_is_counted_and_lowers_the_coverage(tmp_path):
    window = {
        "id": ["good", "bad", "late", None, "twice", "twice", "torn", "odd", "mute"],
        "p": pa.array([1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.5]),
    }
    first = {"id": ["good", "good", "twice", "torn", "odd", "mute"], "y": ["1", "1", "1", "1", None, "1"]}
    later = {"id": ["bad", "torn", "good", None], "y": ["1", "0", "1", "1"]}
    result = joined(tmp_path, window, [first, later], quality(coverage="20%"))
    expected = LabelCounts("w1", 9, 2, 1, keyless=1, doubled=2, unpredicted=1, conflicting=1, repeated=2)
    assert result.labels == expected
    assert values(result) == {"all": 0.5}
    assert lacking(expected) == (
        "rows without a key: 1, rows that share a key: 2, rows without a prediction that can be judged: 1, "
        "rows with labels that differ: 1, labels given again: 2"
    )
    assert lacking(LabelCounts("", 9, 2, 1, foreign=8)) == ""
    assert lacking(LabelCounts("", 9, 0, 1, foreign=8)) == "labels whose key no row has: 8"


def test_labels_of_another_type_are_counted(tmp_path):
    window = {"id": [1, 2, 3], "p": [0.5, 0.5, 0.5]}
    result = joined(tmp_path, window, {"id": ["1", "2", "3"], "y": [0.5, 1.0, 7.0]}, quality("log_loss", "10%"))
    assert (result.labels.labelled, result.labels.mistyped) == (1, 2)
    result = joined(tmp_path, window, {"id": ["1", "2", "3"], "y": ["a", "b", "c"]}, quality("mean_absolute_error"))
    assert (result.labels.labelled, result.labels.mistyped, result.slices) == (0, 3, ())


def test_a_label_of_another_type_whose_key_no_row_has_is_only_foreign(tmp_path):
    result = joined(tmp_path, {"id": [1], "p": [0.5]}, {"id": [1, 9], "y": [1.0, 7.0]}, quality("log_loss"))
    assert (result.labels.labelled, result.labels.mistyped, result.labels.foreign) == (1, 0, 1)


@pytest.mark.parametrize("beyond", [-0.1, 1.1, math.nan])
def test_a_prediction_that_is_no_probability_is_not_judged(tmp_path, beyond):
    labels = {"id": [1, 2], "y": [1, 1]}
    result = joined(tmp_path, {"id": [1, 2], "p": [beyond, 0.5]}, labels, quality("log_loss"))
    assert (result.labels.unpredicted, values(result)) == (1, {"all": pytest.approx(math.log(2))})


def test_keys_of_several_columns_are_as_their_parts_are(tmp_path):
    asked = quality(key=("id", "day"))
    window, labels = {"id": ["ab", "a"], "day": ["c", "bc"], "p": [1, 0]}, {"id": ["a"], "day": ["bc"], "y": [0]}
    result = joined(tmp_path, window, labels, asked)
    assert result.labels == LabelCounts("w1", 2, 1, 1)
    assert values(result) == {"all": 1.0}


@pytest.mark.parametrize(
    "kept", [[1, 0, 1], [True, False, True], [1.0, 0.0, 1.0], ["1", "0", "1"], ["true", "False", "1.0"]]
)
@pytest.mark.parametrize("ids", [[7, 8, 9], ["7", "8", "9"], [7.0, 8.0, 9.0]])
def test_keys_and_classes_meet_in_whatever_type_they_are_kept(tmp_path, kept, ids):
    result = joined(tmp_path, {"id": [7, 8, 9], "p": [1, 0, 0]}, {"id": ids, "y": kept})
    assert values(result)["all"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("labels", [[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0]])
def test_what_is_counted_does_not_depend_on_the_order_of_labels(tmp_path, labels):
    ids = [1, 1, 1, 2]
    split = [{"id": ids[:2], "y": labels[:2]}, {"id": ids[2:], "y": labels[2:]}]
    result = joined(tmp_path, {"id": [1, 2], "p": [1, 0]}, split)
    assert result.labels == LabelCounts("w1", 2, 1, 1, conflicting=1)


TIMES = [datetime(2026, 11, 20, 8, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC), None]
KEPT = {
    "seconds": pa.array([time.replace(tzinfo=None) if time else None for time in TIMES], pa.timestamp("s")),
    "nanoseconds of a zone": pa.array(TIMES, pa.timestamp("ns", "Asia/Tokyo")),
    "in a dictionary": pa.array(TIMES, pa.timestamp("us", "UTC")).dictionary_encode(),
    "days": pa.array([None, date(2026, 11, 21), date(2026, 11, 22)], pa.date32()),
}


@pytest.mark.parametrize("kept", KEPT)
def test_keys_that_are_times_meet_in_whatever_unit_and_zone_they_are_kept(tmp_path, kept):
    window = {"id": pa.array(TIMES, pa.timestamp("us", "UTC")), "p": [1, 0, 1]}
    result = joined(tmp_path, window, {"id": KEPT[kept], "y": [1, 1, 1]}, quality(coverage="1%"))
    met = 1 if kept == "days" else 2
    assert (result.labels.labelled, result.labels.keyless, result.labels.foreign) == (met, 1, 1 if met == 1 else 0)


def test_times_and_texts_as_keys_are_refused_as_they_would_meet_nothing(tmp_path):
    window = {"id": pa.array(TIMES, pa.timestamp("us", "UTC")), "p": [1, 0, 1]}
    with pytest.raises(UnreadableData) as unread:
        joined(tmp_path, window, {"id": ["2026-11-20 08:00:00"], "y": [1]})
    assert str(unread.value) == (
        "w/part.parquet has timestamp[us, tz=UTC] in column 'id' and labels/0.parquet has string, a key of "
        "`watch.quality.labels`: times meet only times, so keep both in one type"
    )
    nothing = joined(tmp_path, window, {"id": pa.nulls(1), "y": [1]})
    assert nothing.labels == LabelCounts("w1", 3, 0, 1, keyless=1)


def test_parts_of_keys_are_told_apart_whatever_is_in_them(tmp_path):
    window = {"id": ["a\x1fb", "1:a"], "day": ["c", "b"], "p": [1, 1]}
    result = joined(
        tmp_path, window, {"id": ["a", "1"], "day": ["b\x1fc", "a1:b"], "y": [1, 1]}, quality(key=("id", "day"))
    )
    assert (result.labels.labelled, result.labels.foreign) == (0, 2)


def test_keys_and_classes_that_are_decimals_are_whole_numbers_or_none(tmp_path):
    ids = pa.array([Decimal("7.00"), Decimal("8.00"), Decimal("9.50")])
    window = {"id": ids, "p": pa.array([Decimal("1.00"), Decimal("0.50"), Decimal(1)])}
    result = joined(tmp_path, window, {"id": [7, 8, 9], "y": [1, 1, 1]}, quality(coverage="1%"))
    assert result.labels == LabelCounts("w1", 3, 1, 1, keyless=1, unpredicted=1, foreign=1)


def test_keys_that_are_no_whole_numbers_meet_nothing(tmp_path):
    window = {"id": pa.array([1.5, 1.75, 2.0, math.nan, math.inf, 2.0**70, None]), "p": [1] * 7}
    result = joined(tmp_path, window, {"id": [1, 2, -(2**63)], "y": [0, 1, 1]}, quality(coverage="10%"))
    assert result.labels == LabelCounts("w1", 7, 1, 1, keyless=6, foreign=2)
    assert values(result) == {"all": 1.0}


@pytest.mark.parametrize(("file", "ids"), [("w/part.parquet", [[1], [2]]), ("labels/0.parquet", [1, 2])])
def test_keys_that_are_lists_are_refused(tmp_path, file, ids):
    with pytest.raises(UnreadableData) as unread:
        joined(tmp_path, {"id": ids, "p": [1, 0]}, {"id": [[1], [2]], "y": [1, 0]})
    assert str(unread.value) == (
        f"{file} has list<element: int64> in column 'id', a key of `watch.quality.labels`: keys are texts or whole "
        "numbers, so name another column"
    )


def test_labels_that_are_lists_are_of_another_type(tmp_path):
    result = joined(tmp_path, {"id": [1, 2], "p": [1, 0]}, {"id": [1, 2], "y": [[1], [0]]})
    assert (result.labels.labelled, result.labels.mistyped) == (0, 2)


def joined_csv(root, metric, window, labels):
    """A window and labels in CSV with semicolons and decimal commas."""
    form = DataForm(CsvFormat(separator=";", decimal=","))
    for file, text in (("w/part.csv", window), ("labels/l.csv", labels)):
        (root / file).parent.mkdir()
        (root / file).write_text(text)
    store, asked = Store(root), quality(metric, "10%")
    assert asked.labels is not None
    files = label_files(store, "labels/")
    return labelled_quality(
        store, LabelJoin(asked, asked.labels, Window("w1", (store.file("w/part.csv"),)), files, form=form)
    )


def test_csv_is_read_in_its_form(tmp_path):
    window, labels = "id;p\n1;0,5\n2;1,5\n3;x\n", "y;id\n1,0;1\n1,0;2\nTRUE;3\n"
    result = joined_csv(tmp_path, "mean_absolute_error", window, labels)
    assert (values(result), result.labels.unpredicted) == ({"all": 0.5}, 1)


def test_scores_are_no_classes_in_csv_either(tmp_path):
    window, labels = "id;p\n1;0,7\n2;1,0\n3;cat\n4;1e-05\n", "y;id\n1;1\n1;2\ndog;3\n0,5;4\n"
    result = joined_csv(tmp_path, "accuracy", window, labels)
    assert values(result) == {"all": 0.5}
    assert (result.labels.labelled, result.labels.unpredicted, result.labels.mistyped) == (2, 2, 1)


@pytest.mark.parametrize("there", ["notes.json", "_tmp/labels.csv"])
def test_a_source_without_any_file_of_labels_is_said(tmp_path, there):
    write(pa.table({"id": [1]}), tmp_path / "labels" / "other.parquet")
    (tmp_path / "labels/other.parquet").unlink()
    (tmp_path / "labels" / there).parent.mkdir(exist_ok=True)
    (tmp_path / "labels" / there).write_text("id,y\n1,1\n")
    result = joined(tmp_path, {"id": [1, 2], "p": [1, 0]}, [])
    assert result.labels == LabelCounts("w1", 2, 0, 1, sourceless=True)
    assert lacking(result.labels) == "`source` has no Parquet or CSV file"


def test_a_key_may_be_of_several_columns(tmp_path):
    window = {"day": ["1", "1", "2"], "id": ["1", "2", "1"], "p": [1, 1, 1]}
    labels = {"id": ["1", "1", "2"], "day": ["2", "1", "1"], "y": [0, 1, 1]}
    result = joined(tmp_path, window, labels, quality(key=("day", "id")))
    assert (values(result)["all"], result.labels.labelled) == (pytest.approx(2 / 3), 3)


@pytest.mark.parametrize(
    ("labelled", "least", "known"), [(50, 100, True), (49, 100, False), (50, 101, False), (0, 1, False)]
)
def test_with_too_few_labels_nothing_is_called_good_or_bad(tmp_path, labelled, least, known):
    window = {"id": list(range(100)), "p": [1] * 100}
    result = joined(tmp_path, window, {"id": list(range(labelled)), "y": [1] * labelled}, least=least)
    assert bool(result.slices) == known
    assert result.labels.ratio == labelled / max(100, least)


def test_slices_are_judged_where_their_rows_have_labels(tmp_path):
    window = {"id": list(range(30)), "p": [1] * 30, "c": ["de"] * 10 + ["fr"] * 10 + ["us"] * 9 + [None]}
    labels = {"id": list(range(4)) + list(range(10, 30)), "y": [1] * 4 + [0] * 5 + [1] * 15}
    slices = [DataSlice("c", name) for name in ("de", "fr", "us")] + [DataSlice("gone", "x")]
    result = joined(tmp_path, window, labels, slices=slices)
    assert values(result) == {"all": pytest.approx(19 / 24), "c=fr": 0.5, "c=us": 1.0}
    result = joined(tmp_path, window, labels, slices=slices, least=10)
    assert values(result) == {"all": pytest.approx(19 / 24), "c=fr": 0.5}  # us has 9 rows


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 1)), max_size=60), st.integers(1, 7))
def test_it_is_the_join_of_a_plain_loop_however_labels_are_split(tmp_path_factory, given_labels, size):
    root = tmp_path_factory.mktemp("join")
    window = {"id": [0, 1, 2, 3, 3, 4, 5, 6, 7], "p": [0, 1, 0, 1, 1, 0, 1, 0, 1]}
    parts = [given_labels[at : at + size] for at in range(0, len(given_labels), size)] or [[]]
    files = [
        {"id": pa.array([key for key, _ in part], pa.int64()), "y": pa.array([y for _, y in part], pa.int64())}
        for part in parts
    ]
    result = joined(root, window, files, quality(coverage="0.001%"))
    by_key: dict[int, set[int]] = {}
    for key, label in given_labels:
        by_key.setdefault(key, set()).add(label)
    alone = [(key, p) for key, p in zip(window["id"], window["p"], strict=True) if key != 3]
    right = [p in by_key[key] for key, p in alone if len(by_key.get(key, ())) == 1]
    assert result.labels.labelled == len(right)
    assert values(result) == ({"all": pytest.approx(np.mean(right))} if right else {})
    assert result.labels.conflicting == sum(len(by_key.get(key, ())) == 2 for key, _ in alone)
    assert result.labels.foreign == sum(key > 7 for key, _ in given_labels)


def test_a_file_without_the_columns_is_told(tmp_path):
    for window, labels, message in (
        (
            {"id": [1], "q": [1]},
            {"id": [1], "y": [1]},
            "w/part.parquet has no column 'p', which `watch.quality.labels` names",
        ),
        (
            {"id": [1], "p": [1]},
            {"i": [1], "y": [1]},
            "labels/0.parquet has no column 'id', which `watch.quality.labels` names",
        ),
    ):
        with pytest.raises(UnreadableData) as unread:
            joined(tmp_path, window, labels)
        assert str(unread.value) == message


def test_a_window_that_is_too_large_to_be_joined_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(late_labels, "MOST_ROWS", 2)
    with pytest.raises(UnreadableData, match="labels are joined to windows of at most 2 rows, and this one has more"):
        joined(tmp_path, {"id": [1, 2, 3], "p": [1, 1, 1]}, {"id": [1], "y": [1]})


def window_of(root, name, age):
    write(pa.table({"a": [1]}), root / name / "p.parquet", NOW - age)
    return Window(name, (Store(root).file(f"{name}/p.parquet"),))


def test_the_newest_window_whose_labels_have_had_their_time_is_judged(tmp_path):
    made = [window_of(tmp_path, name, age) for name, age in (("3", timedelta(0)), ("2", DAY), ("1", 2 * DAY))]
    assert due(made, DAY, NOW).name == "2"
    assert due(made, DAY + timedelta(seconds=1), NOW).name == "1"
    assert due(made, 3 * DAY, NOW) is None


CONFIG = """
pipeline: clicks
stage: serving
watch:
  baseline: baseline.parquet
  window: windows/
  predictions: [p]
  slices: [c]
  quality:
    metric: accuracy
    baseline: 0.95
    better: higher
    labels: {source: labels/, key: [id], label: y, prediction: p, wait: 2d}
"""


@pytest.fixture
def folder(tmp_path):
    rows = np.arange(2000)
    for name, age in (("baseline", 9 * DAY), ("windows/2026-11-17/w", 3 * DAY), ("windows/2026-11-20/w", timedelta(0))):
        made = {"id": rows, "p": rows % 2 == 0, "c": np.where(rows % 4 < 2, "de", "fr")}
        write(pa.table(made), tmp_path / f"{name}.parquet", NOW - age)
    return tmp_path


def labels_of(folder, name, until, wrong=0):
    rows = np.arange(until)
    write(pa.table({"id": rows, "y": (rows % 2 == 0) ^ (rows < wrong)}), folder / f"labels/{name}.parquet")


def test_a_window_is_measured_again_when_labels_have_come(folder):
    config = parse_config(CONFIG, Path("config.yaml"))
    watched = WatchedFolder(folder, config)
    seen = watched.measure()
    assert (seen.errors["quality"], seen.quality.labels.labelled, seen.quality.slices) == (False, 0, ())
    assert [breach.message for breach in breaches(seen, config, NOW)] == [
        "0 of 2,000 rows have a label, below least_coverage 50%: nobody knows the quality"
    ]
    labels_of(folder, "1", 999)
    few = watched.measure(after=timedelta(minutes=5))
    assert [breach.signal for breach in breaches(few, config, NOW)] == ["labels-few"]
    labels_of(folder, "1", 1500, wrong=300)
    enough = watched.measure(after=timedelta(minutes=5))
    assert (enough.quality.labels.window, enough.quality.at) == ("2026-11-17", NOW - DAY)
    assert {part.name: part.value for part in enough.quality.slices} == {"all": 0.8, "c=de": 0.8, "c=fr": 0.8}
    found = {(breach.signal, breach.message.partition(",")[0]) for breach in breaches(enough, config, NOW)}
    assert found == {("model-quality", f"0.8 on {name}") for name in ("all", "c=de", "c=fr")}


def test_nothing_is_joined_again_while_nothing_has_come(folder, monkeypatch):
    labels_of(folder, "1", 2000)
    watched = WatchedFolder(folder, parse_config(CONFIG, Path("config.yaml")))
    first = watched.measure().quality
    monkeypatch.setattr("weighbridge.drift_monitor.measure.labelled_quality", None)
    assert watched.measure(after=timedelta(minutes=5)).quality is first


def test_windows_are_looked_for_once_in_each_measurement(folder, monkeypatch):
    """For drift and for labels, as a bucket is listed for them; a new one is found by the next measurement."""
    looked: list[str] = []

    def look(store, folder, *more):
        looked.append(folder)
        return find_windows(store, folder, *more)

    monkeypatch.setattr("weighbridge.drift_monitor.measure.find_windows", look)
    watched = WatchedFolder(folder, parse_config(CONFIG, Path("config.yaml")))
    watched.measure()
    assert looked == ["windows/"]
    watched.measure(after=timedelta(hours=2))
    assert looked == ["windows/"] * 2


def test_while_no_window_is_old_enough_that_is_said(folder):
    config = parse_config(CONFIG.replace("2d", "30d"), Path("config.yaml"))
    watched = WatchedFolder(folder, config)
    seen = watched.measure()
    assert seen.quality.at is None
    assert "quality: no window is 30d old yet, the time that labels have" in watched.log
    assert [breach.message for breach in breaches(seen, config, NOW)] == [
        "no window is 30d old yet, the time that labels have"
    ]


def test_labels_that_can_not_be_read_keep_what_was_known(folder):
    labels_of(folder, "1", 2000)
    watched = WatchedFolder(folder, parse_config(CONFIG, Path("config.yaml")))
    first = watched.measure().quality
    (folder / "labels/2.parquet").write_bytes(b"PAR1 half")
    seen = watched.measure(after=timedelta(minutes=5))
    assert (seen.errors["quality"], seen.quality) == (True, first)


def test_requests_of_a_log_get_their_labels_by_trace(tmp_path):
    made = list(entries(1200, 1))
    write_log(tmp_path / "accepted.json", made)
    write_log(tmp_path / "requests/a.json", made, NOW - 3 * DAY)
    labels = "trace,ok\n"
    labels += "".join(f"{entry['trace']},{entry['httpRequest']['status']}\n" for entry in made)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/l.csv").write_text(labels)
    text = CONFIG.replace("baseline: baseline.parquet", "format: google-load-balancer\n  baseline: accepted.json")
    text = text.replace("windows/", "requests/").replace("[p]", "[status]").replace("  slices: [c]\n", "")
    text = (
        text.replace("[id]", "[trace]").replace("label: y", "label: ok").replace("prediction: p", "prediction: status")
    )
    seen = WatchedFolder(tmp_path, parse_config(text, Path("config.yaml"))).measure()
    assert (seen.quality.labels.labelled, values(seen.quality)) == (1200, {"all": 1.0})
