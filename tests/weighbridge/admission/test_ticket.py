"""A ticket comes back as it was signed, is believed from nobody else, and admits one update only."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.claim_books import L4
from weighbridge.admission.ticket import (
    PlannedUpdate,
    Ticket,
    TicketWrong,
    differences,
    parse_ticket,
    ticket_file,
    ticket_text,
)
from weighbridge.quota.arithmetic import QuotaKey

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
H100 = QuotaKey("example-ml", "us-central1", "GPUS-PER-GPU-FAMILY-per-project-region", (("gpu_family", "NVIDIA_H100"),))
UPDATE = PlannedUpdate("weighbridge", "dev", "a" * 40, "b" * 64, "c" * 64)
TICKET = Ticket(UPDATE, {L4: 2, H100: 8}, NOW, NOW + timedelta(hours=1))


def sign(content: bytes) -> bytes:
    return b"signed " + content


def is_signed(content: bytes, signature: bytes) -> bool:
    return signature == sign(content)


def test_a_ticket_comes_back():
    assert parse_ticket(ticket_text(TICKET, sign), is_signed) == TICKET
    assert ticket_file(Path("/project"), "dev") == Path("/project/.weighbridge/dev.ticket")


def test_what_somebody_changed_is_not_read():
    payload, signature = ticket_text(TICKET, sign).splitlines()
    changed = b64encode(b64decode(payload).replace(b",2]", b",9]")).decode()
    assert changed != payload
    for text in (f"{changed}\n{signature}\n", f"{payload}\n{b64encode(b'x').decode()}\n"):
        with pytest.raises(TicketWrong, match="it is not signed by the key that the quota file names"):
            parse_ticket(text, is_signed)


def test_a_signature_of_something_else_is_none_of_a_ticket():
    payload = ticket_text(TICKET, sign).splitlines()[0]
    text = f"{payload}\n{b64encode(sign(b64decode(payload))).decode()}\n"
    with pytest.raises(TicketWrong, match="it is not signed"):
        parse_ticket(text, is_signed)


@pytest.mark.parametrize("text", ["", "x", "a\nb\nc", "€\n€", "AAAA"])
def test_what_is_no_ticket_is_said(text):
    with pytest.raises(TicketWrong, match="it is no ticket"):
        parse_ticket(text, lambda *_: True)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"peaks": 1}',
        b'{"peaks": [[1]]}',
        b"\xff",
        b"[" * 100_000,
        b'{"peaks": [["p", "r", "q", [], 1e400]]}',
    ],
    ids=len,
)
def test_what_is_signed_and_no_ticket_of_this_version_is_said(payload):
    text = f"{b64encode(payload).decode()}\n{b64encode(b's').decode()}\n"
    with pytest.raises(TicketWrong, match="it is a ticket of another version"):
        parse_ticket(text, lambda *_: True)


@pytest.mark.parametrize(
    ("update", "at", "found"),
    [
        (UPDATE, NOW, []),
        (UPDATE, NOW - timedelta(minutes=9), []),
        (replace(UPDATE, stack="prod"), NOW, ["it is for stack dev of project weighbridge"]),
        (replace(UPDATE, project="other"), NOW, ["it is for stack dev of project weighbridge"]),
        (replace(UPDATE, commit="d" * 40), NOW, ["it is for commit aaaaaaaaaa, and this is dddddddddd"]),
        (replace(UPDATE, commit=""), NOW, ["it is for commit aaaaaaaaaa, and this is no commit"]),
        (replace(UPDATE, pack="", limits=""), NOW, ["another policy pack judged it", "the quota file was another one"]),
        (UPDATE, NOW + timedelta(hours=1), ["it ended at 2026-11-24T13:00:00Z"]),
        (UPDATE, NOW - timedelta(hours=1), ["its times can't be: from 2026-11-24T12:00:00Z to 2026-11-24T13:00:00Z"]),
    ],
)
def test_it_admits_one_update_for_a_while(update, at, found):
    assert list(differences(TICKET, update, at)) == found


def test_a_ticket_that_lasts_longer_than_one_may_is_not_believed():
    assert list(differences(replace(TICKET, expires=NOW + timedelta(days=2)), UPDATE, NOW)) == [
        "its times can't be: from 2026-11-24T12:00:00Z to 2026-11-26T12:00:00Z"
    ]
