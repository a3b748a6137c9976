"""Requests in the bytes of a log, each as a record: nested values, as `request_logs.yaml` names them by their paths."""

from __future__ import annotations

import ast
import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TypeAlias

from weighbridge.drift_monitor.log_lines import MOST_LINE_BYTES, LineCounts, lines
from weighbridge.spec.pipeline import LogFormat

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"
Record: TypeAlias = Mapping[str, Json]

MOST_OPEN = 10_000
"""Requests that wait for the rest of what is logged of them; beyond, the oldest is taken as it is."""

_Reader = Callable[[Iterable[bytes], datetime, LineCounts], Iterator[Record]]

_LITERAL = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|None)"""
_IDS = r"(?:None|\[[^\]]*\])"
_CONTAINER = re.compile(r"^(\d{4}-\d\d-\d\dT\S+) (?:std(?:out|err) [FP] )?")
"""What containerd, and `kubectl logs --timestamps`, write before a line."""

_VLLM_HEAD = re.compile(r"^(?:\(\w+ pid=\d+\) ?)?(?:INFO|DEBUG) (\d\d)-(\d\d) (\d\d:\d\d:\d\d) \[?[^\s\]]+:\d+\] ")
_VLLM_LINES = re.compile(
    "^(?:"
    rf"Received request (?P<received>\S+): (?:prompt: (?P<prompt>{_LITERAL}), )?params: (?P<params>.*?)"
    rf"(?:, prompt_token_ids: (?P<ids>{_IDS})(?:, prompt_embeds shape: .*)?)?, lora_request: (?P<lora>.*?)"
    r"(?:, prompt_adapter_request: .*)?\."
    rf"|Request (?P<detailed>\S+) details: prompt: (?P<detail>{_LITERAL}), "
    rf"prompt_token_ids: (?P<detail_ids>{_IDS})[,.].*"
    rf"|Generated response (?P<answered>\S+)(?: \(streaming (?P<stream>\w+)\))?: output: (?P<answer>{_LITERAL})"
    rf"(?:, output_token_ids: (?P<answer_ids>{_IDS}))?, finish_reason: (?P<reason>.*)"
    ")$",
    re.DOTALL,
)
_VLLM_OWN = re.compile(r"^(?:\(\w+ pid=\d+\) ?)?(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")
"""What vLLM and the server in it write, uvicorn's lines of requests for metrics among them."""

_PAYLOADS = {"textPayload", "jsonPayload", "protoPayload"}
"""Keys of the entries of Cloud Logging, whatever they are about."""

_VLLM_MARKS = ("Received request ", "Generated response ")
_PARAMETER = re.compile(r"\b(n|max_tokens|temperature|top_p)=(-?[0-9][0-9.e+-]*)")
_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s,\[\]]*")
_ENTRY = re.compile(r'\{\s*"(?:id|model_name)"')
"""How an object of a trace may begin."""

_LORA_NAME = re.compile(rf"\b(?:lora_name|name)=({_LITERAL})")


def records(log: LogFormat, chunks: Iterable[bytes], changed: datetime, counts: LineCounts) -> Iterator[Record]:
    """The requests of one file, in its order; other and unreadable lines are counted. `changed`: when it was last."""
    return _READERS[log](chunks, changed, counts)


def of_its_server(log: LogFormat, head: bytes) -> bool:
    """Whether the first bytes of a log have what such a server, or its collector, writes beside requests."""
    texts = head.decode(errors="replace").splitlines()
    if any(isinstance(entry := _json(line), Mapping) and _PAYLOADS & entry.keys() for line in texts):
        return True
    match log:
        case "vllm":
            return any(_VLLM_OWN.match(_unwrapped(line)[0]) for line in texts)
        case "triton-trace":
            return any(isinstance(entry.get("id"), int) for entry in _array([head], LineCounts()))
        case _:
            return False


def _load_balancer(chunks: Iterable[bytes], _changed: datetime, counts: LineCounts) -> Iterator[Record]:
    for entry in _json_lines(chunks, counts):
        if isinstance(entry.get("httpRequest"), Mapping):
            yield entry
        else:
            counts.other += 1


