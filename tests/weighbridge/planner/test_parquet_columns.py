"""Columns of Parquet files as arrays, and what has to be looked at row by row instead."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyarrow import parquet

from weighbridge.files.problem import FileError
from weighbridge.planner.parquet_columns import ParquetColumns, is_parquet


def opened(tmp_path, **columns):
    file = tmp_path / "a.parquet"
    parquet.write_table(pa.table(columns), file)
    return ParquetColumns(file)


def test_numbers_and_dates_come_as_arrays(tmp_path):
    columns = opened(tmp_path, time=pa.array([1500, 2500], pa.timestamp("ms")), tokens=pa.array([1, 2], pa.int8()))
    times = columns.times(0)
    assert (columns.names, columns.rows) == (("time", "tokens"), 2)
    assert (times.seconds.tolist(), times.dated) == ([1.5, 2.5], True)
    assert columns.counts(1, most=2).tolist() == [1, 2]


@pytest.mark.parametrize("values", [[1, None], [1, -1], [1, 3], [1, 1.5], [1, float("inf")], ["1", "2"], [True, False]])
def test_counts_that_are_none_are_no_array(tmp_path, values):
    assert opened(tmp_path, tokens=values).counts(0, most=2) is None


@pytest.mark.parametrize("values", [["soon", "later"], [1.0, None], [[1], [2]]])
def test_times_that_are_none_are_no_array(tmp_path, values):
    assert opened(tmp_path, time=values).times(0) is None


def test_rows_have_only_the_cells_that_were_asked_for(tmp_path):
    columns = opened(tmp_path, note=["a", "b"], time=[1, 2], tokens=[None, 4])
    assert [*columns.rows_of([2, 1])] == [(1, [None, 1, None]), (2, [None, 2, 4])]


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path):
    folder = tmp_path / "time=7"
    folder.mkdir()
    assert opened(folder, tokens=[1]).names == ("tokens",)


def test_a_file_is_known_by_its_name_or_by_how_it_begins(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("time\n1\n")
    assert not is_parquet(file)
    file.write_bytes(b"PAR1")
    assert is_parquet(file)
    with pytest.raises(FileError, match="not a Parquet file: "):
        ParquetColumns(file)
