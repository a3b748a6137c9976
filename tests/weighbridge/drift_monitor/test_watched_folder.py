"""Which files are the newest window, and which the window before."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from tests.support.monitor_data import NOW, WatchedFolder, config, distance, table, write
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watched_folder import find_windows
from weighbridge.signals.verdict import breaches

HOUR = timedelta(hours=1)


@pytest.fixture
def root(tmp_path):
    write(table(), tmp_path / "baseline.parquet")
    return tmp_path


def test_files_beside_folders_are_refused(root):
    write(table(), root / "latest/part.parquet")
    write(table(), root / "latest/2026/part.parquet")
    folder = WatchedFolder(root)
    assert folder.measure().errors["window"]
    assert "so which is the newest window can't be told: keep one of the two" in folder.log[0]


def test_subfolders_are_windows_by_name_and_unfinished_ones_are_none(root):
    write(table(seed=2), root / "latest/2026-11-20T06/part.parquet")
    write(table(seed=3, shift=5), root / "latest/2026-11-20T07/hour=7/part.parquet")
    write(table(seed=3, shift=9), root / "latest/2026-11-20T08/_temporary/part.parquet")
    write(table(seed=3, shift=9), root / "latest/_2026-11-20T09/part.parquet")
    folder = WatchedFolder(root)
    seen = folder.measure()

    assert seen.window.name == "2026-11-20T07"
    assert distance(seen, "item_price", "previous") > 0.5

    write(table(seed=4, shift=5), root / "latest/2026-11-20T08/part.parquet")
    then = folder.measure(after=HOUR)
    assert then.window.name == "2026-11-20T08"
    assert distance(then, "item_price", "previous") < 0.1
    assert distance(then, "item_price") > 0.5


def test_of_plain_files_the_window_before_is_what_was_there_before(root):
    write(table(seed=2), root / "latest/part.parquet")
    folder = WatchedFolder(root)
    assert not folder.measure().window.has_previous
    assert not folder.measure(after=HOUR).window.has_previous  # nothing has changed

    write(table(seed=3, shift=4), root / "latest/part.parquet", NOW + HOUR)
    changed = folder.measure(after=HOUR)
    again = folder.measure(after=HOUR)

    for seen in (changed, again):
        assert distance(seen, "item_price", "previous") > 0.5


@pytest.mark.parametrize(
    ("names", "newest", "before"),
    [
        (["dt=2026-11-25", "dt=__HIVE_DEFAULT_PARTITION__", "dt=2026-11-24"], "dt=2026-11-25", "dt=2026-11-24"),
        (["dt=2026-11-25", "dt=default"], "dt=2026-11-25", None),
        (["year=2026/month=9", "year=2026/month=__HIVE_DEFAULT_PARTITION__"], "year=2026/month=9", None),
        (["_dt=1", "_dt=2", "_tmp"], "_dt=2", "_dt=1"),
        (["9", "10", "8"], "10", "9"),
    ],
)
def test_the_newest_windows_are_those_with_a_value(tmp_path, names, newest, before):
    for name in names:
        write(table(rows=5), tmp_path / "w" / name / "part.parquet")
    found = find_windows(Store(tmp_path), "w/", NOW)
    assert (found.newest.name, found.before.name if found.before else None) == (newest, before)


def test_a_folder_of_nothing_but_rows_without_a_value_is_told(tmp_path):
    write(table(rows=5), tmp_path / "w/dt=default/part.parquet")
    with pytest.raises(
        UnreadableData, match=r"^there is no Parquet or CSV file in w/, but 1 without a value of the part"
    ):
        find_windows(Store(tmp_path), "w/", NOW)


@pytest.mark.parametrize(
    ("names", "newest", "before"),
    [
        (
            [
                f"2026/11/9/{name}.json"
                for name in ("09:00:00_09:59:59_S0", "10:00:00_10:59:59_S0", "10:00:00_10:59:59_A0:1")
            ],
            ("2026/11/9/10", 2),
            "2026/11/9/09",
        ),
        (["2026/11/09/a.log", "2026/11/10/a.log", "2026/11/10/a.log.1"], ("2026/11/10", 2), "2026/11/09"),
        (["2026/11/10/07/pod-a/a.log", "2026/11/10/08/a.log"], ("2026/11/10/08", 1), "2026/11/10/07"),
        (["dt=2026-11-20/a", "dt=2026-11-21/a.gz"], ("dt=2026-11-21", 1), "dt=2026-11-20"),
        (["vllm.log", "vllm.log.1", ".vllm.swp"], ("", 2), None),
        (["9/a.log", "10/a.log"], ("10", 1), "9"),
    ],
)  # fmt: skip
def test_logs_may_have_any_name_and_folders_for_each_part_of_a_date(tmp_path, names, newest, before):
    for name in names:
        (tmp_path / "w" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "w" / name).write_text("")
    found = find_windows(Store(tmp_path), "w/", NOW, "vllm")
    assert (found.newest.name, len(found.newest.files)) == newest
    assert (found.before.name if found.before else None) == before


@pytest.mark.parametrize(
    ("files", "folder", "instead"),
    [
        ([], "w/", ""),
        (["w/_SUCCESS"], "w/", ""),
        (["w/a.orc"], "w/", ", but a.orc: write *.parquet, *.csv or *.csv.gz"),
        (["w/a.json", "w/d/b.json"], "w/", ", but a.json and 1 more: write *.parquet, *.csv or *.csv.gz"),
        (["w/a.parquet"], "w/a.parquet", ", which is a file: name the folder that it is in"),
    ],
)
def test_what_is_there_instead_of_data_is_said(tmp_path, files, folder, instead):
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
    with pytest.raises(UnreadableData) as unread:
        find_windows(Store(tmp_path), folder, NOW)
    assert str(unread.value) == f"there is no Parquet or CSV file in {folder}{instead}"


def test_no_log_is_said(tmp_path):
    with pytest.raises(UnreadableData, match="there is no log in w/"):
        find_windows(Store(tmp_path), "w/", NOW, "vllm")


def test_rows_without_a_value_of_a_column_below_the_windows_are_rows(tmp_path):
    write(table(rows=5), tmp_path / "w/2026-11-20/country=__HIVE_DEFAULT_PARTITION__/part.parquet")
    found = find_windows(Store(tmp_path), "w/", NOW)
    assert len(found.newest.files) == 1


def hidden(file, at):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    os.utime(file, (at.timestamp(), at.timestamp()))


@pytest.mark.parametrize("key", ["", "dt=", "year=2026/month=11/day="])
@pytest.mark.parametrize(
    ("files", "age", "newest", "unfinished"),
    [
        (["_SUCCESS"], 0, "21", ""),
        (["._SUCCESS.crc", ".part.crc"], 60, "21", ""),
        (["_temporary/0/part.parquet"], 60, "21", ""),
        (["_temporary/0/part.parquet"], 59, "20", "21"),
        (["_temporary/0/part.parquet", "_SUCCESS"], 0, "21", ""),
    ],
)
def test_a_newer_folder_of_hidden_files_alone_is_an_empty_window_once_it_is_done(
    tmp_path, key, files, age, newest, unfinished
):
    for name in ("19", "20"):
        write(table(rows=5), tmp_path / "w" / f"{key}{name}" / "part.parquet")
    for file in files:
        hidden(tmp_path / "w" / f"{key}21" / file, NOW - age * timedelta(minutes=1))
    hidden(tmp_path / "w/_SUCCESS", NOW)
    hidden(tmp_path / "w/notes/_readme", NOW - HOUR)
    found = find_windows(Store(tmp_path), "w", NOW)
    assert (found.newest.name, found.unfinished) == (f"{key}{newest}", unfinished and key + unfinished)
    assert found.newest.modified <= NOW
    if newest == "21":
        assert not found.newest.files
        assert found.before.name == f"{key}20"


def test_an_older_folder_without_data_changes_nothing(tmp_path):
    write(table(rows=5), tmp_path / "w/2026-11-20/part.parquet")
    hidden(tmp_path / "w/2026-11-19/_SUCCESS", NOW)
    hidden(tmp_path / "w/2026-12-__HIVE_DEFAULT_PARTITION__/.x", NOW)
    assert find_windows(Store(tmp_path), "w", NOW).windows[0].name == "2026-11-20"


def test_the_newest_folder_with_other_files_than_data_is_told(tmp_path):
    write(table(rows=5), tmp_path / "w/2026-11-20/part.parquet")
    hidden(tmp_path / "w/2026-11-21/part.avro", NOW - HOUR)
    with pytest.raises(UnreadableData) as unread:
        find_windows(Store(tmp_path), "w", NOW)
    assert str(unread.value) == "the newest window 2026-11-21 holds part.avro, but no Parquet or CSV file"


def test_an_empty_window_is_measured_as_one(root):
    write(table(seed=2), root / "latest/2026-11-20/part.parquet")
    hidden(root / "latest/2026-11-21/_SUCCESS", NOW)
    folder = WatchedFolder(root)
    seen = folder.measure()
    assert (seen.window.name, seen.window.rows, seen.errors["window"]) == ("2026-11-21", 0, False)
    assert [breach.signal for breach in breaches(seen, config(), NOW)] == ["window-small"]


def test_a_window_that_is_being_written_is_said(root):
    write(table(seed=2), root / "latest/2026-11-20/part.parquet")
    hidden(root / "latest/2026-11-21/_temporary/part.parquet", NOW)
    folder = WatchedFolder(root)
    seen = folder.measure()
    assert (seen.window.name, seen.window.unfinished) == ("2026-11-20", "2026-11-21")
    assert folder.log[0] == "window: 2026-11-21 is being written and holds no data yet"
