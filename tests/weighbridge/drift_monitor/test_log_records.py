"""Requests in logs, in the forms that servers write, and what is counted of all else."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from weighbridge.drift_monitor import log_records
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.log_records import records

CHANGED = datetime(2026, 1, 2, 12, tzinfo=UTC)
HEAD = "INFO 01-02 07:00:05 [logger.py:41] "
PARAMS = (
    "SamplingParams(n=2, temperature=0.7, top_p=0.95, seed=None, stop=['max_tokens=9, '], max_tokens=128, min_tokens=0)"
)


def read(log, text, changed=CHANGED, size=7):
    content = text.encode() if isinstance(text, str) else text
    counts = LineCounts()
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    return list(records(log, chunks, changed, counts)), counts


def at(*moment: int) -> float:
    year, month, day, *clock = moment
    hour, minute, second, micro = (*clock, 0, 0)[:4]
    return datetime(year, month, day, hour, minute, second, micro, UTC).timestamp()


# ---------------------------------------------------------------- vLLM

OLD = (
    f"{HEAD}Received request cmpl-1: prompt: 'Say \"it\\'s\", params: now\\n', params: {PARAMS}, "
    "prompt_token_ids: [1, 2, 3], prompt_embeds shape: None, lora_request: None, prompt_adapter_request: None.\n"
)
NEW = (
    f"(APIServer pid=7) {HEAD}Received request chatcmpl-2: params: {PARAMS}, "
    "lora_request: LoRARequest(lora_name='de', lora_int_id=1).\n"
)
DETAILS = (
    "DEBUG 01-02 07:00:05 [logger.py:30] Request chatcmpl-2 details: prompt: 'Hi', prompt_token_ids: [4, 5], x: None.\n"
)
ANSWER = (
    "INFO 01-02 07:00:09 [logger.py:60] Generated response chatcmpl-2 (streaming complete): output: 'Hello\\nyou', "
    "output_token_ids: [7, 8, 9, 10], finish_reason: stop\n"
)
DELTA = (
    "INFO 01-02 07:00:06 [logger.py:60] Generated response chatcmpl-2 (streaming delta): output: 'He', "
    "finish_reason: None\n"
)
ACCESS = 'INFO:     10.0.0.1:4242 - "POST /v1/completions HTTP/1.1" 200 OK\n'


def test_the_older_form_of_vllm_has_the_prompt():
    (found,), counts = read("vllm", ACCESS + OLD + "\n")
    assert found == {
        "time": at(2026, 1, 2, 7, 0, 5),
        "request_id": "cmpl-1",
        "prompt": 'Say "it\'s", params: now\n',
        "params": {"n": 2, "temperature": 0.7, "top_p": 0.95, "max_tokens": 128},
        "input_tokens": 3,
        "lora": None,
    }
    assert counts == LineCounts(other=2)


def test_the_newer_form_is_joined_with_its_details_and_its_answer():
    (found,), counts = read("vllm", DETAILS + NEW + DELTA + ANSWER)
    assert (found["prompt"], found["input_tokens"], found["lora"]) == ("Hi", 2, "de")
    assert (found["answer"], found["output_tokens"], found["finish_reason"]) == ("Hello\nyou", 4, "stop")
    assert found["response_seconds"] == 4.0
    assert counts == LineCounts(other=3)


def test_an_answer_whose_request_is_in_another_file_is_no_request():
    assert read("vllm", ANSWER + DETAILS) == ([], LineCounts(other=2))


def test_the_same_id_twice_is_two_requests():
    found, _ = read("vllm", NEW + NEW)
    assert [record["request_id"] for record in found] == ["chatcmpl-2", "chatcmpl-2"]


def test_only_so_many_wait_for_their_answers(monkeypatch):
    monkeypatch.setattr(log_records, "MOST_OPEN", 3)
    text = "".join(NEW.replace("chatcmpl-2", f"c-{number}") for number in range(9))
    assert [record["request_id"] for record in read("vllm", text)[0]] == [f"c-{number}" for number in range(9)]


@pytest.mark.parametrize(
    ("changed", "year"),
    [(datetime(2026, 1, 2, 12, tzinfo=UTC), 2026), (datetime(2026, 1, 2, 3, tzinfo=UTC), 2026),
     (datetime(2026, 1, 1, 3, tzinfo=UTC), 2025), (datetime(2025, 12, 31, 23, tzinfo=UTC), 2025)],
)  # fmt: skip
def test_the_year_is_the_last_that_fits_the_file(changed, year):
    ((found,), _) = read("vllm", NEW, changed)
    assert found["time"] == at(year, 1, 2, 7, 0, 5)


def test_what_has_collected_the_line_says_when_it_came():
    message = NEW.partition("] ")[2].strip()
    collected = [
        f"2026-03-04T05:06:07.25Z stdout F {NEW}",
        f"2026-03-04T06:06:07.250000000+01:00 {NEW}",
        json.dumps({"textPayload": NEW, "timestamp": "2026-03-04T05:06:07.25Z"}) + "\n",
        json.dumps({"jsonPayload": {"message": message}, "timestamp": "2026-03-04T05:06:07.250000123Z"}) + "\n",
    ]
    for line in collected:
        ((found,), counts) = read("vllm", line)
        assert (found["time"], counts) == (at(2026, 3, 4, 5, 6, 7, 250_000), LineCounts())


def test_a_request_in_an_unknown_form_and_bytes_that_are_no_text_are_unreadable():
    text = f"{HEAD}Received request cmpl-1 in another form\n".encode() + b"\xff\xfe\n" + NEW[:90].encode()
    assert read("vllm", text) == ([], LineCounts(unreadable=2, cut=1))


def test_a_prompt_that_looks_like_a_request_is_none():
    inner = "Received request x: params: None, lora_request: None."
    found, _ = read("vllm", OLD.replace("now\\n", f"now\\n{inner}"))
    assert [record["request_id"] for record in found] == ["cmpl-1"]


# ---------------------------------------------------------------- JSON, a line each


def test_entries_without_a_request_are_other_lines_and_a_half_last_line_is_being_written():
    text = '{"httpRequest": {"status": 200}}\n\n{"textPayload": "hello"}\nno json\n[1]\n{"httpRequest": {"sta'
    found, counts = read("google-load-balancer", text)
    assert found == [{"httpRequest": {"status": 200}}]
    assert counts == LineCounts(other=2, unreadable=2, cut=1)


def test_answers_of_a_batch_alone_and_from_cloud_logging_are_one_form():
    body = {"object": "chat.completion", "usage": {"prompt_tokens": 3}}
    batch = {"custom_id": "a", "response": {"status_code": 200, "body": body}, "error": None}
    failed = {"custom_id": "b", "response": None, "error": {"code": "expired"}}
    text = (
        "\n".join(map(json.dumps, [batch, body, {"jsonPayload": body}, failed, {"jsonPayload": "x"}, {"a": 1}])) + "\n"
    )
    found, counts = read("openai", text)
    assert [record.get("body") for record in found] == [body, body, body, None]
    assert (found[0]["status_code"], found[3]["error"]) == (200, {"code": "expired"})
    assert counts == LineCounts(other=2)


# ---------------------------------------------------------------- Triton


def trace(number, model="m", **moments):
    yield {"id": number, "model_name": model, "model_version": 1}
    yield from ({"id": number, "timestamps": [{"name": name, "ns": ns}]} for name, ns in moments.items())


PARTS = [
    *trace(1, REQUEST_START=5),
    *trace(2, "part", REQUEST_START=6),
    {"id": 1, "timestamps": [{"name": "REQUEST_END", "ns": 9}]},
]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_objects_of_one_trace_are_one_record(size):
    found, counts = read("triton-trace", json.dumps(PARTS, indent=1), size=size)
    assert [(record["model_name"], record["REQUEST_START"], record.get("REQUEST_END")) for record in found] == [
        ("m", 5, 9), ("part", 6, None)
    ]  # fmt: skip
    assert counts == LineCounts()


def test_a_trace_that_is_being_written_gives_what_is_there():
    found, counts = read("triton-trace", json.dumps(PARTS)[:-12])
    assert (len(found), counts) == (2, LineCounts(cut=1))


def test_an_id_that_begins_anew_is_another_request():
    text = json.dumps([*trace(1, A=1)]) + "\n" + json.dumps([*trace(1, A=2)])
    assert [record["A"] for record in read("triton-trace", text)[0]] == [1, 2]


def test_tensors_are_other_objects_and_what_is_broken_costs_itself_alone():
    tensor = {"id": 1, "activity": "TENSOR_QUEUE_INPUT", "tensor": {"name": "input", "data": "0.1"}}
    text = (
        json.dumps([*trace(1, A=1), tensor])[:-1] + ', {"id": 1, "timestamps": [}, ' + json.dumps([*trace(2, A=3)])[1:]
    )
    found, counts = read("triton-trace", text)
    assert [record["A"] for record in found] == [1, 3]
    assert counts == LineCounts(other=1, unreadable=1)


@pytest.mark.parametrize("text", ["Traceback (most recent call last):\n" * 50, '"text"', "[1, 2]", "[[[["])
def test_what_is_no_trace_is_unreadable(text):
    found, counts = read("triton-trace", text)
    assert (found, counts.requests) == ([], 0)
    assert counts.unreadable or text == "[[[["


@pytest.mark.parametrize("log", ["google-load-balancer", "openai", "vllm", "triton-trace"])
def test_nothing_is_nothing(log):
    assert read(log, b"") == ([], LineCounts())
