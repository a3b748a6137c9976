"""That a stack is to be taken down, as the spec writes it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from weighbridge.spec.rollout import Reason
from weighbridge.units import PART, Email, Timestamp


class Retirement(BaseModel):
    """`retire`: the stack is to be taken down; `weighbridge retire` writes it."""

    model_config = PART

    by: Email = Field(examples=["lead@example.com"])
    """Who decided it."""

    at: Timestamp = Field(examples=["2026-11-17T09:00:00Z"])
    """When, with its zone. A day later it no longer holds."""

    reason: Reason = Field(examples=["moved to europe-west4"])
    """Why."""
