"""Sends the last snapshot as gauges to an OpenTelemetry collector, again and again; names and labels are Prometheus'.

One message is one snapshot: what is not known any more is not in the next one. A collector that does not answer holds
up neither measurements nor scrapes. Needs the extra ``otlp``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    Gauge,
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from weighbridge.drift_monitor.measure import Snapshot
from weighbridge.drift_monitor.series import METRICS, labelled_samples

EVERY = timedelta(seconds=60)
PATIENCE = timedelta(seconds=10)
"""How long one message may take."""


def metrics_of(snapshot: Snapshot, at_ns: int) -> MetricsData:
    """A snapshot as OpenTelemetry's gauges; `at_ns`: nanoseconds since 1970."""
    points: dict[str, list[NumberDataPoint]] = {}
    for name, labels, value in labelled_samples(snapshot):
        point = NumberDataPoint(dict(labels), start_time_unix_nano=0, time_unix_nano=at_ns, value=value)
        points.setdefault(name, []).append(point)
    metrics = [Metric(name, METRICS[name].meaning, "", Gauge(data_points)) for name, data_points in points.items()]
    resource = Resource({"service.name": "weighbridge-monitor", "service.instance.id": snapshot.pipeline})
    scope = ScopeMetrics(InstrumentationScope("weighbridge.drift_monitor"), metrics, schema_url="")
    return MetricsData([ResourceMetrics(resource, [scope], schema_url="")])


def send_until(
    stop: threading.Event,
    endpoint: str,
    snapshot: Callable[[], Snapshot],
    log: Callable[[str], None],
    every: timedelta = EVERY,
) -> None:
    """Sends now and every so often until `stop` is set; the first failure is logged, and the first success after it."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it says each failure twice; here it is said once
    exporter = OTLPMetricExporter(
        endpoint=endpoint, insecure=endpoint.startswith("http://"), timeout=PATIENCE.total_seconds()
    )
    for sentence in _changes(_sent(stop, exporter, snapshot, every), endpoint):
        log(sentence)
    exporter.shutdown(timeout_millis=0)


def _sent(
    stop: threading.Event, exporter: OTLPMetricExporter, snapshot: Callable[[], Snapshot], every: timedelta
) -> Iterator[bool]:
    while True:
        yield exporter.export(metrics_of(snapshot(), time.time_ns())) is MetricExportResult.SUCCESS
        if stop.wait(every.total_seconds()):
            return


def _changes(sent: Iterator[bool], endpoint: str) -> Iterator[str]:
    before = True
    for well in sent:
        if well != before:
            yield (
                f"otlp: {endpoint} takes metrics again"
                if well
                else f"otlp: {endpoint} takes no metrics now: tried again"
            )
        before = well
