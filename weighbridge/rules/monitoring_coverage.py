"""Whether everything that must be watched is: judged from the resources, by what their conditions say.

The plan of the spec says which alerts there must be; a policy of the stack counts as one of them if it has all of its
conditions, is enabled, and tells somebody at its severity. Labels and names prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TypeAlias

from weighbridge.alerting.alerts import AlertPlan, PromQl, Threshold, plan_alerts
from weighbridge.alerting.channels import ChannelPlan, plan_channels
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
from weighbridge.signals.watched import WatchedSignal, watched
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
    known = subjects(spec, quota_lists(spec, catalog))
    signals = watched(known)
    exempt = spec.monitoring.exempt if spec.monitoring is not None else ()
    cells = coverage(known, signals, exempt, now.date())
    owed = (*_nobody(spec), *_blind(cells), *_silent(known, now.date()), *_unalerted(resources, spec, known, signals))
    return [
        *(Violation(RULE.name, message, level=level, path=path, holder=holder) for message, path, holder in owed),
        *(Violation(RULE.name, message, level="advisory", path=path) for message, path, _ in _advised(cells)),
    ]


def _nobody(spec: Spec) -> Iterator[_Unwatched]:
    if spec.monitoring is None and (spec.endpoints or spec.pipelines):
        do = "add `monitoring.notify` with a channel for tickets, and one for pages"
        yield f"nobody is told of anything: {do}", ("monitoring",), "monitoring.notify"
    elif spec.production and spec.monitoring is not None and spec.monitoring.notify.page is None:
        do = "name a channel in `monitoring.notify.page`"
        yield f"on production somebody has to be woken: {do}", ("monitoring", "notify"), "monitoring.notify.page"


def _unalerted(
    resources: Sequence[HeldResource], spec: Spec, known: Sequence[Subject], signals: Sequence[WatchedSignal]
) -> Iterator[_Unwatched]:
    channels = plan_channels(spec)
    policies = tuple(policies_of(resources))
    for subject in known:
        plans = plan_alerts(spec, (signal for signal in signals if signal.subject is subject))
        yield from _missing(subject, plans, policies, channels)


def _blind(cells: Iterable[Cell]) -> Iterator[_Unwatched]:
    for subject, required in _by_subject(cell for cell in cells if cell.required):
        blind = [cell for cell in required if cell.blind]
        if blind:
            lack = f"{subject.name}: {len(blind)} of {len(required)} required signals are not watched ({subject.kind})"
            do = "or exempt them in `monitoring.exempt` with a reason, an owner and a date"
            first = f"{lack}. In {'.'.join(subject.part)}, do as follows, {do}:"
            yield "\n".join((first, *_reasons(blind))), subject.part, subject.name


def _advised(cells: Iterable[Cell]) -> Iterator[_Unwatched]:
    for subject, blind in _by_subject(cell for cell in cells if cell.blind and not cell.required):
        lack = f"{subject.name}: {len(blind)} further signals can be watched of {subject.profile} data ({subject.kind})"
        first = f"{lack}. In {'.'.join(subject.part)}, once its columns are logged:"
        yield "\n".join((first, *_reasons(blind))), subject.part, subject.name


def _by_subject(cells: Iterable[Cell]) -> Iterator[tuple[Subject, list[Cell]]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.subject.name, []).append(cell)
    yield from ((of[0].subject, of) for of in found.values())


def _reasons(blind: Iterable[Cell]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for cell in blind:
        reasons.setdefault(cell.blind, []).append(cell.name)
    yield from (f"- {', '.join(names)}: {why}" for why, names in reasons.items())


def _silent(known: Sequence[Subject], today: date) -> Iterator[_Unwatched]:
    for subject in known:
        until = subject.measure_only_until
        if subject.measure_only and until is not None and today >= until:
            do = f"take `measure_only` out of {'.'.join(subject.part)}"
            yield f"{subject.name} was to be measured only until {until}: {do}", subject.part, subject.name


def _missing(
    subject: Subject, plans: Sequence[AlertPlan], policies: Sequence[Policy], channels: Sequence[ChannelPlan]
) -> Iterator[_Unwatched]:
    absent, off, unheard = [], [], []
    for plan in plans:
        found = [policy for policy in policies if policy.conditions >= _conditions(plan)]
        if not found:
            absent.append(plan)
        elif not any(policy.enabled for policy in found):
            off.append(plan)
        elif not any(_reaches(policy, _notified(plan, channels)) for policy in found):
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


def _notified(plan: AlertPlan, channels: Sequence[ChannelPlan]) -> list[ChannelPlan]:
    return [channel for channel in channels if channel.key == plan.notified]


def _reaches(policy: Policy, channels: Sequence[ChannelPlan]) -> bool:
    """Whether channels of the planned kinds and addresses are among the policy's. One of another stack is believed."""
    if policy.foreign_channels:
        return True
    return all(any(_is(resource, channel) for resource in policy.channels) for channel in channels)


def _is(resource: HeldResource, channel: ChannelPlan) -> bool:
    labels = mapping(resource.inputs.get("labels"))
    on = resource.inputs.get("enabled") is not False
    return on and resource.inputs.get("type") == channel.type and labels.items() >= channel.labels.items()
