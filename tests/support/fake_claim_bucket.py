"""Cloud Storage's JSON API over loopback as claims need it: generations, preconditions, one write a second an object.

Unlike `fake_bucket`, which serves what the monitor reads, it refuses as the real service does: 412 where the generation
is another one, 429 above a write a second, 503 where a test says so. Its clock is its own.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time as service_time  # as it is now, whatever a test makes of the runner's
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class ClaimBucket:
    """Objects by name, each with its generation. `skew` is how far its clock is ahead of the machine's, in seconds."""

    name: str = "example-claims"
    objects: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    seconds_per_write: float = 1.0
    skew: float = 0.0
    failures: list[int] = field(default_factory=list)  # answers that come next, in place of good ones
    lose_next_answer: bool = False  # it writes, and the connection ends
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, token
    refused: int = 0  # with 412 or 429
    url: str = ""
    last_write: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, name: str, expected: int, body: bytes) -> int:
        """The status of a write on condition."""
        with self.lock:
            moment = time.monotonic()
            if moment - self.last_write.get(name, -1e9) < self.seconds_per_write:
                self.refused += 1
                return 429
            if self.objects.get(name, (b"", 0))[1] != expected:
                self.refused += 1
                return 412
            self.objects[name] = body, max(expected, 1_700_000_000_000_000) + 1
            self.last_write[name] = moment
            return 200


def _handler(made: ClaimBucket) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - five small methods
    class ClaimBucketHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            bucket, _, name = urlsplit(self.path).path.removeprefix("/storage/v1/b/").partition("/o/")
            if self.failed("GET"):
                return
            with made.lock:
                found = made.objects.get(unquote(name))
            if bucket != made.name:
                self.answer(404, b"The specified bucket does not exist.")
            elif found is None:
                self.answer(404, f"No such object: {bucket}/{unquote(name)}".replace("bucket", "").encode())
            else:
                self.answer(200, found[0], **{"x-goog-generation": str(found[1])})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) < int(self.headers["Content-Length"]):  # whoever sent it is dead
                self.close_connection = True
                return
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            if self.failed("POST"):
                return
            status = made.write(query["name"], int(query["ifGenerationMatch"]), body)
            if made.lose_next_answer and status == 200:
                made.lose_next_answer = False
                self.close_connection = True
                return
            self.answer(status, json.dumps({"name": query["name"]}).encode())

        def failed(self, method):
            made.asked.append((method, self.path, self.headers.get("Authorization", "")))
            if made.failures:
                self.answer(made.failures.pop(0), b"{}")
                return True
            return False

        def answer(self, code, body, **headers):
            self.send_response_only(code)
            self.send_header("Date", formatdate(service_time() + made.skew, usegmt=True))
            for key, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    return ClaimBucketHandler


class _ManyAtOnce(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def claim_bucket(seconds_per_write: float = 1.0) -> Iterator[ClaimBucket]:
    """A bucket that is served until the end of the block."""
    made = ClaimBucket(seconds_per_write=seconds_per_write)
    server = _ManyAtOnce(("127.0.0.1", 0), _handler(made))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
