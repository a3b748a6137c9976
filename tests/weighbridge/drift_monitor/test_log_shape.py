"""A log of another kind than the spec says is told as that, and a server that nobody has asked is not."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.support.monitor_data import WatchedFolder, config
from tests.support.request_logs import entries, write_log
from weighbridge.drift_monitor.files import Store
from weighbridge.drift_monitor.log_file import LogFile
from weighbridge.drift_monitor.log_shape import refuse_other_logs
from weighbridge.drift_monitor.unreadable_data import UnreadableData

BALANCER = "".join(json.dumps(entry) + "\n" for entry in entries(30, 1))
ANSWER = json.dumps({"created": 1763622000, "model": "m", "choices": [{"text": "secret"}]}) + "\n"
RECEIVED = (
    "INFO 11-20 07:00:00 [logger.py:39] Received request r-1: prompt: 'secret', params: SamplingParams(n=1, "
    "temperature=0.5), prompt_token_ids: None, lora_request: None.\n"
)
TRACE = json.dumps([{"id": 1, "model_name": "m", "model_version": 1}, {"id": 1, "timestamps": []}])
ACCESS = '127.0.0.1 - - [20/Nov/2026:07:00:00 +0000] "GET /secret HTTP/1.1" 200 5\n'
KNOWN = "known formats are google-load-balancer, vllm, openai and triton-trace"
ENTRY = "JSON objects with timestamp, trace, httpRequest, jsonPayload, resource"
COLUMNS = {"google-load-balancer": "status", "vllm": "max_tokens", "openai": "model", "triton-trace": "model"}


def rows_of(tmp_path, log, content) -> int:
    write_log(tmp_path / "log.json", content)
    store = Store(tmp_path)
    file = store.file("log.json")
    opened = LogFile(store, file, log)
    rows = sum(len(batch[COLUMNS[log]]) for batch in opened.batches([COLUMNS[log]]))
    refuse_other_logs(store, file.path, [file], log, opened.lines)
    return rows


def say(log: str) -> str:
    return f"this is a log of {log}, so say so in `watch.format`"


@pytest.mark.parametrize(
    ("log", "content", "lines", "look", "do"),
    [
        ("vllm", BALANCER, "30 lines", ENTRY, say("google-load-balancer")),
        ("vllm", gzip.compress(BALANCER.encode()), "30 lines", ENTRY, say("google-load-balancer")),
        ("google-load-balancer", ANSWER, "1 line", "JSON objects with created, model, choices", say("openai")),
        (
            "google-load-balancer",
            json.dumps({"textPayload": RECEIVED}) + "\n",
            "1 line",
            "JSON objects with textPayload",
            say("vllm"),
        ),
        ("openai", RECEIVED, "1 line", "text that is no JSON", say("vllm")),
        (
            "openai",
            TRACE + "\n",
            "1 line",
            "arrays of JSON objects with id, model_name, model_version",
            say("triton-trace"),
        ),
        ("openai", "1\n", "1 line", "JSON, but no objects", KNOWN),
        (
            "openai",
            json.dumps(dict.fromkeys("abcdefgh")) + "\n",
            "1 line",
            "JSON objects with a, b, c, d, e, f and 2 more",
            KNOWN,
        ),
        ("vllm", ACCESS * 2, "2 lines", "text that is no JSON", KNOWN),
        ("triton-trace", ACCESS, "1 line", "text that is no JSON", KNOWN),
        ("openai", ACCESS * 2, "2 lines", "text that is no JSON", KNOWN),
        ("openai", "{}\n[1]\n", "2 lines", "JSON objects with nothing in them", KNOWN),
        ("vllm", b"\xff\xfe\x00" * 9 + b"\n", "1 line", "bytes that are no text", KNOWN),
    ],
)
def test_a_log_of_another_kind_says_what_it_looks_like_and_never_a_value(tmp_path, log, content, lines, look, do):
    with pytest.raises(UnreadableData) as unread:
        rows_of(tmp_path, log, content)
    assert str(unread.value) == (
        f"log.json is no log of {log}: of {lines} not one is a request. Its lines are {look}; {do}"
    )


@pytest.mark.parametrize(
    ("log", "content"),
    [
        ("vllm", "INFO 11-20 07:00:00 [api_server.py:9] Starting\n"),
        ("vllm", 'INFO:     10.0.0.1:5 - "GET /metrics HTTP/1.1" 200 OK\n'),
        ("vllm", "(APIServer pid=1) WARNING 11-20 07:00:00 [a.py:1] slow\n"),
        ("vllm", json.dumps({"textPayload": "INFO 11-20 07:00:00 [a.py:1] Starting"}) + "\n"),
        ("google-load-balancer", json.dumps({"protoPayload": {}}) + "\n\n"),
        ("openai", json.dumps({"jsonPayload": {"message": "started"}}) + "\n"),
        ("triton-trace", json.dumps([{"id": 1, "tensor": {}}])),
        ("vllm", ""),
        ("openai", ""),
        ("triton-trace", "[]"),
        ("openai", '{"half'),
    ],
)
def test_a_server_that_nobody_has_asked_has_an_empty_log(tmp_path, log, content):
    assert rows_of(tmp_path, log, content) == 0


def test_one_request_makes_a_log_of_its_kind(tmp_path):
    assert rows_of(tmp_path, "openai", ACCESS * 50 + ANSWER) == 1


WATCH = "{format: %s, baseline: accepted/, window: requests/, features: [%s]}"


def test_the_monitor_tells_of_a_window_and_of_a_baseline_of_another_kind(tmp_path):
    write_log(tmp_path / "accepted/a.json", list(entries(1200, 1)))
    write_log(tmp_path / "requests/2026/11/20/b.json", ANSWER * 3)
    found = WatchedFolder(tmp_path, config(WATCH % ("google-load-balancer", "status")))
    seen = found.measure()
    assert seen.errors == {"baseline": False, "window": True}
    assert found.log[0] == (
        "window: the window 2026/11/20 is no log of google-load-balancer: of 3 lines not one is a request. Its lines "
        f"are JSON objects with created, model, choices; {say('openai')}"
    )
    other = WatchedFolder(tmp_path, config(WATCH % ("vllm", "max_tokens")))
    assert other.measure().errors["baseline"]
    assert other.log[0].startswith("baseline: accepted/ is no log of vllm: of 1,200 lines not one is a request")
