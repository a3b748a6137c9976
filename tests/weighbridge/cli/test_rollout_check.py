"""`weighbridge rollout check` as a user runs it, against a real Prometheus and against servers that misbehave."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Literal

import pytest
from typer.testing import CliRunner

from tests.support import prometheus
from tests.support.paths import GOLDEN, ROOT
from tests.support.processes import PATIENCE_SECONDS, free_ports
from tests.support.traffic import Replica, Scene, openmetrics
from weighbridge.cli import terminal
from weighbridge.cli.main import app

EXPECTED = GOLDEN / "rollout_check"
HOUR, MORE = timedelta(hours=1), timedelta(minutes=5)
TOKEN = "ya29.secret"  # noqa: S105 - of a server of this test


def day(number: int) -> datetime:
    return datetime(2026, 11, number, 12, tzinfo=UTC)


def stable(**changes) -> tuple[Replica, ...]:
    return tuple(Replica("v7", f"ranker-v7-{pod}", 36, **changes) for pod in "ab")


SERVERS: tuple[tuple[Literal["triton", "vllm"], timedelta, int], ...] = (("vllm", HOUR, 8), ("triton", 6 * HOUR, 18))
SCENES = {
    f"{server}-{name}": Scene(server, day(first + number), (length if long else HOUR) + MORE, replicas)
    for server, length, first in SERVERS
    for number, (name, long, replicas) in enumerate(
        (
            ("good", True, (*stable(), Replica("v8", "ranker-v8-a", 9, restarts=True))),
            ("worse", True, (*stable(), Replica("v8", "ranker-v8-a", 8, failing=0.02, mean_ms=110))),
            ("few", False, (*stable(), Replica("v8", "ranker-v8-a", 0.4))),
            ("alone", False, (Replica("v8", "ranker-v8-a", 5),)),
        )
    )
}
CODES = {"good": 0, "worse": 1, "few": 3, "alone": 3}


@pytest.fixture(scope="module")
def server():
    text = openmetrics(*SCENES.values())
    with ExitStack() as stack:
        yield prometheus.or_skip(lambda: stack.enter_context(prometheus.serving(text)))


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """Folders with the same stacks, by the server of their endpoint."""
    folder = tmp_path_factory.mktemp("vllm")
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    spec = folder / "stacks" / "prod.yaml"
    spec.write_text(spec.read_text().replace("server: triton", "server: vllm"))
    return {"triton": ROOT, "vllm": folder}


@pytest.fixture
def check(monkeypatch):
    """Runs the command at a time; gives the exit code and what was printed on stdout and stderr together."""

    def run(
        url: str | None, at: datetime, *arguments: str, token: str | None = None, root: Path = ROOT
    ) -> tuple[int, str]:
        monkeypatch.setattr(terminal, "now", lambda: at)
        for name, value in (("PROMETHEUS_URL", url), ("PROMETHEUS_TOKEN", token)):
            monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
        ran = CliRunner().invoke(app, ["rollout", "check", "ranker", "-s", "prod", "-C", str(root), *arguments])
        return ran.exit_code, ran.output

    return run


@pytest.mark.parametrize("scene", SCENES)
def test_the_verdict_and_what_is_said(server, roots, check, update_golden, scene):
    kind, _, name = scene.partition("-")
    given, output = check(server, SCENES[scene].end, root=roots[kind])
    file = EXPECTED / f"{scene}.txt"
    if update_golden:
        file.parent.mkdir(exist_ok=True)
        file.write_text(output)

    assert output == file.read_text()
    assert given == CODES[name]
    assert max(map(len, output.splitlines())) <= 80


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["triton", "vllm"])
def test_the_report_for_programs(server, roots, check, tmp_path, kind):
    file = tmp_path / "out" / "check.json"
    scene = SCENES[f"{kind}-worse"]
    code, output = check(server, scene.end, "--format", "json", "-o", str(file), root=roots[kind])
    report = json.loads(file.read_text())

    assert (code, output) == (1, f"wrote {file}\n")
    assert report["verdict"] == "fail"
    assert {row["id"]: row["finding"] for row in report["comparisons"]} == {
        "error-ratio": "worse", "latency-p50": "worse", "latency-p95": "worse", "latency-p99": "worse",
        "saturation": "not judged", "queue": "not judged", "model-quality": "not judged",
    }  # fmt: skip
    assert set(report) == {
        "schema_version", "verdict", "endpoint", "environment", "candidate", "stable", "weight_percent", "start", "end",
        "chance_each", "comparisons", "not_compared",
    }  # fmt: skip
    errors = report["comparisons"][0]
    assert set(errors) == {"id", "title", "unit", "finding", "candidate", "stable", "tested", "paired"}
    assert set(errors["tested"]) == {
        "bad", "requests", "stable_bad", "stable_requests", "needed", "wait_seconds", "dispersion", "chance",
        "limit_seconds",
    }  # fmt: skip
    assert (errors["paired"], report["comparisons"][3]["tested" if kind == "triton" else "paired"]) == (None, None)
    if kind == "triton":
        paired = report["comparisons"][3]["paired"]
        assert set(paired) == {
            "intervals", "interval_seconds", "above", "needed", "floor", "ratio", "inflation", "chance",
        }  # fmt: skip
        assert (paired["intervals"], paired["interval_seconds"]) == (72, 300)
        assert paired["ratio"] == pytest.approx(110 / 80, rel=0.05)
    assert errors["candidate"] == pytest.approx(0.02, rel=0.1)
    # None is lost between the intervals.
    assert errors["tested"]["requests"] == pytest.approx(8 * (scene.length - MORE).total_seconds(), rel=0.02)


def test_nothing_is_known_of_that_time(server, check):
    code, output = check(server, day(25))

    assert code == 3
    assert "error ratio: v7 had no requests in this time" in output


def test_a_shorter_window_has_too_few_requests(server, check):
    code, output = check(server, SCENES["triton-good"].end, "--window", "10m")

    assert code == 3
    assert "error ratio: needs" in output
    assert "latency p99: needs" in output
    assert "has 2 of 2: a window of at least 5h (--window 5h, once it has run that long)." in " ".join(output.split())


def test_no_server_answers(check):
    (port,) = free_ports(1)
    assert check(f"http://127.0.0.1:{port}", day(18)) == (
        3,
        f"could not check: 127.0.0.1:{port} can't be reached: connection refused\n",
    )


@pytest.mark.slow
def test_in_a_process_of_its_own():
    (port,) = free_ports(1)
    environment = {**os.environ, "PROMETHEUS_URL": f"http://127.0.0.1:{port}"}
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", "rollout", "check", "ranker", "-s", "prod"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr == f"could not check: 127.0.0.1:{port} can't be reached: connection refused\n"


@contextmanager
def stub(*answers: tuple[int, bytes]):
    """A server that gives its answers in turn, the last one for ever; yields its address and the requests' tokens."""
    seen: list[str | None] = []

    class StubHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers[min(len(seen), len(answers) - 1)]
            seen.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), StubHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join(PATIENCE_SECONDS)
        server.server_close()


