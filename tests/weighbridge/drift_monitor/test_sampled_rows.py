"""Rows that a sample was taken of add up over files; spans are whole microseconds."""

from __future__ import annotations

from datetime import timedelta

from weighbridge.drift_monitor.sampled_rows import SampledRows, microseconds_of


def test_rows_of_files_add_up():
    assert SampledRows(10, 1).plus(SampledRows(5, 2)) == SampledRows(15, 3)


def test_a_span_is_whole_microseconds():
    assert microseconds_of(timedelta(minutes=10)) == 600_000_000
