"""Drives a policy pack over Pulumi's Analyzer protocol, call for call as the engine does.

Handshake, ConfigureStack, GetAnalyzerInfo, Configure (every policy, with its level and its schema's defaults); then
Remediate and Analyze for each resource; AnalyzeStack once; Cancel. The pack of the Python SDK answers Handshake and
Cancel with UNIMPLEMENTED, which the engine tolerates too. Where no policy may remediate, nothing that the pack says
changes what the program is answered: Remediate is left out, and Analyze follows in a thread, in the same order.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Literal, NoReturn

import grpc
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from weighbridge.host.attachment import attached
from weighbridge.host.child import Child, running
from weighbridge.host.outcome import Diagnostic, HostError, Level, Pack, PolicyInfo, Program
from weighbridge.host.policy_config import LEVELS, settings_of
from weighbridge.host.registered import Registered
from weighbridge.host.wire import as_packs_see

NO_PACK_FIX = "Name the folder of a pack, which holds its PulumiPolicy.yaml."
SEVERITIES = ("", "low", "medium", "high", "critical")

_MOST_BYTES = 400 * 1024 * 1024
_CHANNEL = (("grpc.max_send_message_length", _MOST_BYTES), ("grpc.max_receive_message_length", _MOST_BYTES))


class Analyzer:
    """A running pack. Calls are made one at a time, as the engine's step generator makes them."""

    def __init__(self, child: Child, pack: Pack, program: Program, seconds: float) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.policies: tuple[PolicyInfo, ...] = ()
        self._child, self._pack, self._program, self._seconds = child, pack, program, seconds
        self._stub: Any = None
        self._lock = threading.Lock()
        self._remediates = False
        self._questions = ThreadPoolExecutor(1)  # one, so that they keep their order
        self._answers: list[Future[None]] = []

    def connect(self) -> None:
        """Waits for the pack's port and configures it. Raises `HostError`."""
        with self._lock:
            if self._stub is not None:
                return
            if not self._child.first_line.wait(self._seconds):
                raise HostError(f"the policy pack did not start within {self._seconds:g} s", self._output())
            port = self._child.stdout_first
            if not port.isdecimal():
                self._child.drain()
                reason = f"its first line was {port[:80]!r}, not a port" if port else "it ended before it was ready"
                raise HostError(f"the policy pack {self._pack.folder.name} did not start: {reason}", self._output())
            channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_CHANNEL)
            self._stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            self._configure()

    def _configure(self) -> None:
        folder = str(self._pack.folder)  # both times: the engine says nothing of where the program lies
        self._call(
            "Handshake",
            analyzer_pb2.AnalyzerHandshakeRequest(
                engine_address="127.0.0.1:0", root_directory=folder, program_directory=folder
            ),
            optional=True,
        )
        self._call(
            "ConfigureStack",
            analyzer_pb2.AnalyzerStackConfigureRequest(
                stack=self._program.stack,
                project=self._program.project,
                organization=self._program.organization,
                dry_run=True,
                config=dict(self._program.config),
                config_secret_keys=sorted(self._program.config_secret_keys),
            ),
            optional=True,
        )
        self._call("GetPluginInfo", empty_pb2.Empty(), optional=True)
        info = self._call("GetAnalyzerInfo", empty_pb2.Empty())
        settings = settings_of(info, self._pack.config)
        self.policies = tuple(_policy(policy, settings[policy.name].level) for policy in info.policies)
        self._remediates = any(policy.level == "remediate" for policy in self.policies)
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, chosen in settings.items():
            entry = request.policyConfig[name]
            entry.enforcementLevel = LEVELS.index(chosen.level)
            entry.properties.update(chosen.properties)
            entry.properties.SetInParent()  # as the engine does where there are none
        self._call("Configure", request)

    def judge(self, resource: Registered, provider: Registered | None) -> Struct:
        """Asks about one resource; the inputs come back as remediated. Raises `HostError`."""
        self.connect()
        request = _request(resource, provider)
        if not self._remediates:
            self._answers.append(self._questions.submit(self._analyze, request))
            return resource.inputs
        inputs = resource.inputs
        with self._lock:
            for change in self._call("Remediate", request).remediations:
                if change.diagnostic:
                    self._add(change, resource.urn, change.diagnostic, "advisory", "")
                elif change.HasField("properties"):
                    changed = ", ".join(_changed(request.properties, change.properties)) or "nothing"
                    self._add(change, resource.urn, f"changed {changed}", "remediate", "")
                    request.properties.CopyFrom(change.properties)
                    inputs = request.properties
        self._analyze(request)
        return inputs

    def _analyze(self, request: Any) -> None:
        with self._lock:
            for diagnostic in self._call("Analyze", request).diagnostics:
                self._keep(diagnostic, diagnostic.urn or request.urn)

    def judge_stack(self, resources: Iterable[tuple[Registered, Registered | None, Struct]], root: str) -> None:
        """Asks about all resources, each with its provider and its outputs. Raises `HostError`."""
        self.connect()
        for pending in self._answers:
            pending.result()
        with self._lock:
            request = analyzer_pb2.AnalyzeStackRequest()
            for resource, provider, outputs in resources:
                if resource.read:
                    continue  # the engine shows what a program makes, not what it looks up
                question = _request(resource, provider)
                message = request.resources.add(
                    type=resource.type, urn=resource.urn, name=resource.name, parent=resource.parent
                )
                message.options.CopyFrom(question.options)
                message.properties.CopyFrom(as_packs_see(outputs))
                if provider is not None:
                    message.provider.CopyFrom(question.provider)
                message.dependencies.extend(resource.dependencies)
                for name, urns in resource.property_dependencies.items():
                    message.propertyDependencies[name].urns.extend(urns)
            for diagnostic in self._call("AnalyzeStack", request).diagnostics:
                self._keep(diagnostic, diagnostic.urn or root)
            self._call("Cancel", empty_pb2.Empty(), optional=True)

    def close(self) -> None:
        """Sends the pack nothing more; what was asked already is answered, and nobody waits for it."""
        self._questions.shutdown(wait=False, cancel_futures=True)

    def _keep(self, diagnostic: Any, urn: str) -> None:
        severity = SEVERITIES[diagnostic.severity] if diagnostic.severity < len(SEVERITIES) else ""
        level = LEVELS[diagnostic.enforcementLevel]
        # A policy that has remediated and still complains blocks: the engine counts it as mandatory.
        counted: Level = "mandatory" if level == "remediate" else level
        self._add(diagnostic, urn, diagnostic.message, counted, severity, attached(diagnostic))

    def _add(self, diagnostic: Any, urn: str, message: str, level: Level, severity: str, attachment: str = "") -> None:
        self.diagnostics.append(
            Diagnostic(
                policy=diagnostic.policyName,
                pack=diagnostic.policyPackName,
                level=level,
                message=message.removeprefix(diagnostic.description).lstrip("\n"),
                description=diagnostic.description,
                urn=urn,
                severity=severity,
                attachment=attachment,
            )
        )

    def _call(self, method: str, request: Any, *, optional: bool = False) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=self._seconds)
        except grpc.RpcError as error:
            if optional and error.code() is grpc.StatusCode.UNIMPLEMENTED:
                return None
            self._explain(method, error)

    def _explain(self, method: str, error: Any) -> NoReturn:
        name = self._pack.folder.name
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            raise HostError(
                f"the policy pack {name} hangs: {method} took more than {self._seconds:g} s", self._output()
            )
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            raise HostError(f"the policy pack {name} ended while it was asked ({method})", self._output())
        details = str(error.details()).removeprefix("Exception calling application: ")
        raise HostError(f"the policy pack {name} failed in {method}: {details}", self._output())

    def _output(self) -> str:
        output = self._child.output
        port = self._child.stdout_first
        return output.removeprefix(port).lstrip() if port.isdecimal() else output


