"""Every pod has nodes that it may run on, and all that always run have room at once."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.finding import Finding
from weighbridge.rules.placement import RULE, judge

from .rule import Kind, Rule
from .run import Run


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges the workloads of the stack against its node pools."""
    return run.judge_on_nodes(resources, lambda around, _spec: judge(resources, around))


PLACEMENT = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="Every pod has nodes that it may run on, and all that always run have room at once.",
    stops="Pods that no node pool matches or is large enough for; more pods that always run than nodes hold.",
    remediation="Change what the violation names: the selector, a toleration, a request, a minimum, or the pool.",
    check=check,
)
