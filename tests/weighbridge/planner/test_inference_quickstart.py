"""Google's own measurements as points: its statistics turned into curves, asked by its client of a local server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from weighbridge.planner.inference_quickstart import NoProfiles, google_profiles, points_of, with_profiles
from weighbridge.spec.workloads import InferenceQuickstart, ServedWorkload

# 1 request a second of 100 tokens, 2.1 s each: 0.1 s to the first, then 99 of 20.2 ms.
STATS = {"queriesPerSecond": 1, "outputTokensPerSecond": 100, "ntpotMilliseconds": 21, "ttftMilliseconds": 100}
BUSY = {"queriesPerSecond": 8, "outputTokensPerSecond": 800, "ntpotMilliseconds": 40, "ttftMilliseconds": 900}


def profile(*stats, accelerator="nvidia-l4", count=1):
    """As the client gives it."""
    return SimpleNamespace(
        accelerator_type=accelerator,
        resources_used=SimpleNamespace(accelerator_count=count),
        performance_stats=[
            SimpleNamespace(
                queries_per_second=one["queriesPerSecond"], output_tokens_per_second=one["outputTokensPerSecond"],
                ntpot_milliseconds=one["ntpotMilliseconds"], ttft_milliseconds=one["ttftMilliseconds"],
            )
            for one in stats
        ],
    )  # fmt: skip


def workload(**change):
    return ServedWorkload.model_validate({
        "model": "llama-3.1-8b", "accelerators": ["nvidia-l4"], "objective": {"first_token": "2s"},
        "quickstart": {"model": "meta-llama/Llama-3.1-8B-Instruct"},
        "demand": {"rate": 1, "input_tokens": 100, "output_tokens": 100},
    } | change)  # fmt: skip


def test_a_point_has_the_time_after_the_first_token_and_the_requests_in_flight():
    first, busy = points_of(profile(STATS, BUSY))
    assert (first.concurrency, first.first_token.total_seconds()) == (2, 0.1)
    assert first.per_token.total_seconds() == pytest.approx(2.0 / 99, abs=1e-6)
    assert (busy.concurrency, busy.by) == (32, "Google's Inference Quickstart")
    assert busy.per_token.total_seconds() == pytest.approx(3.1 / 99, abs=1e-6)


def test_loads_from_which_nothing_follows_are_left_out():
    assert list(points_of(profile(STATS | {"queriesPerSecond": 0}, STATS | {"ttftMilliseconds": 2100}))) == []


def test_own_points_come_first_and_one_load_makes_no_line():
    own = [{"accelerator": "nvidia-l4", "concurrency": n, "per_token": "9ms"} for n in (1, 2)]
    asked = with_profiles(workload(measured=own, accelerators=["nvidia-l4", "nvidia-b200"]), lambda _: [
        profile(STATS, BUSY), profile(STATS, accelerator="nvidia-b200"),
        profile(STATS, BUSY, accelerator="nvidia-b200", count=2),
    ])  # fmt: skip
    assert [(point.accelerator, point.devices, point.by) for point in asked.measured[2:]] == [
        ("nvidia-b200", 2, "Google's Inference Quickstart")
    ] * 2


def test_a_model_without_a_profile_there_is_said():
    with pytest.raises(NoProfiles, match=r"no profile of meta-llama/Llama-3[.]1-8B-Instruct on vllm with nvidia-l4"):
        with_profiles(workload(), lambda _: [profile(STATS, BUSY, accelerator="nvidia-b200")])


@contextmanager
def answering(status: int, answer: object) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A stand-in for the service: what it is asked, and the address."""
    asked: list[tuple[str, Any]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.path.split("?")[0], json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


SOURCE = InferenceQuickstart(model="meta-llama/Llama-3.1-8B-Instruct", version="v0.9")


@pytest.mark.filterwarnings("ignore")
def test_google_s_client_is_answered_by_a_local_server():
    pytest.importorskip("google.cloud.gkerecommender_v1", reason="google-cloud-gkerecommender isn't installed")
    served = {"profile": [
        {"acceleratorType": "nvidia-l4", "instanceType": "g2-standard-12", "resourcesUsed": {"acceleratorCount": 2},
         "performanceStats": [STATS, BUSY]},
    ]}  # fmt: skip
    with answering(200, served) as (address, asked):
        made = with_profiles(workload(), google_profiles(address))
    assert [(point.devices, point.concurrency) for point in made.measured] == [(2, 2), (2, 32)]
    ((path, body),) = asked
    assert path == "/v1/benchmarkingData:fetch"
    assert body["modelServerInfo"] == {"model": "meta-llama/Llama-3.1-8B-Instruct", "modelServer": "vllm"}


@pytest.mark.filterwarnings("ignore")
def test_what_the_service_refuses_is_said():
    pytest.importorskip("google.cloud.gkerecommender_v1", reason="google-cloud-gkerecommender isn't installed")
    refusal = {"error": {"code": 403, "message": "the API isn't enabled", "status": "PERMISSION_DENIED"}}
    with answering(403, refusal) as (address, _), pytest.raises(NoProfiles, match=r"can't be asked: 403 .*enabled"):
        google_profiles(address)(SOURCE)


def test_without_the_client_it_is_said_how_to_get_it(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "google.cloud.gkerecommender_v1", None)
    monkeypatch.setitem(sys.modules, "google.cloud", None)
    with pytest.raises(NoProfiles, match="needs Google's client: pip install 'weighbridge\\[quickstart\\]'"):
        google_profiles()(SOURCE)
