"""Reads the ticket of an update, and holds it against what is about to be deployed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from weighbridge.admission.keys import verifier
from weighbridge.admission.ticket import TicketWrong, differences, parse_ticket, ticket_file
from weighbridge.errors import WeighbridgeError
from weighbridge.files.project import Project
from weighbridge.preview.admission import edited_since, update_of
from weighbridge.rules.rule_input import Gate
from weighbridge.spec.quota_file import AdmissionGate


def gate_of(project: Project, stack: str, asked: AdmissionGate, pack: Path, now: datetime) -> Gate:
    """What the ticket of a stack's update says. Whatever can't be read or told keeps the gate closed."""
    file = ticket_file(project.folder, stack)
    name = file.relative_to(project.folder)
    admit = f"Preview this commit and have it admitted: weighbridge admit {stack}."
    try:
        text = file.read_text(encoding="ascii") if file.is_file() else None  # a pipe might never end
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None:
        return Gate(f"{stack} may not be updated without a ticket, and {name} is none. {admit}")
    try:
        ticket = parse_ticket(text, verifier(project.folder / asked.public_key))
        update = update_of(project, stack, pack)
        edited = edited_since(project.folder) if update.commit else ()
    except TicketWrong as error:
        return Gate(f"{name} does not admit this update: {error}. {admit}")
    except (WeighbridgeError, OSError) as error:
        return Gate(f"whether {name} admits this update can't be told: {error}")
    wrong = list(differences(ticket, update, now))
    if edited and not wrong:
        more = f" and {len(edited) - 1} more" if len(edited) > 1 else ""
        wrong = [f"it is for a commit, which has {edited[0]}{more} otherwise"]
    if wrong:
        return Gate(f"{name} does not admit this update: {'; '.join(wrong)}. {admit}")
    return Gate(None, ticket.peaks)
