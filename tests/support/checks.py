"""A rollout's check that passes, to be changed in one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from weighbridge.canary_analysis.check import Check, ComparisonRow, Judgement, Tested
from weighbridge.canary_analysis.quantiles import Paired
from weighbridge.canary_analysis.queries import Comparison

END = datetime(2026, 11, 19, 12, tzinfo=UTC)
ERRORS = Comparison("error-ratio", "error ratio", "ratio", "c", "s", "Errors.", judged=True)
LATENCY = Comparison("latency-p99", "latency p99", "s", "c", "s", "Latency.", judged=True, quantile=0.99)
QUEUE = Comparison("queue", "waiting requests", "", "c", "s", "Queue.")

FEW_BAD = Tested(
    bad=10, requests=10_000, stable_bad=90, stable_requests=90_000, needed=8_000, wait=timedelta(0), intervals=60,
    dispersion=1.0, chance=0.4, limit_seconds=None,
)  # fmt: skip
IN_PAIRS = Paired(
    intervals=72, asked=72, span=72, above=30, needed=40, floor=1.17, ratio=1.02, candidate_seconds=0.2,
    stable_seconds=0.19, inflation=1.6, chance=0.9,
)  # fmt: skip


def tested(**changes: Any) -> Tested:
    return replace(FEW_BAD, **changes)


def paired(**changes: Any) -> Paired:
    return replace(IN_PAIRS, **changes)


def row(compared: Comparison = ERRORS, finding: Judgement = Judgement.AS_GOOD, /, **changes: Any) -> ComparisonRow:
    """Both at a tenth of a per cent."""
    return replace(ComparisonRow(compared, 0.001, 0.001, finding, FEW_BAD), **changes)


def check(*rows: ComparisonRow, **changes: Any) -> Check:
    good = Check(
        endpoint="ranker", environment="prod", candidate="v8", stable="v7", weight=Decimal(10),
        bake=timedelta(hours=24), start=END - timedelta(hours=1), end=END, interval=timedelta(minutes=1),
        chance_each=1e-5, rows=rows or (row(),), not_compared=(),
    )  # fmt: skip
    return replace(good, **changes)
