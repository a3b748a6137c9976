"""Whether a finding blocks a stack or only advises; decided nowhere else."""

from __future__ import annotations

from typing import get_args

from weighbridge.rules.finding import Level
from weighbridge.spec.root import SoftPolicy, Spec

SOFT_POLICIES: frozenset[str] = frozenset(get_args(SoftPolicy))
"""Policies that an environment may make advisory, or that may find something that is advice only."""


def level_of(rule: str, finding_level: Level, spec: Spec | None) -> Level:
    """How a finding of `rule` counts. `spec` is the stack's own; None: it has none, so it makes no policy advisory.

    What guards the shared quota always blocks, whatever the finding or the spec says.
    """
    if rule not in SOFT_POLICIES:
        return "mandatory"
    listed = spec is not None and rule in spec.advisory
    return "advisory" if listed else finding_level
