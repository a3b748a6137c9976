"""The weights that a stack would deploy are those of its spec's rollouts, and their record bears them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from weighbridge.conventions import SERVING_NAMESPACE, VERSION_LABEL, version_name
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.namespace import certain_namespace
from weighbridge.resources.values import Value, bare, has_unknown, items, mapping, text_of
from weighbridge.rollouts.record import judge_steps
from weighbridge.rollouts.weights import weights
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec

RULE = Rule(
    name="canary-steps",
    description="Traffic weights are those of the spec's rollouts, taken step by step.",
    stops="A weight that no rollout gives, a step jumped over or taken early, a Service pointed at another version.",
    remediation="Take the steps in order, each after the bake time of the one before.",
    judge=lambda given: judge(given.resources, given.spec, given.now),
)
ROUTE_TYPES = ("HTTPRoute", "GRPCRoute")
ROUTE_PREFIX = "kubernetes:gateway.networking.k8s.io/"
SERVICE_TYPE = "kubernetes:core/v1:Service"


def judge(resources: Iterable[HeldResource], spec: Spec | None, now: datetime) -> list[Violation]:
    """What is wrong. `spec` is the stack's own; None: it has none, so nothing of it may split traffic."""
    known = tuple(resource for resource in resources if not resource.existing)
    endpoints = spec.endpoints if spec is not None else {}
    found = [*_routes(known, endpoints), *_services(known, endpoints)]
    for name, endpoint in endpoints.items():
        found += [
            Violation(RULE.name, finding.message, path=finding.path, holder=name)
            for finding in judge_steps(name, endpoint, now)
        ]
    return found


def _routes(resources: Sequence[HeldResource], endpoints: Mapping[str, Endpoint]) -> Iterator[Violation]:
    seen: set[str] = set()
    for route in resources:
        if not is_route(route.type):
            continue
        if has_unknown(route.inputs.get("spec")) or has_unknown(route.inputs.get("metadata")):
            message = (
                f"{route.name}: what the route does is not known before the deployment, so nobody can tell its "
                "weights. Write names and weights as literals"
            )
            yield Violation(RULE.name, message, route.urn, holder=route.name)
            continue
        metadata = mapping(route.inputs.get("metadata"))
        given_name = bare(metadata.get("name"))
        name = given_name if isinstance(given_name, str) and given_name else route.name
        mine = certain_namespace(route) == SERVING_NAMESPACE and name in endpoints
        shares = splits(route, endpoints[name].pin_header if mine else None)
        if not mine:
            yield from _of_nobody(name, shares, endpoints, route)
            continue
        seen.add(name)
        wanted = {
            version_name(name, version): Fraction(weight) / 100
            for version, weight in weights(endpoints[name]).items()
            if weight
        }
        for given in shares:
            if given != wanted:
                message = (
                    f"the route of {name} gives {_text(given)}, and the rollout in the spec {_text(wanted)}. Weights "
                    "come from the spec alone: take the difference out"
                )
                yield Violation(RULE.name, message, route.urn, holder=name)
    for name, endpoint in endpoints.items():
        if endpoint.rollout is not None and resources and name not in seen:
            message = (
                f"{name} has a rollout, but the stack has no HTTPRoute {SERVING_NAMESPACE}/{name} that carries it out. "
                "Create the endpoint with components.endpoint, or end its rollout"
            )
            yield Violation(RULE.name, message, path=("endpoints", name, "rollout"), holder=name)


def _of_nobody(
    name: str, shares: Sequence[Mapping[str, Fraction]], endpoints: Mapping[str, Endpoint], route: HeldResource
) -> Iterator[Violation]:
    """What is wrong with a route that is no endpoint's."""
    if any(len(given) > 1 for given in shares):
        message = (
            f"the route {name} splits requests among several backends, and no rollout in the spec says so. "
            "Make it an endpoint of the spec, or give it one backend"
        )
        yield Violation(RULE.name, message, route.urn, holder=name)
        return
    owners = {version_name(owner, version): owner for owner, of in endpoints.items() for version in of.versions}
    for backend in sorted({backend for given in shares for backend in given} & owners.keys()):
        owner = owners[backend]
        message = (
            f"the route {name} gives requests to {backend}, which gets them from the route of {owner} alone, by the "
            f"rollout in the spec: take the backend out. Testers choose a version by the header "
            f"{endpoints[owner].pin_header}"
        )
        yield Violation(RULE.name, message, route.urn, holder=name)


def _services(resources: Sequence[HeldResource], endpoints: Mapping[str, Endpoint]) -> Iterator[Violation]:
    versions = {
        version_name(name, version): version for name, endpoint in endpoints.items() for version in endpoint.versions
    }
    for service in resources:
        if service.type != SERVICE_TYPE:
            continue
        name = bare(mapping(service.inputs.get("metadata")).get("name"))
        if not isinstance(name, str) or name not in versions:
            continue
        picks = bare(mapping(mapping(service.inputs.get("spec")).get("selector")).get(VERSION_LABEL))
        if picks != versions[name]:
            message = (
                f"the Service {name} picks pods of version {picks!r}: a Service is never pointed at another version, "
                "as requests fail while it moves. Move weights instead"
            )
            yield Violation(RULE.name, message, service.urn, holder=name)


def is_route(type_: str) -> bool:
    """Whether a type is one whose rules have weights."""
    return type_.startswith(ROUTE_PREFIX) and type_.rpartition(":")[2] in ROUTE_TYPES


def splits(route: HeldResource, pin_header: str | None = None) -> list[dict[str, Fraction]]:
    """Part of the requests by backend, for each rule of a route that isn't for testers alone.

    Those choose by `pin_header`; without one, by any header.
    """
    rules = (mapping(rule) for rule in items(mapping(route.inputs.get("spec")).get("rules")))
    return [_shares(rule) for rule in rules if not _pinned(rule, pin_header)]


def _pinned(rule: Mapping[str, Value], pin_header: str | None) -> bool:
    """Whether only requests with a certain header come here: testers' own choice, no split."""
    matches = items(rule.get("matches"))
    return bool(matches) and all(_names(mapping(match), pin_header) for match in matches)


def _names(match: Mapping[str, Value], pin_header: str | None) -> bool:
    headers = [text_of(mapping(header).get("name")).lower() for header in items(match.get("headers"))]
    return bool(headers) if pin_header is None else pin_header.lower() in headers


def _shares(rule: Mapping[str, Value]) -> dict[str, Fraction]:
    """Part of the requests by backend, without those that get none. A weight that isn't given is 1."""
    given: defaultdict[str, Fraction] = defaultdict(Fraction)
    for backend in map(mapping, items(rule.get("backendRefs"))):
        name, weight = text_of(backend.get("name")), bare(backend.get("weight", 1))
        amount = Fraction(weight) if isinstance(weight, int | float) else Fraction(0)
        given[name] += amount
    total = sum(given.values())
    return {name: amount / total for name, amount in given.items() if amount} if total else {}


def _text(shares: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{float(share * 100):g}% to {name}" for name, share in shares.items()) or "nothing to anybody"
