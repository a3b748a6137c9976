"""A check for programs: every key, and null where nothing was tested."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.support.checks import LATENCY, QUEUE, check, paired, row, tested
from weighbridge.canary_analysis.check import Judgement
from weighbridge.render.rollout_check.json import render

SHOWN = row(QUEUE, Judgement.SHOWN, tested=None, candidate=None, stable=3.0)


def test_the_whole_report():
    report = json.loads(render(check(row(), SHOWN, not_compared=("prediction drift: no",))))
    assert report == {
        "schema_version": "1.0",
        "verdict": "pass",
        "endpoint": "ranker",
        "environment": "prod",
        "candidate": "v8",
        "stable": "v7",
        "weight_percent": 10.0,
        "start": "2026-11-19T11:00:00Z",
        "end": "2026-11-19T12:00:00Z",
        "chance_each": 1e-5,
        "comparisons": [
            {
                "id": "error-ratio",
                "title": "error ratio",
                "unit": "ratio",
                "finding": "as good",
                "candidate": 0.001,
                "stable": 0.001,
                "tested": {
                    "bad": 10,
                    "requests": 10_000,
                    "stable_bad": 90,
                    "stable_requests": 90_000,
                    "needed": 8_000,
                    "wait_seconds": 0,
                    "dispersion": 1.0,
                    "chance": 0.4,
                    "limit_seconds": None,
                },
                "paired": None,
            },
            {
                "id": "queue",
                "title": "waiting requests",
                "unit": "",
                "finding": "not judged",
                "candidate": None,
                "stable": 3.0,
                "tested": None,
                "paired": None,
            },
        ],
        "not_compared": ["prediction drift: no"],
    }


@pytest.mark.parametrize(("wait", "seconds"), [(None, None), (timedelta(minutes=5, milliseconds=600), 301)])
def test_a_wait_is_in_whole_seconds_and_null_where_no_request_came(wait, seconds):
    (comparison,) = json.loads(render(check(row(tested=tested(wait=wait)))))["comparisons"]
    assert comparison["tested"]["wait_seconds"] == seconds


def test_quantiles_are_compared_in_pairs():
    (comparison,) = json.loads(render(check(row(LATENCY, tested=None, paired=paired()))))["comparisons"]
    assert comparison["tested"] is None
    assert comparison["paired"] == {
        "intervals": 72,
        "interval_seconds": 300,
        "above": 30,
        "needed": 40,
        "floor": 1.17,
        "ratio": 1.02,
        "inflation": 1.6,
        "chance": 0.9,
    }
