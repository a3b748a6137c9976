"""A server on 127.0.0.1 that answers what `weighbridge doctor` asks Google Cloud."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.cloud_api.identity import Identity


@dataclass
class DeployerApis:
    """What is on and allowed; `refused` are parts of paths that are answered with 403."""

    services: set[str] = field(default_factory=set)
    permissions: set[str] = field(default_factory=set)
    buckets: dict[str, set[str]] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if any(part in path for part in self.refused):
            return 403, {"error": {"code": 403, "message": "no", "details": []}}
        if path.endswith("/services"):
            page = sorted(self.services)
            start = int(query.get("pageToken", ["0"])[0])
            more = {"nextPageToken": str(start + 3)} if start + 3 < len(page) else {}
            named = [{"name": f"projects/1/services/{name}"} for name in page[start : start + 3]]
            return 200, {"services": named} | more
        if path.endswith(":testIamPermissions"):
            return 200, {"permissions": sorted(self.permissions & set(body["permissions"]))}
        bucket = path.partition("/b/")[2].partition("/")[0]
        if bucket in self.buckets:
            return 200, {"permissions": sorted(self.buckets[bucket] & set(query["permissions"]))}
        return 404, {"error": {"code": 404, "message": "no such bucket"}}

    def cloud(self) -> GoogleCloud:
        return GoogleCloud(Identity(lambda: "token"), self.url, sleep=lambda _: None)


@contextmanager
def deployer_apis(**known: Any) -> Iterator[DeployerApis]:
    apis = DeployerApis(**known)

    class DeployerAnswers(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            status, content = apis.answer(parts.path, parse_qs(parts.query), body)
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _reply  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), DeployerAnswers) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        apis.url = f"http://127.0.0.1:{server.server_port}"
        yield apis
        server.shutdown()
