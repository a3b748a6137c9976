"""What a stack says to its model servers is what they understand, as far as their options are known.

The options are those of one release of each program. An argument that is near one of them is a slip of the pen; any
other may be of a newer or an older image, so it is advice. An option that lacks its value, or has one and takes none,
blocks. A server whose image nobody has read, or seen run, is advice, and so are a model that is downloaded to where
only small ones find room, and a gauge to scale on that the server isn't known to have.
"""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Level, Violation
from weighbridge.serving.endpoint import DISK_MOST_MIB, HUB
from weighbridge.serving.server import ModelServer, servers
from weighbridge.serving.server_metrics import exposed_by
from weighbridge.serving.server_options import mistaken_values, unknown_options
from weighbridge.spec.root import Spec
from weighbridge.spelling import did_you_mean

HUB_FOLDERS = frozenset({"HF_HOME", "HF_HUB_CACHE"})
DOWNLOAD_ARGUMENT = "--download-dir"
"""What says where a model of Hugging Face is kept. Source: huggingface_hub, environment variables; vLLM's options."""

RULE = Rule(
    name="model-server",
    description="Arguments of model servers are ones that the servers know.",
    stops="A misspelt argument, with which the server would end at its start, in the middle of a rollout.",
    remediation="Take the argument that is meant; one of a newer image can be exempted.",
    judge=lambda given: judge(given.spec),
)


def judge(spec: Spec | None) -> list[Violation]:
    """What is wrong, endpoint by endpoint. `spec` is the stack's own; None: it has none."""
    return [] if spec is None else [*_arguments(spec), *_downloads(spec), *_followed(spec), *_untried(spec)]


def _arguments(spec: Spec) -> Iterator[Violation]:
    for name, endpoint in spec.endpoints.items():
        options = servers()[endpoint.server].options
        for key, version in endpoint.versions.items():
            if options is None or version.command:
                continue
            program = f"{options.program} ({options.version})"
            for unknown in unknown_options(options.program, version.arguments):
                message = f"{name}: version {key} gives {unknown.option}, which {program} doesn't have"
                level: Level = "advisory" if unknown.near is None else "mandatory"
                more = (
                    "; an image of another release may" if unknown.near is None else f". Did you mean {unknown.near}?"
                )
                message += more
                path = ("endpoints", name, "versions", key, "arguments", unknown.index)
                yield Violation(RULE.name, message, level=level, path=path, holder=name)
            for mistaken in mistaken_values(options.program, version.arguments):
                needs = "needs a value, and has none" if mistaken.lacking else "takes no value, and has one"
                message = f"{name}: version {key} gives {mistaken.option}, which {needs}, says {program}"
                path = ("endpoints", name, "versions", key, "arguments", mistaken.index)
                yield Violation(RULE.name, message, path=path, holder=name)


def _downloads(spec: Spec) -> Iterator[Violation]:
    """Models of Hugging Face that go where every replica may write a little, and no more."""
    for name, endpoint in spec.endpoints.items():
        for key, version in endpoint.versions.items():
            elsewhere = version.temporary_storage is not None or HUB_FOLDERS & set(version.environment)
            by_argument = any(argument.startswith(DOWNLOAD_ARGUMENT) for argument in version.arguments)
            if version.model.startswith(HUB) and not elsewhere and not by_argument:
                message = (
                    f"{name}: version {key} downloads its model to /tmp, where a replica may write"
                    f" {DISK_MOST_MIB // 1024}Gi in all: with a larger one its pods are evicted, again and again. Set"
                    " `temporary_storage` to more than the model's files take, or name a writable volume in"
                    " `environment` (HF_HOME)"
                )
                path = ("endpoints", name, "versions", key, "model")
                yield Violation(RULE.name, message, level="advisory", path=path, holder=name)


def _followed(spec: Spec) -> Iterator[Violation]:
    """Gauges that an autoscaler is to follow and would never see."""
    for name, endpoint in spec.endpoints.items():
        table, scale_on = servers()[endpoint.server].metrics, endpoint.scale_on
        if table is None or scale_on is None or scale_on.metric is None:
            continue
        known = exposed_by(endpoint.server)
        if scale_on.metric not in known:
            message = (
                f"{name}: it is to scale on {scale_on.metric}, which {table.program} ({table.version}) doesn't expose,"
                f" so that it would stay as it is; an image of another release may."
                f"{did_you_mean(scale_on.metric, known)}"
            )
            path = ("endpoints", name, "scale_on", "metric")
            yield Violation(RULE.name, message, level="advisory", path=path, holder=name)


def _untried(spec: Spec) -> Iterator[Violation]:
    by_server: dict[str, list[str]] = {}
    for name, endpoint in spec.endpoints.items():
        by_server.setdefault(endpoint.server, []).append(name)
    for kind, names in by_server.items():
        why = _doubt(servers()[kind])
        if why is not None:
            message = f"{', '.join(names)}: {why}. Try it on a stack without traffic first"
            path = ("endpoints", names[0], "server")
            yield Violation(RULE.name, message, level="advisory", path=path, holder=names[0])


def _doubt(server: ModelServer) -> str | None:
    """What nobody knows of how a server is started; the spec's own is the spec's business."""
    since = server.as_of.isoformat()
    if server.image is None and server.ports is not None:
        return f"how {server.name} starts is taken from its documentation of {since}, and nobody has read its image"
    if server.confidence == "unverified":
        return f"how {server.name} starts was read in its image's files by {since}, and nobody has seen it run so"
    return None
