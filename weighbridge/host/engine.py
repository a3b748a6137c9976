"""Pulumi's Engine service: the program's log, and which resource is the root."""

from __future__ import annotations

from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from weighbridge.host.outcome import LogLine

_SEVERITIES = ("debug", "info", "warning", "error")  # the protocol's numbers


class Engine(engine_pb2_grpc.EngineServicer):
    """Collects what the program logs."""

    def __init__(self) -> None:
        self.log: list[LogLine] = []
        self._root = ""

    def Log(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Keeps a message of the program, unless it is for debugging or only for a moment."""
        severity = _SEVERITIES[request.severity] if request.severity < len(_SEVERITIES) else "info"
        if severity != "debug" and not request.ephemeral:
            self.log.append(LogLine(severity, request.message, request.urn))  # type: ignore[arg-type] # one of the four
        return empty_pb2.Empty()

    def GetRootResource(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """URN of the stack."""
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Remembers the URN of the stack."""
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """Says yes: the version that counts is that of the CLI that deploys, not of this host."""
        return engine_pb2.RequirePulumiVersionResponse()
