"""What is wrong with what the quota file declares beside limits: stacks, reservations, what is allowed or exempted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from weighbridge.catalog import Catalog, Provisioning
from weighbridge.checks.quota_file import key_problems
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.spec.quota_file import (
    LONGEST_CALENDAR_DAYS,
    PLACES,
    AllowedResource,
    CommittedUse,
    Exemption,
    HeldReservation,
    QuotaFile,
)
from weighbridge.spelling import did_you_mean
from weighbridge.units import percent

HELM_RELEASE = "kubernetes:helm.sh/v3:Release"


def check(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with what is declared, but for what `check_exemptions` and `check_stacks` look at."""
    yield from _reservations(quota, catalog)
    yield from _hostnames(quota)
    yield from _commitments(quota, catalog)
    for index, entry in enumerate(quota.beyond_spec):
        yield from key_problems(entry, ("beyond_spec", index), catalog)
    for index, allowed in enumerate(quota.allow):
        yield from _allowed(allowed, ("allow", index), catalog)


def _commitments(quota: QuotaFile, catalog: Catalog) -> Iterator[Problem]:
    types = catalog.machine_types
    known = {machine.family for machine in types.values()} | set(types)
    seen: dict[tuple[str, str, str | None, bool], int] = {}
    for index, entry in enumerate(quota.commitments):
        path: KeyPath = ("commitments", index)
        if entry.machines not in known:
            mean = did_you_mean(entry.machines, known)
            yield Problem((*path, "machines"), f"the catalog has no machine family or type {entry.machines}.{mean}")
            continue
        if entry.region not in catalog.regions:
            mean = did_you_mean(entry.region, catalog.regions)
            yield Problem((*path, "region"), f"the catalog has no region {entry.region[:60]}.{mean}")
            continue
        yield from _committed_price(entry, path, catalog)
        key = (entry.machines, entry.region, entry.stack, entry.nodes is None)
        first = seen.setdefault(key, index)
        if first != index:
            message = f"commitments[{first}] is for the same nodes: remove one, or make it one of their sum"
            yield Problem(path, message)


def _committed_price(entry: CommittedUse, path: KeyPath, catalog: Catalog) -> Iterator[Problem]:
    one_type = entry.machines in catalog.machine_types
    if (entry.discount is None) == (entry.usd_per_hour is None):
        got = "neither" if entry.discount is None else "both"
        yield Problem(path, f"expected either discount or usd_per_hour, got {got}")
        return
    if entry.discount is not None and not 0 < entry.discount < 100:  # noqa: PLR2004 - per cent
        yield Problem((*path, "discount"), f"expected more than 0% and less than 100%, got {percent(entry.discount)}")
    if not one_type and entry.usd_per_hour is not None:
        message = f"{entry.machines} is a family, whose machines differ in price: name a machine type, or its discount"
        yield Problem((*path, "usd_per_hour"), message)
    if entry.nodes is not None and not one_type:
        yield Problem((*path, "nodes"), f"nodes of which type of {entry.machines}? Name a machine type in `machines`")
    if entry.nodes is not None and entry.stack is None:
        message = "of which stack? Add `stack`, as each stack would count them as its own"
        yield Problem((*path, "nodes"), message)
    machines = [
        machine for machine in catalog.machine_types.values() if entry.machines in (machine.name, machine.family)
    ]
    priced = (catalog.price(machine.name, entry.region, Provisioning.STANDARD) for machine in machines)
    if entry.discount is not None and all(price is None for price in priced):
        do = (
            "say what one costs, in `usd_per_hour`"
            if one_type
            else "say what each machine type costs, in `usd_per_hour`"
        )
        message = f"the catalog has no list price of {entry.machines} in {entry.region} to take it off: {do}"
        yield Problem((*path, "discount"), message)


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
        yield Problem((*path, "machine_type"), catalog.without_machine(entry.machine_type))
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
