"""`weighbridge monitor`: flags, files and signals; nothing is decided here."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import OVER, Root
from weighbridge.errors import COULD_NOT_JUDGE, OK

if TYPE_CHECKING:
    from weighbridge.drift_monitor.baseline_reader import WrongColumns
    from weighbridge.drift_monitor.config import MonitorConfig
    from weighbridge.drift_monitor.exporter import Address
    from weighbridge.drift_monitor.measure import DriftMonitor, Snapshot
    from weighbridge.drift_monitor.measuring_process import MeasuringProcess
    from weighbridge.files.problem import KeyPath
    from weighbridge.spec.otlp import OtlpCollector

_END_SECONDS = 1.0
"""How long a measurement may go on after the signal to end; nothing of it is kept but whole files."""

EPILOG = "Example: weighbridge monitor ranker -s prod --once"


def monitor(
    name: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Argument(help="The endpoint or pipeline.", metavar="NAME"),
    ] = None,
    stack: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--stack", "-s", help=terminal.STACK, metavar="STACK", autocompletion=terminal.stacks_to_complete),
    ] = None,
    config: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="What a deployed monitor reads instead of a stack.", metavar="FILE"),
    ] = None,
    listen: Annotated[
        str, typer.Option(help="Where to serve /metrics and /healthz. `:9108` is every interface.", metavar="HOST:PORT")
    ] = "127.0.0.1:9108",
    otlp: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Send them to an OpenTelemetry collector too: http://localhost:4317, or …/v1/metrics over HTTP.",
            metavar="URL",
        ),
    ] = None,
    state: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Folder in which the last two windows' counts outlive a restart.", metavar="DIR"),
    ] = None,
    *,
    replay: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Which alerts the last windows of a folder would have raised, one subfolder each.", metavar="FOLDER"
        ),
    ] = None,
    windows: Annotated[
        int, typer.Option(help="With --replay: how many windows, the newest ones.", metavar="N", min=1, max=10_000)
    ] = 20,
    once: Annotated[bool, typer.Option("--once", help="Measure once, print a table, and end.")] = False,
    root: Root = None,
) -> None:
    """Measure drift, data quality, model quality and runs; serve them as Prometheus gauges until told to end.

    With --once and --replay: exit code 0 good, 1 something is over its threshold, 2 wrong, 3 could not read.
    """
    with terminal.problems_reported():
        _need("monitor", "prometheus_client", "pyarrow")
        address = _address(listen)
        collector = _collector(otlp)
        if collector is not None and (once or replay is not None):
            flag = "--once" if once else "--replay"
            terminal.wrong(f"--otlp: {flag} sends nothing, only a monitor that goes on measuring does: leave one out")
        file, text, path, settings, folder = _source(name, stack, config, root)
        made = _monitor(settings, folder, state, once=once)
        if replay is not None:
            raise typer.Exit(_replayed(settings, folder, replay, windows, (file, text, path)))
        try:
            if once:
                _measure(made, file, text, path)
                raise typer.Exit(_shown(made.snapshot, settings))
            raise typer.Exit(_serve(made, settings, address, (file, text, path), collector or settings.otlp))
        finally:
            made.close()


def _source(
    name: str | None, stack: str | None, config: Path | None, root: Path | None
) -> tuple[Path, str, KeyPath, MonitorConfig, Path]:
    """File, text, where `watch` stands in it, what it says, and the folder that paths are relative to."""
    from weighbridge.drift_monitor.config import parse_config, watch_path
    from weighbridge.files.reading import read_text
    from weighbridge.stacks.load import read_stack_text

    if (stack is None) == (config is None):
        terminal.wrong("say what to measure: NAME with --stack, or --config FILE")
    if config is not None:
        text = read_text(config)
        settings = parse_config(text, config)
        if name not in (None, settings.pipeline):
            terminal.wrong(f"{config} is about {settings.pipeline}, not {name}: name that one, or none")
        return config, text, ("watch",), settings, terminal.start_of(root)
    assert stack is not None  # noqa: S101 - one of the two is named
    folder = terminal.root_of(root)
    file = terminal.spec_file(folder, stack)
    text = read_stack_text(file)
    settings = _from_spec(name, file.stem, text, file)
    return file, text, watch_path(settings), settings, folder


def _from_spec(name: str | None, stack: str, text: str, file: Path) -> MonitorConfig:
    from weighbridge.drift_monitor.config import config_of
    from weighbridge.spelling import did_you_mean
    from weighbridge.stacks.load import parse_spec

    spec = parse_spec(text, file)
    names = [*spec.endpoints, *spec.pipelines]
    measured = [other for other in names if config_of(other, spec)]
    if name is None and not measured:
        terminal.wrong(f"nothing in {stack} is measured: give an endpoint or a pipeline `watch`, or `runs`")
    if name is None:
        listed = ", ".join(measured)
        terminal.wrong(
            f"which endpoint or pipeline of {stack}? These are measured: {listed}. Add its name, such as: "
            f"weighbridge monitor {measured[0]} -s {stack}"
        )
    settings = config_of(name, spec)
    if settings is None and name in names:
        terminal.wrong(f"{name} has neither `watch` nor `runs` in {stack}, so there is nothing to measure: add one")
    if settings is None:
        listed, mean = ", ".join(measured) or "none", did_you_mean(name, names)
        terminal.wrong(f"{stack} has no endpoint or pipeline {name!r}; those that are measured: {listed}.{mean}")
    return settings


def _monitor(
    settings: MonitorConfig, folder: Path, state: Path | None, *, once: bool
) -> DriftMonitor | MeasuringProcess:
    """What measures; in a process of its own where it reads from a bucket."""
    from weighbridge.drift_monitor.credentials import refused_at_once
    from weighbridge.drift_monitor.engine import address_of, is_table
    from weighbridge.drift_monitor.engines import EXTRAS, engine_opener, table_paths
    from weighbridge.drift_monitor.files import CLOUD, Store
    from weighbridge.drift_monitor.measure import DriftMonitor
    from weighbridge.drift_monitor.measuring_process import MeasuringProcess, Task

    for scheme in dict.fromkeys(address_of(path).scheme for path in table_paths(settings.watch)):
        _need(EXTRAS[scheme], "ibis")
    if settings.watch is not None and settings.watch.texts:
        _need("monitor", "py3langid")
    kept = state / f"{settings.pipeline}.json" if state else None
    refused = refused_at_once(settings.paths, folder, os.environ, Path.home()) if once else None
    store = refused or Store(folder, open_engine=engine_opener(settings.watch))
    made = DriftMonitor(settings, store, terminal.now, _log, kept)
    if refused is None and any(path.startswith(CLOUD) or is_table(path) for path in settings.paths):
        task = Task(settings, folder, kept, made.snapshot, somebody_waits=once)
        return MeasuringProcess(task, terminal.now, _log)
    return made


def _need(extras: str, *modules: str) -> None:
    """Ends the command where one of the modules that only these extras install is not there."""
    from importlib.util import find_spec

    for module in modules:
        if find_spec(module) is None:
            tell(f"weighbridge: {module} is not installed: pip install 'weighbridge[{extras}]'\n")
            raise typer.Exit(COULD_NOT_JUDGE)


def _measure(monitor: DriftMonitor | MeasuringProcess, file: Path, text: str, path: KeyPath) -> None:
    """Measures; columns that the baseline lacks are a mistake in the file. Raises `FileError`."""
    from weighbridge.drift_monitor.baseline_reader import WrongColumns

    try:
        monitor.measure()
    except WrongColumns as wrong:
        _refuse(wrong, file, text, path)


def _replayed(settings: MonitorConfig, folder: Path, of: str, most: int, source: tuple[Path, str, KeyPath]) -> int:
    from weighbridge.drift_monitor.baseline_reader import WrongColumns
    from weighbridge.drift_monitor.credentials import cloud_at_once
    from weighbridge.drift_monitor.engines import engine_opener
    from weighbridge.drift_monitor.files import Store
    from weighbridge.drift_monitor.replay import replay
    from weighbridge.render.replay.text import render
    from weighbridge.signals.replayed import judge

    if settings.watch is None:
        terminal.wrong(f"{settings.pipeline} has no `watch`, so there are no windows to replay: add it")
    store = Store(
        folder,
        open_cloud=cloud_at_once(os.environ, Path.home()),
        open_engine=engine_opener(settings.watch, somebody_waits=True),
    )
    try:
        windows = replay(settings, settings.watch, store, of, most, terminal.now())
        result = judge(settings, of, windows)
    except WrongColumns as wrong:
        _refuse(wrong, *source)
        raise
    terminal.put(render(result))
    if result.unread:
        return COULD_NOT_JUDGE
    return OVER if result.raising else OK


def _refuse(wrong: WrongColumns, file: Path, text: str, path: KeyPath) -> None:
    """As a mistake in the file. Raises `FileError`."""
    from dataclasses import replace

    from weighbridge.files.reading import refuse

    refuse([replace(problem, path=(*path, *problem.path)) for problem in wrong.problems], text, file)


def _shown(snapshot: Snapshot, settings: MonitorConfig) -> int:
    from weighbridge.render.monitor.text import render
    from weighbridge.signals.verdict import breaches

    now = terminal.now()
    found = breaches(snapshot, settings, now)
    terminal.put(render(snapshot, settings, found, now, whole=terminal.style().whole))
    if any(snapshot.errors.values()):
        return COULD_NOT_JUDGE
    return OVER if found else OK


def _serve(
    monitor: DriftMonitor | MeasuringProcess,
    settings: MonitorConfig,
    address: Address,
    source: tuple[Path, str, KeyPath],
    collector: OtlpCollector | None,
) -> int:
    import signal
    import threading

    from weighbridge.drift_monitor.exporter import measure_until, server
    from weighbridge.spec.pipeline import RUNS_READ_EVERY

    try:
        serving = server(address, lambda: monitor.snapshot)
    except OSError as error:
        terminal.wrong(f"--listen: can't listen on {address.host}:{address.port}: {error.strerror}")
    stop, failed = threading.Event(), list[Exception]()
    # A signal's handler may only do what can't block, so it and a failure wake this thread by a byte in a pipe.
    asleep, awake = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(awake, b"."))

    def work() -> None:
        try:
            every = min(RUNS_READ_EVERY, settings.watch.every) if settings.watch else RUNS_READ_EVERY
            measure_until(stop, lambda: _measure(monitor, *source), every)
        except Exception as error:  # noqa: BLE001 - it is raised again where the command ends
            failed.append(error)
            os.write(awake, b".")

    if collector is not None:
        sending = (stop, collector, lambda: monitor.snapshot, _secret, _log)
        threading.Thread(target=_sender(), args=sending, name="otlp", daemon=True).start()
    worker = threading.Thread(target=work, name="measure", daemon=True)
    threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    _log(f"{settings.pipeline}: listening on http://{address.host}:{serving.server_port}/metrics")
    worker.start()
    os.read(asleep, 1)
    stop.set()
    monitor.close()
    serving.shutdown()
    serving.server_close()
    worker.join(_END_SECONDS)
    if failed:
        raise failed[0]
    _log(f"{settings.pipeline}: ended")
    if worker.is_alive():  # it may hang in a read of a bucket, which nothing can interrupt
        os._exit(OK)
    return OK


def _collector(address: str | None) -> OtlpCollector | None:
    from pydantic import ValidationError

    from weighbridge.spec.otlp import OtlpCollector

    if address is None:
        return None
    try:
        return OtlpCollector(endpoint=address)
    except ValidationError:
        terminal.wrong(
            "--otlp: expected an address such as http://localhost:4317, over gRPC, or "
            "http://localhost:4318/v1/metrics, over HTTP; without user, password and query"
        )


def _secret(version: str) -> bytes:
    """Raises what asking Google Cloud raises."""
    from weighbridge.cloud_api.client import google_cloud
    from weighbridge.cloud_api.secrets import secret_value

    with google_cloud(os.environ) as cloud:
        return secret_value(cloud, version)


def _sender() -> Callable[..., None]:
    try:
        from weighbridge.drift_monitor.otlp import send_until
    except ImportError as error:
        tell(f"weighbridge: {error.name} is not installed: pip install 'weighbridge[monitor,otlp]'\n")
        raise typer.Exit(COULD_NOT_JUDGE) from None
    return send_until


def _address(text: str) -> Address:
    from weighbridge.drift_monitor.exporter import Address

    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the highest port
        terminal.wrong(f'--listen: expected an address such as 127.0.0.1:9108 or :9108, got "{text}"')
    return Address(host or "0.0.0.0", int(port))  # noqa: S104 - asked for


def _log(message: str) -> None:
    from weighbridge.units import format_timestamp

    tell(f"{format_timestamp(terminal.now())} {message}\n")
