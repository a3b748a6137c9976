"""Traffic weights are those of the spec's rollouts, taken step by step."""

from __future__ import annotations

from collections.abc import Iterable

from policies.rule import Kind, Rule
from policies.run import Run, Unreadable
from weighbridge.canary_steps import RULE, judge
from weighbridge.finding import Finding
from weighbridge.held_resource import HeldResource


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges the stack's own spec and what it would deploy. Unreadable specs are `shared-quota`'s to report."""
    if not resources:
        return ()
    try:
        spec = run.shared(run.stack_of(resources[0].urn)).own
    except Unreadable:
        return ()
    return judge(resources, spec, run.now)


CANARY_STEPS = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="Traffic weights are those of the spec's rollouts, taken step by step.",
    stops="A weight that no rollout gives, a step jumped over or taken early, a Service pointed at another version.",
    remediation="Take the steps in order, each after the bake time of the one before.",
    check=check,
)
