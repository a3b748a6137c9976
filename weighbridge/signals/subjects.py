"""What there is to watch in a spec: each endpoint and pipeline, the quota that they share, the environment itself.

A subject knows its words (what ``${...}`` in the catalogue stands for), its lists (what `each` goes through) and which
needs of signals its part of the spec meets. Everything that the catalogue can't know is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from weighbridge.conventions import (
    APP_LABEL,
    SERVING_NAMESPACE,
    pipeline_namespace,
)
from weighbridge.infrastructure.allocatable import CPU, GPU, MEMORY, TPU
from weighbridge.rollouts.weights import existing
from weighbridge.serving.server import PER_SECOND, Conventions, Counter, Latency, conventions_of
from weighbridge.signals.quota_words import QuotaLists
from weighbridge.signals.rows import Kind, catalogue
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.pipeline import RUNS_READ_EVERY, Pipeline, Watch
from weighbridge.spec.root import Spec
from weighbridge.spec.thresholds import Thresholds

SHORTEST_STALE = timedelta(minutes=30)
LATENCY_BUDGET = Decimal("0.01")
"""Share of minutes whose p99 may be over the promise: as one request in a hundred may."""

REQUESTED: Mapping[str, tuple[str, str]] = {
    CPU: ("kubernetes_io:container_cpu_request_cores", ""),
    MEMORY: ("kubernetes_io:container_memory_request_bytes", ""),
    GPU: ("kubernetes_io:container_accelerator_request", f', resource_name="{GPU}"'),
    TPU: ("kubernetes_io:container_accelerator_request", f', resource_name="{TPU}"'),
}
"""GKE's metric of what pods ask for, and the matcher that picks the resource."""

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that is watched. `part` is its place in the spec, such as ("endpoints", "ranker")."""

    name: str
    kind: Kind
    part: tuple[str, ...]
    words: Words
    lists: Mapping[str, tuple[Words, ...]] = field(default_factory=dict)
    meets: frozenset[str] = frozenset()
    node_pool: str | None = None
    measure_only: bool = False
    measure_only_until: date | None = None


def subjects(spec: Spec, quota: QuotaLists | None = None) -> tuple[Subject, ...]:
    """Everything that is watched of a checked spec, endpoints first; nothing where it has no endpoint and no pipeline.

    `quota`: the series of the limits it draws on.
    """
    if not spec.endpoints and not spec.pipelines:
        return ()
    drawn = quota if quota is not None else QuotaLists()
    return (
        *(_endpoint(name, endpoint, spec) for name, endpoint in spec.endpoints.items()),
        *(_pipeline(name, pipeline, spec) for name, pipeline in spec.pipelines.items()),
        _quota(spec, drawn),
        _environment(spec),
    )


def _endpoint(name: str, endpoint: Endpoint, spec: Spec) -> Subject:
    conventions = conventions_of(name, endpoint)
    limits = _thresholds(spec, endpoint.thresholds)
    signals = conventions.signals
    app = f'cluster="{spec.environment}", namespace="{SERVING_NAMESPACE}", {APP_LABEL}="{name}"'
    words = {
        **_words(spec, name, "serving", limits),
        **_watch_words(endpoint.watch, limits),
        **_server_words(conventions, app),
        "app": app,
    }
    if endpoint.slo is not None:
        words["availability_budget"] = number(1 - endpoint.slo.availability / 100)
        words["latency_budget"] = number(LATENCY_BUDGET)
        if signals.latency is not None:
            seconds = Decimal(str(endpoint.slo.latency_p99.total_seconds()))
            words["latency_limit"] = number(seconds * PER_SECOND[signals.latency.unit])
    meets = {
        **_watch_meets(endpoint.watch),
        "slo": endpoint.slo is not None,
        "requests": signals.requests is not None,
        "errors": signals.errors is not None,
        "latency": signals.latency is not None,
        "measured": endpoint.watch is not None,
    }
    return Subject(
        name=name,
        kind="serving",
        part=("endpoints", name),
        words=words,
        lists={
            "versions": tuple({"version": each} for each in existing(endpoint)),
            "page_burns": _burns("page"),
            "ticket_burns": _burns("ticket"),
        },
        meets=_met(meets),
        node_pool=endpoint.node_pool,
        measure_only=endpoint.measure_only,
        measure_only_until=endpoint.measure_only_until,
    )


def _pipeline(name: str, pipeline: Pipeline, spec: Spec) -> Subject:
    limits = _thresholds(spec, pipeline.thresholds)
    words = {**_words(spec, name, pipeline.kind, limits), **_watch_words(pipeline.watch, limits)}
    if pipeline.runs_every is not None:
        words["late_seconds"] = number(limits.late_periods * pipeline.runs_every.total_seconds())
    if pipeline.expected_duration is not None:
        words["too_long_seconds"] = number(limits.slow_factor * pipeline.expected_duration.total_seconds())
    meets = {
        **_watch_meets(pipeline.watch),
        "runs": pipeline.runs is not None,
        "runs_every": pipeline.runs_every is not None,
        "expected_duration": pipeline.expected_duration is not None,
        "measured": pipeline.runs is not None or pipeline.watch is not None,
        "guarantees": bool(pipeline.guaranteed),
        "kueue": spec.cluster.kueue,
    }
    guarantees = tuple(_guarantee(*each) for each in pipeline.guaranteed.items())
    return Subject(
        name=name,
        kind=pipeline.kind,
        part=("pipelines", name),
        words=words,
        lists={"guarantees": guarantees},
        meets=_met(meets),
        node_pool=pipeline.node_pool,
        measure_only=pipeline.measure_only,
        measure_only_until=pipeline.measure_only_until,
    )


def _quota(spec: Spec, drawn: QuotaLists) -> Subject:
    return Subject(
        name="project",  # not the environment's alone
        kind="quota",
        part=("monitoring",),
        words=_words(spec, "project", "quota", _thresholds(spec, None)),
        lists={"quota_series": drawn.series, "quota_exceeded": drawn.exceeded},
        meets=_met({"quota": bool(drawn.series)}),
    )


def _environment(spec: Spec) -> Subject:
    heartbeat = spec.monitoring is not None and spec.monitoring.notify.heartbeat is not None
    return Subject(
        name=spec.environment,
        kind="environment",
        part=("monitoring",),
        words=_words(spec, spec.environment, "environment", _thresholds(spec, None)),
        meets=_met({"heartbeat": heartbeat}),
    )


def _thresholds(spec: Spec, own: Thresholds | None) -> Thresholds:
    of_all = spec.monitoring.thresholds if spec.monitoring is not None else Thresholds()
    return of_all.with_own(own)


def _words(spec: Spec, name: str, stage: str, limits: Thresholds) -> dict[str, str]:
    return {
        **{key: _threshold(value) for key, value in limits},
        "name": name,
        "environment": spec.environment,
        "project": spec.cloud.project,
        "region": spec.cloud.region,
        "namespace": pipeline_namespace(name),
        "of": f'cluster="{spec.environment}", pipeline="{name}", stage="{stage}"',
        "stale_seconds": number(_stale(limits, RUNS_READ_EVERY).total_seconds()),
    }


def _watch_words(watch: Watch | None, limits: Thresholds) -> dict[str, str]:
    if watch is None:
        return {}
    words = {
        "least_rows": str(watch.least_rows),
        "stale_seconds": number(_stale(limits, watch.every).total_seconds()),
    }
    if watch.quality is not None:
        words["worse"] = "1" if watch.quality.better == "higher" else "-1"
    return words


def _watch_meets(watch: Watch | None) -> dict[str, bool]:
    quality = watch.quality if watch is not None else None
    return {
        "watch": watch is not None,
        "features": watch is not None and bool(watch.features),
        "labels": watch is not None and bool(watch.labels),
        "predictions": watch is not None and bool(watch.predictions),
        "quality": quality is not None and not quality.proxy,
        "proxy": quality is not None and quality.proxy,
        "reports": quality is not None,
    }


def _stale(limits: Thresholds, every: timedelta) -> timedelta:
    """One more period than a pipeline may be late: a measurement may take a while itself."""
    return max(SHORTEST_STALE, (limits.late_periods + 1) * every)


def _server_words(conventions: Conventions, app: str) -> dict[str, str]:
    """Rates by ``app`` over the window that is the word's argument; p99 in the server's own unit."""
    signals = conventions.signals
    words: dict[str, str] = {}
    if signals.requests is not None:
        words["requests"] = _rate(signals.requests, app)
    if signals.errors is not None:
        words["errors"] = _rate(signals.errors, app)
    if signals.latency is not None:
        words["p99"] = _p99(signals.latency, app)
        words["latency_unit"] = signals.latency.unit
        # A minute without a request has no p99 (NaN): it is left out, else it would count as a good one.
        words["slow"] = "avg_over_time(((${p99} >= 0) > bool ${latency_limit})[${1}])"
    return words


def _rate(counter: Counter, app: str) -> str:
    where = f"{app}, {counter.where}" if counter.where else app
    rate = f"rate({counter.metric}{{{where}}}[${{1}}])"
    if counter.plus is None:
        return f"sum by ({APP_LABEL}) ({rate})"
    # Either counter may not exist before its first event. A label keeps them apart: `or` takes equal ones for one.
    second = f'label_replace(rate({counter.plus}{{{app}}}[${{1}}]), "part", "plus", "{APP_LABEL}", ".*")'
    return f"sum by ({APP_LABEL}) ({rate} or {second})"


def _p99(latency: Latency, app: str) -> str:
    if latency.kind == "summary":
        return f'max by ({APP_LABEL}) ({latency.metric}{{{app}, quantile="0.99"}})'
    return f"histogram_quantile(0.99, sum by ({APP_LABEL}, le) (rate({latency.metric}_bucket{{{app}}}[5m])))"


def _burns(severity: str) -> tuple[Words, ...]:
    return tuple(
        {
            **each.model_dump(include={"long", "looked", "short", "step"}),
            "factor": number(each.factor),
            "entry": each.long,
        }
        for each in catalogue().burn_windows
        if each.severity == severity
    )


def _guarantee(resource: str, amount: Decimal) -> Words:
    metric, only = REQUESTED[resource]
    return {"requested": metric, "only": only, "amount": number(amount), "entry": resource}


def _threshold(value: object) -> str:
    match value:
        case timedelta():
            return number(value.total_seconds())
        case Decimal():  # a percentage
            return number(value / 100)
        case float() | int():
            return number(value)
    raise TypeError(value)


def number(value: Decimal | float) -> str:
    """A number as PromQL reads it, without exponent."""
    return f"{Decimal(str(value)):f}".rstrip("0").rstrip(".") if "." in f"{Decimal(str(value)):f}" else f"{value:.0f}"


def _met(meets: Mapping[str, bool]) -> frozenset[str]:
    return frozenset(name for name, met in meets.items() if met)
