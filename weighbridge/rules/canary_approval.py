"""What takes traffic was accepted as it is, and every step approved, by somebody else and in time.

Whom the findings of `rollouts` block is decided there; the place of each is the line that it is about. That what is
created is what the spec makes, `released_objects` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from weighbridge.catalog import Catalog
from weighbridge.resources.held_resource import HeldResource
from weighbridge.rollouts.acceptance import judge_acceptance
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.record import judge_approvals
from weighbridge.rollouts.retirement import judge_retirement
from weighbridge.rules.released_changes import judge_changes
from weighbridge.rules.released_hosts import foreign_hosts, unaccepted_hosts
from weighbridge.rules.released_objects import ReleasedObjects
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.spec.quota_file import QUOTA_FILE, QuotaFile, kept_hostnames
from weighbridge.spec.root import Spec

RULE = Rule(
    name="canary-approval",
    description="What takes traffic was accepted as it is and step by step, on production by others than the owner.",
    stops="Traffic for a version that nobody else has accepted, that was changed since, or approved too early.",
    remediation="Run the command that the violation names, as somebody who may, then deploy.",
    judge=lambda given: judge(given.resources, given.spec, given.now, given.shared.quota, given.catalog),
)


def judge(
    resources: Iterable[HeldResource],
    spec: Spec | None,
    now: datetime,
    quota: QuotaFile,
    catalog: Catalog,
) -> list[Violation]:
    """What is wrong with how a stack's releases came about; a stack without a spec has none."""
    foreign = list(foreign_hosts(RULE.name, resources, quota))
    if spec is None:
        return foreign
    authority = Authority.of(spec, quota)
    found = [
        Violation(
            RULE.name,
            finding.message,
            level="mandatory" if finding.blocks else "advisory",
            path=finding.path,
            holder=name,
        )
        for name, endpoint in spec.endpoints.items()
        for finding in (
            *judge_acceptance(name, endpoint, authority, now),
            *judge_approvals(name, endpoint, authority, now),
        )
    ]
    found += [
        Violation(RULE.name, finding.message, level="mandatory" if finding.blocks else "advisory", path=finding.path)
        for finding in judge_retirement(spec, authority, now)
    ]
    found += judge_released(RULE.name, resources, spec, quota, catalog)
    found += [*foreign, *_open_to_all(spec, authority)]
    found += _free_to_take(spec, quota)
    return sorted(found, key=lambda violation: violation.level != "mandatory")


def judge_released(
    rule: str, resources: Iterable[HeldResource], spec: Spec, quota: QuotaFile, catalog: Catalog
) -> Iterator[Violation]:
    """What a program makes beside, or other than, what the spec says of what serves."""
    known = tuple(resources)
    yield from ReleasedObjects(spec, catalog).judge(rule, known)
    yield from unaccepted_hosts(rule, known, spec, quota)
    yield from judge_changes(rule, known, spec)


def _free_to_take(spec: Spec, quota: QuotaFile) -> Iterator[Violation]:
    """Advice where another stack could take over what production serves, once its own spec no longer has it."""
    if not spec.production or spec.environment not in (quota.stacks or {}):
        return
    kept, stack = kept_hostnames(quota), spec.environment
    if not (quota.stacks or {})[stack].production:
        message = (
            f"{QUOTA_FILE} doesn't say that {stack} is production, so all of this would be advice once its spec no "
            f"longer does: let the quota's owners write `{stack}: {{production: true}}` under stacks"
        )
        yield Violation(RULE.name, message, level="advisory", path=("production",), holder=stack)
    for name, endpoint in spec.endpoints.items():
        host = endpoint.hostname
        if host not in kept:
            message = (
                f"{host} isn't kept for {stack}, so another stack could serve it once {name} no longer does: let the "
                f"quota's owners add it to stacks.{stack}.hostnames in {QUOTA_FILE}"
            )
            yield Violation(RULE.name, message, level="advisory", path=("endpoints", name, "hostname"), holder=name)


def _open_to_all(spec: Spec, authority: Authority) -> Iterator[Violation]:
    """Advice where nobody but the spec says who decides."""
    if not (spec.production and spec.endpoints) or authority.approvers is not None:
        return
    stack = authority.stack
    message = (
        f"approvers in {QUOTA_FILE} names nobody for {stack}, so anybody but {spec.owner} may accept and approve: let "
        f"the quota's owners list who may, such as `approvers: {{{stack}: [lead@example.com]}}`"
    )
    yield Violation(RULE.name, message, level="advisory", path=("owner",), holder=stack)
