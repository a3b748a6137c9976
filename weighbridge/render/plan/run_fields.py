"""What trainings and data pipelines take, and their month, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TypeAlias

from weighbridge.planner.overlap import Overlap, PoolOverlap
from weighbridge.planner.past_runs import PastRun
from weighbridge.planner.run_plan import RunOption, RunPlan, compared

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def run_fields(plan: RunPlan) -> Json:
    """Times in seconds, money in US dollars a run; `middle` is null where only a range is honest."""
    past, failures = plan.past, plan.failures
    return {
        "past": None
        if past is None or failures is None
        else {
            "succeeded": len(past.of("succeeded")),
            "failed": failures.failed,
            "running": len(past.of("running")),
            "failed_share": failures.share,
            "failed_s": list(failures.seconds),
            "notes": list(past.notes),
        },
        "nearest": [_past_run(run) for run in plan.nearest],
        "chosen": None if plan.chosen is None else plan.options.index(plan.chosen),
        "cheapest": None if plan.cheapest is None else plan.options.index(plan.cheapest),
        "options": [_option(plan, option) for option in plan.options],
    }


def _past_run(run: PastRun) -> Json:
    return {"run": run.name, "seconds": run.seconds, "work": run.work, "devices": run.units}


def _option(plan: RunPlan, option: RunOption) -> Json:
    site, time, against = option.occupied, option.time, compared(plan, option)
    return {
        "hardware": site.words,
        "counted": site.counted or None,
        "unit": site.pool.unit,
        "region": site.pool.region or None,
        "quota": site.pool.quota,
        "units": site.units,
        "machine_type": site.machine_type or None,
        "nodes": site.nodes or None,
        "seconds": None if time is None else {"middle": time.middle, "low": time.low, "high": time.high},
        "origin": None if time is None else time.origin,
        "basis": None if time is None else time.words,
        "usd": None if option.usd is None else dict(asdict(option.usd)),
        "usd_per_hour": site.usd_per_hour,
        "price_as_of": None if site.price is None else site.price.as_of.isoformat(),
        "against_first": None if against is None else dict(asdict(against)),
        "excluded": option.excluded or None,
        "notes": [*(time.notes if time is not None else ()), *option.notes],
    }


def overlap_fields(overlap: Overlap) -> Json:
    """The month, with its calendar: for each day, 24 numbers of the usual month and of one of twenty."""
    return {
        "first_day": overlap.first.isoformat(),
        "month_named": overlap.named,
        "simulated_months": overlap.months,
        "notes": list(overlap.notes),
        "pools": [_pool(pool) for pool in overlap.pools],
    }


def _pool(pool: PoolOverlap) -> Json:
    day, hour = pool.busiest
    return {
        "unit": pool.pool.unit,
        "region": pool.pool.region or None,
        "quota": pool.pool.quota,
        "mean": pool.mean,
        "usual_peak": pool.usual,
        "high_peak": pool.high,
        "highest_peak": pool.most,
        "sum_of_peaks": pool.sum_of_peaks,
        "for_serving": pool.standing,
        "experiments": pool.experiments,
        "experiments_capped": pool.capped,
        "units_to_ask_for": pool.quota,
        "busiest": {"day": day.isoformat(), "hour": hour},
        "runs": [dict(asdict(run)) for run in pool.runs],
        "calendar": [
            {"day": line.day.isoformat(), "usual": list(line.usual), "high": list(line.high)} for line in pool.calendar
        ],
    }
