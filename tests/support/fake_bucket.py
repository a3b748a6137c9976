"""Cloud Storage's JSON API over loopback, as much of it as reading and writing small folders takes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from pyarrow.fs import GcsFileSystem

UPDATED = "2026-11-20T07:55:00Z"
_OBJECTS = "/storage/v1/b/bucket/o"


@dataclass
class Bucket:
    """Objects by name in `gs://bucket`; `denied` are prefixes that nobody may read, `hanging` gets no answer."""

    objects: dict[str, bytes] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    hanging: str = ""  # a part of a request
    released: threading.Event = field(default_factory=threading.Event)  # what hangs ends then, without an answer
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def system(self) -> GcsFileSystem:
        """The bucket as the monitor sees one."""
        return GcsFileSystem(
            anonymous=True,
            scheme="http",
            endpoint_override=f"127.0.0.1:{self.port}",
            retry_time_limit=timedelta(seconds=5),
        )

    def resource(self, name: str) -> dict[str, str]:
        size = str(len(self.objects[name]))
        times = {"updated": UPDATED, "timeCreated": UPDATED}
        return {"kind": "storage#object", "bucket": "bucket", "name": name, "size": size, "generation": "1", **times}

    def listing(self, prefix: str, delimiter: str) -> dict[str, object]:
        items, prefixes = [], set()
        for name in sorted(self.objects):
            if name.startswith(prefix):
                rest = name.removeprefix(prefix)
                if delimiter and delimiter in rest:
                    prefixes.add(prefix + rest.partition(delimiter)[0] + delimiter)
                else:
                    items.append(self.resource(name))
        return {"kind": "storage#objects", "items": items, "prefixes": sorted(prefixes)}


def _handler(made: Bucket) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - five small methods
    class BucketHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            name = unquote(url.path.removeprefix(_OBJECTS).strip("/")).removeprefix("bucket/")
            made.asked.append(self.path)
            if made.hanging and made.hanging in unquote(self.path):
                made.released.wait()
                self.close_connection = True
                return
            if any((name or query.get("prefix", "")).startswith(prefix) for prefix in made.denied):
                self.answer(403, {"error": {"code": 403, "message": "no access"}})
            elif url.path.rstrip("/") == _OBJECTS:
                self.answer(200, made.listing(query.get("prefix", ""), query.get("delimiter", "")))
            elif name not in made.objects:
                self.answer(404, {})
            elif url.path.startswith("/bucket/") or query.get("alt") == "media":
                self.media(made.objects[name])
            else:
                self.answer(200, made.resource(name))

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            name = parse_qs(urlsplit(self.path).query)["name"][0]
            self.answer(200, {}, Location=f"http://127.0.0.1:{made.port}/upload?name={name}")

        def do_PUT(self):
            name = parse_qs(urlsplit(self.path).query)["name"][0]
            made.objects[name] = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.answer(200, made.resource(name))

        def media(self, whole):
            if "Range" not in self.headers:
                self.answer(200, whole, **{"x-goog-generation": "1"})
                return
            first, _, last = (self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")
            part = whole[int(first) : int(last) + 1 if last else None]
            end = int(first) + len(part) - 1
            self.answer(206, part, **{"Content-Range": f"bytes {first}-{end}/{len(whole)}"})

        def answer(self, code, body, **headers):
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(code)
            for key, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            with suppress(ConnectionError):  # a reader that has seen enough goes away
                self.wfile.write(text)

        def log_message(self, *args):
            pass

    return BucketHandler


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A bucket that is served until the end of the block."""
    made = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
