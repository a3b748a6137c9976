"""The lock files hold all that each supported Python needs, not only the one that they were made on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from typing import cast

import pytest
import yaml
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
PYTHONS = WORKFLOW["jobs"]["tests"]["strategy"]["matrix"]["python"]
EXTRAS = {"admission", "build", "cloud", "monitor", "otlp", "planner", "tables"}
LOCKED = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)


def locked(file: str, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Name and version of what is installed in an environment."""
    for name, version, marker in LOCKED.findall((ROOT / file).read_text(encoding="utf-8")):
        if not marker or Marker(marker).evaluate(environment):
            yield canonicalize_name(name), version


def environment_of(python: str) -> Mapping[str, str]:
    here = cast("dict[str, str]", default_environment())
    return here | {"python_version": python, "python_full_version": f"{python}.0"}


def lacking(versions: Mapping[str, str], extras: set[str], environment: Mapping[str, str]) -> Iterator[str]:
    """What the project needs there, or what something needs that it needs, and the lock has not."""
    waiting, seen = [("weighbridge", frozenset(extras))], set[tuple[str, frozenset[str]]]()
    while waiting:
        name, of = needed = waiting.pop()
        if needed in seen:
            continue
        seen.add(needed)
        try:
            installed = distribution(name)
        except PackageNotFoundError:  # of another Python than the one that runs the tests
            continue
        if installed.version != versions.get(canonicalize_name(name), installed.version):
            continue
        for requirement in map(Requirement, installed.requires or []):
            marker = requirement.marker
            if marker and not any(marker.evaluate({**environment, "extra": extra}) for extra in of or {""}):
                continue
            version = versions.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                yield f"{name} needs {requirement}, and {version or 'nothing'} is locked"
            waiting.append((requirement.name, frozenset(requirement.extras)))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("file", "extras"), [("requirements.lock", EXTRAS), ("requirements-dev.lock", {*EXTRAS, "dev"})]
)
def test_a_lock_has_all_that_each_python_needs(file, extras, python):
    environment = environment_of(python)
    found = [*locked(file, environment)]
    versions = dict(found)
    assert len(versions) == len(found) > 40
    assert [*lacking(versions, extras, environment)] == []
