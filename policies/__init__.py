"""JUDGES: the policy pack. `RULES` lists every rule in the order of the documentation; nothing else registers one."""

from __future__ import annotations

from policies.quota_claim import QUOTA_CLAIM
from policies.rule import Rule
from policies.shared_quota import SHARED_QUOTA

RULES: tuple[Rule, ...] = (SHARED_QUOTA, QUOTA_CLAIM)
