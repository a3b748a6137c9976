"""The columns of a baseline: which it lacks, which can't be compared, and what is counted of each."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.support.monitor_data import config, table, write
from weighbridge.drift_monitor.baseline import Baseline
from weighbridge.drift_monitor.baseline_reader import WrongColumns, read_baseline
from weighbridge.drift_monitor.files import Store


def read(root, features="item_price, country, member", suffix="parquet") -> Baseline:
    store = Store(root)
    watched = config(f"{{baseline: b.parquet, window: w/, features: [{features}]}}").columns
    return read_baseline(store, store.file(f"baseline.{suffix}"), watched)


def test_each_column_has_its_kind_and_all_its_rows(tmp_path):
    write(table(rows=500), tmp_path / "baseline.parquet")
    columns = read(tmp_path).columns
    assert {name: column.kind for name, column in columns.items()} == {
        "item_price": "number",
        "country": "category",
        "member": "boolean",
    }
    assert {column.tally.rows for column in columns.values()} == {500}
    assert [column.tally.counts.sum() for column in columns.values()] == [500, 500, 500]


def test_missing_values_are_counted_apart(tmp_path):
    write(pa.table({"item_price": [1.0, None, 3.0, None]}), tmp_path / "baseline.parquet")
    tally = read(tmp_path, "item_price").columns["item_price"].tally
    assert (tally.rows, tally.missing, tally.values) == (4, 2, 2)


def test_all_that_is_wrong_with_columns_is_said_at_once_in_the_order_of_the_spec(tmp_path):
    write(table().append_column("label_list", pa.array([[1]] * 2000)), tmp_path / "baseline.parquet")
    with pytest.raises(WrongColumns) as wrong:
        read(tmp_path, "label_list, item_prise, country")
    has = "but item_price, country, member, clicked and label_list"
    only = "only numbers, times, texts and booleans can be compared"
    assert str(wrong.value).splitlines() == [
        f"features[0]: the baseline baseline.parquet has list<element: int64> in column 'label_list': {only}",
        f"features[1]: the baseline baseline.parquet has no column 'item_prise', {has}. Did you mean `item_price`?",
    ]
    assert [problem.path for problem in wrong.value.problems] == [("features", 0), ("features", 1)]


def test_of_many_columns_a_message_lists_some(tmp_path):
    write(pa.table({f"c{number}": [1] for number in range(15)}), tmp_path / "baseline.parquet")
    with pytest.raises(WrongColumns) as wrong:
        read(tmp_path, "price")
    listed = ", ".join(f"c{number}" for number in range(12))
    assert str(wrong.value).startswith(
        f"features[0]: the baseline baseline.parquet has no column 'price', but {listed} and 3 more."
    )
