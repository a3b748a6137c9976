"""The pack as Pulumi runs it: the rules behind the SDK's server, without the ways around them that the SDK leaves open.

`pulumi_policy` 1.21.0 keeps its server class private and offers no other hook, hence the pin in pyproject.toml and a
test that fails when the class changes. What is overridden, and why:

- ConfigureStack: the SDK drops `dry_run` and the stack's name, and goes by PULUMI_DRY_RUN, which the caller can set.
- Configure: ``--policy-pack-config`` could switch a mandatory rule off with a local JSON file.
- Analyze: its inputs are kept by URN. They are exact, where AnalyzeStack has outputs that are unknown in a preview.
- AnalyzeStack, Analyze: the SDK decodes every property once more for every policy (ten policies take 11 s for 5,000
  resources), and makes an advisory note of a rule that meets an unknown. Rules here read the kept inputs, so the SDK
  is handed no properties at all.
  The SDK gives everything that a rule reports the rule's level; `adapter.reworded` gives each violation its own.
- Remediate: no rule remediates, so nothing needs decoding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import grpc
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, PolicyPack, policy

from weighbridge.files.project import Project
from weighbridge.rules.rule import Rule

from . import props
from .adapter import as_policy, reworded
from .run import Run

NAME = "weighbridge"

_ENFORCED = (analyzer_pb2.MANDATORY, analyzer_pb2.REMEDIATE)  # the SDK treats the second as the first, or stronger


class Servicer(policy._PolicyAnalyzerServicer):  # type: ignore[misc] # noqa: SLF001 - see the module's text
    """The SDK's server with the ways around it closed."""

    run: ClassVar[Run]
    rules: ClassVar[tuple[Rule, ...]]

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Says what is about to happen, first of all."""
        self.run.begin(request.stack, request.project, dry_run=request.dry_run, settings=request.config)
        return super().ConfigureStack(request, context)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Sets levels and settings of rules; refused where it would weaken one."""
        for rule in self.rules:
            given = request.policyConfig
            if rule.name in given and given[rule.name].enforcementLevel not in _ENFORCED:
                context.abort(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    f"policy {rule.name} may not be set below mandatory: take it out of --policy-pack-config",
                )
        self.run.forget()
        return super().Configure(request, context)

    def Remediate(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """Answers that nothing is to change: these rules judge, and mend nothing."""
        return analyzer_pb2.RemediateResponse()

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802
        """One resource, before it is created."""
        resource = props.resource(request)
        self.run.remember(resource)
        bare = analyzer_pb2.AnalyzeRequest(type=request.type, urn=request.urn, name=request.name)
        return reworded(super().Analyze(bare, context), self.run)

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802
        """All resources, at the end."""
        with self.run.lock:
            self.run.resources = tuple(self._known(message) for message in request.resources)
        return reworded(super().AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), context), self.run)

    def _known(self, message: Any) -> Any:
        """A resource with the inputs that Analyze gave.

        One that only this call names was read (`.get()`), not created, if Analyze came for others; where it came for
        none, there is nothing better than the properties given here.
        """
        resource = self.run.analyzed.get(message.urn)
        if resource is None:
            resource = replace(props.resource(message), existing=bool(self.run.analyzed))
        else:
            resource = props.deployed(resource, message)
        direct, by_property = props.dependencies(message)
        return replace(resource, dependencies=direct, property_dependencies=by_property)


def serve(
    rules: Sequence[Rule], project_of: Callable[[str], Project], now: Callable[[], datetime], pack: Path | None = None
) -> None:
    """Serves the rules until the engine ends the process.

    `project_of` finds the project that is judged, with its specs and quota file, by its name, or raises `FileError`;
    `pack` is the pack's own folder.
    """
    run = Run(project_of, now, pack)
    # PolicyPack makes its server from this name, and blocks for ever.
    policy._PolicyAnalyzerServicer = type("_Servicer", (Servicer,), {"run": run, "rules": tuple(rules)})  # noqa: SLF001
    PolicyPack(
        name=NAME,
        description="Blocks every stack that would take the project over the quota that all stacks share.",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[as_policy(rule, run) for rule in rules],
    )
