"""The ledger: for each limit what is granted, kept free, used outside, and held by each stack at its peak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Protocol, TypeAlias

from weighbridge.catalog import Catalog, QuotaId
from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.quota.reservations import Held, held_reservations, machines_quota
from weighbridge.spec.quota_file import (
    UNLIMITED,
    UNLIMITED_BY_SIZE,
    AllowedResource,
    BeyondSpec,
    HeldReservation,
    Outside,
    QuotaFile,
)

Declaration: TypeAlias = Outside | HeldReservation | BeyondSpec | AllowedResource
"""What the quota file states as a fact, until the day of its review."""


UNEXPLAINED = "unexplained use"
"""How use is called that nothing accounts for."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""`pulled_at` of limits that nobody has read yet."""

NEVER_READ = "nobody has read these limits yet (pulled_at is 1970-01-01)"
"""Why they admit nothing."""


class LimitState(StrEnum):
    """How a limit stands against what is drawn on it."""

    FITS = "fits"
    OVER = "over"
    ABSENT = "absent"  # not in the quota file: counts as zero
    STALE = "stale"  # the file is older than its max_age: admits nothing
    UNLIMITED = "unlimited"
    NOT_SET = "not set"  # Google sets it on some projects only, and the file doesn't list it


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that may hold quota and can't be counted; it admits nothing. `message` is what and what to do."""

    holder: str
    message: str
    urn: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is taken of one limit: while nothing changes, and at most."""

    steady: int
    peak: int


class StackDemand(Protocol):
    """What one stack may draw, and what can't be told. The ledger adds up `drawn`; claims are for those who ask."""

    @property
    def drawn(self) -> Mapping[QuotaKey, Drawn]:
        """The sum of each limit that it draws on."""

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What can't be told."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the sums are made of."""

    def held(self, key: QuotaKey) -> tuple[Claim, ...]:
        """What the sum of one limit is made of, largest first."""


