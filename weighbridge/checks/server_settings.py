"""What a version may say of its server: nothing that Weighbridge says already, and no secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from weighbridge.files.problem import KeyPath, Problem
from weighbridge.serving.endpoint import given_arguments
from weighbridge.serving.server import Conventions, ModelServer
from weighbridge.serving.server_options import is_option
from weighbridge.spec.endpoint import Version

_SECRET = re.compile(r"(?:^|[_-])(?:token|secret|password|passwd|api[_-]?key|credentials?)(?:$|[_=-])", re.IGNORECASE)
_SHORTEST_ABBREVIATION = 3  # characters of a flag without its hyphens; shorter ones are ambiguous


def server_settings_problems(version: Version, conventions: Conventions, path: KeyPath) -> Iterator[Problem]:
    """Arguments and variables that are set already, or hold a secret; `path` is that of the version.

    An argument is set already where any replica is given it: shared GPUs and several hosts are the node pool's doing.
    """
    server = conventions.server
    ways = server.several_hosts.values()
    together = [argument for way in ways for argument in (*way.arguments, *way.worker_arguments)]
    stated_here = given_arguments(version, conventions, hosts=1, shared=True)
    given = {_flag(text) or text: text for text in (*stated_here, *together)}
    arguments = [(("command", index), argument) for index, argument in enumerate(version.command)]
    arguments += [(("arguments", index), argument) for index, argument in enumerate(version.arguments)]
    for place, argument in arguments:
        where = (*path, *place)
        name = argument.partition("=")[0]
        stated = _stated(server.argument_aliases.get(name, name), given, server)
        if stated is not None:
            message = f"Weighbridge gives {server.name} {given[stated]}, from what the spec says elsewhere: remove it"
            yield Problem(where, message)
        elif _SECRET.search(name):
            yield Problem(where, _no_secret(name))
    named: tuple[tuple[str, Iterable[str]], ...] = (("environment", version.environment), ("secrets", version.secrets))
    taken = {*server.environment, *(name for way in ways for name in way.environment)}
    for key, names in named:
        for name in names:
            where = (*path, key, name)
            if name in taken:
                yield Problem(where, f"Weighbridge sets {name} for {server.name}: remove it", on_key=True)
            elif key == "environment" and _SECRET.search(name):
                yield Problem(where, _no_secret(name), on_key=True)
            elif key == "secrets" and name in version.environment:
                yield Problem(where, f"{name} stands in `environment` too: remove one", on_key=True)


def _flag(argument: str) -> str:
    """An argument's name as parsers compare it: ``--a_b=1`` and ``--a-b`` are one; empty where it is a value."""
    return argument.partition("=")[0].lstrip("-").replace("_", "-") if argument.startswith("-") else ""


def _stated(name: str, given: dict[str, str], server: ModelServer) -> str | None:
    """The argument that it is, or abbreviates as command-line parsers allow: nobody knows those of one's own server."""
    flag = _flag(name)
    if not flag or flag in given:
        return (flag or name) if (flag or name) in given else None
    if server.options is None or is_option(server.options.program, flag) or len(flag) < _SHORTEST_ABBREVIATION:
        return None
    return next((name for name in given if name.startswith(flag)), None)


def _no_secret(name: str) -> str:
    return f"{name} reads like a secret, and would be in the spec: name the Secret that holds it in `secrets`"
