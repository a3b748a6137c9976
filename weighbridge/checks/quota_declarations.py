"""What is wrong with what the quota file declares beside limits: stacks, reservations, what is allowed or exempted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from weighbridge.catalog import Catalog
from weighbridge.checks.quota_file import key_problems
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.spec.quota_file import (
    LONGEST_CALENDAR_DAYS,
    PLACES,
    AllowedResource,
    Exemption,
    HeldReservation,
    QuotaFile,
)
from weighbridge.spelling import did_you_mean

HELM_RELEASE = "kubernetes:helm.sh/v3:Release"


def check(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with what is declared, but for what `check_exemptions` and `check_stacks` look at."""
    yield from _reservations(quota, catalog)
    yield from _hostnames(quota)
    for index, entry in enumerate(quota.beyond_spec):
        yield from key_problems(entry, ("beyond_spec", index), catalog)
    for index, allowed in enumerate(quota.allow):
        yield from _allowed(allowed, ("allow", index), catalog)


def check_stacks(quota: QuotaFile, stems: Sequence[str]) -> Iterator[Problem]:
    """Stacks that are listed or named and have no spec: demand that nobody would count."""
    for stack in quota.stacks or ():
        if stack not in stems:
            message = (
                f"there is no spec {stack}.yaml, so nobody knows what this stack holds. Write it, or destroy the stack "
                "and then remove it here."
            )
            yield Problem(("stacks", stack), message + did_you_mean(stack, stems), on_key=True)


def _hostnames(quota: QuotaFile) -> Iterator[Problem]:
    """Host names that are kept for two stacks."""
    taken: dict[str, str] = {}
    for stack, listing in (quota.stacks or {}).items():
        for index, host in enumerate(listing.hostnames):
            if taken.setdefault(host, stack) != stack:
                message = f"{host} is kept for {taken[host]} already: remove one of the two"
                yield Problem(("stacks", stack, "hostnames", index), message)


def check_exemptions(quota: QuotaFile, rules: Collection[str], catalog: Catalog) -> Iterator[Problem]:
    """Exemptions that could never hold; `rules` are the names that one may have."""
    for index, entry in enumerate(quota.exemptions):
        path: KeyPath = ("exemptions", index)
        if entry.rule not in rules:
            allowed = listed(sorted(rules), "or")
            message = f"there is no rule {entry.rule[:60]}. Allowed: {allowed}.{did_you_mean(entry.rule, rules)}"
            yield Problem((*path, "rule"), message)
        if entry.approver.casefold() == entry.owner.casefold():
            yield Problem((*path, "approver"), f"expected somebody else than the owner, got {entry.approver}")
        yield from _place(entry, path, catalog)


def _place(entry: Exemption, path: KeyPath, catalog: Catalog) -> Iterator[Problem]:
    given = [name for name in PLACES if getattr(entry, name) is not None]
    if len(given) != 1:
        found = listed(given) if given else "none"
        yield Problem(path, f"expected one of {listed(PLACES)}, got {found}")
        return
    if entry.urn is None and entry.stack is None:
        yield Problem(path, f"whose {given[0]}? Add the stack, such as `stack: prod`")
    if entry.urn is not None and entry.stack is not None:
        yield Problem((*path, "stack"), "a URN names its own stack: remove this")
    if entry.quota is None and (entry.region is not None or entry.dimensions):
        yield Problem((*path, "region" if entry.region else "dimensions"), "only with `quota`: remove it")
    if entry.quota is not None:
        if entry.region is None:
            yield Problem(path, "where? Add the limit's region, or `region: global`")
        else:
            yield from key_problems(entry, path, catalog)


def _reservations(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    seen: dict[tuple[str, str, str], int] = {}
    for index, entry in enumerate(quota.reservations):
        path: KeyPath = ("reservations", index)
        yield from _machines(entry, path, catalog)
        first = seen.setdefault((entry.project or quota.project, entry.name, entry.zone), index)
        if first != index:
            yield Problem(path, f"this reservation is listed already, as reservations[{first}]: remove one")
        if entry.calendar is not None:
            days = (entry.calendar.end - entry.calendar.start).days
            if not 1 <= days <= LONGEST_CALENDAR_DAYS:
                message = f"expected 1 to {LONGEST_CALENDAR_DAYS} days after `from`, as in calendar mode, got {days}"
                yield Problem((*path, "calendar", "to"), message)


def _machines(entry: HeldReservation, path: KeyPath, catalog: Catalog) -> Iterator[Problem]:
    machine = catalog.machine_types.get(entry.machine_type)
    if machine is None:
        mean = did_you_mean(entry.machine_type, catalog.machine_types)
        yield Problem((*path, "machine_type"), f"the catalog has no machine type {entry.machine_type[:60]}.{mean}")
    elif entry.gpu is not None and machine.gpu is not None:
        yield Problem((*path, "gpu"), f"{machine.name} brings its GPUs along: remove this")
    if entry.gpu is not None and entry.gpu.type not in catalog.gpus:
        mean = did_you_mean(entry.gpu.type, catalog.gpus)
        yield Problem((*path, "gpu", "type"), f"the catalog has no GPU {entry.gpu.type[:60]}.{mean}")
    region = entry.zone.rpartition("-")[0]
    if region not in catalog.regions:
        mean = did_you_mean(region, catalog.regions)
        yield Problem((*path, "zone"), f"the catalog has no region {region[:60]}.{mean}")


def _allowed(entry: AllowedResource, path: KeyPath, catalog: Catalog) -> Iterator[Problem]:
    if (entry.type is None) == (entry.urn is None):
        yield Problem(path, f"expected either type or urn, got {'neither' if entry.type is None else 'both'}")
    if entry.demand and entry.stack is None:
        yield Problem((*path, "demand"), "which stack holds it? Add `stack`: the others count the demand as part of it")
    charted = [name for name in ("chart", "version", "digest") if getattr(entry, name) is not None]
    if charted and HELM_RELEASE not in (entry.type or entry.urn or ""):
        yield Problem((*path, charted[0]), f"only a Helm release has that: expected `type: {HELM_RELEASE}`")
    if charted and entry.chart is None:
        yield Problem((*path, charted[0]), f"{charted[0]} of which chart? Add `chart`")
    for number, stated in enumerate(entry.demand):
        yield from key_problems(stated, (*path, "demand", number), catalog)
