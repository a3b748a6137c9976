"""A rule as Pulumi's SDK wants it: one adapter for all of them.

The SDK takes words and a URN of what a rule reports, and gives all of it the rule's level. So it is handed a key in
place of the words; by that key `reworded` finds the violation again in the SDK's answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy, policy

from weighbridge.host.attachment import attach
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rules.enforcement import BACKSTOP, GUARD
from weighbridge.rules.rule import Kind, Rule
from weighbridge.rules.violation import Violation

from .run import Run, UnreadableSpecs


def as_policy(rule: Rule, run: Run) -> policy.Policy:
    """A rule as the SDK wants it. Every one is mandatory; `enforcement` knows which violations only advise."""

    def validate_stack(_args: Any, report: Callable[..., None]) -> None:
        for violation in violations(rule, run, run.resources):
            report(run.report(violation), violation.urn)

    def validate_resource(args: Any, report: Callable[..., None]) -> None:
        for violation in violations(rule, run, (run.analyzed[args.urn],)):
            report(run.report(violation))  # the engine names the resource that it asked about

    kind, validate = (
        (StackValidationPolicy, validate_stack)
        if rule.kind is Kind.STACK
        else (ResourceValidationPolicy, validate_resource)
    )
    return kind(
        name=rule.name,
        description=rule.description,
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        remediation_steps=rule.remediation,
        url=rule.help_uri,
    )


def violations(rule: Rule, run: Run, resources: tuple[HeldResource, ...]) -> tuple[Violation, ...]:
    """What a rule finds in these resources.

    Where the specs can't be read, the rules that guard the quota say why and so block; the others say nothing more.
    A rule about single resources is silent in a preview, where `shared-quota` says everything at once.
    """
    alone = rule.kind is Kind.RESOURCE
    if not resources or (alone and run.dry_run):
        return ()
    with run.lock:
        try:
            given = run.input_of_one(resources[0]) if alone else run.input_of_stack(resources)
            if rule.name == BACKSTOP:
                run.admitted.pop(resources[0].urn, None)  # asked again: it counts once
        except UnreadableSpecs as unreadable:
            guards = rule.name in (GUARD, BACKSTOP)
            return tuple(Violation(rule.name, line) for line in unreadable.lines) if guards else ()
        found = tuple(rule.violations(given))
        if rule.name == BACKSTOP and all(violation.level == "advisory" for violation in found):
            run.admit(resources[0], given.demand)
        return found


def reworded(response: Any, run: Run) -> Any:
    """The SDK's answer with each violation's words and level, and beside them all that the words leave out.

    What the SDK says by itself has no key; it stays as it is.
    """
    for diagnostic in response.diagnostics:
        violation = run.reported.get(diagnostic.message.removeprefix(f"{diagnostic.description}\n"))
        if violation is not None:
            diagnostic.message = f"{diagnostic.description}\n{violation.message}"
            if violation.level == "advisory":
                diagnostic.enforcementLevel = analyzer_pb2.ADVISORY
            attach(diagnostic, violation.to_json())
    return response
