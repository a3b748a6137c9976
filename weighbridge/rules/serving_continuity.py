"""A version that most requests go to answers while one of its replicas goes away, where its endpoint promises so.

Nodes are drained whenever GKE upgrades them, and replicas are replaced when a version's settings change. Where one
replica is all there is, nobody answers until the next has started and loaded its model. A candidate that gets a smaller
part is left to the rollout, which takes its traffic back. A version that sleeps while its queue is empty is told of
everywhere, with how long it takes to wake.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from weighbridge.rollouts.weights import replicas_least, sleeps, weights
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Level, Violation
from weighbridge.serving.endpoint import NODE_START_SECONDS, load_seconds
from weighbridge.serving.server import servers
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec
from weighbridge.units import format_duration, percent

RULE = Rule(
    name="serving-continuity",
    description="A version that most requests go to has a second replica, where its endpoint promises availability.",
    stops="On production, an endpoint with an `slo` whose only replica a drained node or a deployment takes away.",
    remediation="Raise `replicas.min` of the version to 2, or have the violation exempted.",
    judge=lambda given: judge(given.spec),
)
MOST = Decimal(50)
"""Per cent of the requests from which a version carries the endpoint's promise."""


def judge(spec: Spec | None) -> Iterator[Violation]:
    """What is wrong with the endpoints of a stack's own spec; advice where nothing is promised on production."""
    if spec is None:
        return
    for name, endpoint in spec.endpoints.items():
        for version, weight in weights(endpoint).items():
            if sleeps(endpoint, version) and not replicas_least(endpoint, version):
                message = _asleep(name, endpoint, version)
            elif endpoint.slo is not None and weight >= MOST and replicas_least(endpoint, version) <= 1:
                message = (
                    f"{name}: one replica of {version} answers {percent(weight)} of its requests, and "
                    f"{percent(endpoint.slo.availability)} of them are promised. When its node is drained or the "
                    "version is deployed again, nobody answers them until the next has started, which may take "
                    f"{format_duration(_start(endpoint, version))}. Raise its replicas.min to 2"
                    f"{_room(endpoint, version)}"
                )
            else:
                continue
            level: Level = "mandatory" if spec.production and endpoint.slo is not None else "advisory"
            path = ("endpoints", name, "versions", version, "replicas", "min")
            yield Violation(RULE.name, message, level=level, path=path, holder=name)


def _asleep(name: str, endpoint: Endpoint, version: str) -> str:
    """What it means that a version may have no replica."""
    cold = format_duration(timedelta(seconds=NODE_START_SECONDS) + _start(endpoint, version))
    promised = f", and {percent(endpoint.slo.availability)} are promised" if endpoint.slo is not None else ""
    more = "1" if endpoint.slo is None else f"2{_room(endpoint, version)}"
    return (
        f"{name}: {version} has no replica while its queue is empty. What comes then waits for a node and for the "
        f"model to load, up to {cold}, and requests past the queue are answered 503 meanwhile{promised}. Where some "
        f"come past it, raise its replicas.min to {more}"
    )


def _start(endpoint: Endpoint, version: str) -> timedelta:
    """How long a replica may load, once it has a node."""
    return timedelta(seconds=load_seconds(endpoint.versions[version], servers()[endpoint.server]))


def _room(endpoint: Endpoint, version: str) -> str:
    return " and its replicas.max with it" if endpoint.versions[version].replicas.max == 1 else ""
