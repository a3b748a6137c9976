"""Where a subject's runbook is published."""

from __future__ import annotations

from weighbridge.spec import Spec


def runbook_link(spec: Spec, name: str) -> str | None:
    """Address of the runbook of an endpoint or pipeline; None where the spec names no place for them."""
    if spec.monitoring is None or spec.monitoring.runbooks is None:
        return None
    return f"{spec.monitoring.runbooks.rstrip('/')}/{name}.md"
