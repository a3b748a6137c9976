"""The guard stands before everything that `pulumi destroy` could delete, and in nobody's way."""

from __future__ import annotations

import pytest

from tests.support.paths import ROOT
from tests.support.platform import platform
from tests.support.specs import CATALOG
from weighbridge.stacks.load import read_spec

GUARD = "weighbridge:index:DestroyGuard"


def stack(name):
    return platform(read_spec(ROOT / "stacks" / f"{name}.yaml", CATALOG))


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_everything_in_the_cloud_is_what_the_guard_depends_on(name):
    recording = stack(name)
    by_urn = {resource.urn: resource for resource in recording.resources}
    found: set[str] = set()
    ahead = [recording.only(GUARD).urn]
    while ahead:
        resource = by_urn[ahead.pop()]
        needed = {*resource.dependencies, resource.parent, resource.provider.rpartition("::")[0]}
        ahead += (needed & by_urn.keys()) - found
        found |= needed

    assert {resource.urn for resource in recording.resources if resource.custom} <= found


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_nothing_depends_on_the_guard(name):
    recording = stack(name)
    guard = recording.only(GUARD)

    assert not guard.custom
    assert not [
        resource.urn for resource in recording.resources if guard.urn in (*resource.dependencies, resource.parent)
    ]


@pytest.mark.parametrize(("name", "protected"), [("dev", []), ("staging", []), ("prod", [GUARD])])
def test_only_the_guard_of_production_is_protected(name, protected):
    assert [resource.type for resource in stack(name).resources if resource.protect] == protected
