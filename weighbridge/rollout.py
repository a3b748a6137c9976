"""The rollout of a model version as the spec writes it: steps, approvals and where it stands."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.units import PART, DnsLabel, Duration, Email, Percent, Timestamp

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]


class Approval(BaseModel):
    """One approval of one step."""

    model_config = PART

    step: Percent
    """The step it approves."""

    by: Email
    """Who approved."""

    at: Timestamp
    """When, with its zone."""

    reason: Reason
    """Why the step is safe."""


class Rollout(BaseModel):
    """`rollout`: a candidate takes traffic in approved steps."""

    model_config = PART

    candidate: DnsLabel
    """The version that takes over."""

    steps: tuple[Percent, ...] = Field(min_length=1, max_length=20)
    """Traffic weights of the candidate, rising to 100%."""

    bake: Duration
    """The least time between two steps."""

    at: Percent
    """The candidate's traffic weight now: 0% or one of `steps`."""

    approvals: tuple[Approval, ...] = ()
    """The record of approvals, oldest first."""
