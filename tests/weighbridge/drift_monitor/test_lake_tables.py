"""Folders that a table format keeps: only rows of today are counted, and what can't be told is refused."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from tests.support.monitor_data import NOW, write
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.late_labels import label_files
from weighbridge.drift_monitor.unreadable_data import UnreadableData
from weighbridge.drift_monitor.watched_folder import find_windows

ROWS = pa.table({"x": [1.0, 2.0]})
ENGINE = "read it by an engine, as spark://catalog.schema.table, or write windows as plain files"


def commit(version, *actions) -> tuple[str, str]:
    return f"_delta_log/{version:020}.json", "\n".join(json.dumps(action) for action in actions)


def add(path, **more):
    return {"add": {"path": path, "size": 1, "dataChange": True, **more}}


def remove(path):
    return {"remove": {"path": path, "dataChange": True}}


def folder(tmp_path, data, *others) -> Store:
    for name in data:
        write(ROWS, tmp_path / "w" / name)
    for name, text in others:
        (tmp_path / "w" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "w" / name).write_text(text)
    return Store(tmp_path)


def windows(store) -> dict[str, list[str]]:
    return {found.name: [file.name for file in found.files] for found in find_windows(store, "w/", NOW).windows}


def checkpoint(tmp_path, version, *paths, vector=None):
    entries = [{"path": path, "deletionVector": vector} for path in paths]
    kind = pa.struct([("path", pa.string()), ("deletionVector", pa.struct([("storageType", pa.string())]))])
    made = pa.table({"add": pa.array([None, *entries], kind), "txn": pa.nulls(len(entries) + 1)})
    write(made, tmp_path / f"w/_delta_log/{version:020}.checkpoint.parquet")


def test_files_that_the_log_of_delta_has_taken_out_are_no_rows(tmp_path):
    store = folder(
        tmp_path,
        ["a.parquet", "b.parquet", "c.parquet", "left.parquet"],
        commit(0, {"protocol": {}}, add("a.parquet"), add("b.parquet")),
        commit(1, remove("a.parquet"), add("c.parquet")),
    )
    assert windows(store) == {"": ["b.parquet", "c.parquet"]}
    assert [file.name for file in label_files(store, "w/")] == ["b.parquet", "c.parquet"]


@pytest.mark.parametrize("others", [[("_delta_log/notes.txt", "")], [commit(0, {})]])
def test_a_folder_of_that_name_without_the_actions_of_a_table_is_hidden_as_others_are(tmp_path, others):
    assert windows(folder(tmp_path, ["a.parquet"], *others)) == {"": ["a.parquet"]}


def test_a_table_all_of_whose_rows_were_deleted_has_no_window(tmp_path):
    store = folder(tmp_path, ["a.parquet"], commit(0, add("a.parquet")), commit(1, remove("a.parquet")))
    with pytest.raises(UnreadableData, match="there is no Parquet or CSV file in w/"):
        windows(store)


def test_partitions_of_delta_are_windows(tmp_path):
    days = ["dt=2026-11-19", "dt=2026-11-20"]
    store = folder(
        tmp_path,
        [f"{day}/{name}.parquet" for day in days for name in "ab"],
        commit(0, add(f"{days[0]}/a.parquet"), add(f"{days[1]}/a.parquet"), add(f"{days[1]}/b.parquet")),
        commit(1, remove(f"{days[1]}/b.parquet")),
    )
    assert windows(store) == {days[1]: ["a.parquet"], days[0]: ["a.parquet"]}


def test_paths_in_the_log_of_delta_are_quoted(tmp_path):
    store = folder(tmp_path, ["at=2026-11-20 07:00/a.parquet"], commit(0, add("at=2026-11-20%2007%3A00/a.parquet")))
    assert windows(store) == {"at=2026-11-20 07:00": ["a.parquet"]}


def test_a_checkpoint_of_delta_stands_for_what_was_before_it(tmp_path):
    store = folder(
        tmp_path,
        ["old.parquet", "a.parquet", "b.parquet"],
        commit(9, add("old.parquet")),
        commit(10, remove("old.parquet"), add("a.parquet")),
        commit(11, add("b.parquet")),
    )
    checkpoint(tmp_path, 10, "a.parquet")
    assert windows(store) == {"": ["a.parquet", "b.parquet"]}


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ([commit(1, add("a.parquet"))], "w/ is a table of Delta whose log lacks a version"),
        (
            [commit(0, add("a.parquet")), (f"_delta_log/{10:020}.checkpoint.{1:010}.{2:010}.parquet", "")],
            "w/ is a table of Delta with checkpoints of several files",
        ),
        (
            [commit(0, add("a.parquet", deletionVector={"storageType": "u"}))],
            "w/ is a table of Delta whose files have deleted rows in them",
        ),
        ([commit(0, add("gs://other/a.parquet"))], "w/ is a table of Delta with files in another folder"),
        (
            [("metadata/v1.metadata.json", "{}")],
            "w/ is a table of Iceberg, whose files may hold rows that are deleted",
        ),
        (
            [(".hoodie/hoodie.properties", ""), (".a_1.log.1_0", "")],
            "w/ is a table of Hudi with rows that newer ones replace",
        ),
    ],
)
def test_a_table_whose_rows_only_an_engine_knows_is_refused(tmp_path, others, message):
    store = folder(tmp_path, ["a.parquet"], *others)
    with pytest.raises(UnreadableData) as refused:
        find_windows(store, "w/", NOW)
    assert str(refused.value) == f"{message}: {ENGINE}"


def test_a_checkpoint_with_deleted_rows_is_refused(tmp_path):
    store = folder(tmp_path, ["a.parquet"])
    checkpoint(tmp_path, 10, "a.parquet", vector={"storageType": "u"})
    with pytest.raises(UnreadableData, match="whose files have deleted rows in them"):
        find_windows(store, "w/", NOW)


def test_a_checkpoint_of_something_else_is_told(tmp_path):
    store = folder(tmp_path, ["a.parquet"])
    name = f"w/_delta_log/{10:020}.checkpoint.parquet"
    write(ROWS, tmp_path / name)
    with pytest.raises(UnreadableData) as refused:
        find_windows(store, "w/", NOW)
    assert str(refused.value).startswith(f"{name} can't be read: ")


@pytest.mark.parametrize("content", ["no json", '{"half'])
def test_a_log_of_delta_that_can_not_be_read_is_told(tmp_path, content):
    name, _ = commit(0)
    store = folder(tmp_path, ["a.parquet"], (name, content))
    with pytest.raises(UnreadableData) as refused:
        find_windows(store, "w/", NOW)
    assert str(refused.value) == f"w/{name} can't be read: a line of it is no JSON"


def test_files_of_hudi_are_counted_where_none_is_replaced(tmp_path):
    days = [f"2026/11/{day}/f1_0-1-1_20261119000000.parquet" for day in (19, 20)]
    store = folder(tmp_path, days, (".hoodie/hoodie.properties", ""))
    assert find_windows(store, "w/", NOW).newest.name == "2026/11/20"
    write(ROWS, tmp_path / "w/2026/11/20/f1_0-2-2_20261120000000.parquet")
    with pytest.raises(UnreadableData, match="is a table of Hudi with rows that newer ones replace"):
        windows(store)
