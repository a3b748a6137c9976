"""What people write with a unit, and what it becomes; what is written is read back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from weighbridge.units import (
    UNITS_PER_SECOND,
    Email,
    amount_text,
    counted,
    format_duration,
    format_latency,
    format_timestamp,
    in_latency_unit,
    likely_spellings,
    parse_cpu,
    parse_day,
    parse_disk_size,
    parse_duration,
    parse_gauge_target,
    parse_latency,
    parse_memory,
    parse_percent,
    parse_quantity,
    parse_timestamp,
    percent,
    plain,
    quantity_text,
    times,
    usd,
)

DAY = 86400
LITTLE_MEMORY = "expected memory of at least 1Mi, such as 512Mi or 16Gi (m is a thousandth of a byte, Mi a mebibyte)"
TARGET = "expected a number from 0.001 to 1,000,000 with at most three decimals, such as 4 or 0.8"


@pytest.mark.parametrize(
    ("parse", "given_text", "expected"),
    [
        (parse_duration, "90s", timedelta(seconds=90)),
        (parse_duration, "1h30m", timedelta(minutes=90)),
        (parse_duration, "2w", timedelta(days=14)),
        (parse_percent, "99.9%", Decimal("99.9")),
        (parse_percent, "100.0%", Decimal(100)),
        (parse_quantity, "500m", Decimal("0.5")),
        (parse_quantity, 4, Decimal(4)),
        (parse_quantity, "16Gi", Decimal(16 * 2**30)),
        (parse_quantity, "1M", Decimal(10**6)),
        (parse_cpu, "500m", Decimal("0.5")),
        (parse_cpu, 1.5, Decimal("1.5")),
        (parse_cpu, 0, Decimal(0)),
        (parse_memory, "1Mi", Decimal(2**20)),
        (parse_memory, "0.5Gi", Decimal(2**29)),
        (parse_memory, 0, Decimal(0)),
        (parse_gauge_target, 4, Decimal(4)),
        (parse_gauge_target, 0.8, Decimal("0.8")),
        (parse_latency, "400ms", timedelta(milliseconds=400)),
        (parse_latency, "1.5s", timedelta(milliseconds=1500)),
        (parse_disk_size, "100Gi", 100),
        (parse_disk_size, "1Ti", 1024),
        (parse_day, "2026-11-20", date(2026, 11, 20)),
        (parse_timestamp, "2026-11-20T08:00:00+01:00", datetime(2026, 11, 20, 7, tzinfo=UTC)),
    ],
)
def test_what_a_text_becomes(parse, given_text, expected):
    assert parse(given_text) == expected


@pytest.mark.parametrize(
    ("parse", "given_text", "message"),
    [
        (parse_duration, "0s", "expected a time span such as 30m, 24h or 7d of more than zero and at most ten years"),
        (parse_duration, "11y", "expected a time span such as 30m, 24h or 7d"),
        (parse_duration, 30, "expected a time span such as 30m, 24h or 7d"),
        (parse_percent, "101%", "expected a percentage from 0% to 100%, such as 99.9%"),
        (parse_percent, "10", "expected a percentage from 0% to 100%, such as 99.9%"),
        (parse_quantity, "16gi", "expected a Kubernetes quantity such as 500m, 4 or 16Gi"),
        (parse_quantity, True, "expected a Kubernetes quantity such as 500m, 4 or 16Gi"),
        (parse_cpu, "0.5m", "expected CPUs in whole millicores, such as 500m or 4"),
        (parse_memory, "512m", LITTLE_MEMORY),
        (parse_memory, "1023Ki", LITTLE_MEMORY),
        (parse_memory, 512, LITTLE_MEMORY),
        (parse_gauge_target, 0, TARGET),
        (parse_gauge_target, 0.0004, TARGET),
        (parse_gauge_target, 1.0005, TARGET),
        (parse_gauge_target, 1_000_001, TARGET),
        (parse_gauge_target, float("inf"), TARGET),
        (parse_gauge_target, "4", TARGET),
        (parse_gauge_target, True, TARGET),
        (parse_latency, "0ms", "expected a latency such as 400ms or 1.5s"),
        (parse_disk_size, 100, "expected a disk size with its unit, such as 100Gi or 1Ti"),
        (parse_disk_size, "100G", "expected a disk size such as 100Gi or 1Ti"),
        (parse_day, "2026-02-30", "expected a date such as 2026-11-20"),
        (parse_timestamp, "2026-11-20T08:00:00", "expected a time with its zone such as 2026-11-20T08:00:00Z"),
    ],
)
def test_what_is_refused_and_what_was_expected(parse, given_text, message):
    with pytest.raises(PydanticCustomError) as raised:
        parse(given_text)
    assert raised.value.message() == message


@given(st.integers(1, 10 * 365 * DAY))
def test_a_time_span_is_read_back_as_written(seconds):
    span = timedelta(seconds=seconds)
    assert parse_duration(format_duration(span)) == span


@given(st.integers(0, 2**31))
def test_a_time_is_read_back_as_written(seconds):
    moment = datetime.fromtimestamp(seconds, UTC)
    assert parse_timestamp(format_timestamp(moment)) == moment


@given(st.integers(0, 10_000))
def test_a_percentage_is_read_back_as_written(hundredths):
    value = Decimal(hundredths) / 100
    assert parse_percent(percent(value)) == value


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (amount_text("memory", Decimal(24 * 2**30)), "24Gi"),
        (amount_text("memory", Decimal(2**30) * Decimal("1.5")), "1.5Gi"),
        (amount_text("cpu", Decimal("7.910")), "7.91"),
        (plain(Decimal(1000)), "1000"),
        (plain(Decimal("0.0004")), "0"),
        (times(2), "twice"),
        (times(14.4), "14.4 times"),
    ],
)
def test_what_messages_show(shown, expected):
    assert shown == expected


# Latencies in the units that servers count in.


@pytest.mark.parametrize(("unit", "amount"), [("s", "0.4"), ("ms", "400"), ("us", "400000")])
def test_a_latency_in_each_unit(unit, amount):
    assert in_latency_unit(timedelta(milliseconds=400), unit) == Decimal(amount)


@given(micros=st.integers(0, 10**12), unit=st.sampled_from(sorted(UNITS_PER_SECOND)))
def test_no_microsecond_is_lost(micros, unit):
    assert in_latency_unit(timedelta(microseconds=micros), unit) / UNITS_PER_SECOND[unit] * 10**6 == micros


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "400 ms"), (1.5, "1500 ms"), (20, "20000 ms"), (0.0005, "0.5 ms")])
def test_a_latency_in_a_sentence(seconds, text):
    assert format_latency(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(Decimal(8), "8"), (Decimal("0.8"), "800m"), (Decimal("0.001"), "1m"), (Decimal("1.50"), "1500m")],
)
def test_a_quantity_as_kubernetes_writes_it(amount, text):
    assert quantity_text(amount) == text


def test_money_in_whole_dollars():
    assert usd(Decimal("1228.40")) == "$1,228"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (99, ["99%"]),
        (0.999, ["99.9%"]),
        ("0.25", ["25%"]),
        (100, ["100%"]),
        ("30 seconds", ["30s"]),
        ("5min", ["5m"]),
        ("32GB", ["32G"]),
        ("32 GiB", ["32Gi"]),
        ("10 %", ["10%"]),
        ("hourly", []),
        (True, []),
        ("1" * 40, []),
        (float("nan"), []),
        (None, []),
    ],
)
def test_an_amount_that_no_reader_takes_may_have_been_meant_so(written, meant):
    assert list(likely_spellings(written)) == meant


@pytest.mark.parametrize(
    "text",
    ["lead-ran\u212aing@example.com", "le\u0430d@example.com", "lead@ex\u0430mple.com", "a b@example.com", "a@b"],
)
def test_letters_that_only_look_like_those_of_an_address_are_refused(text):
    """Such as the Kelvin sign and the Cyrillic a: by lower case, or to the eye, they are somebody else's address."""
    with pytest.raises(ValidationError):
        TypeAdapter(Email).validate_python(text)
    assert TypeAdapter(Email).validate_python("o'Neil+ml_1%x@sub.example.com") == "o'Neil+ml_1%x@sub.example.com"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 rows"), (1, "1 row"), (1.0, "1 row"), (2, "2 rows"), (1200, "1,200 rows")]
)
def test_what_is_counted_has_its_noun_in_its_number(count, text):
    assert counted(count, "row") == text
    assert counted(count, "entry", "entries").endswith("entry" if count == 1 else "entries")
