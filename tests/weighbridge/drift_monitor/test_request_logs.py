"""The table of request logs: one entry for each `watch.format`, and columns that can be read as it says."""

from __future__ import annotations

from typing import get_args

import pytest

from weighbridge.drift_monitor.log_file import _READINGS, _TYPES
from weighbridge.drift_monitor.log_records import _READERS
from weighbridge.drift_monitor.request_logs import Reading, request_logs
from weighbridge.spec.pipeline import LogFormat


def test_every_format_is_in_the_table_and_has_a_reader():
    assert set(request_logs()) == set(get_args(LogFormat)) == set(_READERS)
    assert set(_TYPES) == set(get_args(Reading)) == set(_READINGS) | {"nanoseconds"}


@pytest.mark.parametrize("log", get_args(LogFormat))
def test_columns_are_told_apart_and_say_their_unit(log):
    columns = request_logs()[log].columns
    assert len({column.name for column in columns}) == len(columns)
    assert sum(column.use == "time" for column in columns) <= 1
    for column in columns:
        named = column.name.rpartition("_")[2]
        assert (column.unit == named) == (named in ("seconds", "bytes", "tokens")), column.name
        assert all((".." in where) == (column.read == "nanoseconds") for where in column.where)


def test_a_column_is_found_by_its_name():
    log = request_logs()["vllm"]
    assert log.named("prompt").use == "text"
    assert log.named("input_token") is None
