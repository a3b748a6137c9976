"""JUDGES: the policy pack. `RULES` lists every rule in the order of the documentation; nothing else registers one."""

from __future__ import annotations

from .alert_hygiene import ALERT_HYGIENE
from .canary_approval import CANARY_APPROVAL
from .canary_capacity import CANARY_CAPACITY
from .canary_steps import CANARY_STEPS
from .endpoint_security import ENDPOINT_SECURITY
from .monitoring_coverage import MONITORING_COVERAGE
from .placement import PLACEMENT
from .quota_claim import QUOTA_CLAIM
from .rule import Rule
from .shared_quota import SHARED_QUOTA

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
