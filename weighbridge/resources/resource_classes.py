"""Which resource types are known to hold no quota, which are refused and why: the table `resource_classes.csv`.

A row's type is a type token or a pattern with ``*``; of several patterns that fit, the one with most letters decides.
Types that hold quota in a way that can be counted have an extractor in `holders` instead, which comes before the table.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal

TABLE = Path(__file__).parent / "resource_classes.csv"


@dataclass(frozen=True, slots=True)
class ResourceClass:
    """One row: `fix` is what to do instead of a refused type."""

    type: str
    verdict: Literal["free", "refused"]
    why: str
    fix: str


def class_of(type_token: str) -> ResourceClass | None:
    """The row that decides on a type, None where no row does."""
    exact, patterns = _table()
    found = exact.get(type_token)
    return found or next((row for row in patterns if fnmatchcase(type_token, row.type)), None)


def is_cloud_package(type_token: str) -> bool:
    """Whether the type's package (``gcp``, ``kubernetes``) is one that providers ship, so no component's."""
    return type_token.partition(":")[0] in _packages()


def rows() -> tuple[ResourceClass, ...]:
    """The whole table, in its own order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_row(**line) for line in csv.DictReader(file))


def _row(type: str, why: str, fix: str, **rest: str) -> ResourceClass:  # noqa: A002 - the column's name
    verdict = rest["class"]
    if verdict not in ("free", "refused") or not why or (verdict == "refused") != bool(fix):
        raise ValueError(f"{TABLE.name}: {type}: class is free or refused; why is never empty; fix is for refused only")
    return ResourceClass(type, "free" if verdict == "free" else "refused", why, fix)


@cache
def _table() -> tuple[Mapping[str, ResourceClass], tuple[ResourceClass, ...]]:
    known = rows()
    patterns = sorted((row for row in known if "*" in row.type), key=lambda row: (-len(row.type), row.type))
    return {row.type: row for row in known if "*" not in row.type}, tuple(patterns)


@cache
def _packages() -> frozenset[str]:
    return frozenset(package for row in rows() if "*" not in (package := row.type.partition(":")[0]))
