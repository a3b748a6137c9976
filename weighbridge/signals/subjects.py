"""What there is to watch in a spec: each endpoint and pipeline, the quota that they share, the environment itself.

A subject knows its words (what ``${...}`` in the catalogue stands for), its lists (what `for_each` goes through) and
which needs of signals its part of the spec meets. Everything that the catalogue can't know is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from weighbridge.conventions import (
    APP_LABEL,
    SERVING_NAMESPACE,
    pipeline_namespace,
)
from weighbridge.drift_monitor.config import config_of_part, thresholds_of
from weighbridge.infrastructure.allocatable import CPU, GPU, MEMORY, TPU
from weighbridge.rollouts.weights import existing, replicas_least
from weighbridge.serving.endpoint import NODE_START_SECONDS, load_seconds
from weighbridge.serving.outside_queue import waiting
from weighbridge.serving.server import Conventions, Counter, Latency, conventions_of
from weighbridge.signals.expression import sole_selector
from weighbridge.signals.gateway_traffic import ERRORS, GatewayTraffic, gateway_traffic
from weighbridge.signals.monitored import monitored_needs, monitored_words, threshold_words
from weighbridge.signals.quota_words import QuotaLists
from weighbridge.signals.rows import Kind, catalogue
from weighbridge.signals.words import Words, number
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.pipeline import Pipeline, Profile
from weighbridge.spec.root import Spec
from weighbridge.units import in_latency_unit

LATENCY_BUDGET = Decimal("0.01")
"""Share of minutes whose p99 may be over the promise: as one request in a hundred may."""

REQUESTED: Mapping[str, tuple[str, str]] = {
    CPU: ("kubernetes_io:container_cpu_request_cores", ""),
    MEMORY: ("kubernetes_io:container_memory_request_bytes", ""),
    GPU: ("kubernetes_io:container_accelerator_request", f', resource_name="{GPU}"'),
    TPU: ("kubernetes_io:container_accelerator_request", f', resource_name="{TPU}"'),
}
"""GKE's metric of what pods ask for, and the matcher that picks the resource."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An endpoint, a pipeline, the quota or the environment. `part`: where the spec has it: ("endpoints", "ranker")."""

    name: str
    kind: Kind
    part: tuple[str, ...]
    words: Words
    lists: Mapping[str, tuple[Words, ...]] = field(default_factory=dict)
    meets: frozenset[str] = frozenset()
    profile: Profile = "none"
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
    monitor = config_of_part(name, endpoint, spec)
    signals = conventions.signals
    app = f'cluster="{spec.cluster_name}", namespace="{SERVING_NAMESPACE}", {APP_LABEL}="{name}"'
    words = {
        **_words(spec, name),
        **monitored_words(monitor, spec.cluster_name),
        **_server_words(conventions, app),
        "app": app,
    }
    words |= _answer_words(name, words, gateway_traffic(name, endpoint, spec))
    if endpoint.slo is not None:
        words["availability_budget"] = number(1 - endpoint.slo.availability / 100)
        words["latency_budget"] = number(LATENCY_BUDGET)
        if signals.latency is not None:
            words["latency_limit"] = number(in_latency_unit(endpoint.slo.latency_p99, signals.latency.unit))
    meets = {
        "slo": endpoint.slo is not None,
        "answers": "failed" in words,
        "requests": signals.requests is not None,
        "errors": signals.errors is not None,
        "latency": signals.latency is not None,
        "first_token": signals.first_token is not None,
        "between_tokens": signals.between_tokens is not None,
        "cache": signals.cache is not None,
    }
    return Subject(
        name=name,
        kind="serving",
        part=("endpoints", name),
        words=words,
        lists={
            "versions": tuple(
                {"version": version, **_sleep_words(endpoint, version, conventions)} for version in existing(endpoint)
            ),
            "page_burns": _burns("page"),
            "ticket_burns": _burns("ticket"),
        },
        meets=monitored_needs(monitor) | _met(meets),
        profile=endpoint.profile or conventions.server.profile,
        node_pool=endpoint.node_pool,
        measure_only=endpoint.measure_only,
        measure_only_until=endpoint.measure_only_until,
    )


def _sleep_words(endpoint: Endpoint, version: str, conventions: Conventions) -> Words:
    """When it is right that a version has no replica; nothing to add where it always has one.

    `queue_metric` and `queue_where` are the one series that stands for the queue in tests; empty where its query does
    more than add series up.
    """
    queue = endpoint.scale_on.queue if endpoint.scale_on is not None else None
    if queue is None or replicas_least(endpoint, version):
        return {"unless_asleep": "", "sleeping": "0", "queue_metric": "", "queue_where": ""}
    start = NODE_START_SECONDS + load_seconds(endpoint.versions[version], conventions.server)
    only = sole_selector(waiting(queue))
    return {
        "unless_asleep": f"and on () (min_over_time(({waiting(queue)})[{start}s:1m]) > 0)",
        "sleeping": "1",
        "queue_metric": (only.metric or "") if only is not None else "",
        "queue_where": ", ".join(str(match) for match in only.matches) if only is not None else "",
    }


