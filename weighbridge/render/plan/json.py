"""What each workload needs, for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TypeAlias

from weighbridge.planner.plan import PlanResult
from weighbridge.planner.serving import Range, ServingOption, WorkloadPlan
from weighbridge.render.plan.hardware_json import hardware_json
from weighbridge.render.plan.run_fields import overlap_fields, run_fields

_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"


def render(result: PlanResult) -> str:
    """``schema_version`` 1.1: times in seconds; of `low` and `high`, null is an end that doesn't meet the objective."""
    content: dict[str, _Json] = {
        "schema_version": "1.1",
        "workloads": {plan.name: _workload(plan) for plan in result.plans},
        "runs": {plan.name: run_fields(plan) for plan in result.runs},
        "overlap": None if result.overlap is None else overlap_fields(result.overlap),
        "hardware": None if result.hardware is None else hardware_json(result.hardware),
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _workload(plan: WorkloadPlan) -> _Json:
    seen = plan.requests.forecast
    return {
        "demand": {
            "requests_per_s": plan.requests.rate,
            "requests": seen.requests if seen else None,
            "span_s": seen.span if seen else None,
            "requests_per_s_low": seen.low if seen else None,
            "requests_per_s_high": seen.high if seen else None,
            "requests_a_minute_99": seen.busy_minute if seen else None,
            "peaks": {f"{window}s": peak for window, peak in seen.peaks} if seen else {},
            "notes": list(plan.requests.notes),
        },
        "best": [plan.options.index(option) for option in plan.best],
        "options": [_option(option) for option in plan.options],
    }


def _option(option: ServingOption) -> _Json:
    return {
        "accelerator": option.accelerator or None,
        "devices_per_replica": option.devices,
        "origin": option.origin,
        "basis": option.basis,
        "excluded": option.excluded or None,
        "requests_at_once": option.slots,
        "limited_by": option.slots_limited_by or None,
        "first_token_s": _range(option.first_token),
        "wait_s": _range(option.wait),
        "curve": [
            {
                "requests_at_once": point.concurrency,
                "per_token_s": _range(point.per_token),
                "tokens_per_s": _range(point.tokens_per_s),
            }
            for point in option.curve
        ],
        "replicas": _range(option.replicas),
        "replicas_with_failures": option.with_failures,
        "devices": option.total_devices,
        "autoscaling": asdict(option.autoscaling) if option.autoscaling else None,
    }


def _range(value: Range | None) -> _Json:
    return asdict(value) if value else None
