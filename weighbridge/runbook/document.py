"""What the runbook of an endpoint or a pipeline says: everything follows from the spec and the plans made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.catalog import Catalog
from weighbridge.conventions import deploy_command
from weighbridge.runbook.endpoint import endpoint_lead, endpoint_sections
from weighbridge.runbook.pipeline import pipeline_lead, pipeline_sections
from weighbridge.runbook.sections import AlertNote, Block, Code, Listing, Runbook, Section, Table, Text, quoted
from weighbridge.runbook.subject import RunbookSubject
from weighbridge.spec.monitoring import Channel
from weighbridge.units import format_timestamp


def runbook(subject: RunbookSubject, catalog: Catalog, alerts: Sequence[AlertNote] = ()) -> Runbook:
    """The runbook of an endpoint or pipeline that the spec has. `alerts`: what can call somebody, most severe first."""
    serves = subject.name in subject.spec.endpoints
    lead = endpoint_lead(subject) if serves else pipeline_lead(subject)
    sections = endpoint_sections(subject, catalog) if serves else pipeline_sections(subject, catalog)
    return Runbook(
        title=f"Runbook: {subject.name} in {subject.spec.environment}",
        lead=(*lead, Text(_origin(subject))),
        sections=(*sections, notified(subject), *_taken_down(subject), *_alerts(alerts)),
    )


def notified(subject: RunbookSubject) -> Section:
    """Who is told, by severity."""
    return Section("Who is told", tuple(_notified(subject)))


def _notified(subject: RunbookSubject) -> Iterator[Block]:
    spec, name = subject.spec, subject.name
    owner = f"The owner of `{subject.file}` is {quoted(spec.owner)}."
    if spec.monitoring is None:
        yield Text(f"Nobody: the spec has no `monitoring`. {owner}")
        return
    notify = spec.monitoring.notify
    ticket = _channels(notify.ticket)
    page = _channels(notify.page) if notify.page is not None else f"as `ticket`: {ticket}"
    beat = _channel(notify.heartbeat) if notify.heartbeat is not None else "nobody"
    yield Table(
        ("severity", "who", "when it is read"),
        (
            ("page", page, "at once" if notify.page is not None else "on the next working day"),
            ("ticket", ticket, "on the next working day"),
            ("heartbeat", beat, "when it stops coming"),
        ),
    )
    measured = spec.endpoints.get(name) or spec.pipelines[name]
    notes = [owner]
    if measured.measure_only:
        until = f" until {measured.measure_only_until}" if measured.measure_only_until is not None else ""
        notes.append(f"`measure_only`: its alerts tell nobody yet{until}.")
    notes += [
        f"Left out on purpose until {exemption.until}: `{exemption.cell}`, {quoted(exemption.reason)}, "
        f"by {quoted(exemption.owner)}."
        for exemption in spec.monitoring.exempt
        if exemption.of == name
    ]
    notes += [
        f"Quiet from {format_timestamp(snooze.start)} to {format_timestamp(snooze.end)}: {quoted(snooze.what)}."
        for snooze in spec.monitoring.snoozes
        if name in snooze.of
    ]
    yield Listing(tuple(notes))


def _channels(channels: Sequence[Channel]) -> str:
    return " and ".join(map(_channel, channels))


def _channel(channel: Channel) -> str:
    """How somebody is reached; secrets by name only."""
    known = (
        ("e-mail to", channel.email),
        ("PagerDuty, whose key is", channel.pagerduty_service_key_secret),
        ("Slack", channel.slack_channel),
        ("Opsgenie, whose key is", channel.opsgenie_key_secret),
        ("the Google Chat space", channel.google_chat_space),
        ("a webhook, whose address is", channel.webhook_url_secret),
        ("Pub/Sub", channel.pubsub_topic),
    )
    return next(f"{words} {quoted(value)}" for words, value in known if value is not None)


def _alerts(alerts: Sequence[AlertNote]) -> Iterator[Section]:
    if alerts:
        rows = tuple((alert.title, alert.severity, alert.means, alert.do) for alert in alerts)
        yield Section("Alerts", (Table(("alert", "severity", "what it means", "do first"), rows),))


def _taken_down(subject: RunbookSubject) -> Iterator[Section]:
    if not subject.spec.production:
        return
    stack = subject.stack
    yield Section(
        "Take the stack down",
        (
            Text(
                f"All of `{stack}` goes, for good: every endpoint, pipeline and pool. It is protected until the spec "
                f"says that it is retired, by somebody who may approve there. The first deployment lifts the "
                f"protection and nothing else; a day later the spec may no longer say so."
            ),
            Code(
                (
                    f'weighbridge retire {stack} --reason "WHY"',
                    f"weighbridge preview {stack}",
                    f"git commit --message 'REASON' {subject.file}  # then review and merge",
                    f"{deploy_command(stack)}  # where merging doesn't deploy",
                    f"pulumi destroy --stack {stack}",
                )
            ),
            Text(f"Then delete `{subject.file}`, and let the quota's owners take `{stack}` out of the quota file."),
        ),
    )


def _origin(subject: RunbookSubject) -> str:
    command = f"weighbridge runbook {subject.name} -s {subject.stack}"
    return f"Written by `{command}` from `{subject.file}`. Write it again when the spec changes."
