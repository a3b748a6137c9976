"""Violations with the lines that they stand on: what a pack reports, and what the ledger finds, each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from weighbridge.host import Outcome
from weighbridge.preview.locate import Locator
from weighbridge.preview.result import LocatedViolation
from weighbridge.resources.graph import Graph
from weighbridge.rules import shared_quota
from weighbridge.rules.spec_path import path_of
from weighbridge.rules.violation import Violation, from_json
from weighbridge.spec.root import Spec

ENFORCED = ("mandatory", "remediate")


def of_pack(outcome: Outcome, spec: Spec | None, locator: Locator) -> tuple[LocatedViolation, ...]:
    """What a pack reports, at the lines of the spec where its violations say one."""
    resources = outcome.graph.by_urn
    found = []
    for diagnostic in outcome.diagnostics:
        if diagnostic.level == "disabled":
            continue
        name = resources[diagnostic.urn].name if diagnostic.urn in resources else ""
        violation = from_json(diagnostic.attachment)
        # A pack of somebody else says no more than the resource.
        path = violation.path if violation else path_of(spec, name) if spec else None
        found.append(
            LocatedViolation(
                policy=diagnostic.policy,
                level="mandatory" if diagnostic.level in ENFORCED else "advisory",
                message=diagnostic.message,
                urn=diagnostic.urn,
                resource=name,
                location=locator.of(path if spec else None),
                path=path,
                holder=violation.holder if violation else None,
                excess=violation.excess if violation else None,
            )
        )
    return _sorted(found)


def of_ledger(violation: Violation, graph: Graph, locator: Locator) -> LocatedViolation:
    """What the ledger finds, in the form of what a pack reports."""
    resource = graph.by_urn.get(violation.urn or "")
    return LocatedViolation(
        policy=violation.rule,
        level=violation.level,
        message=violation.message,
        urn=violation.urn or "",
        resource=resource.name if resource is not None else "",
        location=locator.of(violation.path),
        path=violation.path,
        holder=violation.holder,
        excess=violation.excess,
    )


def with_ledger(
    of_pack: Iterable[LocatedViolation], by_pack: Iterable[Violation], found: Sequence[LocatedViolation]
) -> tuple[LocatedViolation, ...]:
    """What the pack reports and what the ledger finds, each once.

    What a pack that guards the quota can't but say (`by_pack`), and the ledger doesn't find, is taken back: that an
    exemption is idle which the update needs.
    """
    expected, messages = {one.message for one in by_pack}, {one.message for one in found}
    kept = [one for one in of_pack if one.policy != shared_quota.RULE.name or one.message not in expected - messages]
    return _sorted((*kept, *(one for one in found if one.message not in expected)))


def _sorted(found: Iterable[LocatedViolation]) -> tuple[LocatedViolation, ...]:
    return tuple(sorted(found, key=lambda violation: (violation.level != "mandatory", violation.policy)))
