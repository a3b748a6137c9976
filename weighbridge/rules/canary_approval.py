"""What takes traffic was accepted as it is, and every step approved, by somebody else and in time.

Whom the findings of `rollouts` block is decided there; the place of each is the line that it is about. Here the pods
that answer for a version are held to its image in the spec, which is what was accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from weighbridge.conventions import APP_LABEL, VERSION_LABEL
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import items, mapping, text_of
from weighbridge.rollouts.acceptance import judge_acceptance
from weighbridge.rollouts.authority import Authority
from weighbridge.rollouts.record import judge_approvals
from weighbridge.rollouts.retirement import judge_retirement
from weighbridge.rules.endpoint_security import pods_of
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Level, Violation
from weighbridge.spec.quota_file import QUOTA_FILE, QuotaFile
from weighbridge.spec.root import Spec

RULE = Rule(
    name="canary-approval",
    description="What takes traffic was accepted as it is and step by step, on production by others than the owner.",
    stops="Traffic for a version that nobody else has accepted, that was changed since, or approved too early.",
    remediation="Run the command that the violation names, as somebody who may, then deploy.",
    judge=lambda given: judge(given.resources, given.spec, given.now, given.shared.quota),
)


def judge(
    resources: Iterable[HeldResource], spec: Spec | None, now: datetime, quota: QuotaFile | None
) -> list[Violation]:
    """What is wrong with how a stack's releases came about; a stack without a spec has none."""
    if spec is None:
        return []
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
    found += [*_other_images(resources, spec), *_open_to_all(spec, authority)]
    return sorted(found, key=lambda violation: violation.level != "mandatory")


def _other_images(resources: Iterable[HeldResource], spec: Spec) -> Iterator[Violation]:
    """Pods that a version's Service picks, and that run something else than the version."""
    for resource in resources:
        for pod, labels in pods_of(resource):
            name, key = text_of(labels.get(APP_LABEL)), text_of(labels.get(VERSION_LABEL))
            version = spec.endpoints[name].versions.get(key) if name in spec.endpoints else None
            containers = (*items(pod.get("initContainers")), *items(pod.get("containers")))
            images = {text_of(mapping(container).get("image")) for container in containers}
            for image in sorted(images - {version.image} if version is not None else ()):
                message = (
                    f"{resource.known_as} answers for {key} of {name} with {image!r}, and the spec, which is what is "
                    f"accepted, has another image: take the difference out, or put it into the spec as a version of "
                    f"another name"
                )
                level: Level = "mandatory" if spec.production else "advisory"
                yield Violation(RULE.name, message, resource.urn, level, holder=resource.known_as)


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
