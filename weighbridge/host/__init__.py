"""Runs Pulumi programs and policy packs without the Pulumi CLI, over Pulumi's own protocols.

    program (child process) ──ResourceMonitor, Engine──▶ monitor, engine ──Analyzer──▶ policy pack (child process)
                                                             │
                                                             └──▶ Graph + diagnostics

`preview` serves the protocols on the loopback interface to any unmodified Python program, as a preview: every resource
gets the URN, parent, provider, dependencies and inputs that the engine would give it, and the pack is asked about it in
the engine's order. What only a provider could tell is unknown; a call to one ends the preview with a `HostError`.
Not emulated: defaults that a provider's Check fills in, and hooks, which a preview doesn't run.

This package is the only part of `weighbridge` that imports Pulumi.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from weighbridge.host.outcome import (
    Diagnostic,
    HostError,
    LogLine,
    Outcome,
    Pack,
    PolicyInfo,
    Program,
    Timeouts,
)

if TYPE_CHECKING:
    from weighbridge.host.project import StackConfig, read_stack_config, refuse_other_languages
    from weighbridge.host.run import preview

# gRPC would handle forks of the process that it serves in; children here only ever exec, and it says so on stderr.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

__all__ = [
    "Diagnostic",
    "HostError",
    "LogLine",
    "Outcome",
    "Pack",
    "PolicyInfo",
    "Program",
    "StackConfig",
    "Timeouts",
    "preview",
    "read_stack_config",
    "refuse_other_languages",
]


def __getattr__(name: str) -> Any:
    """Imports gRPC only for those who preview: the program's own process imports from this package too."""
    if name == "preview":
        from weighbridge.host.run import preview

        return preview
    if name in __all__:
        from weighbridge.host import project

        return getattr(project, name)
    raise AttributeError(name)
