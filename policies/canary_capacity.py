"""While two versions of a model exist, all replicas that may run of both have room at once."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.canary_capacity import RULE, judge
from weighbridge.rules.finding import Finding

from .rule import Kind, Rule
from .run import Run


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges the versions that the stack would run against its node pools and its own spec."""
    return run.judge_on_nodes(resources, lambda around, spec: judge(resources, around, spec))


CANARY_CAPACITY = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="While two versions of a model exist, all replicas that may run of both have room at once.",
    stops="A rollout whose pool cannot hold both versions at their most; bounds that the spec never gave.",
    remediation="Lower a replicas.max or allow the pool more nodes, by as many as the violation says.",
    check=check,
)