@contextmanager
def running_pack(pack: Pack, program: Program, seconds: float) -> Iterator[Analyzer]:
    """Starts a pack, and ends it afterwards; it boots while the caller goes on."""
    if not (pack.folder / "PulumiPolicy.yaml").is_file():
        lacking = "it has no PulumiPolicy.yaml" if pack.folder.is_dir() else "there is no such folder"
        raise HostError(f"{pack.folder} is no policy pack: {lacking}", NO_PACK_FIX)
    command = [str(pack.python or sys.executable), "-u", "-m", "pulumi.policy", "127.0.0.1:0", "."]
    extra = {
        "PULUMI_ORGANIZATION": program.organization,
        "PULUMI_PROJECT": program.project,
        "PULUMI_STACK": program.stack,
        "PULUMI_DRY_RUN": "true",
        "PULUMI_CONFIG": json.dumps(dict(program.config)),
        "PWD": str(program.folder.resolve()),  # as from a shell in the project's folder
    }
    with running(command, pack.folder.resolve(), extra) as child:
        analyzer = Analyzer(child, pack, program, seconds)
        try:
            yield analyzer
        finally:
            analyzer.close()


def _request(resource: Registered, provider: Registered | None) -> Any:
    given = resource.request
    request = analyzer_pb2.AnalyzeRequest(
        type=resource.type, urn=resource.urn, name=resource.name, properties=as_packs_see(resource.inputs)
    )
    options = request.options
    options.parent = resource.parent
    if not resource.read:
        options.protect = given.protect
        options.ignoreChanges.extend(given.ignoreChanges)
        options.deleteBeforeReplace = given.deleteBeforeReplace
        options.deleteBeforeReplaceDefined = given.deleteBeforeReplaceDefined
        options.additionalSecretOutputs.extend(given.additionalSecretOutputs)
        if given.HasField("customTimeouts"):
            options.customTimeouts.create = _seconds(given.customTimeouts.create)
            options.customTimeouts.update = _seconds(given.customTimeouts.update)
            options.customTimeouts.delete = _seconds(given.customTimeouts.delete)
    if provider is not None:
        request.provider.CopyFrom(
            analyzer_pb2.AnalyzerProviderResource(
                type=provider.type, urn=provider.urn, name=provider.name, properties=provider.inputs
            )
        )
    return request


def _policy(info: Any, level: Level) -> PolicyInfo:
    kind: Literal["stack", "resource"] = "stack" if info.policy_type == analyzer_pb2.POLICY_TYPE_STACK else "resource"
    return PolicyInfo(info.name, info.description, level, kind, info.remediation_steps, info.url)


def _changed(before: Struct, after: Struct) -> list[str]:
    names = {*before.fields, *after.fields}
    return sorted(
        name
        for name in names
        if (name in before.fields) != (name in after.fields) or before.fields[name] != after.fields[name]
    )


_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def _seconds(text: str) -> float:
    """Seconds of a duration as Go writes it, such as 1h30m."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9.]+)(ns|us|µs|ms|s|m|h)", text))
