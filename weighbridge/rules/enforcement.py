"""Whether a violation blocks a stack or only advises; decided nowhere else."""

from __future__ import annotations

from weighbridge.rules.violation import Level
from weighbridge.spec.root import Spec


def level_of(rule: str, found: Level, spec: Spec | None, *, may_be_advisory: bool) -> Level:
    """How a violation of `rule` counts that the rule itself gave the level `found`.

    `spec` is the stack's own; None: it has none, so it makes no policy advisory. What guards the shared quota always
    blocks, whatever the violation or the spec says.
    """
    if not may_be_advisory:
        return "mandatory"
    listed = spec is not None and rule in spec.advisory
    return "advisory" if listed else found
