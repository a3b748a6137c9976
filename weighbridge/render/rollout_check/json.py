"""A rollout's check for programs."""

from __future__ import annotations

import json

from weighbridge.canary_analysis.check import Check, ComparisonRow
from weighbridge.canary_analysis.quantiles import INTERVAL
from weighbridge.units import format_timestamp


def render(check: Check) -> str:
    """``schema_version`` 1.0; keys are only ever added.

    `verdict`: ``pass``, ``fail`` or ``not enough data``. Of each comparison: `finding` (``worse``, ``as good``,
    ``not enough data`` or ``not judged``), `candidate` and `stable` in `unit` (``ratio``, ``s`` or none), and in
    `tested` (null where nothing was) what it rests on: counts, `limit_seconds` (of latency: slower requests are the
    bad ones), `needed` requests of the candidate, `wait_seconds` until it has them (null: it has none at all); and in
    `paired` the same of a server's quantiles: of `intervals` in which both have enough requests, how many are `above`
    `floor`, a ratio; how many are `needed`.
    """
    content = {
        "schema_version": "1.0",
        "verdict": str(check.verdict),
        "endpoint": check.endpoint,
        "environment": check.environment,
        "candidate": check.candidate,
        "stable": check.stable,
        "weight_percent": float(check.weight),
        "start": format_timestamp(check.start),
        "end": format_timestamp(check.end),
        "chance_each": check.chance_each,
        "comparisons": [_row(row) for row in check.rows],
        "not_compared": list(check.not_compared),
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _row(row: ComparisonRow) -> dict[str, object]:
    tested, paired = row.tested, row.paired
    return {
        "id": row.comparison.id,
        "title": row.comparison.title,
        "unit": row.comparison.unit,
        "finding": str(row.finding),
        "candidate": row.candidate,
        "stable": row.stable,
        "tested": None
        if tested is None
        else {
            "bad": tested.bad,
            "requests": tested.requests,
            "stable_bad": tested.stable_bad,
            "stable_requests": tested.stable_requests,
            "needed": tested.needed,
            "wait_seconds": round(tested.wait.total_seconds()) if tested.wait is not None else None,
            "dispersion": tested.dispersion,
            "chance": tested.chance,
            "limit_seconds": tested.limit_seconds,
        },
        "paired": None
        if paired is None
        else {
            "intervals": paired.intervals,
            "interval_seconds": INTERVAL.total_seconds(),
            "above": paired.above,
            "needed": paired.needed,
            "floor": paired.floor,
            "ratio": paired.ratio,
            "inflation": paired.inflation,
            "chance": paired.chance,
        },
    }
