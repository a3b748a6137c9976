"""What is wrong with endpoints that share a host name: who gets a request has to be told by its path alone."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.files.problem import KeyPath, Problem
from weighbridge.serving.route import MOST_RULES, ROUTES_OF_A_ROLLOUT, public_prefixes
from weighbridge.serving.server import conventions_of
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec


def route_path_problems(spec: Spec) -> Iterator[Problem]:
    """Two endpoints under one name whose paths meet, and paths that take more rules than a route has."""
    taken: dict[str, list[tuple[str, Endpoint]]] = {}
    for name, endpoint in spec.endpoints.items():
        others = taken.setdefault(endpoint.hostname, [])
        clash = next((problem for other in others for problem in _clash(name, endpoint, *other)), None)
        if clash is not None:
            yield clash
        others.append((name, endpoint))
        yield from _too_many(name, endpoint)


def _clash(name: str, endpoint: Endpoint, other_name: str, other: Endpoint) -> Iterator[Problem]:
    """Of the later one: the same path, or a prefix of which one lies in the other."""
    where: KeyPath = ("endpoints", name)
    if endpoint.path == other.path:
        if endpoint.path is None:
            message = (
                f"{endpoint.hostname} is the host name of {other_name} already: choose another, or give each of "
                "the two a `path` under it"
            )
            yield Problem((*where, "hostname"), message)
        else:
            message = f"{endpoint.hostname}{endpoint.path} is where {other_name} answers already: choose another path"
            yield Problem((*where, "path"), message)
        return
    for own in _prefixes(name, endpoint):
        for theirs in _prefixes(other_name, other):
            if _within(own, theirs) or _within(theirs, own):
                message = (
                    f"{own} here and {theirs} of {other_name} lie in one another under {endpoint.hostname}, so "
                    "requests of the outer one would reach the inner: choose another `path`, or name narrower "
                    "`public_paths`"
                )
                yield Problem((*where, "path" if endpoint.path is not None else "hostname"), message)
                return


def _too_many(name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Each public path takes rules of its own once the endpoint's is taken off it."""
    paths = _prefixes(name, endpoint)
    most = MOST_RULES // ROUTES_OF_A_ROLLOUT
    if endpoint.path is not None and len(paths) > most:
        message = (
            f"a route has {MOST_RULES} rules, and under a path each public path takes {ROUTES_OF_A_ROLLOUT} during a "
            f"rollout: name at most {most} in `public_paths`, that of the readiness probe among them, got {len(paths)}"
        )
        where = ("endpoints", name, "public_paths" if endpoint.public_paths else "path")
        yield Problem(where, message)


def _prefixes(name: str, endpoint: Endpoint) -> tuple[str, ...]:
    if endpoint.server == "custom" and endpoint.custom is None:
        return ()  # a problem of its own
    paths = conventions_of(name, endpoint).public_paths
    return tuple(path.given for path in public_prefixes(endpoint.path, paths))


def _within(path: str, prefix: str) -> bool:
    """As the Gateway API has it: by whole segments."""
    return f"{path.rstrip('/')}/".startswith(f"{prefix.rstrip('/')}/")