def _pipeline(name: str, pipeline: Pipeline, spec: Spec) -> Subject:
    monitor = config_of_part(name, pipeline, spec)
    meets = {"guarantees": bool(pipeline.guaranteed), "kueue": bool(spec.cluster.kueue)}
    guarantees = tuple(_guarantee(resource, amount) for resource, amount in pipeline.guaranteed.items())
    return Subject(
        name=name,
        kind=pipeline.kind,
        part=("pipelines", name),
        words={**_words(spec, name), **monitored_words(monitor, spec.cluster_name)},
        lists={"guarantees": guarantees},
        meets=monitored_needs(monitor) | _met(meets),
        profile=pipeline.profile,
        node_pool=pipeline.node_pool,
        measure_only=pipeline.measure_only,
        measure_only_until=pipeline.measure_only_until,
    )


def _quota(spec: Spec, drawn: QuotaLists) -> Subject:
    return Subject(
        name="project",  # not the environment's alone
        kind="quota",
        part=("monitoring",),
        words={**_words(spec, "project"), **threshold_words(thresholds_of(spec))},
        lists={"quota_series": drawn.series, "quota_exceeded": drawn.exceeded},
        meets=_met({"quota": bool(drawn.series)}),
    )


def _environment(spec: Spec) -> Subject:
    heartbeat = spec.monitoring is not None and spec.monitoring.notify.heartbeat is not None
    return Subject(
        name=spec.environment,
        kind="environment",
        part=("monitoring",),
        words={**_words(spec, spec.environment), **threshold_words(thresholds_of(spec))},
        meets=_met({"heartbeat": heartbeat}),
    )


def _words(spec: Spec, name: str) -> dict[str, str]:
    return {
        "name": name,
        "cluster": spec.cluster_name,
        "project": spec.cloud.project,
        "region": spec.cloud.region,
        "namespace": pipeline_namespace(name),
    }


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
    if signals.first_token is not None:
        words["first_token_p95"] = _quantile("0.95", signals.first_token.metric, app, "10m")
    if signals.between_tokens is not None:
        between = signals.between_tokens.metric
        count, total = (f"sum by ({APP_LABEL}) (rate({between}_{part}{{{app}}}[10m]))" for part in ("count", "sum"))
        words["token_rate"] = f"({count} / on ({APP_LABEL}) ({total} > 0))"
    if signals.cache is not None:
        words["cache"] = f"max by ({APP_LABEL}) ({signals.cache.metric}{{{app}}})"
    return words


def _answer_words(name: str, server: Words, gateway: GatewayTraffic | None) -> dict[str, str]:
    """`asked`: requests per second, and `failed`: the part of them that failed, as the gateway or the servers saw more.

    The gateway's count has what it answers by itself, while no server is there; the servers' has what pods of the
    cluster ask past it. A label keeps the two apart: `or` takes equal ones for one.
    """
    words = {
        "by_gateway": "0",
        "gateway_metric": "",
        "gateway_resource": "",
        "gateway_network": "",
        "gateway_backend": "",
    }
    asked, failed = [], []
    if "requests" in server and "errors" in server:
        asked.append("${requests:${1}}")
        failed.append(f"(${{errors:${{1}}}} / on ({APP_LABEL}) ${{requests:${{1}}}})")
    if gateway is not None:
        metric, where = gateway.counted.promql, gateway.where
        every = f"sum by (monitored_resource) (rate({metric}{{{where}}}[${{1}}]))"
        bad = f'sum by (monitored_resource) (rate({metric}{{{where}, response_code_class="{ERRORS}"}}[${{1}}]))'
        asked.append(f'label_replace({every}, "{APP_LABEL}", "{name}", "", "")')
        failed.append(f'label_replace({bad} / {every}, "{APP_LABEL}", "{name}", "", "")')
        words |= {
            "by_gateway": "1",
            "gateway_metric": metric,
            "gateway_resource": gateway.counted.resource,
            "gateway_network": gateway.network or "",
            "gateway_backend": gateway.example,
        }
    if asked:
        words["asked"] = _most(asked)
        words["failed"] = _most(failed)
    return words


def _most(counts: list[str]) -> str:
    return counts[0] if len(counts) == 1 else f"max by ({APP_LABEL}) ({' or '.join(counts)})"


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
    return _quantile("0.99", latency.metric, app, "5m")


def _quantile(quantile: str, histogram: str, app: str, window: str) -> str:
    return f"histogram_quantile({quantile}, sum by ({APP_LABEL}, le) (rate({histogram}_bucket{{{app}}}[{window}])))"


def _burns(severity: str) -> tuple[Words, ...]:
    return tuple(
        {
            **window.model_dump(include={"long", "looked", "short", "step"}),
            "factor": number(window.factor),
            "entry": window.long,
        }
        for window in catalogue().burn_windows
        if window.severity == severity
    )


def _guarantee(resource: str, amount: Decimal) -> Words:
    metric, only = REQUESTED[resource]
    return {"requested": metric, "only": only, "amount": number(amount), "entry": resource}


def _met(meets: Mapping[str, bool]) -> frozenset[str]:
    return frozenset(name for name, met in meets.items() if met)
