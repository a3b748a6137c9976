"""The signals of a spec as alert policies: names, conditions, texts, who is told. Components write them down.

Everything is in the form in which Cloud Monitoring gives it back (nothing empty, no zeros), so that a second deployment
changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from weighbridge.alerting.channels import ChannelKey, channel_of, plan_channels
from weighbridge.conventions import MONITORING_CONSOLE, deploy_command, label_value, runbook_link
from weighbridge.signals.kept_labels import kept_labels
from weighbridge.signals.rows import Severity
from weighbridge.signals.watched import AlertCondition, WatchedSignal
from weighbridge.spec.monitoring import AUTO_CLOSE
from weighbridge.spec.root import Spec
from weighbridge.units import format_timestamp

MOST_CONDITIONS = 6
"""Of a policy. Source: the description of AlertPolicy.conditions in Google's discovery document."""

EVALUATED_EVERY_SECONDS = 60
RENOTIFY_SECONDS = 1800
"""The shortest that Cloud Monitoring takes; a heartbeat's period."""

ALIGNMENT_SECONDS = 300
SEVERITIES: dict[Severity, str] = {"page": "CRITICAL", "ticket": "WARNING", "heartbeat": "WARNING"}
LONGEST_SUBJECT = 255  # bytes


@dataclass(frozen=True, slots=True)
class PromQl:
    """A condition in PromQL."""

    name: str
    query: str
    rule: str
    group: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A condition on one metric by its type, for metrics of true and false that PromQL may not show as numbers."""

    name: str
    filter: str
    aligner: str
    """How one series becomes one number a period: by the metric's kind."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a policy's documentation."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """One alert policy as Cloud Monitoring takes it: a signal of a subject, with all its conditions or some."""

    name: str
    signal: WatchedSignal
    project: str
    display_name: str
    severity: Severity
    level: str  # Cloud Monitoring's severity
    conditions: tuple[PromQl | Threshold, ...]
    hold_seconds: int
    notified: ChannelKey | None  # whose channels; None: it is measured only, or nobody is told
    labels: dict[str, str]
    subject: str
    content: str
    links: tuple[Link, ...]
    auto_close_seconds: int
    renotify_seconds: int | None


MOST_SNOOZED = 16
"""Policies of one snooze. Source: the description of Criteria.policies in Google's discovery document."""


@dataclass(frozen=True, slots=True)
class SnoozePlan:
    """A time in which policies stay quiet; `policies` are names of plans, `start` and `end` RFC 3339."""

    name: str
    display_name: str
    project: str
    policies: tuple[str, ...]
    start: str
    end: str


def plan_snoozes(spec: Spec, alerts: Sequence[AlertPlan]) -> tuple[SnoozePlan, ...]:
    """The snoozes of a checked spec, each cut into as many as its policies need."""
    if spec.monitoring is None:
        return ()
    return tuple(
        SnoozePlan(
            name=f"{spec.environment}-snooze-{label_value(snooze.what)}-{at // MOST_SNOOZED + 1}",
            display_name=snooze.what,
            project=spec.cloud.project,
            policies=names[at : at + MOST_SNOOZED],
            start=format_timestamp(snooze.start),
            end=format_timestamp(snooze.end),
        )
        for snooze in spec.monitoring.snoozes
        for names in [tuple(alert.name for alert in alerts if alert.signal.subject.name in snooze.of)]
        for at in range(0, len(names), MOST_SNOOZED)
    )


def plan_alerts(spec: Spec, signals: Iterable[WatchedSignal]) -> tuple[AlertPlan, ...]:
    """A policy for each signal; a second one where it has more conditions than one policy may have."""
    channels = {channel.key for channel in plan_channels(spec)}
    return tuple(plan for signal in signals for plan in _plans(spec, signal, channels))


def _plans(spec: Spec, signal: WatchedSignal, channels: Collection[ChannelKey]) -> Iterator[AlertPlan]:
    parts = [signal.conditions[at : at + MOST_CONDITIONS] for at in range(0, len(signal.conditions), MOST_CONDITIONS)]
    for ordinal, part in enumerate(parts, start=1):
        name = f"{signal.key}-{ordinal}" if ordinal > 1 else signal.key
        yield _plan(spec, signal, part, name, channels)


