"""Every rule, in the order of the documentation. Nothing else registers one."""

from __future__ import annotations

from weighbridge.rules import (
    admission,
    alert_hygiene,
    budget,
    canary_approval,
    canary_capacity,
    canary_gate,
    canary_steps,
    cluster_security,
    endpoint_security,
    model_server,
    monitoring_coverage,
    operators,
    placement,
    queue_bypass,
    queue_capacity,
    queue_flavors,
    queue_lending,
    queue_references,
    queue_start,
    quota_claim,
    serving_continuity,
    shared_quota,
)
from weighbridge.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    shared_quota.RULE,
    quota_claim.RULE,
    admission.RULE,
    canary_steps.RULE,
    canary_approval.RULE,
    canary_gate.RULE,
    canary_capacity.RULE,
    placement.RULE,
    operators.RULE,
    queue_capacity.RULE,
    queue_lending.RULE,
    queue_flavors.RULE,
    queue_references.RULE,
    queue_bypass.RULE,
    queue_start.RULE,
    endpoint_security.RULE,
    model_server.RULE,
    cluster_security.RULE,
    serving_continuity.RULE,
    monitoring_coverage.RULE,
    alert_hygiene.RULE,
    budget.RULE,
)

EXEMPTIBLE: tuple[str, ...] = tuple(
    rule.name for rule in RULES if rule not in (canary_gate.RULE, admission.RULE) and not rule.only_advises
)
"""Names that an exemption may have; one of `shared-quota` or of its backstop holds for both, and what is exempt from a
rule that `canary-gate` stands in for passes there too. Nothing stands in for a ticket."""
