"""What a ticket says, as a text that is signed whole, and what is wrong with one for the update at hand."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from weighbridge.errors import WrongInput
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.units import format_timestamp, parse_timestamp

FOLDER = ".weighbridge"
"""Of the project: holds the tickets, and belongs into no commit."""

LONGEST = timedelta(hours=24)
SKEW = timedelta(minutes=10)
"""How far the clocks of who admits and who deploys may be apart."""

_FIRST = b"weighbridge-ticket 1\n"
"""Signed along, so that no signature of something else is one of a ticket."""

_SHORT = 10  # characters of a commit for people


class TicketWrong(WrongInput):
    """A text is no ticket, or nobody who may has signed it."""


@dataclass(frozen=True, slots=True)
class PlannedUpdate:
    """What a ticket is for: one commit of a stack, as judged by one pack and one quota file."""

    project: str
    stack: str
    commit: str
    pack: str  # digest
    limits: str  # digest


@dataclass(frozen=True, slots=True)
class Ticket:
    """One admission: what for, how much of each limit at the peak, and until when."""

    update: PlannedUpdate
    peaks: Mapping[QuotaKey, int]
    issued: datetime
    expires: datetime


def ticket_file(project: Path, stack: str) -> Path:
    """Where the ticket of a stack lies in its project."""
    return project / FOLDER / f"{stack}.ticket"


def ticket_text(ticket: Ticket, sign: Callable[[bytes], bytes]) -> str:
    """The ticket with its signature: two lines of base64."""
    update = ticket.update
    payload = json.dumps(
        {
            "project": update.project,
            "stack": update.stack,
            "commit": update.commit,
            "pack": update.pack,
            "limits": update.limits,
            "peaks": [
                [key.project, key.region, key.quota_id, [list(pair) for pair in key.dimensions], amount]
                for key, amount in sorted(ticket.peaks.items())
            ],
            "issued": format_timestamp(ticket.issued),
            "expires": format_timestamp(ticket.expires),
        },
        sort_keys=True,
        separators=(",", ":"),
    ).encode()
    return f"{b64encode(payload).decode()}\n{b64encode(sign(_FIRST + payload)).decode()}\n"


def parse_ticket(text: str, is_signed: Callable[[bytes, bytes], bool]) -> Ticket:
    """The ticket in a text; nothing of it is read before `is_signed` has said so of content and signature.

    Raises `TicketWrong`.
    """
    try:
        payload, signature = (b64decode(line, validate=True) for line in text.split("\n")[:2])
    except (ValueError, NotBase64):
        raise TicketWrong("it is no ticket") from None
    if not is_signed(_FIRST + payload, signature):
        raise TicketWrong("it is not signed by the key that the quota file names")
    try:
        content = json.loads(payload)
        peaks = {
            QuotaKey(of, region, quota, tuple((name, value) for name, value in more)): int(amount)
            for of, region, quota, more, amount in content["peaks"]
        }
        names = ("project", "stack", "commit", "pack", "limits")
        issued, expires = (parse_timestamp(content[name]) for name in ("issued", "expires"))
        return Ticket(PlannedUpdate(*(str(content[name]) for name in names)), peaks, issued, expires)
    except (ValueError, ArithmeticError, TypeError, KeyError, RecursionError):
        raise TicketWrong("it is a ticket of another version") from None


def differences(ticket: Ticket, update: PlannedUpdate, now: datetime) -> Iterator[str]:
    """Why a ticket doesn't admit this update, each as a part of a sentence; nothing where it does."""
    of = ticket.update
    if (of.project, of.stack) != (update.project, update.stack):
        yield f"it is for stack {of.stack} of project {of.project}"
        return
    if of.commit != update.commit:
        yield f"it is for commit {of.commit[:_SHORT]}, and this is {update.commit[:_SHORT] or 'no commit'}"
    if of.pack != update.pack:
        yield "another policy pack judged it"
    if of.limits != update.limits:
        yield "the quota file was another one"
    if now >= ticket.expires:
        yield f"it ended at {format_timestamp(ticket.expires)}"
    elif now < ticket.issued - SKEW or ticket.expires - ticket.issued > LONGEST:
        yield f"its times can't be: from {format_timestamp(ticket.issued)} to {format_timestamp(ticket.expires)}"
