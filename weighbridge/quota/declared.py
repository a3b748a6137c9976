"""What the quota file declares that a stack may draw beyond its spec, and which resources it allows uncounted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from weighbridge.catalog import Catalog
from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge
from weighbridge.spec.quota_file import QUOTA_FILE, AllowedResource, BeyondSpec, QuotaFile, StatedDemand


def declaring_stacks(quota: QuotaFile) -> tuple[str, ...]:
    """Every stack that something is declared for, whether or not it has a spec."""
    allowed = (entry.stack for entry in quota.allow if entry.stack is not None and entry.demand)
    return tuple(dict.fromkeys([*(entry.stack for entry in quota.beyond_spec), *allowed]))


def declared_claims(stack: str, quota: QuotaFile, catalog: Catalog) -> tuple[Claim, ...]:
    """What a stack may draw beyond its spec: what is declared of it, and allowed resources as many as are counted."""
    found = [
        _claim("declared beyond its spec", entry, 1, quota, catalog)
        for entry in quota.beyond_spec
        if entry.stack == stack
    ]
    for allowed in quota.allow:
        if allowed.stack == stack:
            holder = f"allowed {_kind(allowed)}"
            found += [_claim(holder, stated, allowed.at_most, quota, catalog) for stated in allowed.demand]
    return tuple(found)


def allowed_claims(resource: HeldResource, quota: QuotaFile, catalog: Catalog) -> tuple[Claim, ...] | None:
    """What a resource that nobody can count is taken to hold; None where no entry allows it."""
    entry = next((entry for entry in quota.allow if _allows(entry, resource)), None)
    if entry is None:
        return None
    return tuple(_claim(resource.known_as, stated, 1, quota, catalog) for stated in entry.demand)


def almost_allowed(resource: HeldResource, quota: QuotaFile) -> str:
    """Which entry allows another release of this chart, as a sentence; empty where none does."""
    for entry in quota.allow:
        any_release = entry.model_copy(update={"version": None, "digest": None})
        if entry.chart is not None and _allows(any_release, resource):
            wanted = " and ".join(
                f"{name} {value}" for name, value in (("version", entry.version), ("digest", entry.digest)) if value
            )
            given = resource.inputs.get("version")
            version = f"version {given}" if isinstance(given, str) else "no version"
            chart = resource.read.text("chart")
            return f"What {QUOTA_FILE} allows is {entry.chart} of {wanted}; this is {chart} of {version}"
    return ""


def _claim(holder: str, entry: StatedDemand | BeyondSpec, times: int, quota: QuotaFile, catalog: Catalog) -> Claim:
    key = QuotaKey(quota.project, entry.region, entry.quota, tuple(sorted(entry.dimensions.items())))
    quota_id = catalog.units_of(key.quota_id, key.dimensions)
    if quota_id is None:
        raise ValueError(f"{key}: reading the file refuses a limit that the catalog doesn't have")
    return Claim(key, quota_id, holder, steady=entry.amount * times, peak=entry.amount * times)


def _allows(entry: AllowedResource, resource: HeldResource) -> bool:
    if entry.stack is not None and entry.stack != resource.stack:
        return False
    if not (_matches(entry.type, resource.type) if entry.type is not None else _matches(entry.urn or "", resource.urn)):
        return False
    try:
        return all(_charted(entry, resource))
    except CannotJudge:  # an unknown chart is none that anybody has looked at
        return False


def _charted(entry: AllowedResource, resource: HeldResource) -> Iterator[bool]:
    chart = resource.read.text("chart") if entry.chart is not None else None
    name, _, digest = (chart or "").partition("@")
    if entry.chart is not None:
        yield name == entry.chart
    if entry.version is not None:
        yield resource.read.text("version") == entry.version
    if entry.digest is not None:
        yield digest == entry.digest


def _matches(pattern: str, text: str) -> bool:
    """Whether a pattern in which ``*`` stands for any text fits the whole text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def _kind(entry: AllowedResource) -> str:
    return f"{entry.chart or entry.type or entry.urn}".rpartition("::")[2]
