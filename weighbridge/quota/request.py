"""What to ask Google for so that all stacks fit, and whether a resource of a program asks for just that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.quota.arithmetic import GLOBAL, QuotaKey
from weighbridge.quota.ledger import Ledger, LedgerRow, LimitState
from weighbridge.quota.reservations import MACHINES
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge
from weighbridge.spec.quota_file import QuotaFile, QuotaRequest

PREFERENCE_TYPE = "gcp:cloudquota/sQuotaPreference:SQuotaPreference"
SERVICE = "compute.googleapis.com"
LONGEST_JUSTIFICATION = 500


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A limit that is too small for what draws on it, and what is to be asked for. None: no limit is enough."""

    row: LedgerRow
    needed: int | None
    budget: bool  # whether the file says that it may not be raised
    request: QuotaRequest | None  # the entry that asks for it; None where nothing is to be asked


def shortfalls(
    ledger: Ledger, quota: QuotaFile, contact_of: Callable[[str], str], stack: str | None = None
) -> tuple[Shortfall, ...]:
    """What does not fit, in the order of the ledger. The stack that draws most asks, unless another is named.

    A request that the file has already is kept where it asks for enough, else it asks for more.
    """
    budgets = {_key(quota, limit.quota, limit.region, limit.dimensions) for limit in quota.limits if limit.fixed}
    asked = {_key(quota, entry.quota, entry.region, entry.dimensions): entry for entry in quota.requests}
    return tuple(
        _shortfall(row, quota, asked.get(row.key), contact_of, stack, budget=row.key in budgets)
        for row in ledger.rows
        if row.state in (LimitState.OVER, LimitState.ABSENT) and row.uses and _is_asked_for(row.key, quota)
    )


def _shortfall(
    row: LedgerRow, quota: QuotaFile, before: QuotaRequest | None, contact_of: Callable[[str], str], stack: str | None,
    *, budget: bool,
) -> Shortfall:  # fmt: skip
    needed = row.needed(quota.keep_free)
    if needed is None or budget:
        return Shortfall(row, needed, budget, None)
    if before is not None and before.value >= needed:
        return Shortfall(row, needed, budget, before)
    asks = stack or (before.stack if before is not None else max(row.uses, key=lambda use: use.peak).stack)
    request = QuotaRequest(
        quota=row.key.quota_id,
        region=row.key.region,
        dimensions=dict(row.key.dimensions),
        value=needed,
        stack=asks,
        contact=contact_of(asks),
        justification=justification(row, needed, quota.keep_free),
    )
    return Shortfall(row, needed, budget, request)


def justification(row: LedgerRow, needed: int, keep_free: Decimal) -> str:
    """Why, by the ledger's own numbers, for Google's people to read."""
    peaks = " + ".join(f"{use.stack} {use.peak:,}" for use in row.uses if use.peak)
    outside = f", {row.outside_amount:,} outside of them" if row.outside_amount else ""
    free = f", {needed - row.peak - row.outside_amount:,} kept free ({keep_free.normalize():f}%)" if keep_free else ""
    granted = f"{row.limit:,} granted" if row.limit is not None else "none granted"
    return f"{row.display}: {peaks} at peak{outside}{free}; {granted}"[:LONGEST_JUSTIFICATION]


def with_requests(quota: QuotaFile, found: Sequence[Shortfall]) -> QuotaFile:
    """The quota file with what is to be asked for; what was asked for before stays in its place."""
    new = {_identity(short.request): short.request for short in found if short.request is not None}
    kept = [new.pop(_identity(entry), entry) for entry in quota.requests]
    return quota.model_copy(update={"requests": (*kept, *new.values())})


def requests_of(stack: str, quota: QuotaFile) -> tuple[QuotaRequest, ...]:
    """What the program of a stack asks for."""
    return tuple(entry for entry in quota.requests if entry.stack == stack)


def dimensions_of(request: QuotaRequest) -> dict[str, str]:
    """As Google's API has them: the region is one of them, and a limit for all regions has none."""
    place = {} if request.region == GLOBAL else {"region": request.region}
    return {**place, **request.dimensions}


def is_requested(resource: HeldResource, quota: QuotaFile) -> bool:
    """Whether a resource asks for exactly what the quota file lists for its stack."""
    if resource.type != PREFERENCE_TYPE or resource.empty:
        return False
    try:
        return any(_asks(resource, entry, quota.project) for entry in requests_of(resource.stack, quota))
    except CannotJudge:
        return False


def _asks(resource: HeldResource, entry: QuotaRequest, project: str) -> bool:
    config, dimensions = resource.inputs.get("quotaConfig"), resource.inputs.get("dimensions", {})
    return (
        resource.read.text("service") == SERVICE
        and resource.read.text("quotaId") == entry.quota
        and resource.read.text("parent") == f"projects/{project}"
        and isinstance(config, dict)
        and config.get("preferredValue") == str(entry.value)
        and dimensions == dimensions_of(entry)
        and not resource.read.has("ignoreSafetyChecks")
    )


def _is_asked_for(key: QuotaKey, quota: QuotaFile) -> bool:
    """Not machines of a reservation, nor limits of another project."""
    return key.project == quota.project and not key.quota_id.startswith(MACHINES)


def _key(quota: QuotaFile, name: str, region: str, dimensions: dict[str, str]) -> QuotaKey:
    return QuotaKey(quota.project, region, name, tuple(sorted(dimensions.items())))


def _identity(entry: QuotaRequest) -> tuple[object, ...]:
    return entry.quota, entry.region, tuple(sorted(entry.dimensions.items()))
