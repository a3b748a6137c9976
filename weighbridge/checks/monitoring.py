"""What is wrong with who is told of what, beyond the types of the keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from weighbridge.alerting.alerts import plan_alerts
from weighbridge.catalog import Catalog
from weighbridge.conventions import (
    METRICS_ADAPTER_NAMESPACE,
    MONITORS_NAMESPACE,
    SERVING_NAMESPACE,
    label_value,
    pipeline_namespace,
)
from weighbridge.drift_monitor.engine import SPARK
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.infrastructure.allocatable import GPU, TPU, per_node
from weighbridge.signals.rows import catalogue
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.monitoring import Monitoring, SignalExemption
from weighbridge.spec.otlp import OtlpCollector
from weighbridge.spec.pipeline import Pipeline
from weighbridge.spec.root import Spec
from weighbridge.spec.thresholds import Thresholds
from weighbridge.spelling import did_you_mean
from weighbridge.units import format_duration, percent

SHORTEST_CLOSE, LONGEST_CLOSE = timedelta(minutes=30), timedelta(days=7)
LONGEST_WAIT = timedelta(days=1)
"""Cloud Monitoring's most for the time a condition has to hold."""

MOST_POLICIES = 2000
"""Alert policies of a metrics scope. Confidence: reported."""

LEAST, MOST = Decimal(0), Decimal(100)
_SHARES = ("drifted_share", "missing", "invalid", "quality_drop", "cache_use", "quota_use", "quota_growth")
_WAITS = ("queued", "above_guarantee")
_OF_THE_PROTOCOL = frozenset({"connection", "host", "te", "transfer-encoding", "user-agent"})


