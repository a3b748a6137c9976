"""The alerts of one subject, those that wake somebody first."""

from __future__ import annotations

from tests.support.specs import full, prod
from weighbridge.runbook.alerts import alert_notes
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched


def test_each_signal_of_the_subject_has_a_note_and_no_other():
    spec = full()
    for name in ("ranker", "click-features"):
        signals = [signal for signal in watched(subjects(spec)) if signal.subject.name == name]
        assert sorted(note.title for note in alert_notes(spec, name)) == sorted(signal.row.title for signal in signals)


def test_pages_come_before_tickets():
    severities = [note.severity for note in alert_notes(prod(), "ranker")]
    assert severities == sorted(severities)  # page, ticket
    assert {"page", "ticket"} == set(severities)


def test_a_note_says_what_it_means_and_what_to_do_first():
    (note,) = (note for note in alert_notes(prod(), "ranker") if note.title == "The model got worse")
    assert note.severity == "page"
    assert note.means.startswith("Against labels that have arrived since, the model does worse")
    assert note.do == (
        "Look at the slice: is it all requests or one group? Roll back to the last good version and stop the rollout."
    )


def test_nobody_has_alerts_of_a_name_that_is_not_there():
    assert alert_notes(prod(), "rankr") == ()