EMPTY = b'{"status":"success","data":{"resultType":"vector","result":[]}}'


def test_a_token_that_is_refused(check):
    with stub((401, b"Unauthorized")) as (url, seen):
        code, output = check(url, day(18), token=TOKEN)

    host = url.removeprefix("http://")
    do = "set PROMETHEUS_TOKEN to a token that may read its metrics"
    assert (code, output) == (3, f"could not check: {host} refuses the request (401 Unauthorized): {do}\n")
    assert seen == [f"Bearer {TOKEN}"]
    assert TOKEN not in output


def test_a_server_that_is_busy_is_asked_again(check, monkeypatch):
    monkeypatch.setattr("weighbridge.prometheus.BACKOFF_SECONDS", 0.0)
    with stub((503, b""), (429, b""), (200, EMPTY)) as (url, seen):
        code, output = check(url, day(18))

    assert code == 3
    assert output.startswith("NOT ENOUGH DATA  ranker (prod): 4 of 4 comparisons need more data\n")
    assert seen[:3] == [None] * 3


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((302, b""), "answers 302 Found, no answer of Prometheus' HTTP API"),
        ((200, b"<html>"), "answers no answer of Prometheus' HTTP API: is PROMETHEUS_URL the address before /api/v1?"),
        ((400, b'{"status":"error","error":"invalid parameter"}'), "answers 400 Bad Request, invalid parameter"),
        ((200, b'{"status":"success","data":{"result":[{}]}}'), "no answer of Prometheus' HTTP API"),
        ((200, b"[]"), "no answer of Prometheus' HTTP API"),
    ],
)
def test_what_is_no_answer(check, answer, message):
    with stub(answer) as (url, seen):
        code, given = check(url, day(18))

    assert code == 3
    assert message in given
    assert len(given.splitlines()) == 1
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("url", "token", "message"),
    [
        (None, None, "PROMETHEUS_URL isn't set: the address of a Prometheus server, such as http://127.0.0.1:9090"),
        (
            "http://metrics.example.com",
            TOKEN,
            "PROMETHEUS_TOKEN isn't sent over plain http to metrics.example.com: use https",
        ),
        (
            "ftp://x",
            None,
            "PROMETHEUS_URL has to be an http or https address without user, query and fragment, such as",
        ),
        ("http://me:pw@127.0.0.1", None, "PROMETHEUS_URL has to be an http or https address without user"),
        ("http://[x", None, "PROMETHEUS_URL is no address, such as http://127.0.0.1:9090"),
    ],
)
def test_a_wrong_environment(check, url, token, message):
    code, given = check(url, day(18), token=token)

    assert code == 2
    assert given.startswith(f"weighbridge: {message}")
    assert "pw" not in given
    assert TOKEN not in given


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("5m", "expected 10m to 7d, got '5m'"),
        ("8d", "expected 10m to 7d, got '8d'"),
        ("an hour", "expected a time span such as 30m, 24h or 7d, got 'an hour'"),
    ],
)
def test_a_wrong_window(check, window, message):
    assert check("http://127.0.0.1:9", day(18), "--window", window) == (2, f"weighbridge: --window: {message}\n")


def test_an_endpoint_without_rollout():
    ran = CliRunner().invoke(app, ["rollout", "check", "ranker", "-s", "staging", "-C", str(ROOT)])

    assert (ran.exit_code, ran.output) == (
        2, "weighbridge: ranker has no rollout in staging: there is no candidate to check\n"
    )  # fmt: skip


def test_the_documentation_shows_what_is_said():
    answer = (EXPECTED / "triton-worse.txt").read_text()

    assert answer.partition("\nNot compared")[0].rstrip() in (ROOT / "docs" / "rollouts.md").read_text()
