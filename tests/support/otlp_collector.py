"""An OpenTelemetry collector on 127.0.0.1 that keeps what it is sent, over gRPC and over HTTP."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc

from tests.support.processes import PATIENCE_SECONDS


@dataclass
class OtlpReceiver:
    """`messages` has a request each, or None where it was refused, beside its headers; `rejects` series of each."""

    messages: queue.Queue[tuple[Any, dict[str, str]]] = field(default_factory=queue.Queue)
    refuses: bool = False
    rejects: int = 0
    grpc_endpoint: str = ""
    http_endpoint: str = ""

    def endpoint(self, *, over_http: bool) -> str:
        return self.http_endpoint if over_http else self.grpc_endpoint

    def next(self) -> Any:
        return self.messages.get(timeout=PATIENCE_SECONDS)[0]

    def next_headers(self) -> dict[str, str]:
        return self.messages.get(timeout=PATIENCE_SECONDS)[1]

    def take(self, request: Any, headers: dict[str, str]) -> Any:
        self.messages.put((None if self.refuses else request, headers))
        answer = metrics_service_pb2.ExportMetricsServiceResponse()
        if self.rejects:
            answer.partial_success.rejected_data_points = self.rejects
            answer.partial_success.error_message = "too old"
        return answer


@contextmanager
def otlp_receiver() -> Iterator[OtlpReceiver]:
    """The collector while the block runs."""
    made = OtlpReceiver()

    class Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):
        def Export(self, request, context):  # noqa: N802 - the protocol's name
            answer = made.take(request, dict(context.invocation_metadata()))
            if made.refuses:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "no such key")
            return answer

    class OtlpHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/x-protobuf"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = metrics_service_pb2.ExportMetricsServiceRequest.FromString(body)
            answer = made.take(request, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(401 if made.refuses else 200)
            self.end_headers()
            self.wfile.write(b"" if made.refuses else answer.SerializeToString())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            pass

    over_grpc = grpc.server(ThreadPoolExecutor(2))
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Metrics(), over_grpc)
    made.grpc_endpoint = f"http://127.0.0.1:{over_grpc.add_insecure_port('127.0.0.1:0')}"
    over_http = ThreadingHTTPServer(("127.0.0.1", 0), OtlpHandler)
    made.http_endpoint = f"http://127.0.0.1:{over_http.server_port}/otlp/v1/metrics"
    over_grpc.start()
    threading.Thread(target=over_http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield made
    finally:
        over_grpc.stop(None).wait()
        over_http.shutdown()
        over_http.server_close()


def values_sent(request: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Each gauge of a message by its name and labels."""
    (resource,) = request.resource_metrics
    (scope,) = resource.scope_metrics
    return {
        (metric.name, frozenset((label.key, label.value.string_value) for label in point.attributes)): point.as_double
        for metric in scope.metrics
        for point in metric.gauge.data_points
    }
