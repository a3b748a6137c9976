"""What a rollout's place in its steps means: weights, versions that exist, replicas to keep ready.

Weights are per cent, and the spec is their only writer. A version whose weight is 0 still exists until the spec stops
naming it, so the old one goes away one deployment after its traffic.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import ceil

from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.rollout import Rollout

ALL, NONE = Decimal(100), Decimal(0)


def existing(endpoint: Endpoint) -> tuple[str, ...]:
    """Versions that are deployed, stable first."""
    rollout = endpoint.rollout
    return (endpoint.stable,) if rollout is None else (endpoint.stable, rollout.candidate)


def weights(endpoint: Endpoint) -> Mapping[str, Decimal]:
    """Traffic weight of each existing version; the sum is 100."""
    rollout = endpoint.rollout
    if rollout is None:
        return {endpoint.stable: ALL}
    given = NONE if rollout.rolled_back is not None else rollout.at
    return {endpoint.stable: ALL - given, rollout.candidate: given}


def next_step(rollout: Rollout) -> Decimal | None:
    """The step after the present one; None at the end, and after a rollback."""
    if rollout.rolled_back is not None:
        return None
    return next((step for step in rollout.steps if step > rollout.at), None)


def sleeps(endpoint: Endpoint, version: str) -> bool:
    """Whether a version may have no replica at all: something outside it knows that requests wait, and wakes it.

    One without weight is never sent any, so nothing would.
    """
    scale_on = endpoint.scale_on
    return scale_on is not None and scale_on.queue is not None and weights(endpoint)[version] > NONE


def replicas_least(endpoint: Endpoint, version: str) -> int:
    """Fewest replicas of a version that the autoscaler keeps: at least 1 but where it `sleeps`.

    The candidate's can carry the *next* step before it comes: its part of what stable keeps, at most its own maximum.
    """
    replicas = endpoint.versions[version].replicas
    rollout = endpoint.rollout
    fewest = 0 if sleeps(endpoint, version) else 1
    if rollout is None or version != rollout.candidate or rollout.rolled_back is not None:
        return max(fewest, replicas.min)
    weight = next_step(rollout) or rollout.at
    part = ceil(endpoint.versions[endpoint.stable].replicas.min * weight / ALL)
    return max(fewest, min(replicas.max, max(replicas.min, part)))


def mirrored(endpoint: Endpoint) -> Decimal | None:
    """Per cent of requests that are copied to the candidate; only while it has no traffic of its own."""
    rollout = endpoint.rollout
    if rollout is None or rollout.rolled_back is not None or rollout.at != NONE:
        return None
    return rollout.mirror or None
