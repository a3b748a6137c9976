"""What lets a version take traffic, as the spec writes it: its acceptance, and a rollout's steps and approvals."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from weighbridge.units import PART, Digest, DnsLabel, Duration, Email, Expected, Percent, Timestamp

Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True), Expected("a reason, in words")
]


Pace = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9.]+% )+every [0-9a-z]+$", max_length=300),
    Expected("steps and bake time, such as 1% 10% 100% every 1d"),
]


class Acceptance(BaseModel):
    """`accepted`: that somebody let this version take traffic, and as what; `weighbridge rollout` writes it."""

    model_config = PART

    role: Literal["stable", "candidate"] = Field(alias="as", examples=["stable"])
    """`stable` may take all requests; `candidate` those of the steps that are approved."""

    fingerprint: Digest = Field(examples=[f"sha256:{'0' * 64}"])
    """Of all that decides what the version runs; a version that is changed no longer fits it."""

    by: Email = Field(examples=["lead@example.com"])
    """Who accepted it."""

    at: Timestamp = Field(examples=["2026-11-17T09:00:00Z"])
    """When, with its zone."""

    reason: Reason = Field(examples=["offline metrics up 1.2%"])
    """Why it may."""


class Binding(BaseModel):
    """`bound`: who said later what an approval without a fingerprint had approved."""

    model_config = PART

    by: Email = Field(examples=["lead@example.com"])
    """Who said so."""

    at: Timestamp = Field(examples=["2026-11-17T09:00:00Z"])
    """When, with its zone."""

    reason: Reason = Field(examples=["v8 is unchanged since"])
    """How they know."""


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

    fingerprint: Digest | None = None
    """Of what it approves: the candidate as it was then. Left out: nobody can tell, which blocks on production."""

    pace: Pace | None = Field(default=None, examples=["1% 10% 50% 100% every 1d"])
    """The steps and the bake time that it was given for. Left out: nobody can tell, which blocks on production."""

    bound: Binding | None = None
    """Where the fingerprint or the pace was added later, or an approval by somebody who may not approve any more was
    confirmed: by whom."""


class Reached(BaseModel):
    """When the candidate's weight became a step; `weighbridge rollout advance` writes it."""

    model_config = PART

    step: Percent = Field(examples=["1%"])
    """The weight that was reached, one of `steps`."""

    at: Timestamp = Field(examples=["2026-11-17T09:30:00Z"])
    """When, with its zone."""


class RolledBack(BaseModel):
    """`rolled_back`: the candidate has lost its traffic; `weighbridge rollout rollback` writes it."""

    model_config = PART

    at: Timestamp = Field(examples=["2026-11-19T03:12:00Z"])
    """When, with its zone."""

    weight: Percent = Field(examples=["50%"])
    """The weight it had."""

    reason: Reason = Field(examples=["p99 doubled in v8"])
    """What was seen, for whoever reads the record later."""


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

    reached: tuple[Reached, ...] = ()
    """When each step began, oldest first. A step that is not listed counts from its approval."""

    rolled_back: RolledBack | None = None
    """Set by a rollback: `stable` takes all traffic, and this rollout goes no further."""

    mirror: Percent | None = None
    """At 0%: share of requests copied to the candidate, whose answers are dropped. It doubles their accelerator load
    and repeats their side effects. Left out: none."""
