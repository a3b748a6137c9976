"""What a stack says to its model servers is what they understand, as far as their options are known.

The options are those of one release of each program. An argument that is near one of them is a slip of the pen; any
other may be of a newer or an older image, so it is advice. So is a server whose image nobody has read.
"""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Level, Violation
from weighbridge.serving.server import ModelServer, servers
from weighbridge.serving.server_options import unknown_options
from weighbridge.spec.root import Spec

RULE = Rule(
    name="model-server",
    description="Arguments of model servers are ones that the servers know.",
    stops="A misspelt argument, with which the server would end at its start, in the middle of a rollout.",
    remediation="Take the argument that is meant; one of a newer image can be exempted.",
    judge=lambda given: judge(given.spec),
)


def judge(spec: Spec | None) -> list[Violation]:
    """What is wrong, endpoint by endpoint. `spec` is the stack's own; None: it has none."""
    return [] if spec is None else [*_arguments(spec), *_unread(spec)]


def _arguments(spec: Spec) -> Iterator[Violation]:
    for name, endpoint in spec.endpoints.items():
        options = servers()[endpoint.server].options
        for key, version in endpoint.versions.items():
            if options is None or version.command:
                continue
            for unknown in unknown_options(options.program, version.arguments):
                program = f"{options.program} ({options.version})"
                message = f"{name}: version {key} gives {unknown.option}, which {program} doesn't have"
                level: Level = "advisory" if unknown.near is None else "mandatory"
                more = (
                    "; an image of another release may" if unknown.near is None else f". Did you mean {unknown.near}?"
                )
                message += more
                path = ("endpoints", name, "versions", key, "arguments", unknown.index)
                yield Violation(RULE.name, message, level=level, path=path, holder=name)


def _unread(spec: Spec) -> Iterator[Violation]:
    for name, endpoint in spec.endpoints.items():
        server = servers()[endpoint.server]
        if server.image is None and endpoint.server != "custom":
            yield Violation(
                RULE.name,
                _nobody(name, server),
                level="advisory",
                path=("endpoints", name, "server"),
                holder=name,
            )


def _nobody(name: str, server: ModelServer) -> str:
    return (
        f"{name}: how {server.name} starts is taken from its documentation of {server.as_of.isoformat()}, and nobody "
        "has read it against its image: try it on a stack without traffic first"
    )
