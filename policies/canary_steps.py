"""Traffic weights are those of the spec's rollouts, taken step by step."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.canary_steps import RULE, judge
from weighbridge.rules.finding import Finding

from .rule import Kind, Rule
from .run import Run


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges the stack's own spec and what it would deploy."""
    return run.judge_own_spec(resources, lambda spec: judge(resources, spec, run.now))


CANARY_STEPS = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="Traffic weights are those of the spec's rollouts, taken step by step.",
    stops="A weight that no rollout gives, a step jumped over or taken early, a Service pointed at another version.",
    remediation="Take the steps in order, each after the bake time of the one before.",
    check=check,
)
