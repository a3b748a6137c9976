"""Tables by their addresses, and partitions by their names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from weighbridge.drift_monitor.engine import LAST, TableAddress, address_of, bounds, end_of_day, is_table
from weighbridge.drift_monitor.unreadable_data import UnreadableData


def test_a_path_with_a_scheme_of_tables_is_a_table():
    assert [is_table(path) for path in ("bq://p.d.t", "spark://t", "gs://b/t", "data/bq")] == [True, True, False, False]


def test_the_parts_of_a_tables_path():
    found = address_of("bq://example-ml.ds.clicks$20261120")
    assert found == TableAddress("bq://", ("example-ml", "ds", "clicks"), "20261120")
    assert found.table == "bq://example-ml.ds.clicks"
    assert address_of("spark://lake.clicks$2026-11-20") == TableAddress("spark://", ("lake", "clicks"), "2026-11-20")


@pytest.mark.parametrize(
    ("name", "by", "start", "end"),
    [
        ("2026112023", "hour", "2026-11-20T23", "2026-11-21T00"),
        ("20261231", "day", "2026-12-31T00", "2027-01-01T00"),
        ("20280228", "day", "2028-02-28T00", "2028-02-29T00"),
        ("202612", "month", "2026-12-01T00", "2027-01-01T00"),
        ("202601", "month", "2026-01-01T00", "2026-02-01T00"),
        ("2026", "year", "2026-01-01T00", "2027-01-01T00"),
    ],
)
def test_a_partition_of_time_has_a_begin_and_an_end(name, by, start, end):
    assert bounds(name, by) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize("name", ["20261131", "2026-11-20", "202611", "", "٢٠٢٦١١٢٠", "__NULL__"])
def test_a_name_that_is_no_day_is_said(name):
    with pytest.raises(UnreadableData) as refused:
        bounds(name, "day")
    assert str(refused.value) == f"there is no partition {name}: partitions of one day are named as in 20261120"


def test_a_partition_named_after_a_day_is_over_at_its_end():
    assert end_of_day("2026-11-20") == datetime.fromisoformat("2026-11-21T00")
    assert end_of_day("2026-11-20T07") == datetime.fromisoformat("2026-11-20T07")
    assert end_of_day("de") is None
    assert end_of_day("9999-12-31") == LAST


@pytest.mark.parametrize(
    ("name", "by"), [("9999123123", "hour"), ("99991231", "day"), ("999912", "month"), ("9999", "year")]
)
def test_the_last_partition_that_a_calendar_has_ends_with_it(name, by):
    start, end = bounds(name, by)
    assert start.year == 9999
    assert end == LAST
    assert datetime.fromtimestamp(end.replace(tzinfo=UTC).timestamp(), UTC).replace(tzinfo=None) == LAST