@dataclass(frozen=True)
class Demand:
    """What one stack may draw, claim by claim."""

    claims: tuple[Claim, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @cached_property
    def drawn(self) -> Mapping[QuotaKey, Drawn]:
        """The sum of each limit that it draws on."""
        return {
            key: Drawn(sum(claim.steady for claim in claims), sum(claim.peak for claim in claims))
            for key, claims in self.by_key.items()
        }

    def held(self, key: QuotaKey) -> tuple[Claim, ...]:
        """What the sum of one limit is made of, largest first."""
        return tuple(sorted(self.by_key.get(key, ()), key=lambda claim: (-claim.peak, claim.holder)))

    @cached_property
    def by_key(self) -> Mapping[QuotaKey, Sequence[Claim]]:
        """Its claims on each limit, in their order."""
        grouped: dict[QuotaKey, list[Claim]] = {}
        for claim in self.claims:
            grouped.setdefault(claim.key, []).append(claim)
        return grouped


@dataclass(frozen=True)
class SummedDemand:
    """What one stack may draw, of which only the sums are known until somebody asks for the claims."""

    drawn: Mapping[QuotaKey, Drawn]
    doubts: tuple[Doubt, ...]
    count: Callable[[], StackDemand] = field(compare=False, repr=False)  # the same, claim by claim

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the sums are made of."""
        return tuple(claim for claim in self._counted.claims if claim.key in self.drawn)

    def held(self, key: QuotaKey) -> tuple[Claim, ...]:
        """What the sum of one limit is made of, largest first."""
        return self._counted.held(key) if key in self.drawn else ()

    @cached_property
    def _counted(self) -> StackDemand:
        return self.count()


def joined(first: StackDemand, more: StackDemand) -> StackDemand:
    """Both together."""
    drawn = dict(first.drawn)
    for key, added in more.drawn.items():
        before = drawn.get(key, Drawn(0, 0))
        drawn[key] = Drawn(before.steady + added.steady, before.peak + added.peak)
    doubts = first.doubts + more.doubts
    return SummedDemand(drawn, doubts, lambda: Demand(first.claims + more.claims, doubts))


def of_limits(demand: StackDemand, keys: Collection[QuotaKey]) -> StackDemand:
    """The part of a demand that draws on these limits, with all of its doubts."""
    drawn = {key: demand.drawn[key] for key in keys if key in demand.drawn}
    return SummedDemand(drawn, demand.doubts, lambda: demand)


def largest(one: Demand, other: Demand) -> Demand:
    """The most of each limit that either draws: what something draws that is one of the two, or becomes the other."""
    first, second = one.by_key, other.by_key
    claims: list[Claim] = []
    for key in dict.fromkeys([*first, *second]):
        held = first.get(key, ()), second.get(key, ())
        claims += max(held, key=lambda found: sum(claim.peak for claim in found))
    return Demand(tuple(claims), tuple(dict.fromkeys((*one.doubts, *other.doubts))))


@dataclass(frozen=True, slots=True)
class Use:
    """One stack's part of a key."""

    stack: str
    steady: int
    peak: int
    key: QuotaKey
    demand: StackDemand

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What it is made of, largest first."""
        return self.demand.held(self.key)


@dataclass(frozen=True, slots=True)
class OutsideUse:
    """What takes a part of a key outside the stacks. `machines` is the limit that it is itself, of a reservation."""

    what: str
    amount: int
    owner: str | None = None  # nobody in particular, of what was pulled
    machines: QuotaKey | None = None


@dataclass(frozen=True, slots=True)
class ClaimedUse:
    """What a holder claims of a key for a stack beyond what the ledger counts of that stack anyway."""

    stack: str
    holder: str  # a pull request, or `deployed`
    amount: int
    until: datetime | None  # by the clock of the store; None: until it is released


Claimed: TypeAlias = Mapping[QuotaKey, tuple[ClaimedUse, ...]]
"""By limit; what nobody claims is left out."""

NOTHING_CLAIMED: Claimed = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One key of the ledger; all amounts in `unit`. `limit` is None where the quota file has none."""

    key: QuotaKey
    display: str
    unit: str
    limit: int | None
    kept_free: int
    outside: tuple[OutsideUse, ...]
    uses: tuple[Use, ...]  # of stacks that draw on it, in the order given
    share_caps: Mapping[str, int]  # the most that a stack with a share may take
    state: LimitState
    claimed: tuple[ClaimedUse, ...] = ()

    @property
    def claimed_amount(self) -> int:
        """What is claimed beyond the peaks."""
        return sum(use.amount for use in self.claimed)

    @property
    def outside_amount(self) -> int:
        """What the declared outside uses and the reservations take together."""
        return sum(entry.amount for entry in self.outside)

    @property
    def peak(self) -> int:
        """What all stacks may take together at their peaks."""
        return sum(use.peak for use in self.uses)

    @property
    def demand(self) -> int:
        """Peaks, what is claimed beyond them, outside uses and the kept-free part."""
        return self.peak + self.claimed_amount + self.outside_amount + self.kept_free

    @property
    def left(self) -> int | None:
        """What is still free; negative when over. None where there is no bound."""
        if self.state in (LimitState.UNLIMITED, LimitState.NOT_SET):
            return None
        return (self.limit or 0) - self.demand

    def needed(self, keep_free: Decimal) -> int | None:
        """The smallest limit that fits everything, given that the part kept free grows with it; None: none does."""
        return least_limit(self.peak + self.claimed_amount + self.outside_amount, keep_free)

    def use(self, stack: str) -> Use | None:
        """The part of one stack, None if it draws nothing."""
        return next((use for use in self.uses if use.stack == stack), None)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows: those that don't fit first, then the fullest."""

    rows: tuple[LedgerRow, ...]
    doubts: Mapping[str, tuple[Doubt, ...]]  # by stack
    stale: str | None  # why the limits admit nothing
    expired: tuple[Declaration, ...]  # entries whose review_by has passed, and reservations that have ended
    uncounted: tuple[Doubt, ...] = ()  # reservations that nobody can count


def build_ledger(
    quota: QuotaFile, demands: Mapping[str, StackDemand], catalog: Catalog, now: datetime,
    claimed: Claimed = NOTHING_CLAIMED,
) -> Ledger:  # fmt: skip
    """Joins the limits with the demand of every stack, and with what is `claimed` beyond it.

    `now` decides what is stale or past its review.
    """
    limits = {
        QuotaKey(quota.project, entry.region, entry.quota, tuple(sorted(entry.dimensions.items()))): entry.limit
        for entry in quota.limits
    }
    outside: dict[QuotaKey, list[OutsideUse]] = {}
    for entry in quota.outside:
        key = QuotaKey(quota.project, entry.region, entry.quota, tuple(sorted(entry.dimensions.items())))
        outside.setdefault(key, []).append(OutsideUse(entry.what, entry.amount, entry.owner))
    for found in quota.unexplained:
        key = QuotaKey(quota.project, found.region, found.quota, tuple(sorted(found.dimensions.items())))
        named = f"{UNEXPLAINED} of {found.what}" if found.what is not None else UNEXPLAINED
        outside.setdefault(key, []).append(OutsideUse(named, found.amount))
    reservations = tuple(held_reservations(quota, catalog))
    machines: Counter[QuotaKey] = Counter()
    for held in reservations:
        machines[held.machines] += held.entry.count
        for claim in held.claims:
            use = OutsideUse(claim.holder, claim.peak, held.entry.owner, held.machines)
            outside.setdefault(claim.key, []).append(use)
    drawing = _uses_by_key(demands)
    stale = _stale(quota, now)
    rows = []
    for key in dict.fromkeys([*limits, *outside, *machines, *drawing, *claimed]):
        uses, reserved = tuple(drawing.get(key, ())), claimed.get(key, ())
        if key in machines:
            rows.append(_machines_row(key, machines[key], uses, reserved))
            continue
        quota_id = catalog.units_of(key.quota_id, key.dimensions)
        taken = tuple(outside.get(key, ())), uses, reserved
        rows.append(_row(key, quota_id, limits.get(key), *taken, quota, stale is not None))
    rows.sort(key=_order)
    return Ledger(
        rows=tuple(rows),
        doubts={stack: demand.doubts for stack, demand in demands.items()},
        stale=stale,
        expired=tuple(_expired(quota, now.date())),
        uncounted=tuple(_uncounted(reservations)),
    )


def _expired(quota: QuotaFile, today: date) -> Iterator[Declaration]:
    entries: tuple[Declaration, ...] = (*quota.outside, *quota.reservations, *quota.beyond_spec, *quota.allow)
    for entry in entries:
        ended = isinstance(entry, HeldReservation) and entry.calendar is not None and entry.calendar.end < today
        if ended or (entry.review_by is not None and entry.review_by < today):
            yield entry


def _uncounted(reservations: Iterable[Held]) -> Iterator[Doubt]:
    for held in reservations:
        if held.uncounted is not None:
            yield Doubt(f"reservation {held.entry.name}", held.uncounted)


def _machines_row(key: QuotaKey, count: int, uses: tuple[Use, ...], claimed: tuple[ClaimedUse, ...]) -> LedgerRow:
    """A reservation's own row: its machines are held for these stacks, so no part is kept free and no share is set."""
    shown = machines_quota(key)
    over = sum(use.peak for use in uses) + sum(use.amount for use in claimed) > count
    state = LimitState.OVER if over else LimitState.FITS
    return LedgerRow(key, shown.display, shown.unit, count, 0, (), uses, {}, state, claimed)


def _row(
    key: QuotaKey, quota_id: QuotaId | None, limit: int | None, outside: tuple[OutsideUse, ...], uses: tuple[Use, ...],
    claimed: tuple[ClaimedUse, ...], quota: QuotaFile, stale: bool,
) -> LedgerRow:  # fmt: skip
    unlimited = limit is not None and (limit == UNLIMITED or limit >= UNLIMITED_BY_SIZE)
    bounded = 0 if limit is None or unlimited else limit
    kept_free = part_of(bounded, quota.keep_free, ROUND_CEILING)
    caps = {} if unlimited else {name: part_of(bounded, share, ROUND_FLOOR) for name, share in quota.shares.items()}
    drawn = sum(use.peak for use in uses) + sum(use.amount for use in claimed) + sum(use.amount for use in outside)
    if limit is None and quota_id is not None and quota_id.on_some_projects_only:
        state, caps = LimitState.NOT_SET, {}
    elif stale and uses:
        state = LimitState.STALE
    elif unlimited:
        state = LimitState.UNLIMITED
    elif limit is None and drawn:
        state = LimitState.ABSENT
    else:
        # A limit too small for its own kept-free part is no violation while nobody draws on it.
        state = LimitState.OVER if drawn and drawn + kept_free > bounded else LimitState.FITS
    return LedgerRow(
        key=key,
        display=quota_id.display if quota_id else key.quota_id,
        unit=quota_id.unit if quota_id else "",
        limit=limit,
        kept_free=kept_free,
        outside=outside,
        uses=uses,
        share_caps=caps,
        state=state,
        claimed=claimed,
    )


def part_of(limit: int, percent: Decimal, rounding: str) -> int:
    """A percentage of a limit in whole units."""
    return int((Decimal(limit) * percent / 100).quantize(Decimal(1), rounding=rounding))


def least_limit(drawn: int, keep_free: Decimal) -> int | None:
    """The smallest limit of which `drawn` leaves the part that is kept free; None where all of it is.

    The smallest L with ``L - ceil(keep_free * L) >= drawn``, which is ``ceil(drawn / (1 - keep_free))``.
    """
    if keep_free >= 100:  # noqa: PLR2004 - per cent
        return None
    return int((Decimal(drawn) * 100 / (100 - keep_free)).to_integral_value(ROUND_CEILING))


def _uses_by_key(demands: Mapping[str, StackDemand]) -> dict[QuotaKey, list[Use]]:
    found: dict[QuotaKey, list[Use]] = {}
    for stack, demand in demands.items():
        for key, drawn in demand.drawn.items():
            found.setdefault(key, []).append(Use(stack, drawn.steady, drawn.peak, key, demand))
    return found


def _order(row: LedgerRow) -> tuple[int, float, QuotaKey]:
    rank = [
        LimitState.OVER,
        LimitState.ABSENT,
        LimitState.STALE,
        LimitState.FITS,
        LimitState.UNLIMITED,
        LimitState.NOT_SET,
    ].index(row.state)
    filled = row.demand / row.limit if row.limit and row.limit > 0 else 0.0
    return rank, -filled, row.key


def _stale(quota: QuotaFile, now: datetime) -> str | None:
    age = now - quota.pulled_at
    pulled = f"{quota.pulled_at:%Y-%m-%d %H:%M} UTC"
    if age.total_seconds() < -86400:  # noqa: PLR2004 - a day of clock skew and time zones
        return f"limits were pulled at {pulled}, which is in the future"
    if quota.max_age is not None and age > quota.max_age:
        if quota.pulled_at == NEVER:
            return NEVER_READ
        return f"limits were pulled at {pulled}, {age.days} days ago, and may be {quota.max_age.days} days old at most"
    return None