def _openai(chunks: Iterable[bytes], _changed: datetime, counts: LineCounts) -> Iterator[Record]:
    for entry in _json_lines(chunks, counts):
        payload = entry.get("jsonPayload", entry)
        line = payload if isinstance(payload, Mapping) else {}
        response = line.get("response")
        if isinstance(response, Mapping) and "body" in response:
            yield {**line, "body": response["body"], "status_code": response.get("status_code")}
        elif "custom_id" in line:
            yield line  # it failed before there was an answer
        elif "choices" in line or "usage" in line:
            yield {"body": line}
        else:
            counts.other += 1


def _vllm(chunks: Iterable[bytes], changed: datetime, counts: LineCounts) -> Iterator[Record]:
    waiting: dict[str, dict[str, Json]] = {}
    for line, whole in lines(chunks, counts):
        try:
            text, at = _unwrapped(line.decode())
        except UnicodeDecodeError:
            _unread(counts, whole=whole)
            continue
        head = _VLLM_HEAD.match(text)
        if head is not None:
            text, at = text[head.end() :], at or _dated(head, changed)
        found = _VLLM_LINES.match(text)
        if found is None:
            if text.startswith(_VLLM_MARKS):
                _unread(counts, whole=whole)
            else:
                counts.other += 1
            continue
        yield from _joined(found, at, waiting, counts)
    yield from (record for record in waiting.values() if "params" in record)


def _joined(
    found: re.Match[str], at: float | None, waiting: dict[str, dict[str, Json]], counts: LineCounts
) -> Iterator[Record]:
    """Adds a line to the request that it is about; gives those that are complete."""
    if found["detailed"] is not None:  # comes before the line of the request itself
        details = {"prompt": _text(found["detail"]), "input_tokens": _length(found["detail_ids"])}
        waiting.setdefault(found["detailed"], {}).update(details)
        counts.other += 1
    elif found["received"] is not None:
        name = found["received"]
        params = re.sub(_LITERAL, "''", found["params"])
        record = waiting.pop(name, {})
        if "params" in record:  # one id for two requests
            yield record
            record = {}
        lora = _LORA_NAME.search(found["lora"])
        record |= {"time": at, "request_id": name, "lora": _text(lora[1]) if lora is not None else None}
        record |= {"params": {key: float(value) for key, value in _PARAMETER.findall(params)}}
        if found["prompt"] is not None:
            record |= {"prompt": _text(found["prompt"])}
        if found["ids"] is not None:
            record |= {"input_tokens": _length(found["ids"])}
        waiting[name] = record
    else:
        counts.other += 1
        if found["stream"] != "delta" and "params" in waiting.get(found["answered"], {}):
            record = waiting.pop(found["answered"])
            received = record.get("time")
            took = at - received if at is not None and isinstance(received, float) else None
            record |= {"answer": _text(found["answer"]), "output_tokens": _length(found["answer_ids"])}
            reason = found["reason"].strip()
            yield record | {"finish_reason": None if reason == "None" else reason, "response_seconds": took}
    if len(waiting) > MOST_OPEN:
        oldest = waiting.pop(next(iter(waiting)))
        if "params" in oldest:
            yield oldest


def _traces(chunks: Iterable[bytes], _changed: datetime, counts: LineCounts) -> Iterator[Record]:
    """Objects of one id follow one another, among those of its parts; an id begins anew when the server does."""
    waiting: dict[int, tuple[dict[str, Json], dict[str, Json]]] = {}
    for entry in _array(chunks, counts):
        number = entry.get("id")
        if not isinstance(number, int):
            counts.unreadable += 1
            continue
        if "model_name" in entry:
            if number in waiting:
                yield _trace(*waiting.pop(number))
            waiting[number] = (dict(entry), {})
        elif number in waiting and isinstance(entry.get("timestamps"), list):
            moments = entry["timestamps"]
            for moment in moments if isinstance(moments, list) else ():
                if isinstance(moment, Mapping) and isinstance(moment.get("name"), str):
                    waiting[number][1].setdefault(str(moment["name"]), moment.get("ns"))
        else:
            counts.other += 1  # of tensors, or of a trace whose begin is in another file
        if len(waiting) > MOST_OPEN:
            yield _trace(*waiting.pop(next(iter(waiting))))
    yield from (_trace(*parts) for parts in waiting.values())


