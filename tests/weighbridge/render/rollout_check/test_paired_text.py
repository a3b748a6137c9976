"""Words about quantiles that were compared interval by interval."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.checks import END, LATENCY, check, paired, row
from weighbridge.canary_analysis.check import Judgement
from weighbridge.render.rollout_check.paired_text import cells, few, method, worse

ROW = row(LATENCY, Judgement.NOT_ENOUGH, tested=None, paired=paired())
NEEDS = (
    "latency p99: needs 40 intervals of 5m in which a replica of each has 30 requests a minute, has {has} of {asked}"
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, ("1.02", "1.17", "30 of 72")), ({"ratio": None, "intervals": 0}, ("", "", ""))],
)
def test_cells_of_the_table(changes, expected):
    assert cells(paired(**changes)) == expected


def test_why_it_is_worse():
    assert worse(ROW, paired(above=70), check(), "300 ms, v7 200 ms") == (
        "latency p99: v8's is more than 1.17 times v7's in 70 of 72 intervals of 5m; median 300 ms, v7 200 ms."
    )


@pytest.mark.parametrize(
    ("hours", "changes", "has", "asked", "advice"),
    [
        (4, {"intervals": 0, "asked": 48, "span": 0}, 0, 48, ": check again when there are more."),
        # One interval in two counts: 40 take 400 minutes.
        (
            4,
            {"intervals": 24, "asked": 48, "span": 48},
            24,
            48,
            ": a window of at least 7h (--window 7h, once it has run that long).",
        ),
        # Each counts: eight more take 40 minutes.
        (4, {"intervals": 32, "asked": 48, "span": 32}, 32, 48, "; at the present rate in 40m."),
    ],
)
def test_what_is_missing_and_what_to_do(hours, changes, has, asked, advice):
    found = few(ROW, paired(**changes), check(start=END - timedelta(hours=hours)))
    assert found.startswith("latency p99: needs 40 intervals of 5m in which a replica of each has ")
    assert found.endswith(f"has {has} of {asked}{advice}")


def test_what_no_window_can_have():
    found = few(ROW, paired(intervals=1, asked=400, span=400), check())
    assert ": more than the longest window has, " in found


def test_the_method_names_what_weighs_most():
    rows = (row(LATENCY, tested=None, paired=paired(inflation=factor)) for factor in (1.2, 2.5))
    text = method(check(row(), *rows))
    assert "intervals worth 2.5 times less" in text
    assert "v8's mean over its replicas is above v7's times the limit, which is 1.1 and" in text