def _plan(
    spec: Spec,
    signal: WatchedSignal,
    conditions: Sequence[AlertCondition],
    name: str,
    channels: Collection[ChannelKey],
) -> AlertPlan:
    row, subject = signal.row, signal.subject
    close = spec.monitoring.auto_close if spec.monitoring is not None else AUTO_CLOSE
    return AlertPlan(
        name=name,
        signal=signal,
        project=spec.cloud.project,
        display_name=f"[{spec.environment}/{subject.name}] {row.title}",
        severity=row.severity,
        level=SEVERITIES[row.severity],
        conditions=tuple(_condition(spec, signal, condition) for condition in conditions),
        hold_seconds=signal.hold_seconds,
        notified=None if subject.measure_only else channel_of(row.severity, channels),
        labels={
            "environment": spec.environment,
            "kind": subject.kind,
            "managed-by": "weighbridge",
            "owner": label_value(spec.owner),
            "severity": row.severity,
            "signal": row.id,
            "subject": subject.name,
        },
        subject=_short(f"{row.severity}: {row.title} ({subject.name}, {spec.environment})"),
        content=_content(spec, signal, conditions),
        links=tuple(_links(spec, signal)),
        auto_close_seconds=int(close.total_seconds()),
        renotify_seconds=RENOTIFY_SECONDS if row.severity == "heartbeat" else None,
    )


def _condition(spec: Spec, signal: WatchedSignal, condition: AlertCondition) -> PromQl | Threshold:
    title = signal.row.title + (f" ({condition.entry})" if condition.entry else "")
    if condition.filter:
        return Threshold(title, condition.filter, condition.aligner)
    rule = "".join(word.capitalize() for word in signal.row.id.split("-"))
    return PromQl(title, condition.expression, rule, f"{spec.environment}-{signal.subject.name}")


def _content(spec: Spec, signal: WatchedSignal, conditions: Sequence[AlertCondition]) -> str:
    """Markdown: what it means, which one, first steps, the way back, who answers."""
    row, subject = signal.row, signal.subject
    lines = [row.means, ""]
    if row.names:
        lines += [f"Which one: {_which(row.names, conditions)}", ""]
    lines += ["First steps:", "", *(f"{number}. {step}" for number, step in enumerate(row.first_steps, start=1)), ""]
    if subject.kind == "serving":
        back = f'weighbridge rollout rollback {subject.name} -s {spec.environment} --reason "..."'
        lines += ["Back to the stable version:", "", f"    {back}", f"    {deploy_command(spec.environment)}", ""]
    if subject.part[0] in ("endpoints", "pipelines"):
        lines.append(f"Runbook: `weighbridge runbook {subject.name} -s {spec.environment}`")
        lines.append("")
    lines.append(f"Owner: {spec.owner}")
    return "\n".join(lines)


def _which(names: Sequence[str], conditions: Sequence[AlertCondition]) -> str:
    """What an incident is about. One text serves all conditions: where they keep different labels, all there are."""
    first, *others = {_names_kept(names, condition) for condition in conditions}
    if others:
        return "${metric_or_resource.labels}"
    return ", ".join(f"{name} ${{metric_or_resource.label.{name}}}" for name in first)


def _names_kept(names: Sequence[str], condition: AlertCondition) -> tuple[str, ...]:
    labels = None if condition.filter else kept_labels(condition.expression)
    return tuple(name for name in names if labels is None or name in labels)


def _links(spec: Spec, signal: WatchedSignal) -> Iterator[Link]:
    subject = signal.subject
    runbook = runbook_link(spec.monitoring, subject.name) if subject.part[0] in ("endpoints", "pipelines") else None
    if runbook is not None:
        yield Link("Runbook", runbook)
    yield Link("Dashboards", f"{MONITORING_CONSOLE}/dashboards?project={spec.cloud.project}")


def _short(text: str) -> str:
    return text.encode()[:LONGEST_SUBJECT].decode(errors="ignore")
