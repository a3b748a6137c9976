"""A moment is one number, in every unit and as every text."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from weighbridge.drift_monitor.moments import moments, seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-02", 86400),
        ("1970-01-01 00:01", 60),
        ("1970-01-01T00:00:01.5Z", 1.5),
        ("1970-01-01 00:00:01.123456789 UTC", 1.123456),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T01:00:00 +0100", 0),
        ("1969-12-31T22:00:00-02", 0),
        (" 1970-01-01 ", 0),
    ],
)
def test_texts(text, expected):
    assert moments(pa.array([text])).tolist() == [expected]


def test_what_is_no_moment_is_left_out_and_the_others_stay():
    texts = ["1970-13-01", "1970-01-02", "soon", "1", "1970-02-30 10:00", "1970-01-01T24:61"]
    assert moments(pa.array(texts)).tolist() == [86400]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_units(unit):
    moment = datetime(2026, 11, 26, 8, 30, 15, tzinfo=UTC)
    assert seconds(pa.array([moment], pa.timestamp(unit, "UTC"))).tolist() == [moment.timestamp()]
    assert seconds(pa.array([7], pa.int64()).cast(pa.duration("s")).cast(pa.duration(unit))).tolist() == [7]


def test_days():
    for kind in (pa.date32(), pa.date64()):
        assert seconds(pa.array([date(1970, 1, 3)], kind)).tolist() == [172800]
