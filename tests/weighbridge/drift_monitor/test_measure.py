"""Windows in, results out: what is found, what is kept when something can't be read, what is remembered."""

from __future__ import annotations

import shutil
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from tests.support.monitor_data import NOW, WATCH, WatchedFolder, column, config, distance, table, write
from weighbridge.drift_monitor.series import samples
from weighbridge.signals.verdict import breaches

HOUR = timedelta(hours=1)


@pytest.fixture
def root(tmp_path):
    write(table(), tmp_path / "baseline.parquet")
    return tmp_path


def test_a_window_like_the_baseline_and_one_that_is_not(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    same = folder.measure()

    assert same.errors == {"baseline": False, "window": False}
    assert same.window.rows == 2000
    for watched in same.window.columns:
        assert [measured.against for measured in watched.measured] == ["training"]
        assert watched.measured[0].distance <= watched.measured[0].noise
        assert watched.missing == watched.invalid["type"] == watched.invalid["unseen"] == 0

    write(table(seed=3, shift=3, countries=("de", "jp")), root / "latest/part.parquet", NOW + HOUR)
    other = folder.measure(after=HOUR)

    assert distance(other, "item_price") > 0.4
    assert distance(other, "country") == pytest.approx(0.5, abs=0.05)
    assert column(other, "country").invalid == {"type": 0, "range": 0, "unseen": pytest.approx(0.5, abs=0.05)}
    assert column(other, "item_price").invalid["range"] > 0.01
    assert distance(other, "clicked") < 0.1
    assert folder.log[-1].startswith("clicks: window of 2,000 rows, 4 columns; farthest item_price, 0.")


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_files_and_formats_are_one_window(root, suffix):
    data = table(seed=4)
    write(data, root / "latest/all.parquet")
    whole = WatchedFolder(root).measure()
    (root / "latest/all.parquet").unlink()
    for index, at in enumerate((0, 1, 500, 1999)):
        end = (1, 500, 1999, 2000)[index]
        write(data.slice(at, end - at), root / f"latest/part-{index}.{suffix}")
    write(data.slice(0, 0), root / f"latest/empty.{suffix}")
    parts = WatchedFolder(root).measure()

    assert parts.window.rows == whole.window.rows
    for one, other in zip(parts.window.columns, whole.window.columns, strict=True):
        assert one.missing == other.missing
        assert one.invalid == other.invalid
        for mine, theirs in zip(one.measured, other.measured, strict=True):
            assert mine.distances == pytest.approx(dict(theirs.distances), rel=1e-6)


def test_another_baseline_is_measured_anew_and_its_bins_dont_mix_with_the_old_ones(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    folder.measure()
    write(table(shift=5), root / "baseline.parquet", NOW + HOUR)

    seen = folder.measure(after=timedelta(minutes=5))  # though the window is not due yet

    assert distance(seen, "item_price") > 0.5
    assert not seen.window.has_previous


def test_a_window_is_measured_when_it_is_due(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    first = folder.measure()
    write(table(seed=3, shift=4), root / "latest/part.parquet", NOW + HOUR)

    assert folder.measure(after=timedelta(minutes=55)).window == first.window
    assert folder.measure(after=timedelta(minutes=5)).window != first.window


def test_a_file_that_is_not_whole_keeps_the_last_values_until_it_is(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    good = folder.measure()
    whole = (root / "latest/part.parquet").read_bytes()
    (root / "latest/part-2.parquet").write_bytes(whole[: len(whole) // 2])

    broken = folder.measure(after=HOUR)
    assert broken.window == good.window
    assert broken.errors == {"baseline": False, "window": True}
    assert broken.succeeded == good.succeeded == NOW
    assert any("latest/part-2.parquet can't be read" in line for line in folder.log)

    (root / "latest/part-2.parquet").write_bytes(whole)
    mended = folder.measure(after=timedelta(minutes=5))  # a failed window is tried again at once
    assert mended.window.rows == 4000
    assert mended.succeeded == folder.now


def test_an_emptied_window_keeps_the_last_values_and_says_so(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    good = folder.measure()
    shutil.rmtree(root / "latest")

    seen = folder.measure(after=HOUR)
    assert (seen.window, seen.errors["window"]) == (good.window, True)
    assert "window: there is no Parquet or CSV file in latest/" in folder.log


def test_a_column_that_vanished_is_missing_in_every_row_and_the_others_go_on(root):
    write(table(seed=2).drop_columns(["country"]), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    seen = folder.measure()

    assert column(seen, "country").missing == 1
    assert column(seen, "country").measured == ()
    assert distance(seen, "item_price") < 0.1
    assert seen.errors["window"] is False
    assert folder.log[0] == "window: the column 'country' is missing from latest/, so its values count as missing"


def test_a_window_without_any_of_the_columns_still_has_its_rows(root):
    pa.csv.write_csv(pa.table({"other": [1, 2, 3]}), (root / "latest").mkdir() or root / "latest/part.csv")
    seen = WatchedFolder(root).measure()
    assert seen.window.rows == 3
    assert {column.missing for column in seen.window.columns} == {1}


def test_no_baseline_yet_is_said_and_tried_again(root):
    (root / "baseline.parquet").rename(root / "later.parquet")
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    seen = folder.measure()
    assert (seen.window, seen.errors, seen.succeeded) == (None, {"baseline": True, "window": False}, None)
    assert folder.log[0] == "baseline: there is no file baseline.parquet"

    (root / "later.parquet").rename(root / "baseline.parquet")
    assert folder.measure(after=timedelta(minutes=5)).window is not None


def test_a_later_baseline_without_a_column_keeps_the_earlier_one(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    folder.measure()
    write(table().drop_columns(["country"]), root / "baseline.parquet", NOW + HOUR)

    seen = folder.measure(after=HOUR)
    assert (seen.errors["baseline"], seen.errors["window"]) == (True, False)
    assert distance(seen, "country") < 0.1


def test_columns_without_values_have_no_distance(root):
    empty = pa.table({"item_price": pa.nulls(50, pa.float64()), "country": pa.nulls(50)})
    write(empty, root / "baseline.parquet")
    write(table(seed=2), root / "latest/part.parquet")
    watch = "{baseline: baseline.parquet, window: latest/, features: [item_price, country]}"
    seen = WatchedFolder(root, config(watch)).measure()

    assert [column.measured for column in seen.window.columns] == [(), ()]
    assert [column.missing_baseline for column in seen.window.columns] == [1, 1]
    assert column(seen, "item_price").invalid["range"] == 1  # the baseline has never seen any
    assert np.isclose(column(seen, "country").invalid["type"], 1)


def test_the_same_data_written_again_has_not_changed(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    assert folder.measure().window.changed == NOW

    write(table(seed=2), root / "latest/part.parquet", NOW + HOUR)
    again = folder.measure(after=HOUR)
    assert (again.window.modified, again.window.changed) == (NOW + HOUR, NOW)
    assert folder.measure(after=HOUR).window.changed == NOW

    write(table(seed=3), root / "latest/part.parquet", NOW + 3 * HOUR)
    assert folder.measure(after=HOUR).window.changed == NOW + 3 * HOUR


def test_a_window_without_rows_has_no_shares_and_the_baseline_is_known(root):
    write(table(seed=2).slice(0, 0), root / "latest/part.parquet")
    seen = WatchedFolder(root).measure()
    exposed = {sample.metric: sample.value for sample in samples(seen)}
    assert (exposed["ml_window_rows"], exposed["ml_baseline_rows"]) == (0, 2000)
    assert not {"ml_feature_missing_ratio", "ml_feature_invalid_ratio", "ml_feature_distance"} & exposed.keys()


def with_note(values: pa.Array):
    """`table()` with a column of notes that has these values."""
    return table(rows=len(values)).append_column("note", values)


@pytest.mark.parametrize(
    ("baseline", "window", "signals"),
    [
        (pa.nulls(2000, pa.string()), pa.nulls(2000, pa.string()), {"column-empty"}),
        (pa.nulls(2000), pa.nulls(2000), {"column-empty"}),
        (pa.nulls(2000, pa.float64()), pa.nulls(2000, pa.float64()), {"column-empty"}),
        (pa.array(["a", *[None] * 1999]), pa.nulls(2000, pa.string()), {"column-empty"}),
        (
            pa.array(["a", "b", *[None] * 1998]),
            pa.array(["c", "d", *[None] * 1998]),
            {"column-empty", "invalid-values"},
        ),
        (pa.nulls(2000, pa.string()), pa.array(["a"] * 2000), {"column-empty", "invalid-values"}),
        (pa.array(["a"] * 2000), pa.nulls(2000, pa.string()), {"column-empty", "missing-values"}),
        (pa.array([*["a"] * 100, *[None] * 1900]), pa.array([*["a"] * 90, *[None] * 1910]), set()),
    ],
)
def test_a_column_without_values_is_not_well(root, baseline, window, signals):
    write(with_note(baseline), root / "baseline.parquet")
    write(with_note(window), root / "latest/part.parquet")
    settings = config(WATCH.replace("member", "member, note"))
    seen = WatchedFolder(root, settings).measure()
    assert {breach.signal for breach in breaches(seen, settings, NOW)} == signals


def test_what_is_said_of_a_column_without_values(root):
    write(with_note(pa.nulls(2000)), root / "baseline.parquet")
    write(with_note(pa.nulls(2000)), root / "latest/part.parquet")
    settings = config(WATCH.replace("member", "member, note"))
    (breach,) = breaches(WatchedFolder(root, settings).measure(), settings, NOW)
    assert (breach.subject, breach.message) == (
        "note", "too few values to be judged: 100.0% missing, 100.0% in the baseline"
    )  # fmt: skip
