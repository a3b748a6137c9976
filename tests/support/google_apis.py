"""A server on 127.0.0.1 that answers as Google Cloud's APIs do, and as they do on a bad day.

`failures` holds what goes wrong, by a part of the path, in order: each entry is taken once, but for one with
``times=FOREVER``. What was asked is in `asked`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FOREVER = 10**9
SERVICE = "compute.googleapis.com"
Json = dict[str, Any]


@dataclass
class Failure:
    """What is answered instead: a status and a body, after a while where `seconds` are given."""

    status: int = 500
    body: Json | str = ""
    seconds: float = 0.0
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class GoogleApis:
    """What the server knows, and what it was asked."""

    project: str = "example-ml"
    page_size: int = 100
    quota_infos: list[Json] = field(default_factory=list)
    preferences: list[Json] = field(default_factory=list)
    adjuster: str = "DISABLED"
    regions: list[Json] = field(default_factory=list)
    project_quotas: list[Json] = field(default_factory=list)
    series: list[Json] = field(default_factory=list)  # metric.type decides which filter finds it
    reservations: dict[str, list[Json]] = field(default_factory=dict)  # by zone
    futures: dict[str, list[Json]] = field(default_factory=dict)
    instances: dict[str, list[Json]] = field(default_factory=dict)
    machine_types: dict[str, list[Json]] = field(default_factory=dict)
    skus: list[Json] = field(default_factory=list)
    clusters: list[Json] = field(default_factory=list)
    secrets: dict[str, Json] = field(default_factory=dict)  # by version
    bigquery: Callable[[str, dict[str, str], Json], Json | None] | None = None  # path, query and body of a call
    advice: dict[str, Json] = field(default_factory=dict)  # by method: capacity, capacityHistory, calendarMode
    failures: dict[str, list[Failure]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def failure(self, path: str) -> Failure | None:
        with self._lock:
            for part, entries in self.failures.items():
                if part in path and entries:
                    first = entries[0]
                    first.times -= 1
                    if first.times <= 0:
                        entries.pop(0)
                    return first
        return None

    def answer(self, host: str, path: str, query: dict[str, str], body: Json) -> Json | None:
        """None: there is no such thing."""
        if host == "bigquery.googleapis.com":
            return self.bigquery(path, query, body) if self.bigquery is not None else None
        token, owner = query.get("pageToken", ""), f"projects/{self.project}"
        lists: dict[str, tuple[str, list[Json]]] = {
            f"cloudquotas.googleapis.com/v1/{owner}/locations/global/services/{SERVICE}/quotaInfos": (
                "quotaInfos", self.quota_infos,
            ),
            f"cloudquotas.googleapis.com/v1/{owner}/locations/global/quotaPreferences": (
                "quotaPreferences", self.preferences,
            ),
            "cloudbilling.googleapis.com/v1/services/6F81-5844-456A/skus": ("skus", self.skus),
            f"container.googleapis.com/v1/{owner}/locations/-/clusters": ("clusters", self.clusters),
            f"{SERVICE}/compute/v1/{owner}/regions": ("items", self.regions),
            f"monitoring.googleapis.com/v3/{owner}/timeSeries": (
                "timeSeries",
                [entry for entry in self.series if f'"{entry["metric"]["type"]}"' in query.get("filter", "")],
            ),
            **{
                f"{SERVICE}/compute/v1/{owner}/zones/{zone}/machineTypes": ("items", found)
                for zone, found in self.machine_types.items()
            },
        }  # fmt: skip
        whole: dict[str, Json] = {
            f"cloudquotas.googleapis.com/v1beta/{owner}/locations/global/quotaAdjusterSettings": {
                "name": path, "enablement": self.adjuster,
            },
            f"{SERVICE}/compute/v1/{owner}": {"name": self.project, "quotas": self.project_quotas},
            **{
                f"container.googleapis.com/v1/{owner}/locations/{found['location']}/clusters/{found['name']}": found
                for found in self.clusters
            },
            **{f"secretmanager.googleapis.com/v1/{name}:access": found for name, found in self.secrets.items()},
        }  # fmt: skip
        scopes = {
            "reservations": self.reservations,
            "futureReservations": self.futures,
            "instances": self.instances,
            "machineTypes": self.machine_types,
        }
        asked, last = f"{host}/{path}", path.rpartition("/")[2]
        if asked in lists:
            return self._page(*lists[asked], token)
        if "/aggregated/" in path and last in scopes:
            return self._scopes(last, scopes[last], token)
        return self.advice.get(last) if "/advice/" in path else whole.get(asked)

    def _page(self, key: str, entries: list[Json], token: str) -> Json:
        start = int(token) if token else 0
        end = start + self.page_size
        more = {"nextPageToken": str(end)} if end < len(entries) else {}
        return ({key: entries[start:end]} if entries else {}) | more

    def _scopes(self, what: str, by_zone: dict[str, list[Json]], token: str) -> Json:
        """A zone a page, beside an empty one with the warning that Compute Engine gives it."""
        zones = sorted(by_zone)
        start = int(token) if token else 0
        items: Json = {
            "zones/us-west8-z": {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "There are no results"}}
        }
        for zone in zones[start : start + 1]:
            items[f"zones/{zone}"] = {what: by_zone[zone]}
        return {"items": items} | ({"nextPageToken": str(start + 1)} if start + 1 < len(zones) else {})


@contextmanager
def google_apis(**state: Any) -> Iterator[GoogleApis]:
    """The server while the block runs."""
    apis = GoogleApis(**state)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept, as Google keeps them
        disable_nagle_algorithm = True  # else each answer on a kept one waits 40 ms

        def do_GET(self) -> None:
            self._respond({})

        def do_POST(self) -> None:
            self._respond(json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or "{}"))

        def _respond(self, body: Json) -> None:
            parts = urlsplit(self.path)
            host, _, path = parts.path.lstrip("/").partition("/")
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            apis.asked.append(f"{self.command} {host}/{path}")
            apis.bodies.append(body)
            apis.headers.append(dict(self.headers))
            failure = apis.failure(self.path)
            if failure is not None and failure.seconds:
                time.sleep(failure.seconds)
            if failure is not None and failure.status:
                self._send(failure.status, failure.body, failure.headers)
                return
            found = apis.answer(host, path, query, body)
            self._send(200, found, {}) if found is not None else self._send(404, {"error": {"message": "none"}}, {})

        def _send(self, status: int, body: Json | str, headers: dict[str, str]) -> None:
            content = (body if isinstance(body, str) else json.dumps(body)).encode()
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # whoever asked has given up

        def log_message(self, *_: Any) -> None:
            """Nothing: the test says what happened."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    apis.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield apis
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def quota_info(quota: str, metric: str, *rows: tuple[dict[str, str], int | None, list[str]]) -> Json:
    """One quota; a value of 0 is left out, as the API leaves it out, and None leaves out all of `details`."""
    return {
        "name": f"projects/1/locations/global/services/{SERVICE}/quotaInfos/{quota}",
        "quotaId": quota,
        "metric": f"compute.googleapis.com/{metric}",
        "service": SERVICE,
        "containerType": "PROJECT",
        "dimensionsInfos": [
            {"dimensions": dimensions, "applicableLocations": places}
            | ({} if value is None else {"details": {"value": str(value)} if value else {}})
            for dimensions, value, places in rows
        ],
    }