def _trace(entry: Mapping[str, Json], moments: Mapping[str, Json]) -> Record:
    return {**entry, **moments}


_READERS: Mapping[LogFormat, _Reader] = {
    "google-load-balancer": _load_balancer,
    "vllm": _vllm,
    "openai": _openai,
    "triton-trace": _traces,
}


def _json_lines(chunks: Iterable[bytes], counts: LineCounts) -> Iterator[Record]:
    for line, whole in lines(chunks, counts):
        if not line.strip():
            counts.other += 1
            continue
        entry = _json(line)
        if isinstance(entry, Mapping):
            yield entry
        else:
            _unread(counts, whole=whole)


def _array(chunks: Iterable[bytes], counts: LineCounts) -> Iterator[Record]:
    """The objects of JSON arrays as they come. What is none costs no more than itself, where another one follows."""
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    held = ""
    for chunk in chain(chunks, (None,)):
        held += decode(chunk or b"", final=chunk is None)
        place = _after(held, 0)
        while place < len(held):
            entry, end = _decoded(held, place)
            if entry is None and chunk is not None and len(held) - place <= MOST_LINE_BYTES:
                break  # the rest of it is to come
            if entry is None:
                is_begun = held[place] == "{"
                starts = (found.start() for found in _ENTRY.finditer(held, place + 1))
                end = next((start for start in starts if _decoded(held, start)[0] is not None), len(held))
                if end == len(held) and is_begun:
                    counts.cut += 1
                else:
                    counts.unreadable += 1
            else:
                yield entry
            place = _after(held, end)
        held = held[place:]


def _after(text: str, place: int) -> int:
    """Where the next object begins: behind what stands between two."""
    found = _BETWEEN.match(text, place)
    return found.end() if found is not None else place


def _decoded(text: str, place: int) -> tuple[Record | None, int]:
    try:
        entry, end = _DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None, place
    return (entry, end) if isinstance(entry, dict) else (None, place)


def _json(line: bytes | str) -> Json:
    """What a line holds; None for what is no JSON, as for `null`."""
    try:
        found: Json = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found


def _unread(counts: LineCounts, *, whole: bool) -> None:
    if whole:
        counts.unreadable += 1
    else:
        counts.cut += 1


def _unwrapped(text: str) -> tuple[str, float | None]:
    """What the server wrote, and when, where whoever has collected it says so."""
    if text.startswith("{"):
        entry = _json(text)
        if isinstance(entry, Mapping):
            payload = entry.get("jsonPayload")
            inner = entry.get("textPayload", payload.get("message") if isinstance(payload, Mapping) else None)
            at = entry.get("timestamp")
            return (inner.rstrip("\r\n") if isinstance(inner, str) else ""), _seconds(at if isinstance(at, str) else "")
    before = _CONTAINER.match(text)
    if before is not None:
        return text[before.end() :], _seconds(before[1])
    return text, None


def _seconds(moment: str) -> float | None:
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def _dated(head: re.Match[str], changed: datetime) -> float | None:
    """The last such moment before the file was changed; of clocks and zones that differ by less than a day."""
    for year in (changed.year + 1, changed.year, changed.year - 1):
        at = _seconds(f"{year}-{head[1]}-{head[2]}T{head[3]}+00:00")
        if at is not None and at <= (changed + timedelta(days=1)).timestamp():
            return at
    return None


def _text(literal: str) -> str | None:
    """What Python has written with `repr`."""
    try:
        found = ast.literal_eval(literal)
    except (ValueError, SyntaxError):
        return None
    return found if isinstance(found, str) else None


def _length(ids: str | None) -> int | None:
    """How many numbers a list has, as Python writes it."""
    if ids is None or ids == "None":
        return None
    return ids.count(",") + 1 if ids.strip("[] ") else 0
