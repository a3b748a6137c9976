"""What a stack draws at most whose spec is wrong where nothing is counted, so that others can be judged meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic import ValidationError

from weighbridge.catalog import Catalog
from weighbridge.checks import spec as spec_checks
from weighbridge.files import yaml_text as yaml
from weighbridge.files.problem import Problem
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec
from weighbridge.spelling import nearest

COUNTED = ("version", "cloud", "cluster", "node_pools")
"""Keys that decide what a spec draws; a problem in one of them leaves no bound."""

MARKS = ("machine_type", "auto_provisioning")
"""Every pool has the first, auto-provisioning is the second: elsewhere they are demand put in the wrong place."""

_NOBODY = "nobody@example.com"


def bounded(text: str, stack: str, problems: Iterable[Problem], catalog: Catalog) -> Spec | None:
    """A spec that draws at least what the wrong one of a stack may; None where nobody can tell how much that is.

    It has the pools and the cluster as written, and of the rest whatever draws most: endpoints exist, and the gateway
    in front of them has an address. A key that nobody knows may be meant to be one that counts, so it leaves no bound,
    unless its nearest right spelling is another; nor does a pool in a wrong place.
    """
    found = tuple(problems)
    if any(not problem.path or problem.path[0] in COUNTED for problem in found):
        return None
    try:
        document = yaml.parse(text)
    except yaml.NotYaml:
        return None
    written = document.value
    if not isinstance(written, Mapping) or document.problems:  # a key given twice hides what the first one holds
        return None
    known = tuple(Spec.model_fields)
    for key in written:
        if key not in known and (nearest(key, known) or COUNTED[0]) in COUNTED:
            return None
        if key not in COUNTED and any(nearest(inner, MARKS) for inner in _keys(written[key])):
            return None
    kept = [*COUNTED, *(() if any(problem.path[0] == "gateway" for problem in found) else ("gateway",))]
    content = {key: written[key] for key in kept if key in written}
    try:
        spec = Spec.model_validate({**content, "environment": stack, "owner": _NOBODY})
    except ValidationError:
        return None
    if spec_checks.check(spec, catalog):
        return None
    any_endpoint = Endpoint.model_construct(node_pool="", hostname="", server="custom", versions={}, stable="")
    return spec.model_copy(update={"endpoints": {stack: any_endpoint}})


def _keys(value: yaml.Plain) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield str(key)
                yield from _keys(inner)
        case list():
            for inner in value:
                yield from _keys(inner)


def owner_of(text: str) -> str | None:
    """Who answers for a spec that is wrong elsewhere, as it says."""
    try:
        written = yaml.parse(text).value
    except yaml.NotYaml:
        return None
    owner = written.get("owner") if isinstance(written, Mapping) else None
    return owner if isinstance(owner, str) and "@" in owner else None
