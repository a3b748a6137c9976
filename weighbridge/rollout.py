"""The rollout of a model version as the spec writes it: steps, approvals and where it stands."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.units import PART, DnsLabel, Duration, Email, Expected, Percent, Timestamp

Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True), Expected("a reason, in words")
]


class Approval(BaseModel):
    """One approval of one step."""

    model_config = PART

    step: Percent = Field(examples=["1%"])
    """The step it approves."""

    by: Email = Field(examples=["lead@example.com"])
    """Who approved."""

    at: Timestamp = Field(examples=["2026-11-17T09:00:00Z"])
    """When, with its zone."""

    reason: Reason = Field(examples=["offline metrics up 1.2%"])
    """Why the step is safe."""


class Rollout(BaseModel):
    """`rollout`: a candidate takes traffic in approved steps."""

    model_config = PART

    candidate: DnsLabel = Field(examples=["v8"])
    """The version that takes over."""

    steps: tuple[Percent, ...] = Field(min_length=1, max_length=20, examples=[["1%", "10%", "50%", "100%"]])
    """Traffic weights of the candidate, rising to 100%."""

    bake: Duration = Field(examples=["24h"])
    """The least time between two steps."""

    at: Percent = Field(examples=["0%"])
    """The candidate's traffic weight now: 0% or one of `steps`."""

    approvals: tuple[Approval, ...] = ()
    """The record of approvals, oldest first."""
