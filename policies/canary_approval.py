"""Every step of a rollout is approved, on production by somebody other than the spec's owner."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.canary_approval import RULE, judge
from weighbridge.rules.finding import Finding

from .rule import Kind, Rule
from .run import Run


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges the stack's own spec and what it would deploy."""
    return run.judge_own_spec(resources, lambda spec: judge(spec, run.now))


CANARY_APPROVAL = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="Every step of a rollout is approved, on production by somebody other than the spec's owner.",
    stops="Traffic for a candidate that nobody else has approved, or approved too early.",
    remediation="Have somebody else approve the step in the spec, then deploy.",
    check=check,
)
