"""JUDGES: the policy pack. The rules themselves, and the list of them, are in `weighbridge.rules`."""

from __future__ import annotations

from weighbridge.rules.registry import RULES

__all__ = ["RULES"]
