"""Every alert says what to do, who answers for it, and reaches a person when it pages."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.alert_hygiene import RULE, judge
from weighbridge.rules.finding import Finding

from .rule import Kind, Rule
from .run import Run


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges every alert policy of the stack."""
    return run.judge_own_spec(resources, lambda spec: judge(resources, spec, run.catalog))


ALERT_HYGIENE = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="Every alert says what to do, who answers for it, and reaches a person when it pages.",
    stops="Alerts without steps or owner, pages that reach no person, duplicates, metrics that nothing exposes.",
    remediation="Do what the violation says; components.alerts does all of it.",
    check=check,
)
