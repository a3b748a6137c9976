"""Which resource types hold quota and which don't: the tables `resource_classes.csv` and `resource_groups.csv`.

The first names types, each with its group; the second says of each group what its types are and why:

- ``free``: they hold none of the quota that nodes share;
- ``elsewhere``: they hold quota of another service alone, so they pass;
- ``counted``: an extractor of `weighbridge.quota.holders` reads their inputs;
- ``refused``: they may hold quota that nobody can count. `fix` is what to do instead.

A type that no row names is refused as well. A row's type is a type token, or a pattern with ``*`` for a family: the
members, bindings and policies of any service, a kind of Kubernetes in all versions of its API, a whole package that is
refused. Of several patterns that fit, the one with most letters decides. A ``...Patch`` of Kubernetes is its kind,
unless a row names it: it changes an object as the object's own inputs would.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

TYPES = Path(__file__).parent / "resource_classes.csv"
GROUPS = Path(__file__).parent / "resource_groups.csv"

_PATCH = "Patch"
_CORE, _CORE_AS_WRITTEN = "kubernetes:core/v1:", "kubernetes:v1:"


class Verdict(StrEnum):
    """What becomes of a resource of a type."""

    FREE = "free"
    ELSEWHERE = "elsewhere"
    COUNTED = "counted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Group:
    """What the types of a group are: `fix` is what to do instead of a refused one, `source` a key of sources.csv."""

    name: str
    verdict: Verdict
    why: str
    fix: str
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class ResourceClass:
    """One row: a type, or a pattern of types, and its group."""

    type: str
    group: Group


def class_of(type_token: str) -> ResourceClass | None:
    """The row that decides on a type, None where no row does."""
    exact, patterns = _table()
    if type_token.startswith(_CORE_AS_WRITTEN):  # a CustomResource is named by its apiVersion, and core's has no group
        type_token = _CORE + type_token.removeprefix(_CORE_AS_WRITTEN)
    found = exact.get(type_token) or next((row for row in patterns if fnmatchcase(type_token, row.type)), None)
    if found is None and type_token.startswith("kubernetes:") and type_token.endswith(_PATCH):
        return class_of(type_token.removesuffix(_PATCH))
    return found


def api_group(api_version: str) -> str:
    """The group of ``group/version``. Kubernetes' own is empty: objects say ``v1``, and the SDK's types ``core/v1``."""
    group, slash, _ = api_version.partition("/")
    return group if slash and group != "core" else ""


def is_cloud_package(type_token: str) -> bool:
    """Whether the type's package (``gcp``, ``kubernetes``) is one that providers ship, so no component's."""
    return type_token.partition(":")[0] in _packages()


def groups() -> Mapping[str, Group]:
    """All groups by name, in the table's order. Raises `ValueError` for a row that says half."""
    with GROUPS.open(encoding="utf-8", newline="") as file:
        return {group.name: group for group in map(_group, csv.DictReader(file))}


def rows() -> tuple[ResourceClass, ...]:
    """All types, in the table's order. Raises `ValueError` for a group that there is not."""
    return tuple(_rows(groups()))


def _group(line: Mapping[str, str]) -> Group:
    group = Group(line["group"], Verdict(line["class"]), line["why"], line["fix"], line["confidence"], line["source"])
    if not group.why or (group.verdict is Verdict.REFUSED) != bool(group.fix):
        raise ValueError(f"{GROUPS.name}: {group.name}: why is never empty, and fix is for refused groups only")
    return group


def _rows(known: Mapping[str, Group]) -> Iterator[ResourceClass]:
    with TYPES.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["group"] not in known:
                raise ValueError(f"{TYPES.name}: {line['type']}: {GROUPS.name} has no group {line['group']!r}")
            yield ResourceClass(line["type"], known[line["group"]])


@cache
def _table() -> tuple[Mapping[str, ResourceClass], tuple[ResourceClass, ...]]:
    known = rows()
    patterns = sorted((row for row in known if "*" in row.type), key=lambda row: (-len(row.type), row.type))
    return {row.type: row for row in known if "*" not in row.type}, tuple(patterns)


@cache
def _packages() -> frozenset[str]:
    return frozenset(package for row in rows() if "*" not in (package := row.type.partition(":")[0]))
