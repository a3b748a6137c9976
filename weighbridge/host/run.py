"""One preview from start to end: the servers, the program, the pack, and the graph that is left."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

import grpc
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2_grpc

from weighbridge.host.analyzer import Analyzer, running_pack
from weighbridge.host.child import Child
from weighbridge.host.engine import Engine
from weighbridge.host.masking import Mask
from weighbridge.host.outcome import HostError, Outcome, Pack, Program, Timeouts
from weighbridge.host.outputs import after_preview, autoname
from weighbridge.host.program import running_program, secrets_told
from weighbridge.host.registered import Registered
from weighbridge.host.resource_monitor import ResourceMonitor
from weighbridge.host.wire import properties, value_of
from weighbridge.resources.graph import STACK_TYPE, Graph, Options, Resource
from weighbridge.resources.values import Value

_MOST_BYTES = 400 * 1024 * 1024
_SERVER = (("grpc.max_send_message_length", _MOST_BYTES), ("grpc.max_receive_message_length", _MOST_BYTES))
_THREADS = 32  # registrations wait for one another in transforms, so more than a few
_POLL_SECONDS = 0.02


def preview(
    program: Program,
    pack: Pack | None = None,
    timeouts: Timeouts = Timeouts(),
    on_progress: Callable[[str], None] | None = None,
    before: Mapping[str, Mapping[str, Value]] | None = None,
) -> Outcome:
    """Previews a program and judges it by a pack. Raises `HostError` when it can't be judged.

    `before` has the inputs of what exists already, by URN: `ignoreChanges` keeps them. None: nobody knows.
    `on_progress` is given what is going on, in words. Nothing outlives the call, whatever ends it.
    """
    progress = on_progress or (lambda _text: None)
    main = program.folder / program.main / "__main__.py"
    if not main.is_file():
        raise HostError(f"{program.folder / program.main} holds no __main__.py, so there is no program to run")
    mask = Mask(program.config[key] for key in program.config_secret_keys if key in program.config)
    with ExitStack() as stack:
        secrets = stack.enter_context(tempfile.TemporaryFile())  # has no name, so nothing is left of it
        stack.enter_context(_failures_masked(mask, secrets))
        report = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weighbridge-"))) / "report.json"
        child = stack.enter_context(running_program(program, report, secrets))
        starting = running_pack(pack, program, timeouts.pack_seconds) if pack else nullcontext(None)
        analyzer: Analyzer | None = stack.enter_context(starting)
        monitor = ResourceMonitor(
            program.project, program.stack, program.config, analyzer, mask.learn, program.folder, before
        )
        engine = Engine()
        stack.callback(monitor.close)
        child.write_line(f"127.0.0.1:{stack.enter_context(_serving(monitor, engine))}")
        progress("running the program")
        _wait(child, monitor, timeouts.program_seconds, progress)
        child.drain()
        ending = _ending(report)
        _explain(child, ending, monitor)
        computed = ending["computed"] if ending else {}
        for urn in ending["autonamed"] if ending else ():
            named = monitor.resources[urn]
            named.outputs.fields["name"].string_value = autoname(named)
        registered = list(monitor.resources.values())
        by_urn = monitor.resources
        outputs = {
            resource.urn: after_preview(resource, by_urn.get(resource.provider_urn), computed.get(resource.urn, ()))
            for resource in registered
        }
        if analyzer is not None:
            progress("judging the whole stack")
            root = next((resource.urn for resource in registered if resource.type == STACK_TYPE), "")
            analyzer.judge_stack(
                ((resource, by_urn.get(resource.provider_urn), outputs[resource.urn]) for resource in registered), root
            )
        graph = Graph(
            program.project, program.stack, tuple(_resource(resource, outputs[resource.urn]) for resource in registered)
        )
        mask.learn(secrets_told(secrets))
        return Outcome(
            graph=graph,
            diagnostics=mask.over(tuple(dict.fromkeys(analyzer.diagnostics))) if analyzer else (),
            policies=analyzer.policies if analyzer else (),
            stack_outputs=next((resource.outputs for resource in graph.resources if resource.type == STACK_TYPE), {}),
            log=mask.over(tuple(engine.log)),
            mask=mask,
        )


def _ending(report: Path) -> dict[str, Any] | None:
    """What the program had to say at its end; None where it didn't come to that, or had no room to write it."""
    try:
        ending: dict[str, Any] = json.loads(report.read_text())
    except (OSError, ValueError):
        return None
    return ending


@contextmanager
def _failures_masked(mask: Mask, secrets: IO[bytes]) -> Iterator[None]:
    try:
        yield
    except HostError as failure:
        mask.learn(secrets_told(secrets))
        raise HostError(mask(failure.reason), mask(failure.detail)) from None


@contextmanager
def _serving(monitor: ResourceMonitor, engine: Engine) -> Iterator[int]:
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=_SERVER)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait(2)


def _wait(child: Child, monitor: ResourceMonitor, seconds: float, progress: Callable[[str], None]) -> None:
    deadline, shown = time.monotonic() + seconds, 0
    while child.process.poll() is None:
        if time.monotonic() > deadline:
            raise HostError(f"the program did not end within {seconds:g} s", child.output)
        if monitor.failure is not None:
            return  # nothing that the program does now can be judged
        if len(monitor.resources) != shown:
            shown = len(monitor.resources)
            progress(f"{shown} resources")
        time.sleep(_POLL_SECONDS)


def _explain(child: Child, ending: dict[str, Any] | None, monitor: ResourceMonitor) -> None:
    """Raises `HostError` unless the program has ended well."""
    if monitor.failure is not None:
        raise monitor.failure
    failure = ending["failure"] if ending else None
    if failure is not None:
        raise HostError(failure["reason"], failure["detail"] or child.output)
    if ending is None:
        code = child.process.returncode
        raise HostError(f"the program ended with exit code {code} before it was finished", child.output)


def _resource(registered: Registered, outputs: Any) -> Resource:
    given = registered.request
    options = Options()
    if not registered.read:
        options = Options(
            protect=given.protect,
            ignore_changes=tuple(given.ignoreChanges),
            replace_on_changes=tuple(given.replaceOnChanges),
            replace_with=tuple(given.replace_with),
            replacement_trigger=value_of(given.replacement_trigger) if given.HasField("replacement_trigger") else None,
            delete_before_replace=given.deleteBeforeReplace if given.deleteBeforeReplaceDefined else None,
            aliases=registered.aliases,
            retain_on_delete=given.retainOnDelete,
            additional_secret_outputs=tuple(given.additionalSecretOutputs),
            import_id=given.importId or None,
            deleted_with=given.deletedWith or None,
        )
    return Resource(
        urn=registered.urn,
        type=registered.type,
        name=registered.name,
        custom=registered.custom,
        parent=registered.parent or None,
        provider=registered.provider_urn or None,
        inputs=properties(registered.inputs),
        written=properties(registered.written) if registered.written is not None else None,
        outputs=properties(outputs),
        dependencies=registered.dependencies,
        property_dependencies=registered.property_dependencies,
        options=options,
        read=registered.read,
    )
