"""Serves the last snapshot as gauges at /metrics, and /healthz; measures again and again until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from weighbridge.drift_monitor.measure import Snapshot
from weighbridge.drift_monitor.series import COMMON_LABELS, METRICS, samples

_SLOWEST_CLIENT_SECONDS = 10


class SnapshotCollector(Collector):
    """One snapshot as metrics. It is asked for once per scrape, so that a scrape never mixes two."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All gauges that have a value."""
        snapshot = self._snapshot()
        families: dict[str, GaugeMetricFamily] = {}
        for sample in samples(snapshot):
            family = families.get(sample.metric)
            if family is None:
                metric = METRICS[sample.metric]
                labels = (*COMMON_LABELS, *metric.labels)
                family = families[sample.metric] = GaugeMetricFamily(sample.metric, metric.meaning, labels=labels)
            family.add_metric((snapshot.pipeline, snapshot.stage, *sample.labels), sample.value)
        yield from families.values()


@dataclass(frozen=True, slots=True)
class Address:
    """Where the exporter listens."""

    host: str
    port: int


def server(address: Address, snapshot: Callable[[], Snapshot]) -> ThreadingHTTPServer:
    """The server, bound but not started. Raises OSError, such as for a port in use."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SnapshotCollector(snapshot))

    class MetricsHandler(BaseHTTPRequestHandler):
        timeout = _SLOWEST_CLIENT_SECONDS
        server_version, sys_version = "weighbridge-monitor", ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept") or "")
                self._answer(200, kind, encode(registry))
            elif path == "/healthz":
                self._answer(200, "text/plain; charset=utf-8", b"ok\n")
            else:
                self._answer(404, "text/plain; charset=utf-8", b"only /metrics and /healthz are here\n")

        def _answer(self, code: int, kind: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Scrapes are not logged."""

    class ExporterServer(ThreadingHTTPServer):
        daemon_threads = True

        def server_bind(self) -> None:
            TCPServer.server_bind(self)  # HTTPServer's own asks DNS for this machine's name, which may take long
            self.server_name, self.server_port = address.host, self.server_address[1]

    return ExporterServer((address.host, address.port), MetricsHandler)


def measure_until(stop: threading.Event, measure: Callable[[], object], every: timedelta) -> None:
    """Measures now and every so often until `stop` is set; a measurement that takes longer skips turns."""
    due = time.monotonic()
    while not stop.wait(due - time.monotonic()):
        measure()
        due = max(due + every.total_seconds(), time.monotonic())
