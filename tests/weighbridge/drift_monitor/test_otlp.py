"""A collector of OpenTelemetry gets what a scrape finds, and one that is away holds up nothing."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc

from tests.support.processes import PATIENCE_SECONDS
from tests.support.snapshots import random_measurement
from weighbridge.drift_monitor.otlp import send_until
from weighbridge.drift_monitor.series import labelled_samples


class Collector(metrics_service_pb2_grpc.MetricsServiceServicer):
    """Keeps what it is sent; refuses while it is told to."""

    def __init__(self) -> None:
        self.messages: queue.Queue[Any] = queue.Queue()
        self.refuses = False
        self.endpoint = ""

    def Export(self, request, context):  # noqa: N802 - the protocol's name
        if self.refuses:
            self.messages.put(None)
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no")
        self.messages.put(request)
        return metrics_service_pb2.ExportMetricsServiceResponse()


@pytest.fixture
def collector():
    made, server = Collector(), grpc.server(ThreadPoolExecutor(2))
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(made, server)
    made.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield made
    server.stop(None).wait()


@pytest.fixture
def sending(collector):
    """Starts to send; ends at the end of the test."""
    stop, snapshots = threading.Event(), [random_measurement(Random(3))[1]]
    log: list[str] = []
    arguments = (stop, collector.endpoint, lambda: snapshots[0], log.append, timedelta(seconds=0.05))
    thread = threading.Thread(target=send_until, args=arguments, daemon=True)
    yield thread, log, snapshots
    stop.set()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def sent(request):
    (resource,) = request.resource_metrics
    (scope,) = resource.scope_metrics
    return {
        (metric.name, frozenset((label.key, label.value.string_value) for label in point.attributes)): point.as_double
        for metric in scope.metrics
        for point in metric.gauge.data_points
    }


def scraped(snapshot):
    return {(name, frozenset(labels.items())): value for name, labels, value in labelled_samples(snapshot)}


def test_a_message_is_what_a_scrape_finds_and_nothing_of_the_one_before(collector, sending):
    thread, log, snapshots = sending
    thread.start()
    assert sent(collector.messages.get(timeout=PATIENCE_SECONDS)) == scraped(snapshots[0])
    snapshots[0] = random_measurement(Random(5))[1]
    wanted = scraped(snapshots[0])
    assert any(sent(collector.messages.get(timeout=PATIENCE_SECONDS)) == wanted for _ in range(5))
    assert log == []


def test_a_collector_that_refuses_is_told_once(collector, sending):
    thread, log, _ = sending
    collector.refuses = True
    thread.start()
    for _ in range(3):
        assert collector.messages.get(timeout=PATIENCE_SECONDS) is None
    collector.refuses = False
    while collector.messages.get(timeout=PATIENCE_SECONDS) is None:
        pass
    collector.messages.get(timeout=PATIENCE_SECONDS)
    assert log == [
        f"otlp: {collector.endpoint} takes no metrics now: tried again",
        f"otlp: {collector.endpoint} takes metrics again",
    ]
