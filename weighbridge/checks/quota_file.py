"""What is wrong with the quota file beyond the types of its keys, and where it and the specs disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from weighbridge.catalog import Catalog, QuotaResource
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.quota.declared import declaring_stacks
from weighbridge.quota.request import SERVICE
from weighbridge.spec.quota_file import (
    UNLIMITED,
    BeyondSpec,
    CommittedUse,
    Exemption,
    Limit,
    Outside,
    QuotaFile,
    QuotaRequest,
    StatedDemand,
    Unexplained,
)
from weighbridge.spelling import did_you_mean

NamesLimit: TypeAlias = Limit | Outside | Unexplained | StatedDemand | BeyondSpec | Exemption | QuotaRequest
"""An entry that names a limit; an exemption may name something else."""

GLOBAL = "global"


def check(quota: QuotaFile, catalog: Catalog) -> list[Problem]:
    """Everything that is wrong with a quota file whose keys all have the right type."""
    return [
        *_limits(quota, catalog),
        *_outside(quota, catalog),
        *_pulled(quota, catalog),
        *_requests(quota, catalog),
        *_spot_pools(quota, catalog),
    ]


def check_shares(quota: QuotaFile, stacks: Sequence[str]) -> list[Problem]:
    """Shares and approvers of stacks that have no spec; commitments and requests of those that nothing knows."""
    found = [
        Problem((key, stack), f"there is no spec {stack}.yaml.{did_you_mean(stack, stacks)}", on_key=True)
        for key, named in (("shares", quota.shares), ("approvers", quota.approvers))
        for stack in named
        if stack not in stacks
    ]
    known = [*stacks, *(stack for stack in declaring_stacks(quota) if stack not in stacks)]
    entries: tuple[tuple[str, tuple[CommittedUse | QuotaRequest, ...]], ...] = (
        ("commitments", quota.commitments),
        ("requests", quota.requests),
    )
    return found + [
        Problem((key, index, "stack"), f"there is no spec {entry.stack}.yaml.{did_you_mean(entry.stack, known)}")
        for key, listing in entries
        for index, entry in enumerate(listing)
        if entry.stack is not None and entry.stack not in known
    ]


def check_project(quota: QuotaFile, project: str) -> list[Problem]:
    """A spec of another project than the one whose limits are listed."""
    if project == quota.project:
        return []
    message = (
        f"expected {quota.project}, whose limits quota.yaml lists, got {project}. A folder holds stacks of one project"
    )
    return [Problem(("cloud", "project"), message)]


def _limits(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    seen: dict[tuple[object, ...], int] = {}
    for index, limit in enumerate(quota.limits):
        path: KeyPath = ("limits", index)
        yield from key_problems(limit, path, catalog)
        first = seen.setdefault(_identity(limit), index)
        if first != index:
            yield Problem(path, f"this limit is listed already, as limits[{first}]: remove one")
        if limit.fixed and limit.limit == UNLIMITED:
            yield Problem((*path, "fixed"), "a limit without end is no budget: give the limit, or remove this")


def _outside(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    limited = {_identity(limit) for limit in quota.limits}
    for index, entry in enumerate(quota.outside):
        path: KeyPath = ("outside", index)
        wrong = list(key_problems(entry, path, catalog))
        yield from wrong
        if not wrong and _identity(entry) not in limited:
            message = (
                f"no limit of {entry.quota} in {entry.region} is listed under `limits`: add it, or remove this entry"
            )
            yield Problem((*path, "quota"), message)


def _pulled(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    limited = {_identity(limit) for limit in quota.limits}
    seen: dict[tuple[object, ...], int] = {}
    for index, entry in enumerate(quota.unexplained):
        path: KeyPath = ("unexplained", index)
        wrong = list(key_problems(entry, path, catalog))
        yield from wrong
        first = seen.setdefault(_identity(entry), index)
        if first != index:
            yield Problem(path, f"this limit is listed already, as unexplained[{first}]: remove one")
        if not wrong and _identity(entry) not in limited:
            yield Problem((*path, "quota"), f"no limit of {entry.quota} in {entry.region} is listed under `limits`")
    known = {machine.family for machine in catalog.machine_types.values()} | set(catalog.machine_types)
    for zone, sold in quota.sold.items():
        for index, name in enumerate(sold):
            if name not in known:
                mean = did_you_mean(name, known)
                yield Problem(("sold", zone, index), f"the catalog has no machine family or type {name}.{mean}")


def _requests(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    seen: dict[tuple[object, ...], int] = {}
    for index, entry in enumerate(quota.requests):
        path: KeyPath = ("requests", index)
        yield from key_problems(entry, path, catalog)
        row = catalog.quota_metrics.get(entry.quota)
        if row is not None and row.service != SERVICE:
            message = f"{entry.quota} is a limit of {row.service}, whose owners have to be asked by hand"
            yield Problem((*path, "quota"), message)
        first = seen.setdefault(_identity(entry), index)
        if first != index:
            message = f"this limit is asked for already, as requests[{first}]: Google takes one request for each"
            yield Problem(path, message)


def _spot_pools(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    for index, name in enumerate(quota.spot_pools):
        path: KeyPath = ("spot_pools", index)
        if name not in catalog.spot_pools:
            allowed = listed(sorted(catalog.spot_pools))
            message = f"no preemptible quota is called {name[:60]}. Allowed: {allowed}."
            yield Problem(path, message + did_you_mean(name, catalog.spot_pools))
        if name in quota.spot_pools[:index]:
            yield Problem(path, f"{name} is given twice: remove one")


def _identity(entry: Limit | Outside | Unexplained | QuotaRequest) -> tuple[object, ...]:
    return entry.quota, entry.region, tuple(sorted(entry.dimensions.items()))


def key_problems(entry: NamesLimit, path: KeyPath, catalog: Catalog) -> Iterator[Problem]:
    """What is wrong with the limit that an entry names."""
    if entry.quota is None or entry.region is None:
        return
    if entry.quota not in catalog.quota_id_names:
        mean = did_you_mean(entry.quota, catalog.quota_id_names)
        yield Problem((*path, "quota"), f"the catalog has no quota id {entry.quota[:90]}.{mean}")
        return
    dimensions = tuple(sorted(entry.dimensions.items()))
    known = catalog.units_of(entry.quota, dimensions)
    if known is None:
        message = f"{entry.quota} goes by {_dimensions(entry.quota, catalog)}, got {_shown(dimensions)}"
        yield Problem((*path, "dimensions") if dimensions else path, message)
    elif known.scope == GLOBAL and entry.region != GLOBAL:
        yield Problem((*path, "region"), f"{entry.quota} is one limit for all regions: expected global")
    elif known.scope != GLOBAL and entry.region == GLOBAL:
        yield Problem((*path, "region"), f"{entry.quota} is set per region: expected a region, got global")
    if entry.region != GLOBAL and entry.region not in catalog.regions:
        mean = did_you_mean(entry.region, catalog.regions)
        yield Problem((*path, "region"), f"the catalog has no region {entry.region[:60]}.{mean}")


def _dimensions(quota_id: str, catalog: Catalog) -> str:
    """The dimensions that a quota id has in the catalog."""
    families = sorted({machine.family for machine in catalog.machine_types.values() if machine.tpu is not None})
    matches = [(QuotaResource.GPU, name) for name in catalog.gpus] + [
        (QuotaResource.TPU, family) for family in families
    ]
    known = [*catalog.vcpu_quota_ids()]
    for resource, match in matches:
        known += catalog.quota_ids(resource, match)
    return (
        listed(sorted({_shown(quota.dimensions) for quota in known if quota.quota_id == quota_id}), "or")
        or "no dimensions"
    )


def _shown(dimensions: tuple[tuple[str, str], ...]) -> str:
    return "{" + ", ".join(f"{name[:60]}: {value[:60]}" for name, value in dimensions) + "}" if dimensions else "none"
