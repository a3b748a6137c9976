"""Every step that a rollout has taken was approved, by somebody else and in time."""

from __future__ import annotations

from datetime import datetime

from weighbridge.rollouts.record import judge_approvals
from weighbridge.rules.finding import Finding
from weighbridge.spec.root import Spec

RULE = "canary-approval"


def judge(spec: Spec | None, now: datetime) -> list[Finding]:
    """What is wrong with the approvals of a stack's own spec; a stack without one has no rollout."""
    if spec is None:
        return []
    return [
        Finding(RULE, said)
        for name, endpoint in spec.endpoints.items()
        for said in judge_approvals(name, endpoint, spec.owner, now, production=spec.production)
    ]
