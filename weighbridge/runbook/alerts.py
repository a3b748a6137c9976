"""The alerts of an endpoint or pipeline, as its runbook lists them: those that wake somebody first."""

from __future__ import annotations

from weighbridge.runbook.sections import AlertNote
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import by_subject, watched
from weighbridge.spec.root import Spec

_ORDER = ("page", "ticket", "heartbeat")


def alert_notes(spec: Spec, name: str) -> tuple[AlertNote, ...]:
    """One note for each signal of a checked spec's endpoint or pipeline."""
    signals = by_subject(watched(subjects(spec)), name)
    notes = (
        AlertNote(signal.row.title, signal.row.severity, signal.row.means, " ".join(signal.row.first_steps))
        for signal in signals
    )
    return tuple(sorted(notes, key=lambda note: _ORDER.index(note.severity)))
