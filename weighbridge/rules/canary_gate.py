"""What carries a release, before it is created or changed: the backstop where no preview judged the stack first.

`--skip-preview` and the Automation API ask the rules about the whole stack only when everything exists, and weights
that nobody approved would have been served until then. So the objects of an endpoint are refused one by one while
`canary-steps` or `canary-approval` blocks that endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from weighbridge.conventions import APP_LABEL
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import bare, mapping, text_of
from weighbridge.rules import canary_approval, canary_steps
from weighbridge.rules.endpoint_security import pods_of
from weighbridge.rules.released_hosts import foreign_hosts
from weighbridge.rules.released_objects import PREFIX, ReleasedObjects
from weighbridge.rules.rule import Kind, Rule
from weighbridge.rules.rule_input import RuleInput
from weighbridge.rules.violation import Violation
from weighbridge.spec.endpoint import Endpoint


def judge(given: RuleInput) -> Iterator[Violation]:
    """What keeps an object of an endpoint, or one that comes by its requests, from being created or changed."""
    for resource in given.resources:
        yield from _judge(resource, given)


def _judge(resource: HeldResource, given: RuleInput) -> Iterator[Violation]:
    routes = canary_steps.is_route(resource.type)
    name = _route_name(resource) if routes else _app(resource)
    changed = list(foreign_hosts(canary_approval.RULE.name, (resource,), given.shared.quota))
    if given.spec is not None:
        if resource.type.startswith(PREFIX):
            name = name or ReleasedObjects(given.spec, given.catalog).endpoint_of(resource)
        changed += canary_approval.judge_released(
            canary_approval.RULE.name, (resource,), given.spec, given.shared.quota, given.catalog
        )
    if not (routes or changed) and name is None:
        return
    # Of a route all endpoints are looked at, as it may give requests to any; another object is about its own alone.
    known = given.spec.endpoints if given.spec is not None else {}
    own: Mapping[str, Endpoint] = {name: known[name]} if name in known else {}
    spec = given.spec.model_copy(update={"endpoints": own}) if given.spec is not None else None
    approval = canary_approval.judge((), spec, given.now, given.shared.quota, given.catalog)
    found = list(canary_approval.RULE.enforced(approval, given))
    if routes:
        steps = canary_steps.judge((resource,), given.spec, given.now)
        about = [violation for violation in steps if violation.urn == resource.urn or violation.holder in own]
    else:
        about = canary_steps.judge((), spec, given.now)
    found += canary_steps.RULE.enforced(about, given)
    found += canary_approval.RULE.enforced(changed, given)
    yield from (replace(violation, rule=RULE.name) for violation in found if violation.level == "mandatory")


def _route_name(resource: HeldResource) -> str:
    name = bare(mapping(resource.inputs.get("metadata")).get("name"))
    return name if isinstance(name, str) and name else resource.name


def _app(resource: HeldResource) -> str | None:
    """The endpoint that a workload's pods answer for; None: it has no pods, or none that belong to something."""
    names = (text_of(labels[APP_LABEL]) for _, labels in pods_of(resource) if APP_LABEL in labels)
    return next(names, None)


RULE = Rule(
    name="canary-gate",
    kind=Kind.RESOURCE,
    description="An object of an endpoint changes only if its release is accepted and approved.",
    stops="With `--skip-preview` or the Automation API: weights and versions that nobody approved, before they serve.",
    remediation="Preview the stack: `canary-steps` and `canary-approval` say all that is missing.",
    judge=judge,
)
