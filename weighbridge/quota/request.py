"""What to ask Google for so that all stacks fit, and whether a resource of a program asks for just that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from weighbridge.quota.arithmetic import GLOBAL, QuotaKey
from weighbridge.quota.ledger import Ledger, LedgerRow, LimitState, Use, part_of
from weighbridge.quota.reservations import MACHINES
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge
from weighbridge.spec.quota_file import QuotaFile, QuotaRequest

PREFERENCE_TYPE = "gcp:cloudquota/sQuotaPreference:SQuotaPreference"
SERVICE = "compute.googleapis.com"
LONGEST_JUSTIFICATION = 500
WHOLE = 100  # per cent

_OF_OTHER_SERVICES = "PerProjectRegion"
"""How ids of limits end that are not Compute Engine's: those end with ``-per-project-region``."""


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
    found = {
        row.key: row.needed(quota.keep_free)
        for row in ledger.rows
        if row.state in (LimitState.OVER, LimitState.ABSENT) and row.uses
    }
    return _asked_for(ledger, quota, contact_of, found, stack, None)


@dataclass(frozen=True, slots=True)
class ShareLack:
    """A share that is too small for its stack of a limit that is what was asked for: no request to Google mends it."""

    row: LedgerRow
    use: Use
    share: Decimal  # per cent
    limit: int  # of which it is that part
    needed: int | None  # per cent; None: not all of it is enough


def share_lacks(ledger: Ledger, quota: QuotaFile, found: Sequence[Shortfall]) -> tuple[ShareLack, ...]:
    """Shares that don't fit once limits are what is asked for, in the order of the ledger."""
    asked = {short.row.key: short.request.value for short in found if short.request is not None}
    lacks = []
    for row in ledger.rows:
        limit = asked.get(row.key, row.limit)
        if limit is None or limit <= 0 or row.state not in (LimitState.OVER, LimitState.ABSENT, LimitState.FITS):
            continue
        for use in row.uses:
            share = quota.shares.get(use.stack)
            if share is not None and use.peak > part_of(limit, share, ROUND_FLOOR):
                needed = -(-use.peak * 100 // limit)
                lacks.append(ShareLack(row, use, share, limit, needed if needed <= WHOLE else None))
    return tuple(lacks)


def planned_shortfalls(
    ledger: Ledger, quota: QuotaFile, contact_of: Callable[[str], str], wanted: Mapping[QuotaKey, int | None],
    stack: str,
) -> tuple[Shortfall, ...]:  # fmt: skip
    """What is to be asked for so that a plan of a stack fits: limits that were worked out with what they must be.

    The stack asks, unless the file says already that another one does.
    """
    return _asked_for(ledger, quota, contact_of, wanted, None, stack)


def _asked_for(
    ledger: Ledger, quota: QuotaFile, contact_of: Callable[[str], str], wanted: Mapping[QuotaKey, int | None],
    stack: str | None, otherwise: str | None,
) -> tuple[Shortfall, ...]:  # fmt: skip
    budgets = {_key(quota, limit.quota, limit.region, limit.dimensions) for limit in quota.limits if limit.fixed}
    asked = {_key(quota, entry.quota, entry.region, entry.dimensions): entry for entry in quota.requests}
    found = []
    for row in ledger.rows:
        if row.key not in wanted or not _is_asked_for(row.key, quota):
            continue
        before = asked.get(row.key)
        asks = stack or (before.stack if before is not None else None) or otherwise
        budget = row.key in budgets
        found.append(_shortfall(row, wanted[row.key], quota, before, contact_of, asks, budget=budget))
    return tuple(found)


def _shortfall(
    row: LedgerRow, needed: int | None, quota: QuotaFile, before: QuotaRequest | None,
    contact_of: Callable[[str], str], asks: str | None, *, budget: bool,
) -> Shortfall:  # fmt: skip
    if needed is None or budget:
        return Shortfall(row, needed, budget, None)
    if before is not None and before.value >= needed:
        return Shortfall(row, needed, budget, before)
    asks = asks or max(row.uses, key=lambda use: use.peak).stack
    request = QuotaRequest(
        quota=row.key.quota_id,
        region=row.key.region,
        dimensions=dict(row.key.dimensions),
        value=needed,
        stack=asks,
        contact=contact_of(asks),
        justification=justification(row, needed, quota),
    )
    return Shortfall(row, needed, budget, request)


def justification(row: LedgerRow, needed: int, quota: QuotaFile) -> str:
    """Why, by the ledger's own numbers, for Google's people to read."""
    peaks = " + ".join(f"{use.stack} {use.peak:,}" for use in row.uses if use.peak)
    outside = f", {row.outside_amount:,} outside of them" if row.outside_amount else ""
    claimed = f", {row.claimed_amount:,} claimed" if row.claimed_amount else ""
    kept = part_of(needed, quota.keep_free, ROUND_CEILING)
    free = f", {kept:,} kept free ({quota.keep_free.normalize():f}%)" if quota.keep_free else ""
    capped = (
        f", {use.stack} may take {quota.shares[use.stack].normalize():f}% of it"
        for use in row.uses
        if use.peak > row.share_caps.get(use.stack, use.peak)
    )
    granted = f"{row.limit:,} granted" if row.limit is not None else "none granted"
    return f"{row.display}: {peaks} at peak{outside}{claimed}{free}{''.join(capped)}; {granted}"[:LONGEST_JUSTIFICATION]


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
    """Not machines of a reservation, nor limits of another project or service."""
    other = key.quota_id.startswith(MACHINES) or key.quota_id.endswith(_OF_OTHER_SERVICES)
    return key.project == quota.project and not other


def _key(quota: QuotaFile, name: str, region: str, dimensions: dict[str, str]) -> QuotaKey:
    return QuotaKey(quota.project, region, name, tuple(sorted(dimensions.items())))


def _identity(entry: QuotaRequest) -> tuple[object, ...]:
    return entry.quota, entry.region, tuple(sorted(entry.dimensions.items()))
