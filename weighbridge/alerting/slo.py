"""What an endpoint promises, as service level objectives of Cloud Monitoring.

Burn rates are alerted on in PromQL (`signals/catalogue.yaml`); these show the budget in the console. Metrics of Managed
Prometheus are named ``prometheus.googleapis.com/<name>/<kind>`` there; the kind of a summary's quantiles is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.conventions import APP_LABEL, SERVING_NAMESPACE
from weighbridge.serving.server import Counter, Latency, conventions_of
from weighbridge.signals.gateway_traffic import ERRORS, GatewayTraffic, gateway_traffic
from weighbridge.signals.subjects import LATENCY_BUDGET
from weighbridge.spec.endpoint import Endpoint, Slo
from weighbridge.spec.root import Spec
from weighbridge.units import format_latency, in_latency_unit

PERIOD_DAYS = 30
"""What the burn windows are reckoned for."""

WINDOW_SECONDS = 300
MOST_GOAL = Decimal("0.9999")
"""Source: the description of ServiceLevelObjective.goal in Google's discovery document; Pulumi's text says 0.999."""

_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


@dataclass(frozen=True, slots=True)
class GoodAndTotal:
    """A share of requests: of good, bad and total requests two are given, as filters."""

    good: str | None
    bad: str | None
    total: str | None


@dataclass(frozen=True, slots=True)
class BelowInWindows:
    """A share of windows in which the mean of a gauge stays below `most`."""

    series: str
    most: float


@dataclass(frozen=True, slots=True)
class BelowCut:
    """A share of requests whose latency stays below `most`, from a distribution."""

    series: str
    most: float


@dataclass(frozen=True, slots=True)
class SloPlan:
    """One objective of an endpoint; `name` is "availability" or "latency"."""

    name: str
    display_name: str
    goal: float
    sli: GoodAndTotal | BelowInWindows | BelowCut


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """An endpoint as a service of Cloud Monitoring, with its objectives."""

    name: str
    service_id: str
    display_name: str
    project: str
    labels: dict[str, str]
    objectives: tuple[SloPlan, ...]


def plan_slos(spec: Spec) -> tuple[ServicePlan, ...]:
    """The services of a checked spec: endpoints that promise something their server can show."""
    plans = (_service(name, endpoint, spec) for name, endpoint in spec.endpoints.items() if endpoint.slo is not None)
    return tuple(plan for plan in plans if plan.objectives)


def _service(name: str, endpoint: Endpoint, spec: Spec) -> ServicePlan:
    return ServicePlan(
        name=name,
        service_id=f"{spec.environment}-{name}",
        display_name=f"{name} ({spec.environment})",
        project=spec.cloud.project,
        labels={"environment": spec.environment, "managed-by": "weighbridge"},
        objectives=tuple(_objectives(name, endpoint, spec)),
    )


def _objectives(name: str, endpoint: Endpoint, spec: Spec) -> Iterator[SloPlan]:
    slo, signals = endpoint.slo, conventions_of(name, endpoint).signals
    if slo is None:
        return
    where = _where(name, spec)
    gateway = gateway_traffic(name, endpoint, spec)
    answered: GoodAndTotal | None = None
    if gateway is not None:
        answered = _answered(gateway)
    elif signals.requests is not None and signals.errors is not None:
        answered = _availability(signals.requests, signals.errors, where)
    if answered is not None:
        goal = float(min(slo.availability / 100, MOST_GOAL))
        yield SloPlan("availability", f"{slo.availability}% of requests succeed", goal, answered)
    if signals.latency is not None:
        yield SloPlan("latency", _promise(slo), float(1 - LATENCY_BUDGET), _latency(signals.latency, slo, where))


def _where(name: str, spec: Spec) -> str:
    parts = {
        "resource.type": "prometheus_target",
        "resource.labels.cluster": spec.cluster_name,
        "resource.labels.namespace": SERVING_NAMESPACE,
        f"metric.labels.{APP_LABEL}": name,
    }
    return " AND ".join(f'{key}="{value}"' for key, value in parts.items())


def _promise(slo: Slo) -> str:
    return f"p99 below {format_latency(slo.latency_p99)}"


def _answered(gateway: GatewayTraffic) -> GoodAndTotal:
    """By the load balancer's count, which has what it answers itself; a server that is gone counts nothing."""
    own = f'resource.labels.network_name="{gateway.network}" AND ' if gateway.network is not None else ""
    every = (
        f'metric.type="{gateway.counted.metric}" AND resource.type="{gateway.counted.resource}" AND {own}'
        f'resource.labels.backend_target_name=monitoring.regex.full_match("{gateway.pattern}")'
    )
    return GoodAndTotal(None, f'{every} AND metric.labels.response_code_class="{ERRORS}"', every)


def _availability(requests: Counter, errors: Counter, where: str) -> GoodAndTotal:
    bad = _series(errors.metric, "counter", where, errors.where)
    if requests.plus == errors.metric and not errors.where:  # good and bad are counted apart
        return GoodAndTotal(_series(requests.metric, "counter", where), bad, None)
    return GoodAndTotal(None, bad, _series(requests.metric, "counter", where, requests.where))


def _latency(latency: Latency, slo: Slo, where: str) -> BelowInWindows | BelowCut:
    most = float(in_latency_unit(slo.latency_p99, latency.unit))
    if latency.kind == "summary":
        return BelowInWindows(_series(latency.metric, "summary", where, 'quantile="0.99"'), most)
    return BelowCut(_series(latency.metric, "histogram", where), most)


def _series(metric: str, kind: str, where: str, matcher: str = "") -> str:
    text = f'metric.type="prometheus.googleapis.com/{metric}/{kind}" AND {where}'
    found = _MATCHER.fullmatch(matcher) if matcher else None
    if found is None:
        return text
    label, operator, value = f"metric.labels.{found[1]}", found[2], found[3]
    match operator:
        case "=":
            return f'{text} AND {label}="{value}"'
        case "!=":
            return f'{text} AND NOT {label}="{value}"'
        case "=~":
            return f'{text} AND {label}=monitoring.regex.full_match("{value}")'
    return f'{text} AND NOT {label}=monitoring.regex.full_match("{value}")'
