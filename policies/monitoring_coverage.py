"""Everything that must be watched is watched, by somebody who is told."""

from __future__ import annotations

from collections.abc import Iterable

from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.finding import Finding
from weighbridge.rules.monitoring_coverage import RULE, judge

from .rule import Kind, Rule
from .run import Run


def check(run: Run, resources: tuple[HeldResource, ...]) -> Iterable[Finding]:
    """Judges the stack's alert policies against what its own spec must have watched."""
    return run.judge_own_spec(resources, lambda spec: judge(resources, spec, run.catalog, run.now))


MONITORING_COVERAGE = Rule(
    name=RULE,
    kind=Kind.STACK,
    description="Everything that must be watched is watched, by somebody who is told; advice outside production.",
    stops="A required signal that no alert reads, an alert that is off or tells nobody, an exemption out of date.",
    remediation="Say in the spec what is missing, or exempt it with a reason, an owner and a date.",
    check=check,
)
