"""Whether one stack fits the quota that all stacks share, and how to say that it doesn't."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.claims.held import ClaimsRead, UnreadClaims, claimed_of
from weighbridge.files.model_problems import few, first_few
from weighbridge.quota.arithmetic import Bound, Claim, QuotaKey
from weighbridge.quota.declared import declaring_stacks
from weighbridge.quota.holders import ALWAYS_COUNTED
from weighbridge.quota.ledger import (
    NEVER_READ,
    ClaimedUse,
    Declaration,
    Ledger,
    LedgerRow,
    LimitState,
    StackDemand,
    Use,
    build_ledger,
)
from weighbridge.quota.reservations import MACHINES
from weighbridge.rules.own_spec import beyond_own_spec
from weighbridge.rules.rule import Rule
from weighbridge.rules.rule_input import Shared
from weighbridge.rules.violation import Excess, Violation
from weighbridge.spec.quota_file import QUOTA_FILE, AllowedResource, BeyondSpec, HeldReservation, Outside, QuotaFile

RULE = Rule(
    name="shared-quota",
    description="All stacks together fit the quota that they share, each at its peak.",
    stops="A stack that, with all others, could take the project over a limit; anything whose demand nobody can tell.",
    remediation="Lower the bound that the violation names, ask Google for what it names, or state what is unknown.",
    judge=lambda given: judge(given.stack, given.demand, given.shared, given.catalog, given.now),
    may_be_advisory=False,
)

READ_LIMITS = "`weighbridge quota pull`"


@dataclass(frozen=True, slots=True)
class Holder:
    """What one holder takes of a key: a node pool (all slices of it), or something that has no nodes."""

    name: str
    peak: int
    bound: Bound | None
    value: int | None  # of the bound
    per_unit: int  # amount that the peak loses for each unit that the bound is lowered by
    urn: str | None


@dataclass(frozen=True, slots=True)
class Lowering:
    """The one bound that, lowered alone, makes a key fit."""

    holder: Holder
    name: str  # of the bound
    to: int
    loss: int


def judge(stack: str, own: StackDemand, shared: Shared, catalog: Catalog, now: datetime) -> tuple[Violation, ...]:
    """Everything that keeps a stack from being admitted; empty when it fits.

    `own` is its demand by its resources; `shared` has that of the other stacks by their specs. A limit that the others
    exceed among themselves is no finding unless this stack draws on it too.
    """
    claimed = shared.claimed(stack, own)
    ledger = build_ledger(shared.quota, {stack: own, **shared.others}, catalog, now, claimed)
    return (
        *_unread(shared.claims),
        *_of_this_stack(stack, own, ledger, shared.quota),
        *beyond_own_spec(RULE.name, stack, own, shared),
        *_of_everybody(stack, ledger),
    )


def judge_all(
    demands: Mapping[str, StackDemand], quota: QuotaFile, catalog: Catalog, now: datetime, claims: ClaimsRead = None
) -> tuple[str, ...]:
    """What is wrong with all stacks together, each thing once, as sentences; empty when everything fits.

    A limit that is exceeded is told from the side of the stack that draws most on it.
    """
    ledger = build_ledger(quota, demands, catalog, now, claimed_of(claims, demands))
    unread = (found.message for found in _unread(claims))
    return tuple(dict.fromkeys((*unread, *_of_all(demands, quota, ledger))))


def _unread(claims: ClaimsRead) -> Iterator[Violation]:
    if isinstance(claims, UnreadClaims):
        message = f"{QUOTA_FILE}: {claims.why}"
        yield Violation(RULE.name, message, holder=QUOTA_FILE, exemptible=False)


def _of_all(demands: Mapping[str, StackDemand], quota: QuotaFile, ledger: Ledger) -> Iterator[str]:
    if quota.stacks is not None:
        for stack in demands:
            if stack not in (*quota.stacks, *declaring_stacks(quota)):
                do = "Let the quota's owners add it, or remove the spec."
                yield f"{stack}: it is not under stacks in {QUOTA_FILE}. {do}"
    for row in ledger.rows:
        yield from _of_row(row, quota)
    for stack, demand in demands.items():
        yield from (f"{stack}: {doubt.holder}: {doubt.message}." for doubt in demand.doubts)
    yield from (found.message for found in _of_everybody("", replace(ledger, doubts={})))


def _of_row(row: LedgerRow, quota: QuotaFile) -> Iterator[str]:
    if row.state in (LimitState.OVER, LimitState.ABSENT) and row.uses:
        largest = max(row.uses, key=lambda use: use.peak)
        if largest.peak:
            holders = holders_of(largest.claims)
            found = (
                _over(largest.stack, row, holders, quota.keep_free)
                if row.state is LimitState.OVER
                else _absent(row, holders, quota.project)
            )
            yield f"{largest.stack}: {found.message}"
    for use in row.uses:
        cap = _exceeded_share(row, use)
        if cap is not None:
            found = _share(use.stack, row, holders_of(use.claims), cap, quota.shares[use.stack])
            yield f"{use.stack}: {found.message}"


def _exceeded_share(row: LedgerRow, use: Use) -> int | None:
    """How much of a limit the stack may draw that draws more; None where its share holds it, or it has none."""
    cap = row.share_caps.get(use.stack)
    known = row.state in (LimitState.OVER, LimitState.FITS)
    return cap if known and cap is not None and use.peak > cap else None


def _of_this_stack(stack: str, own: StackDemand, ledger: Ledger, quota: QuotaFile) -> Iterator[Violation]:
    for doubt in own.doubts:
        message = f"{doubt.holder}: {doubt.message}."
        yield Violation(RULE.name, message, doubt.urn, holder=doubt.holder, exemptible=not _holds(doubt.urn))
    reserved = {claim.key for claim in own.claims if claim.peak}
    mended = _mended_by_another(stack, ledger)
    for row in ledger.rows:
        use = row.use(stack)
        if use is None or not use.peak:
            if row.state in (LimitState.OVER, LimitState.ABSENT):
                yield from _over_by_reservation(row, reserved)
            continue
        holders = holders_of(use.claims)
        if row.state is LimitState.OVER:
            yield _over(stack, row, holders, quota.keep_free)
        elif row.state is LimitState.ABSENT:
            yield _absent(row, holders, quota.project)
        cap = _exceeded_share(row, use)
        if cap is not None:
            yield _share(stack, row, holders, cap, quota.shares[stack], mended.get(row.key))


def _mended_by_another(stack: str, ledger: Ledger) -> Mapping[QuotaKey, Lowering]:
    """Of shares that are exceeded: what another one needs of the same bound, where that mends this one too."""
    needed: list[tuple[QuotaKey, Lowering]] = []
    for row in ledger.rows:
        use = row.use(stack)
        cap = _exceeded_share(row, use) if use is not None else None
        if use is not None and cap is not None:
            lowering, _ = _lower(holders_of(use.claims), use.peak - cap)
            if lowering is not None:
                needed.append((row.key, lowering))
    lowest: dict[str, tuple[QuotaKey, Lowering]] = {}
    for key, lowering in sorted(needed, key=lambda need: need[1].to):
        lowest.setdefault(lowering.holder.name, (key, lowering))
    found = {key: lowest[lowering.holder.name] for key, lowering in needed}
    return {key: lowering for key, (where, lowering) in found.items() if where != key}


def _holds(urn: str | None) -> bool:
    """Whether a resource is of a type that can be counted, so that a doubt about it is about nodes or addresses."""
    return urn is not None and "".join(urn.split("::")[2:3]).rpartition("$")[2] in ALWAYS_COUNTED


def _of_everybody(stack: str, ledger: Ledger) -> Iterator[Violation]:
    if ledger.stale is not None:
        do = f"Read them again: {READ_LIMITS}"
        if ledger.stale == NEVER_READ:
            do = f"Read them: {READ_LIMITS}; or write down what Google granted, and in pulled_at when you read it"
        message = f"{QUOTA_FILE}: {ledger.stale}, so they admit nothing. {do}."
        yield Violation(RULE.name, message, holder=QUOTA_FILE)
    for entry in ledger.expired:
        yield Violation(RULE.name, expired(entry), holder=_declared(entry))
    for doubt in ledger.uncounted:
        yield Violation(RULE.name, f"{QUOTA_FILE}: {doubt.holder} cannot be counted: {doubt.message}.")
    for other, doubts in ledger.doubts.items():
        if other != stack:
            for doubt in doubts:
                yield Violation(RULE.name, f"Stack {other} cannot be counted: {doubt.holder}: {doubt.message}.")


def _over(stack: str, row: LedgerRow, holders: Sequence[Holder], keep_free: Decimal) -> Violation:
    limit = row.limit or 0
    lowering, advice = _advice(holders, row.demand - limit, _ask(row, limit, keep_free))
    message = (
        f"{_demand(row, holders)}; {others_text(stack, row)}; outside {row.outside_amount:,}{_outside(row)}; "
        f"{claimed_text(row)}kept free {row.kept_free:,} → {row.demand:,} of {limit:,}{row.key.in_region}. {advice}"
    )
    excess = Excess(row.demand, limit, row.unit, row.key)
    return _of_holder(message, lowering, holders, excess, exemptible=row.demand - row.kept_free <= limit)


def _over_by_reservation(row: LedgerRow, reserved: Container[QuotaKey]) -> Iterator[Violation]:
    """Where a reservation that this stack uses, which draws nothing on the limit itself, is among what exceeds it."""
    entry = next((entry for entry in row.outside if entry.machines in reserved), None)
    if entry is not None:
        message = (
            f"{entry.what}, which this stack uses: {entry.amount:,} {row.display}; all together {row.demand:,} of "
            f"{row.limit or 0:,}{row.key.in_region}. {_who(entry.owner)} corrects the entry in {QUOTA_FILE}, or "
            "asks for more."
        )
        excess = Excess(row.demand, row.limit or 0, row.unit, row.key)
        yield Violation(RULE.name, message, holder=entry.what, excess=excess, exemptible=False)


def _absent(row: LedgerRow, holders: Sequence[Holder], project: str) -> Violation:
    if row.key.project != project:
        message = (
            f"{_demand(row, holders)} in project {row.key.project}, but {QUOTA_FILE} has the limits of {project} only. "
            f"Use {project}, or judge this stack against a quota file of its own."
        )
    else:
        message = (
            f"{_demand(row, holders)}, but {QUOTA_FILE} has no limit for {row.key}, which counts as zero. Add it there "
            f"as granted ({READ_LIMITS} reads it), or ask for {row.demand:,}."
        )
    return _of_holder(message, None, holders, Excess(row.demand, 0, row.unit, row.key), exemptible=False)


def _share(
    stack: str, row: LedgerRow, holders: Sequence[Holder], cap: int, share: Decimal, mended_by: Lowering | None = None
) -> Violation:
    """`mended_by` is what another share needs anyway, of the same bound, and mends this one too."""
    peak = sum(holder.peak for holder in holders)
    lowering, lower = _lower(holders, peak - cap)
    lower = lower or "No single pool can be lowered far enough: lower several"
    advice = f"{lower}, or raise the share of {stack} in {QUOTA_FILE}."
    if mended_by is not None:
        whose = f"{mended_by.holder.name} " if len(holders) > 1 else ""
        advice = f"Lowering {whose}{mended_by.name} to {mended_by.to:,} mends this too."
    message = (
        f"{_demand(row, holders)}; the share of {stack} is {share.normalize():f}% of {row.limit:,} → {peak:,} of "
        f"{cap:,}{row.key.in_region}. {advice}"
    )
    return _of_holder(message, lowering, holders, Excess(peak, cap, row.unit, row.key))


def _declared(entry: Declaration) -> str:
    """What `expired` calls it."""
    match entry:
        case Outside():
            return entry.what
        case BeyondSpec():
            return entry.stack
        case AllowedResource():
            return f"{entry.type or entry.urn}"
    return entry.name


def expired(entry: Declaration) -> str:
    """What to say of a declaration whose review is past, or of a reservation that has ended."""
    match entry:
        case Outside():
            what = f"outside use {entry.what!r} ({entry.amount:,} of {entry.quota} in {entry.region})"
        case BeyondSpec():
            what = f"what {entry.stack} draws beyond its spec ({entry.amount:,} of {entry.quota} in {entry.region})"
        case AllowedResource():
            what = f"what allows {entry.type or entry.urn}"
        case HeldReservation():
            if entry.calendar is not None and (entry.review_by is None or entry.calendar.end < entry.review_by):
                return (
                    f"{QUOTA_FILE}: reservation {entry.name} ended on {entry.calendar.end}, and its machines with it. "
                    f"{_who(entry.owner)} removes it, and what uses it."
                )
            what = f"reservation {entry.name}"
    return (
        f"{QUOTA_FILE}: {what} was to be reviewed by {entry.review_by}. {_who(entry.owner)} confirms it with a new "
        "review_by, or removes it."
    )


def _who(owner: str | None) -> str:
    return owner if owner is not None else "The owner of the quota file"


def holders_of(claims: Sequence[Claim]) -> tuple[Holder, ...]:
    """Claims of one key by holder, largest first; the slices of one pool are one holder."""
    grouped: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.peak:
            name = claim.bound.pool if claim.bound is not None and claim.bound.pool else claim.holder
            grouped.setdefault(name, []).append(claim)
    found = []
    for name, held in grouped.items():
        bound = held[0].bound
        per_unit = bound.peak_nodes * held[0].per_node if bound is not None else 0
        # A bound without a value of its own counts groups.
        value = (bound.value if bound.value is not None else len(held)) if bound is not None else None
        found.append(Holder(name, sum(claim.peak for claim in held), bound, value, per_unit, held[0].urn))
    return tuple(sorted(found, key=lambda holder: (-holder.peak, holder.name)))


def _demand(row: LedgerRow, holders: Sequence[Holder]) -> str:
    first, rest = first_few(holders)
    peaks = [holder.peak for holder in first] + ([sum(holder.peak for holder in rest)] if rest else [])
    parts = f" ({' + '.join(f'{peak:,}' for peak in peaks)})" if len(peaks) > 1 else ""
    return f"{few(holder.name for holder in holders)}: {sum(peaks):,} {row.display} at peak{parts}"


def _named(parts: Sequence[tuple[str, int]]) -> str:
    return f" ({few(f'{name} {amount:,}' for name, amount in parts)})" if parts else ""


def others_text(stack: str, row: LedgerRow) -> str:
    """What the other stacks take of a limit, as a part of a sentence; those that take most are named first."""
    others = sorted(
        ((use.stack, use.peak) for use in row.uses if use.stack != stack and use.peak),
        key=lambda use: (-use[1], use[0]),
    )
    return f"other stacks {sum(peak for _, peak in others):,}{_named(others)}"


def claimed_text(row: LedgerRow) -> str:
    """What is claimed beyond the specs, by whom and until when, as a part of a sentence; empty where nothing is."""
    if not row.claimed:
        return ""
    held = sorted(row.claimed, key=lambda use: (-use.amount, use.stack, use.holder))
    return f"claimed {row.claimed_amount:,}{_named([(claim_words(use), use.amount) for use in held])}; "


def claim_words(use: ClaimedUse) -> str:
    """Whose claim it is, and for which stack."""
    if use.until is None:
        return f"{use.stack} as it is {use.holder}"
    return f"{use.stack} by {use.holder} until {use.until:%Y-%m-%d}"


def _outside(row: LedgerRow) -> str:
    used = [(entry.what, entry.amount) for entry in row.outside if entry.amount]
    return f" ({used[0][0]})" if len(used) == 1 else _named(used)


def _ask(row: LedgerRow, limit: int, keep_free: Decimal) -> str:
    """What else would make everything fit."""
    if row.key.quota_id.startswith(MACHINES):
        return f"reserve {row.demand - limit:,} more"
    needed = row.needed(keep_free)
    return f"ask for {needed - limit:,} more" if needed is not None else "keep less than all of it free"


def _advice(holders: Sequence[Holder], excess: int, ask: str) -> tuple[Lowering | None, str]:
    lowering, lower = _lower(holders, excess)
    if lower:
        return lowering, f"{lower}, or {ask}."
    bounded = [holder.bound for holder in holders if holder.bound is not None]
    if not bounded:
        return None, f"{ask[0].upper()}{ask[1:]}."
    if len(holders) == 1:
        return None, f"{bounded[0].name} cannot be lowered far enough: {ask}."
    return None, f"No single pool can be lowered far enough: lower several, or {ask}."


def _lower(holders: Sequence[Holder], excess: int) -> tuple[Lowering | None, str]:
    """The bound that, lowered alone, takes `excess` off the peak with the smallest loss."""
    possible = []
    for holder in holders:
        if holder.bound is None or holder.value is None or not holder.per_unit:
            continue
        units = -(-excess // holder.per_unit)
        if holder.value - units >= holder.bound.least:
            possible.append(Lowering(holder, holder.bound.name, holder.value - units, units * holder.per_unit))
    if not possible:
        return None, ""
    best = min(possible, key=lambda lowering: lowering.loss)  # of equals the largest holder, which comes first
    whose = f"{best.holder.name} " if len(holders) > 1 else ""
    return best, f"Lower {whose}{best.name} to {best.to:,}"


def _of_holder(
    message: str, lowering: Lowering | None, holders: Sequence[Holder], excess: Excess, *, exemptible: bool = True
) -> Violation:
    """The violation of whose bound is to be lowered, or of the largest holder where no single one can be."""
    holder = lowering.holder if lowering is not None else holders[0]
    return Violation(RULE.name, message, holder.urn, holder=holder.name, excess=excess, exemptible=exemptible)
