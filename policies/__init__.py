"""JUDGES: the policy pack. `RULES` lists every rule in the order of the documentation; nothing else registers one."""

from __future__ import annotations

from policies.alert_hygiene import ALERT_HYGIENE
from policies.canary_approval import CANARY_APPROVAL
from policies.canary_capacity import CANARY_CAPACITY
from policies.canary_steps import CANARY_STEPS
from policies.endpoint_security import ENDPOINT_SECURITY
from policies.monitoring_coverage import MONITORING_COVERAGE
from policies.placement import PLACEMENT
from policies.quota_claim import QUOTA_CLAIM
from policies.rule import Rule
from policies.shared_quota import SHARED_QUOTA

RULES: tuple[Rule, ...] = (
    SHARED_QUOTA,
    QUOTA_CLAIM,
    CANARY_STEPS,
    CANARY_APPROVAL,
    CANARY_CAPACITY,
    PLACEMENT,
    ENDPOINT_SECURITY,
    MONITORING_COVERAGE,
    ALERT_HYGIENE,
)
