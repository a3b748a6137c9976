"""One preview from start to end: the servers, the program, the pack, and the graph that is left."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

from weighbridge.graph import STACK_TYPE, Graph, Options, Resource
from weighbridge.host import wire
from weighbridge.host.analyzer import Analyzer, running_pack
from weighbridge.host.child import Child
from weighbridge.host.engine import Engine
from weighbridge.host.masking import Mask
from weighbridge.host.monitor import Monitor, Registered
from weighbridge.host.outcome import HostError, LogLine, Outcome, Pack, Program, Timeouts
from weighbridge.host.outputs import after_preview, autoname
from weighbridge.host.program import running_program

_MOST_BYTES = 400 * 1024 * 1024
_SERVER = (("grpc.max_send_message_length", _MOST_BYTES), ("grpc.max_receive_message_length", _MOST_BYTES))
_THREADS = 32  # registrations wait for one another in transforms, so more than a few
_POLL_SECONDS = 0.02


def preview(
    program: Program,
    pack: Pack | None = None,
    timeouts: Timeouts = Timeouts(),
    on_progress: Callable[[str], None] | None = None,
) -> Outcome:
    """Previews a program and judges it by a pack. Raises `HostError` when it can't be judged.

    `on_progress` is told in words what is going on. Nothing outlives the call, whatever ends it.
    """
    tell = on_progress or (lambda _text: None)
    main = program.folder / program.main / "__main__.py"
    if not main.is_file():
        raise HostError(f"{program.folder / program.main} holds no __main__.py, so there is no program to run")
    mask = Mask(program.config[key] for key in program.config_secret_keys if key in program.config)
    with ExitStack() as stack:
        report = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weighbridge-"))) / "report.json"
        child = stack.enter_context(running_program(program, report))
        starting = running_pack(pack, program, timeouts.pack_seconds, mask) if pack else nullcontext(None)
        analyzer: Analyzer | None = stack.enter_context(starting)
        monitor, engine = Monitor(program.project, program.stack, program.config, analyzer, mask.learn), Engine()
        stack.callback(monitor.close)
        child.tell(f"127.0.0.1:{stack.enter_context(_serving(monitor, engine))}")
        tell("running the program")
        _wait(child, monitor, timeouts.program_seconds, tell)
        child.drain()
        said = json.loads(report.read_text()) if report.is_file() else None
        _explain(child, said, monitor, mask)
        computed = said["computed"] if said else {}
        for urn in said["autonamed"] if said else ():
            named = monitor.resources[urn]
            named.outputs.fields["name"].string_value = autoname(named)
        registered = list(monitor.resources.values())
        by_urn = monitor.resources
        outputs = {
            each.urn: after_preview(each, by_urn.get(each.provider_urn), computed.get(each.urn, ()))
            for each in registered
        }
        if analyzer is not None:
            tell("judging the whole stack")
            root = next((each.urn for each in registered if each.type == STACK_TYPE), "")
            analyzer.judge_stack(
                ((each, by_urn.get(each.provider_urn), outputs[each.urn]) for each in registered), root
            )
        graph = Graph(program.project, program.stack, tuple(_resource(each, outputs[each.urn]) for each in registered))
        return Outcome(
            graph=graph,
            diagnostics=tuple(dict.fromkeys(analyzer.diagnostics)) if analyzer else (),
            policies=analyzer.policies if analyzer else (),
            stack_outputs=next((each.outputs for each in graph.resources if each.type == STACK_TYPE), {}),
            log=tuple(LogLine(line.severity, mask(line.message), line.urn) for line in engine.log),
        )


@contextmanager
def _serving(monitor: Monitor, engine: Engine) -> Iterator[int]:
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=_SERVER)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait(2)


def _wait(child: Child, monitor: Monitor, seconds: float, tell: Callable[[str], None]) -> None:
    deadline, shown = time.monotonic() + seconds, 0
    while child.process.poll() is None:
        if time.monotonic() > deadline:
            raise HostError(f"the program did not end within {seconds:g} s", child.output)
        if monitor.failure is not None:
            return  # nothing that the program does now can be judged
        if len(monitor.resources) != shown:
            shown = len(monitor.resources)
            tell(f"{shown} resources")
        time.sleep(_POLL_SECONDS)


def _explain(child: Child, said: dict[str, Any] | None, monitor: Monitor, mask: Mask) -> None:
    """Raises `HostError` unless the program has ended well."""
    if monitor.failure is not None:
        raise HostError(mask(monitor.failure.reason), mask(monitor.failure.detail))
    failure = said["failure"] if said else None
    if failure is not None:
        raise HostError(mask(failure["reason"]), mask(failure["detail"] or child.output))
    if said is None:
        code = child.process.returncode
        raise HostError(f"the program ended with exit code {code} before it was finished", mask(child.output))


def _resource(each: Registered, outputs: Any) -> Resource:
    given = each.request
    options = Options()
    if not each.read:
        options = Options(
            protect=given.protect,
            ignore_changes=tuple(given.ignoreChanges),
            replace_on_changes=tuple(given.replaceOnChanges),
            delete_before_replace=given.deleteBeforeReplace if given.deleteBeforeReplaceDefined else None,
            aliases=each.aliases,
            retain_on_delete=given.retainOnDelete,
            additional_secret_outputs=tuple(given.additionalSecretOutputs),
            import_id=given.importId or None,
        )
    return Resource(
        urn=each.urn,
        type=each.type,
        name=each.name,
        custom=each.custom,
        parent=each.parent or None,
        provider=each.provider_urn or None,
        inputs=wire.to_values(each.inputs),
        outputs=wire.to_values(outputs),
        dependencies=each.dependencies,
        property_dependencies=each.property_dependencies,
        options=options,
        read=each.read,
    )
