"""How requests reach an endpoint's versions: by header for testers, and by the rollout's weights for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from weighbridge.conventions import version_name
from weighbridge.rollouts.weights import existing, mirrored, weights
from weighbridge.spec.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class BackendKind:
    """What stands for a version in a route; `port` is None where the object has its own."""

    group: str
    kind: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Backend:
    """A version behind a route. `weight` is relative."""

    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Route:
    """One rule of the HTTPRoute, most specific first. `pin` is the version that the header names."""

    backends: tuple[Backend, ...]
    pin: str | None = None
    mirror_to: str | None = None
    mirror_percent: int = 0


MOST_RULES = 16
"""Of one HTTPRoute. Source: the Gateway API."""

ROUTES_OF_A_ROLLOUT = 3
"""One for each version by header, and one by weight: as many as an endpoint ever has."""


@dataclass(frozen=True, slots=True)
class PublicPath:
    """A prefix that the gateway passes on, as clients write it and as servers see it."""

    given: str
    seen: str


def public_prefixes(path: str | None, public_paths: Iterable[str]) -> tuple[PublicPath, ...]:
    """Each public path below the endpoint's own; nothing else is ever passed on."""
    return tuple(PublicPath(f"{path or ''}{'' if path and seen == '/' else seen}", seen) for seen in public_paths)


def plan_routes(name: str, endpoint: Endpoint) -> Iterator[Route]:
    """The rules of an endpoint's HTTPRoute, in their order."""
    versions = existing(endpoint)
    if len(versions) > 1:
        for version in versions:
            yield Route((Backend(version_name(name, version), 1),), pin=version)
    shares = weights(endpoint)
    # A version without traffic is left out: what GKE makes of weight 0 is unverified.
    scale = 10 ** max(0, *(-int(str(share.normalize().as_tuple().exponent)) for share in shares.values()))
    backends = tuple(
        Backend(version_name(name, version), int(share * scale)) for version, share in shares.items() if share
    )
    percent = mirrored(endpoint)
    if percent and endpoint.rollout is not None:
        to = version_name(name, endpoint.rollout.candidate)
        yield Route(backends, mirror_to=to, mirror_percent=int(percent))
    else:
        yield Route(backends)