def check_monitoring(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with it."""
    yield from _advisory(spec)
    yield from _watched(spec)
    yield from _monitor_pool(spec, catalog)
    if spec.monitoring is not None:
        yield from _monitoring(spec.monitoring, spec)


def _watched(spec: Spec) -> Iterator[Problem]:
    watched: Mapping[str, Mapping[str, Endpoint | Pipeline]] = {
        "endpoints": spec.endpoints,
        "pipelines": spec.pipelines,
    }
    for part, workloads in watched.items():
        for name, workload in workloads.items():
            yield from _measure_only(workload, (part, name))
            if part == "pipelines" and workload.watch is not None and workload.watch.model_since is not None:
                message = "no signal of a pipeline reads this: give it to the endpoint that serves the model"
                yield Problem((part, name, "watch", "model_since"), message)
            if spec.monitoring is None or spec.monitoring.monitor_image is None:
                yield from _tables_without_spark(workload, (part, name))
            if workload.thresholds is not None:
                yield from _thresholds(workload.thresholds, (part, name, "thresholds"))
    for name in sorted(set(spec.endpoints) & set(spec.pipelines)):
        message = "an endpoint has this name too, so its alerts and runbook couldn't be told apart: choose another"
        yield Problem(("pipelines", name), message, on_key=True)


def too_many_alerts(spec: Spec) -> Iterator[Problem]:
    """The problem of a spec, good otherwise, that makes more alert policies than Cloud Monitoring takes."""
    most = max(sum(1 for _ in catalogue().of(kind)) for kind in catalogue().cells)
    if (len(spec.endpoints) + len(spec.pipelines)) * most <= MOST_POLICIES:
        return  # even if every one had every signal
    count = len(plan_alerts(spec, watched(subjects(spec))))
    if count > MOST_POLICIES:
        message = (
            f"its signals make {count:,} alert policies, and Cloud Monitoring takes {MOST_POLICIES:,} of a project"
        )
        yield Problem(("pipelines",), f"{message}: move some to another project", on_key=True)


def _monitor_pool(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """Drift monitors need a pool whose accelerators nobody pays for in vain."""
    known = {key: pool for key, pool in spec.node_pools.items() if pool.machine_type in catalog.machine_types}
    if len(known) < len(spec.node_pools) or any(
        not {GPU, TPU} & set(per_node(pool, catalog)) for pool in known.values()
    ):
        return
    for part in ("endpoints", "pipelines"):
        for name, workload in getattr(spec, part).items():
            for key in ("watch", "runs"):
                if getattr(workload, key, None) is not None:
                    message = (
                        "its drift monitor needs a node pool without accelerators, and there is none: add one, such as"
                    )
                    do = "`system: {machine_type: e2-standard-4, nodes: {min: 1, max: 2}}`"
                    yield Problem((part, name, key), f"{message} {do}", on_key=True)


def _tables_without_spark(workload: Endpoint | Pipeline, path: KeyPath) -> Iterator[Problem]:
    """Tables that the project's own image of the monitor cannot read."""
    for key in ("baseline", "window") if workload.watch is not None else ():
        table = getattr(workload.watch, key)
        if table.startswith(SPARK):
            message = (
                f"{table} needs Spark, which the monitor's image leaves out: name an image of your own with "
                "weighbridge[monitor,spark] and SPARK_REMOTE in `monitoring.monitor_image`"
            )
            yield Problem((*path, "watch", key), message)


def _monitoring(monitoring: Monitoring, spec: Spec) -> Iterator[Problem]:
    names = (*spec.endpoints, *spec.pipelines)
    yield from _thresholds(monitoring.thresholds, ("monitoring", "thresholds"))
    if not SHORTEST_CLOSE <= monitoring.auto_close <= LONGEST_CLOSE:
        message = f"expected a time span from 30m to 7d, got {format_duration(monitoring.auto_close)}"
        yield Problem(("monitoring", "auto_close"), message)
    for index, exemption in enumerate(monitoring.exempt):
        yield from _known(exemption.of, names, ("monitoring", "exempt", index, "of"))
        yield from _cell(exemption, spec, ("monitoring", "exempt", index, "cell"))
    if monitoring.otlp is not None:
        yield from _collector(monitoring.otlp, spec)
    taken: set[str] = set()
    for index, snooze in enumerate(monitoring.snoozes):
        path: KeyPath = ("monitoring", "snoozes", index)
        for entry, name in enumerate(snooze.of):
            yield from _known(name, names, (*path, "of", entry))
        snooze_name = label_value(snooze.what)
        if snooze_name in taken:
            message = (
                "another snooze has this name, so they couldn't be told apart: say what is special, such as the day"
            )
            yield Problem((*path, "what"), message)
        taken.add(snooze_name)
        if snooze.end <= snooze.start:
            yield Problem((*path, "end"), "a snooze ends after it has begun: expected a later time than `start`")


def _collector(otlp: OtlpCollector, spec: Spec) -> Iterator[Problem]:
    path: KeyPath = ("monitoring", "otlp")
    if otlp.namespace is None and not otlp.encrypted:
        message = (
            "plain http may be read on its way: expected https, or a service of the cluster, "
            "http://NAME.NAMESPACE.svc:PORT"
        )
        yield Problem((*path, "endpoint"), message)
    own = {SERVING_NAMESPACE, MONITORS_NAMESPACE, METRICS_ADAPTER_NAMESPACE, *map(pipeline_namespace, spec.pipelines)}
    if otlp.namespace in own and spec.cluster.security.network_policies:
        message = (
            f"the namespace {otlp.namespace} is the platform's own, and its network policies let no collector be "
            "reached there: run it in another"
        )
        yield Problem((*path, "endpoint"), message)
    if otlp.encrypted and spec.cluster.security.network_policies and not otlp.may_be_reached:
        open_ = "the ranges in `reaches`" if otlp.reaches else "public addresses"
        message = (
            f"network policies let monitors reach {open_} alone, and {otlp.host} is not among them: add "
            f"{otlp.host}/32 to `reaches`"
        )
        yield Problem((*path, "endpoint"), message)
    for name in otlp.headers:
        if name in _OF_THE_PROTOCOL or name.startswith(("grpc-", "content-")) or name.endswith("-bin"):
            message = "the protocol sets this header itself, or takes no text in it: leave it out"
            yield Problem((*path, "headers", name), message, on_key=True)
    if otlp.headers and not otlp.encrypted:
        message = "headers are secrets, and plain http may be read on its way: use https, or leave them out"
        yield Problem((*path, "headers"), message, on_key=True)
    if otlp.reaches and otlp.namespace is not None:
        message = "ranges belong to a collector outside the cluster, and this one is its service: leave them out"
        yield Problem((*path, "reaches"), message, on_key=True)


def _advisory(spec: Spec) -> Iterator[Problem]:
    for index, policy in enumerate(spec.advisory):
        if spec.production:
            message = f"on production every policy blocks: take {policy} out"
            yield Problem(("advisory", index), message)
        elif policy in spec.advisory[:index]:
            yield Problem(("advisory", index), f"{policy} is given twice: remove one")


def _measure_only(workload: Endpoint | Pipeline, path: KeyPath) -> Iterator[Problem]:
    if workload.measure_only and workload.measure_only_until is None:
        message = "until when? Add `measure_only_until` with the day from which its alerts tell somebody"
        yield Problem((*path, "measure_only"), message)
    if workload.measure_only_until is not None and not workload.measure_only:
        message = "this belongs to `measure_only: true`: add it, or take this out"
        yield Problem((*path, "measure_only_until"), message)


def _thresholds(given: Thresholds, path: KeyPath) -> Iterator[Problem]:
    for name in _SHARES:
        share = getattr(given, name)
        if not LEAST < share < MOST:
            message = f"expected a percentage above 0% and below 100%, got {percent(share)}"
            yield Problem((*path, name), message)
    if given.proxy_shift == 0:
        yield Problem((*path, "proxy_shift"), "expected a percentage above 0%, got 0%")
    for name in _WAITS:
        wait = getattr(given, name)
        if wait > LONGEST_WAIT or wait % timedelta(minutes=1):
            message = f"expected whole minutes, 24h at most, got {format_duration(wait)}"
            yield Problem((*path, name), message)
    shortest, longest = timedelta(hours=1), timedelta(days=7)
    if not shortest <= given.quota_exhaustion <= longest:
        message = f"expected a time span from 1h to 7d, got {format_duration(given.quota_exhaustion)}"
        yield Problem((*path, "quota_exhaustion"), message)


def _cell(exemption: SignalExemption, spec: Spec, path: KeyPath) -> Iterator[Problem]:
    of = next((subject for subject in subjects(spec) if subject.name == exemption.of), None)
    if of is None:
        return
    required = [f"{of.kind}/{name}" for name in catalogue().cells_of(of.kind, of.profile)]
    if exemption.cell not in required and f"{of.kind}/{exemption.cell}" not in required:
        message = f"nothing asks this of {exemption.of}, but {listed(required)}."
        yield Problem(path, message + did_you_mean(exemption.cell, required))


def _known(name: str, names: tuple[str, ...], path: KeyPath) -> Iterator[Problem]:
    if name not in names:
        message = f"there is no endpoint or pipeline {name}, but {listed(names) if names else 'none at all'}."
        yield Problem(path, message + did_you_mean(name, names))
