"""Every step that a rollout has taken was approved, by somebody else and in time."""

from __future__ import annotations

from datetime import datetime

from weighbridge.rollouts.record import judge_approvals
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.spec.root import Spec

RULE = Rule(
    name="canary-approval",
    description="Every step of a rollout is approved, on production by somebody other than the spec's owner.",
    stops="Traffic for a candidate that nobody else has approved, or approved too early.",
    remediation="Have somebody else approve the step in the spec, then deploy.",
    judge=lambda given: judge(given.spec, given.now),
)


def judge(spec: Spec | None, now: datetime) -> list[Violation]:
    """What is wrong with the approvals of a stack's own spec; a stack without one has no rollout."""
    if spec is None:
        return []
    return [
        Violation(RULE.name, message, path=("endpoints", name, "rollout"), holder=name)
        for name, endpoint in spec.endpoints.items()
        for message in judge_approvals(name, endpoint, spec.owner, now, production=spec.production)
    ]
