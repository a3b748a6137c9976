"""Whether everything that must be watched is: judged from the resources, by what their conditions say.

The plan of the spec says which alerts there must be; a policy of the stack counts as one of them if it has all of its
conditions, is enabled, and tells somebody at its severity. Labels and names prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from weighbridge.alerting.alerts import AlertPlan, PromQl, Threshold, plan_alerts
from weighbridge.alerting.channels import ChannelKey, ChannelPlan, plan_channels
from weighbridge.alerting.held_policies import Policy, policies_of
from weighbridge.catalog import Catalog
from weighbridge.files.problem import KeyPath
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import mapping
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Level, Violation
from weighbridge.signals.coverage import Cell, coverage
from weighbridge.signals.expression import normal
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.subjects import Subject, subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.root import Spec

RULE = Rule(
    name="monitoring-coverage",
    description="Everything that must be watched is watched, by somebody who is told; advice outside production.",
    stops="A required signal that no alert reads, an alert that is off or tells nobody, an exemption out of date.",
    remediation="Say in the spec what is missing, or exempt it with a reason, an owner and a date.",
    judge=lambda given: judge(given.resources, given.spec, given.catalog, given.now),
)
MOST_NAMED = 6

_Unwatched: TypeAlias = tuple[str, KeyPath, str | None]
"""Message, place in the spec, and whose signals they are."""


def judge(resources: Sequence[HeldResource], spec: Spec | None, catalog: Catalog, now: datetime) -> list[Violation]:
    """What isn't watched. `spec` is the stack's own; a stack without one has nothing that must be watched."""
    if spec is None:
        return []
    level: Level = "mandatory" if spec.production else "advisory"
    return [
        Violation(RULE.name, message, level=level, path=path, holder=holder)
        for message, path, holder in _judge(resources, spec, catalog, now.date())
    ]


def _judge(resources: Sequence[HeldResource], spec: Spec, catalog: Catalog, today: date) -> Iterator[_Unwatched]:
    if spec.monitoring is None and (spec.endpoints or spec.pipelines):
        do = "add `monitoring.notify` with a channel for tickets, and one for pages"
        yield f"nobody is told of anything: {do}", ("monitoring",), "monitoring.notify"
    elif spec.production and spec.monitoring is not None and spec.monitoring.notify.page is None:
        do = "name a channel in `monitoring.notify.page`"
        yield f"on production somebody has to be woken: {do}", ("monitoring", "notify"), "monitoring.notify.page"
    known = subjects(spec, quota_lists(spec, catalog))
    signals = watched(known)
    yield from _blind(coverage(known, signals, spec.monitoring.exempt if spec.monitoring else (), today))
    yield from _silent(known, today)
    channels = {channel.key: channel for channel in plan_channels(spec)}
    policies = tuple(policies_of(resources))
    for subject in known:
        plans = plan_alerts(spec, (signal for signal in signals if signal.subject is subject))
        yield from _missing(subject, plans, policies, channels)


def _blind(cells: Iterable[Cell]) -> Iterator[_Unwatched]:
    by_subject: dict[str, list[Cell]] = {}
    for cell in cells:
        by_subject.setdefault(cell.subject.name, []).append(cell)
    for name, required in by_subject.items():
        reasons: dict[str, list[str]] = {}
        for cell in required:
            if cell.blind:
                reasons.setdefault(cell.blind, []).append(cell.name)
        if reasons:
            count, subject = sum(map(len, reasons.values())), required[0].subject
            lack = f"{name}: {count} of {len(required)} required signals are not watched ({subject.kind})"
            do = "or exempt them in `monitoring.exempt` with a reason, an owner and a date"
            lines = [f"{lack}. In {'.'.join(subject.part)}, do as follows, {do}:"]
            lines += [f"- {', '.join(blind)}: {why}" for why, blind in reasons.items()]
            yield "\n".join(lines), subject.part, name


def _silent(known: Sequence[Subject], today: date) -> Iterator[_Unwatched]:
    for subject in known:
        until = subject.measure_only_until
        if subject.measure_only and until is not None and today >= until:
            do = f"take `measure_only` out of {'.'.join(subject.part)}"
            yield f"{subject.name} was to be measured only until {until}: {do}", subject.part, subject.name


def _missing(
    subject: Subject, plans: Sequence[AlertPlan], policies: Sequence[Policy], channels: Mapping[ChannelKey, ChannelPlan]
) -> Iterator[_Unwatched]:
    absent, off, unheard = [], [], []
    for plan in plans:
        found = [policy for policy in policies if policy.conditions >= _conditions(plan)]
        if not found:
            absent.append(plan)
        elif not any(policy.enabled for policy in found):
            off.append(plan)
        elif plan.channel is not None and not any(_reaches(policy, channels[plan.channel]) for policy in found):
            unheard.append(plan)
    for lacking, lack, do in (
        (absent, "no alert policy has the conditions of", "create them with components.alerts, from the same spec"),
        (off, "switched off:", "take `enabled: false` out, or snooze them in `monitoring.snoozes`"),
        (unheard, "nobody is told at their severity of", "give them the channels of `monitoring.notify`"),
    ):
        if lacking:
            ids = [plan.signal.row.id for plan in lacking]
            named = ", ".join(dict.fromkeys(ids[:MOST_NAMED]))
            more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
            yield f"{subject.name}: {lack} {named}{more}. To mend it, {do}", subject.part, subject.name


def _conditions(plan: AlertPlan) -> frozenset[tuple[str, str]]:
    return frozenset(_condition(condition, plan.hold_seconds) for condition in plan.conditions)


def _condition(condition: PromQl | Threshold, hold_seconds: int) -> tuple[str, str]:
    text = normal(condition.query) if isinstance(condition, PromQl) else condition.filter
    return text, f"{hold_seconds}s"


def _reaches(policy: Policy, channel: ChannelPlan) -> bool:
    """Whether a channel of the planned kind and address is among the policy's. One of another stack is believed."""
    if policy.foreign_channels:
        return True
    return any(_is(resource, channel) for resource in policy.channels)


def _is(resource: HeldResource, channel: ChannelPlan) -> bool:
    labels = mapping(resource.inputs.get("labels"))
    on = resource.inputs.get("enabled") is not False
    return on and resource.inputs.get("type") == channel.type and labels.items() >= channel.labels.items()
