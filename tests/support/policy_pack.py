"""Drives the real policy pack in a process of its own, over the protocol that Pulumi's engine speaks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import grpc
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.support.processes import PATIENCE_SECONDS
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Secret, Unknown, Value

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - how Pulumi marks a secret
MANDATORY, ADVISORY, DISABLED = analyzer_pb2.MANDATORY, analyzer_pb2.ADVISORY, analyzer_pb2.DISABLED


class RunningPack:
    """A running pack. Leave the `with` block to end its process."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        plain = {
            "PULUMI_PROJECT": "weighbridge",
            "PULUMI_STACK": "dev",
            "PULUMI_DRY_RUN": "true",
            "PULUMI_CONFIG": "{}",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", "."],
            cwd=folder,
            env=os.environ | plain | dict(environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        if not self.first_line.strip().isdigit():
            _, errors = self.process.communicate(timeout=PATIENCE_SECONDS)
            raise AssertionError(f"no port but {self.first_line!r}\n{errors}")
        self.channel = grpc.insecure_channel(f"127.0.0.1:{int(self.first_line)}")
        self.stub = analyzer_pb2_grpc.AnalyzerStub(self.channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        self.process.kill()
        self.process.communicate()

    def configure_stack(self, *, dry_run: bool, stack: str = "dev", **settings: str) -> None:
        """`settings` are those of the stack's namespace ``pulumi``."""
        self.stub.ConfigureStack(
            analyzer_pb2.AnalyzerStackConfigureRequest(
                stack=stack,
                project="weighbridge",
                organization="organization",
                dry_run=dry_run,
                config={f"pulumi:{name}": value for name, value in settings.items()},
            ),
            timeout=PATIENCE_SECONDS,
        )

    def configure(self, **levels: int) -> None:
        """As the engine does: every policy is listed, with its level."""
        info = self.stub.GetAnalyzerInfo(_empty(), timeout=PATIENCE_SECONDS)
        listed: dict[str, int] = {policy.name: MANDATORY for policy in info.policies}
        listed.update({name.replace("_", "-"): level for name, level in levels.items()})
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, level in listed.items():
            request.policyConfig[name].enforcementLevel = level
        self.stub.Configure(request, timeout=PATIENCE_SECONDS)

    def start(self, *, dry_run: bool, stack: str = "dev") -> None:
        self.configure_stack(dry_run=dry_run, stack=stack)
        self.configure()

    def analyze(self, resource: HeldResource) -> list[Any]:
        """What the rules about single resources say of this one."""
        request = analyzer_pb2.AnalyzeRequest(
            type=resource.type, urn=resource.urn, name=resource.name, properties=_struct(resource.inputs)
        )
        _provider(request, resource)
        _options(request, resource)
        self.stub.Remediate(request, timeout=PATIENCE_SECONDS)
        return list(self.stub.Analyze(request, timeout=PATIENCE_SECONDS).diagnostics)

    def analyze_stack(self, resources: Iterable[HeldResource]) -> list[Any]:
        """What the rules about the whole stack say."""
        request = analyzer_pb2.AnalyzeStackRequest()
        for resource in resources:
            message = request.resources.add(
                type=resource.type, urn=resource.urn, name=resource.name, properties=_struct(resource.inputs),
                dependencies=resource.dependencies,
            )  # fmt: skip
            for name, urns in resource.property_dependencies.items():
                message.propertyDependencies[name].urns.extend(urns)
            _provider(message, resource)
            _options(message, resource)
        return list(self.stub.AnalyzeStack(request, timeout=PATIENCE_SECONDS).diagnostics)

    def preview(self, *resources: HeldResource) -> list[str]:
        """All calls of a preview; the violations, without the first line that names the rule's purpose."""
        self.start(dry_run=True)
        silent = [message for resource in resources for message in self.analyze(resource)]
        assert silent == [], "in a preview only the whole stack is judged"
        return messages(self.analyze_stack(resources))

    def create(self, *resources: HeldResource) -> tuple[list[str], list[str]]:
        """An update without preview: names created, and what stopped it. The engine stops at the first violation."""
        self.start(dry_run=False)
        created: list[str] = []
        for resource in resources:
            stopped = messages(self.analyze(resource))
            if stopped:
                return created, stopped
            created.append(resource.name)
        return created, []


def messages(diagnostics: Iterable[Any]) -> list[str]:
    found = list(diagnostics)
    assert all(diagnostic.enforcementLevel == MANDATORY for diagnostic in found), found
    return [diagnostic.message.partition("\n")[2] for diagnostic in found]


def _empty() -> Any:
    from google.protobuf.empty_pb2 import Empty

    return Empty()


def _options(message: Any, resource: HeldResource) -> None:
    """Those that the protocol carries."""
    given = resource.options
    message.options.ignoreChanges.extend(given.ignore_changes)
    message.options.deleteBeforeReplaceDefined = given.delete_before_replace is not None
    message.options.deleteBeforeReplace = bool(given.delete_before_replace)


def _provider(message: Any, resource: HeldResource) -> None:
    if resource.provider_inputs is not None:
        message.provider.type = "pulumi:providers:" + resource.type.partition(":")[0]
        message.provider.name = "default"
        message.provider.properties.CopyFrom(_struct(resource.provider_inputs))


def _struct(values: Mapping[str, Value]) -> Struct:
    return ParseDict(_wire(values), Struct())


def _wire(value: Value) -> Any:
    match value:
        case Unknown():
            return UNKNOWN
        case Secret():
            return {SIGNATURE: SECRET, "value": _wire(value.value)}
        case Mapping():
            return {name: _wire(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_wire(inner) for inner in value]
    return value
