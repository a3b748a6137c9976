"""What chosen hardware can take beside what is asked of it: the points of a plan's pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from weighbridge.planner.choice.candidates import Candidate
from weighbridge.planner.choice.choose import HardwareChoice, Pick, monthly
from weighbridge.planner.forecast import span_text
from weighbridge.planner.serving import ServingOption, WorkloadPlan

POINTS = 120
"""Of a curve over time: as many as a picture of a page's width shows."""

LEAST_WINDOW = 10.0
"""Seconds: what is shorter is absorbed by queues."""

HOURS = 24


@dataclass(frozen=True, slots=True)
class DemandCurve:
    """Requests a second over time, with what the replicas do, and what the quota allows of the same machines."""

    times: tuple[float, ...]  # in `unit`
    rates: tuple[float, ...]
    unit: str  # minutes or hours
    what: str  # in words
    capacity: float | None  # None: nobody knows what one replica takes
    most_capacity: float | None  # of the most nodes that the autoscaler may run
    quota_capacity: float | None  # of as many as the quota allows; None: no quota bounds it


@dataclass(frozen=True, slots=True)
class CostPoint:
    """One way to serve a workload."""

    candidate: Candidate
    first_token: float  # seconds that the objective's share of requests stays under, waiting included
    usd_per_month: float
    chosen: bool


def demand_curve(plan: WorkloadPlan, choice: HardwareChoice, candidate: Candidate | None) -> DemandCurve:
    """Of the trace, with its growth; of a rate, its hours."""
    times, rates, unit, what = _demand(plan)
    capacity = most = quota = None
    option = candidate.option if candidate is not None else next(iter(plan.best), None)
    rate = _rate_of(plan, option) if option is not None else None
    if option is not None and option.replicas is not None and rate is not None:
        capacity = option.replicas.middle * rate
        if candidate is not None:
            most = max(candidate.replicas[1], candidate.most * candidate.node.replicas) * rate
            nodes = choice.nodes_by_quota(candidate)
            quota = None if nodes is None else nodes * candidate.node.replicas * rate
    return DemandCurve(times, rates, unit, what, capacity, most, quota)


def cost_points(pick: Pick) -> tuple[CostPoint, ...]:
    """Every way with a price and a latency; of ways that are as fast, the cheapest on each kind of machine."""
    found: dict[tuple[str, int, str], CostPoint] = {}
    for candidate in pick.options:
        option, usd = candidate.option, candidate.usd_per_hour
        if option.first_token is None or usd is None:
            continue
        wait = option.wait.middle if option.wait is not None else 0.0
        chosen = candidate is pick.candidate
        point = CostPoint(candidate, option.first_token.middle + wait, float(monthly(usd)), chosen)
        way = candidate.bought[0].provisioning.value
        if chosen or (option.accelerator, option.devices, way) not in found:
            found[option.accelerator, option.devices, way] = point
    return tuple(found.values())


def _demand(plan: WorkloadPlan) -> tuple[tuple[float, ...], tuple[float, ...], str, str]:
    requests, demand = plan.requests, plan.workload.demand
    if requests.is_trace:
        arrivals = requests.arrivals - requests.arrivals[0]
        span = float(arrivals[-1]) or 1.0
        window = max(LEAST_WINDOW, span / POINTS)
        counts = np.bincount((arrivals // window).astype(np.int64))
        per_unit, unit = (3600.0, "hours") if span > 2 * 3600 else (60.0, "minutes")
        times = tuple(float(index * window / per_unit) for index in range(counts.size))
        rates = tuple(float(count) / window for count in counts)
        return times, rates, unit, f"requests of the trace, in steps of {span_text(window)}"
    if demand.daily is not None:
        top = max(demand.daily)
        rates = tuple(requests.rate * share / top for share in demand.daily)
        return tuple(float(hour) for hour in range(HOURS)), rates, "hours", "the stated hours of the busiest day"
    return (0.0, float(HOURS)), (requests.rate, requests.rate), "hours", "the stated rate at its busiest"


def _rate_of(plan: WorkloadPlan, option: ServingOption) -> float | None:
    """Requests a second that one replica takes without falling behind."""
    requests, service = plan.requests, plan.workload.service_time
    if service is not None:
        seconds = service.base.total_seconds()
        for per_token, tokens in (
            (service.per_input_token, requests.inputs), (service.per_output_token, requests.outputs),
        ):  # fmt: skip
            if per_token is not None and tokens is not None:
                seconds += per_token.total_seconds() * float(tokens.mean())
        return 1 / seconds
    point = next((point for point in option.curve if point.concurrency == option.slots), None)
    if point is None or requests.outputs is None:
        return None
    return point.tokens_per_s.middle / float(requests.outputs.mean())
