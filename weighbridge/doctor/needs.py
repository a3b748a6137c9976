"""Which APIs and permissions the specs of a project need, from one table: `needs.csv`."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from weighbridge.drift_monitor.engines import billed_project
from weighbridge.spec.root import Spec

TABLE = Path(__file__).with_name("needs.csv")
_APIS: Mapping[str, tuple[str, ...]] = {
    "all": ("compute", "container", "iam", "monitoring", "cloudresourcemanager", "storage"),
    "endpoints": ("certificatemanager",),
    "dns": ("dns",),
    "tables": ("bigquery",),
}
"""APIs whose resources a platform is made of, by what needs them."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What IAM wants of the deployer, and the predefined role that has it."""

    name: str
    role: str
    needed_by: str  # all, network, cluster, endpoints, dns, tables


@cache
def _permissions() -> tuple[Permission, ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(Permission(row["permission"], row["role"], row["needed_by"]) for row in csv.DictReader(file))


def parts_of(specs: Iterable[Spec]) -> frozenset[str]:
    """What of a platform these specs make."""
    parts = {"all"}
    for spec in specs:
        if spec.network.existing is None and spec.cluster.existing is None:
            parts.add("network")
        if spec.cluster.existing is None:
            parts.add("cluster")
        if spec.endpoints:
            parts.add("endpoints")
        if spec.endpoints and spec.gateway.dns:
            parts.add("dns")
        watches = [part.watch for part in spec.endpoints.values()] + [part.watch for part in spec.pipelines.values()]
        if any(map(billed_project, watches)):
            parts.add("tables")
    return frozenset(parts)


def needed_apis(parts: Collection[str]) -> tuple[str, ...]:
    """Hosts of the APIs."""
    return tuple(sorted(f"{name}.googleapis.com" for part in parts for name in _APIS.get(part, ())))


def needed_permissions(parts: Collection[str]) -> tuple[Permission, ...]:
    """In the table's order."""
    return tuple(permission for permission in _permissions() if permission.needed_by in parts)
