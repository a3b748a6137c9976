"""Sends the last snapshot as gauges to an OpenTelemetry collector, again and again; names and labels are Prometheus'.

One message is one snapshot: what is not known any more is not in the next one. A collector that does not answer holds
up neither measurements nor scrapes. Needs the extra ``otlp``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import grpc
import requests
from google.protobuf.message import DecodeError
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.sdk.metrics.export import (
    Gauge,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from weighbridge.drift_monitor.measure import Snapshot
from weighbridge.drift_monitor.series import METRICS, labelled_samples
from weighbridge.errors import NoVerdict, WeighbridgeError
from weighbridge.spec.otlp import OtlpCollector

EVERY = timedelta(seconds=60)
PATIENCE = timedelta(seconds=10)
"""How long one message may take."""

_WORDS = 200


class NotTaken(NoVerdict):
    """A collector did not take a message, or not all of it."""


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
    collector: OtlpCollector,
    snapshot: Callable[[], Snapshot],
    read_secret: Callable[[str], bytes],
    log: Callable[[str], None],
    every: timedelta = EVERY,
) -> None:
    """Sends now and every so often until `stop` is set; the first failure is logged, and the first success after it.

    `read_secret` gives the value of a version in Secret Manager; after a failure it is asked anew, as keys change.
    """
    for sentence in _changes(_outcomes(stop, collector, snapshot, read_secret, every), collector.endpoint):
        log(sentence)


def _outcomes(
    stop: threading.Event,
    collector: OtlpCollector,
    snapshot: Callable[[], Snapshot],
    read_secret: Callable[[str], bytes],
    every: timedelta,
) -> Iterator[str | None]:
    """For each message why it was not taken; None: it was."""
    headers: Mapping[str, str] | None = None
    while True:
        wrong = None
        try:
            if headers is None:
                headers = {name: _header(read_secret(version), version) for name, version in collector.headers.items()}
            request = encode_metrics(metrics_of(snapshot(), time.time_ns()))
            answer = (_over_http if collector.over_http else _over_grpc)(collector, headers, request)
            rejected = answer.partial_success.rejected_data_points
            if rejected:
                raise NotTaken(f"it rejects {rejected} series: {_words(answer.partial_success.error_message)}")
        except WeighbridgeError as error:
            headers, wrong = None, str(error)
        yield wrong
        if stop.wait(every.total_seconds()):
            return


def _header(value: bytes, version: str) -> str:
    """A secret as a header's value. Raises `NotTaken`."""
    text = value.decode("latin-1").strip()
    if not text or not text.isascii() or not text.isprintable():
        raise NotTaken(f"{version} is no header: expected one line of printable ASCII")
    return text


def _over_grpc(
    collector: OtlpCollector, headers: Mapping[str, str], request: ExportMetricsServiceRequest
) -> ExportMetricsServiceResponse:
    """Raises `NotTaken`."""
    target = f"{collector.host}:{collector.port}"
    opened = (
        grpc.secure_channel(target, grpc.ssl_channel_credentials())
        if collector.encrypted
        else grpc.insecure_channel(target)
    )
    with opened as channel:
        try:
            stub = MetricsServiceStub(channel)  # type: ignore[no-untyped-call]  # it is generated without types
            answer: ExportMetricsServiceResponse = stub.Export(
                request, timeout=PATIENCE.total_seconds(), metadata=[*headers.items()]
            )
        except grpc.RpcError as error:
            raise NotTaken(f"{error.code().name}: {_words(error.details())}") from None
        return answer


def _over_http(
    collector: OtlpCollector, headers: Mapping[str, str], request: ExportMetricsServiceRequest
) -> ExportMetricsServiceResponse:
    """Raises `NotTaken`."""
    with requests.Session() as session:
        session.auth = _as_it_is  # else a ~/.netrc would add to the headers
        try:
            answer = session.post(
                collector.endpoint,
                data=request.SerializeToString(),
                headers={**headers, "Content-Type": "application/x-protobuf"},
                timeout=PATIENCE.total_seconds(),
                allow_redirects=False,  # the headers are for this host only
            )
        except requests.RequestException as error:
            raise NotTaken(f"no answer: {_words(str(error))}") from None
    if not answer.ok or answer.is_redirect:
        raise NotTaken(f"{answer.status_code} {answer.reason}")
    try:
        taken = ExportMetricsServiceResponse()
        taken.ParseFromString(answer.content)
    except DecodeError:  # some answer in words of their own
        return ExportMetricsServiceResponse()
    return taken


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _words(text: str | None) -> str:
    return " ".join((text or "no reason is given").split())[:_WORDS]


def _changes(outcomes: Iterator[str | None], endpoint: str) -> Iterator[str]:
    well = True
    for wrong in outcomes:
        if wrong is not None and well:
            yield f"otlp: {endpoint} takes no metrics now ({wrong}): tried again"
        if wrong is None and not well:
            yield f"otlp: {endpoint} takes metrics again"
        well = wrong is None
