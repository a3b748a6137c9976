"""A check for people: the verdict, what to do, and how a value reads. Whole reports are in tests/golden."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.checks import END, ERRORS, LATENCY, QUEUE, check, paired, row, tested
from weighbridge.canary_analysis.check import Judgement
from weighbridge.render.rollout_check.text import quantity, render, share

SHOWN = row(QUEUE, Judgement.SHOWN, tested=None, candidate=None, stable=3.0)
SLOW = tested(limit_seconds=0.4)


def lines(*rows, **changes) -> list[str]:
    return render(check(*rows, **changes)).splitlines()


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "s", "-"),
        (0.0123456, "ratio", "1.23%"),
        (0.1234, "s", "123 ms"),
        (0.9999, "s", "1e+03 ms"),
        (1.5, "s", "1.5 s"),
        (41.27, "", "41.3"),
    ],
)
def test_a_value_has_its_unit_and_three_digits(value, unit, expected):
    assert quantity(value, unit) == expected


def test_a_share_is_in_per_cent():
    assert (share(0.00123), share(None), share(1)) == ("0.123%", "-", "100%")


@pytest.mark.parametrize(
    ("rows", "headline"),
    [
        ((row(),), "PASS  ranker (prod): v8 is as good as v7 in the one comparison"),
        ((row(), row(LATENCY, tested=SLOW), SHOWN), "PASS  ranker (prod): v8 is as good as v7 in all 2 comparisons"),
        (
            (row(), row(LATENCY, Judgement.WORSE, tested=SLOW)),
            "FAIL  ranker (prod): v8 is worse than v7 in 1 of 2 comparisons",
        ),
        (
            (row(), row(LATENCY, Judgement.NOT_ENOUGH, tested=SLOW)),
            "NOT ENOUGH DATA  ranker (prod): 1 of 2 comparisons need more data",
        ),
        ((SHOWN,), "NOT ENOUGH DATA  ranker (prod): the server exposes nothing that could be tested"),
    ],
)
def test_the_verdict_comes_first(rows, headline):
    assert lines(*rows)[0] == headline


@pytest.mark.parametrize(
    ("hours", "span"),
    [(1, "2026-11-19 11:00 to 12:00 UTC"), (24, "2026-11-18 12:00 to 2026-11-19 12:00 UTC")],
)
def test_then_the_span_and_the_traffic(hours, span):
    assert lines(start=END - timedelta(hours=hours))[1] == f"{span}; v8 takes 10% now"


def test_what_is_worse_comes_with_the_command_to_go_back():
    errors = row(ERRORS, Judgement.WORSE, tested=tested(bad=200))
    latency = row(LATENCY, Judgement.WORSE, tested=tested(bad=300, limit_seconds=0.4))
    assert lines(errors, latency)[3:9] == [
        "  error ratio: 200 of 10,000 requests of v8 (2%) failed, 90 of 90,000 of v7",
        "    (0.1%).",
        "  latency p99: 300 of 10,000 requests of v8 (3%) took over 400 ms, 90 of 90,000",
        "    of v7 (0.1%).",
        "  Do: weighbridge rollout rollback ranker -s prod \\",
        '        --reason "error ratio 2%, v7 0.1%"',
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"requests": 500, "wait": timedelta(minutes=90)},
            (
                "needs 8,000 requests of v8, has 500; at the present rate in 1h30m (or now with --window 3h, if it has "
                "run that long)."
            ),
        ),
        (
            {"requests": 500, "wait": timedelta(seconds=61), "dispersion": 2.04},
            (
                "needs 8,000 requests of v8, has 500, as they come in bursts of 2.0; at the present rate in 2m (or now "
                "with --window 2h, if it has run that long)."
            ),
        ),
        ({"requests": 0, "wait": None}, "needs 8,000 requests of v8, has 0: no request has reached it."),
        (
            {"requests": 9_000, "wait": timedelta(0), "intervals": 3},
            "needs 8,000 requests of v8, has 9,000, but in 3 intervals only: check again later.",
        ),
        ({"stable_requests": 0}, "v7 had no requests in this time, so there is nothing to compare with."),
    ],
)
def test_what_is_missing_and_how_long_it_takes(changes, expected):
    found = lines(row(ERRORS, Judgement.NOT_ENOUGH, tested=tested(**changes)))
    text = " ".join(line.strip() for line in found[3 : found.index("", 3)])
    assert text == f"error ratio: {expected}"


def test_a_report_is_at_most_80_columns_wide():
    rows = (row(), row(LATENCY, tested=None, paired=paired(), candidate=0.2, stable=0.19), SHOWN)
    assert max(map(len, lines(*rows, not_compared=("x " * 70,)))) <= 80
