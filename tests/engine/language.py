"""Pulumi's LanguageRuntime service for Python programs and policy packs.

Programs run under `pulumi-language-python-exec`, the script of Pulumi's own language host, taken from the same module
as the CLI; packs and packages of components run as that host runs them: ``python -m pulumi.policy``, and the folder.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from tests.engine.bounded import Finished, TooLate, child, finished

PROGRAM_SECONDS = 120.0
TOLD_ITS_USER = 32
"""The exit code of a program whose error has been shown already."""


class Language(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs and packs with this interpreter."""

    def __init__(self, executor: Path, environment: Mapping[str, str]) -> None:
        self.programs: list[Finished] = []
        self.plugin_errors: list[str] = []
        self._executor, self._environment = executor, environment
        self._engine = ""

    def Handshake(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's names
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="3.0.0")

    def GetRequiredPackages(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return language_pb2.GetRequiredPluginsResponse()

    def RuntimeOptionsPrompts(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return language_pb2.RuntimeOptionsResponse()

    def About(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return language_pb2.AboutResponse(executable=sys.executable, version="3")

    def GetProgramDependencies(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return language_pb2.GetProgramDependenciesResponse()

    def InstallDependencies(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return iter(())

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Run(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """One run of a program, from start to end."""
        extra = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
            "PULUMI_PROJECT": request.project,
            "PULUMI_STACK": request.stack,
            "PULUMI_ORGANIZATION": request.organization,
        }
        flags = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        place = str(Path(request.info.program_directory, request.info.entry_point))
        command = [sys.executable, "-u", str(self._executor)]
        command += [word for name, value in flags.items() for word in (f"--{name}", value)]
        try:
            done = finished([*command, place], Path(request.pwd), {**self._environment, **extra}, PROGRAM_SECONDS)
        except TooLate as late:
            return language_pb2.RunResponse(error=str(late))
        self.programs.append(done)
        if done.code == TOLD_ITS_USER:
            return language_pb2.RunResponse(bail=True)
        # The host's own words; what the program wrote is shown by the test that fails.
        error = f"program exited with non-zero exit code: {done.code}" if done.code else ""
        return language_pb2.RunResponse(error=error)

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """A policy pack or a package of components, for as long as the engine listens."""
        folder = Path(request.info.program_directory)
        given = dict(entry.split("=", 1) for entry in request.env)
        environment = {**self._environment, **given}
        if request.kind == "analyzer":
            place, command = folder, ["-m", "pulumi.policy", *request.args, str(folder)]
        else:
            place, command = Path(request.pwd), [str(folder), *request.args]
        with child([sys.executable, "-u", *command], place, environment) as process:
            gone = threading.Event()
            lines: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()

            def leave() -> None:
                gone.set()
                lines.put(None)

            context.add_callback(leave)
            for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
                threading.Thread(target=_read, args=(name, stream, lines), daemon=True).start()
            open_streams = 2
            while open_streams and not gone.is_set():
                line = lines.get()
                if line is None:
                    open_streams -= 1
                    continue
                name, text = line
                if name == "stderr":
                    self.plugin_errors.append(text)
                    yield language_pb2.RunPluginResponse(stderr=text.encode())
                else:
                    yield language_pb2.RunPluginResponse(stdout=text.encode())
            if not gone.is_set():
                yield language_pb2.RunPluginResponse(exitcode=process.wait(END_OF_PLUGIN_SECONDS))


END_OF_PLUGIN_SECONDS = 10.0


def _read(name: str, stream: Any, lines: queue.SimpleQueue[tuple[str, str] | None]) -> None:
    with stream:
        for line in stream:
            lines.put((name, line))
    lines.put(None)


def environment_for_programs() -> dict[str, str]:
    """This process's environment without Pulumi's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