def series(kind: str, labels: dict[str, str], location: str, *values: int) -> Json:
    """One series of Monitoring, newest point first."""
    resource = "consumer_quota" if "allocation" in kind else "compute.googleapis.com/Location"
    return {
        "metric": {"type": kind, "labels": labels},
        "resource": {"type": resource, "labels": {"location": location}},
        "metricKind": "GAUGE",
        "valueType": "INT64",
        "points": [
            {
                "interval": {"endTime": f"2026-11-24T{11 - hour:02}:00:00Z"},
                "value": {"int64Value": str(value)},
            }
            for hour, value in enumerate(values)
        ],
    }


def denied(permission: str) -> Failure:
    """What an API answers whom it doesn't know."""
    message = f"Permission '{permission}' denied on resource (or it may not exist)."
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED",
            "metadata": {"permission": permission}}  # fmt: skip
    return Failure(403, {"error": {"code": 403, "message": message, "details": [info]}}, times=FOREVER)


def switched_off(service: str) -> Failure:
    """What an API answers in a project that hasn't enabled it."""
    message = f"{service} has not been used in project 1 before or it is disabled. Enable it and retry."
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED",
            "metadata": {"service": service, "consumer": "projects/1"}}  # fmt: skip
    return Failure(403, {"error": {"code": 403, "message": message, "details": [info]}}, times=FOREVER)
