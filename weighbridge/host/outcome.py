"""What the host is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from weighbridge.errors import NoVerdict
from weighbridge.host.masking import Mask
from weighbridge.resources.graph import Graph
from weighbridge.resources.values import Value

Level = Literal["advisory", "mandatory", "disabled", "remediate"]


@dataclass(frozen=True, slots=True)
class Program:
    """A Pulumi Python program and the stack to preview. Config keys are full (``project:key``), values plain."""

    folder: Path  # holds Pulumi.yaml
    project: str
    stack: str
    organization: str = "organization"
    main: str = "."  # of Pulumi.yaml: the folder of __main__.py, below `folder`
    config: Mapping[str, str] = field(default_factory=dict)
    config_secret_keys: frozenset[str] = frozenset()
    python: Path | None = None  # left out: the interpreter that runs the host


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack. `config` maps a policy's name to its settings, ``enforcementLevel`` among them."""

    folder: Path
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    python: Path | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """After how long a program or pack that hangs is ended."""

    program_seconds: float = 300.0
    pack_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """One policy of the pack."""

    name: str
    description: str
    level: Level
    kind: Literal["resource", "stack"]
    remediation: str = ""
    url: str = ""  # of its documentation


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What a policy reported. `message` is the reported text without the description that the SDK puts first."""

    policy: str
    pack: str
    level: Level
    message: str
    description: str
    urn: str
    severity: str
    attachment: str = ""  # what the pack says beside the words, secrets masked: see `attachment`


@dataclass(frozen=True, slots=True)
class LogLine:
    """What the program logged, secrets masked."""

    severity: Literal["debug", "info", "warning", "error"]
    message: str
    urn: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a preview found once program and pack have ended; without a pack, no diagnostics and policies."""

    graph: Graph
    diagnostics: tuple[Diagnostic, ...] = ()
    policies: tuple[PolicyInfo, ...] = ()
    stack_outputs: Mapping[str, Value] = field(default_factory=dict)
    log: tuple[LogLine, ...] = ()
    mask: Mask = field(default_factory=Mask, compare=False, repr=False)
    """Knows the program's secrets, which names and whatever else comes of the graph may hold."""


class HostError(NoVerdict):
    """The preview can't be judged. `reason` is one line for people; `detail` is the program's or pack's own words."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(reason)
