"""The real engine on this machine: the CLI, with a language runtime and providers that this process serves.

Everything is on the loopback interface: state is a folder, the cloud is in memory, and anything that asks for another
machine is sent to a port where nobody listens.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import language_pb2_grpc, provider_pb2_grpc

from tests.engine.bounded import Finished, child, finished
from tests.engine.cloud import FakeCloud
from tests.engine.gcp_rules import Gcp
from tests.engine.kubernetes_rules import Kubernetes
from tests.engine.language import Language, environment_for_programs
from tests.engine.provider import Provider
from tests.engine.toy_rules import Toy

CLI_SECONDS = 180.0
ORGANIZATION = "organization"
PACK = ("--policy-pack", "policies")
UP = ("up", "--yes", "--skip-preview")
_MOST_BYTES = 400 * 1024 * 1024
_OPTIONS = (("grpc.max_send_message_length", _MOST_BYTES), ("grpc.max_receive_message_length", _MOST_BYTES))
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Installed:
    """The CLI, and the script under which its language host runs Python programs."""

    cli: Path
    executor: Path


@dataclass(frozen=True, slots=True)
class RealEngine:
    """The CLI with its own home, state and cloud."""

    installed: Installed
    cloud: FakeCloud
    language: Language
    environment: Mapping[str, str]

    def run(self, project: Path, *arguments: str, seconds: float = CLI_SECONDS, **extra: str) -> Finished:
        """Runs ``pulumi ARGUMENTS`` in a project's folder. `extra` are more variables of its environment."""
        return finished(self._command(arguments), project, {**self.environment, **extra}, seconds)

    def started(self, project: Path, *arguments: str) -> AbstractContextManager[subprocess.Popen[str]]:
        """The same as a running process, which is killed when the block ends."""
        return child(self._command(arguments), project, self.environment)

    def must(self, project: Path, *arguments: str, **extra: str) -> Finished:
        """The same, of a command that has to succeed."""
        done = self.run(project, *arguments, seconds=CLI_SECONDS, **extra)
        assert done.code == 0, f"pulumi {' '.join(arguments)} ended with {done.code}:\n{done.text}\n{self.words()}"
        return done

    def init(self, project: Path, stack: str) -> None:
        """Makes a stack."""
        self.must(project, "stack", "init", f"{ORGANIZATION}/{stack_project(project)}/{stack}")

    def up(self, project: Path, stack: str) -> None:
        """Deploys a stack with the project's own pack."""
        self.must(project, *UP, "--stack", stack, *PACK)

    def export(self, project: Path, stack: str) -> dict[str, Any]:
        """The stack's state, as ``pulumi stack export`` gives it."""
        return dict(json.loads(self.must(project, "stack", "export", "--stack", stack).output))

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [str(self.installed.cli), *arguments, "--non-interactive", "--color", "never"]

    def words(self) -> str:
        """What the programs and packs themselves wrote, for when a test fails."""
        programs = "\n".join(done.text.strip() for done in self.language.programs[-2:])
        return f"programs: {programs[-4000:]}\npacks: {''.join(self.language.plugin_errors)[-4000:]}"


def stack_project(project: Path) -> str:
    """The name in Pulumi.yaml."""
    lines = (project / "Pulumi.yaml").read_text(encoding="utf-8").splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith("name:"))


@contextmanager
def engine(
    installed: Installed, folder: Path, *, dynamic: bool = False, languages: Path | None = None
) -> Iterator[RealEngine]:
    """An engine whose home and state are in `folder`; with `dynamic`, providers that programs bring along too.

    `languages` is a folder of Pulumi's hosts of other languages.
    """
    for name in ("home", "state"):
        (folder / name).mkdir(parents=True)
    cloud, clean = FakeCloud(), environment_for_programs()
    with ExitStack() as stack:
        language = Language(installed.executor, clean)
        ports = {
            rules.package: stack.enter_context(
                _serving(provider_pb2_grpc.add_ResourceProviderServicer_to_server, Provider(rules, cloud))
            )
            for rules in (Gcp(), Kubernetes(), Toy())
        }
        if dynamic:
            clean["PATH"] = f"{_dynamic_provider(folder / 'bin')}:{clean['PATH']}"
        if languages is not None:
            clean["PATH"] = f"{languages}:{clean['PATH']}"
        python = stack.enter_context(_serving(language_pb2_grpc.add_LanguageRuntimeServicer_to_server, language))
        environment = {
            **clean,
            "PULUMI_DEBUG_LANGUAGES": f"python:{python}",
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package, port in ports.items()),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "of tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        yield RealEngine(installed, cloud, language, environment)


@contextmanager
def _serving(add: Any, servicer: Any) -> Iterator[int]:
    server = grpc.server(ThreadPoolExecutor(64), options=_OPTIONS)
    add(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait(5)


def _dynamic_provider(folder: Path) -> Path:
    """A folder with Pulumi's own provider of what programs define themselves, which can't be attached to.

    The engine starts it, so it is in the engine's group, and dies with it where the kernel can see to that.
    """
    folder.mkdir()
    script = folder / "pulumi-resource-pulumi-python"
    guard = "setpriv --pdeathsig KILL " if shutil.which("setpriv") else ""
    script.write_text(f'#!/bin/sh\nexec {guard}{sys.executable} -u -m pulumi.dynamic "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return folder
