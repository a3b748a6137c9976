"""How much of each limit is claimed beyond what the specs draw: the part that the ledger would not see otherwise.

Of one stack and limit, with D deployed and what each pull request's claim goes beyond that as I:

    claimed        = D + ΣI              two pull requests that change one stack may both be merged
    another stack  = max(spec, claimed)  so nothing counts twice
    the judged one = P + ΣI less the I that is taken to be its own claim, where its peak P goes beyond D; else P

Whose claim the judged peak is, a preview and a pack aren't told: they take it for the largest that it can stand for. So
what is reserved counts once, and a stack that doesn't grow is never held back by claims on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from weighbridge.claims.book import DEPLOYED, Book, StackClaim
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import NOTHING_CLAIMED, Claimed, ClaimedUse, StackDemand


@dataclass(frozen=True, slots=True)
class UnreadClaims:
    """The claims can't be told, so nothing is admitted: why, and what to do, as one sentence or two."""

    why: str


ClaimsRead = Book | UnreadClaims | None
"""What a store holds; None where the quota file names none."""


@dataclass(frozen=True, slots=True)
class _OfKey:
    """The claims on one limit of one stack."""

    deployed: int
    beyond: Sequence[tuple[StackClaim, int]]  # what each goes beyond that by, those that came last first

    @property
    def more(self) -> int:
        return sum(amount for _, amount in self.beyond)


def claimed_of(claims: ClaimsRead, peaks: Mapping[str, StackDemand]) -> Claimed:
    """What is claimed of all stacks beyond their peaks; nothing that can be shown where the claims can't be told."""
    return claimed_of_others(claims, peaks) if isinstance(claims, Book) else NOTHING_CLAIMED


def claimed_of_others(book: Book, peaks: Mapping[str, StackDemand], judged: str | None = None) -> Claimed:
    """What is claimed of all stacks but the judged one beyond their peaks by their specs."""
    found: dict[QuotaKey, list[ClaimedUse]] = {}
    for stack, claims in book.by_stack.items():
        if stack != judged:
            demand = peaks.get(stack)
            for key, of_key in _by_key(claims).items():
                drawn = demand.drawn.get(key) if demand is not None else None
                for use in _beyond(stack, of_key, drawn.peak if drawn is not None else 0):
                    found.setdefault(key, []).append(use)
    return {key: tuple(uses) for key, uses in found.items()}


def claimed_of_itself(book: Book, stack: str, own: StackDemand, holder: str | None = None) -> Claimed:
    """What others claim of the judged stack beyond `own`, its own peaks; `holder` is whose they are, where known."""
    found: dict[QuotaKey, tuple[ClaimedUse, ...]] = {}
    of_others = tuple(claim for claim in book.by_stack.get(stack, ()) if claim.holder != holder)
    for key, of_key in _by_key(of_others).items():
        drawn = own.drawn.get(key)
        growth = (drawn.peak if drawn is not None else 0) - of_key.deployed
        if growth > 0:
            uses = list(of_key.beyond)
            if holder is None and uses:
                mine = max(range(len(uses)), key=lambda place: min(uses[place][1], growth))
                claim, amount = uses[mine]
                uses[mine] = claim, amount - min(amount, growth)
            found[key] = tuple(_use(claim, amount) for claim, amount in uses if amount)
    return {key: uses for key, uses in found.items() if uses}


def joined_claims(one: Claimed, other: Claimed) -> Claimed:
    """Both."""
    return {key: (*one.get(key, ()), *other.get(key, ())) for key in dict.fromkeys([*one, *other])}


def _by_key(claims: Sequence[StackClaim]) -> Mapping[QuotaKey, _OfKey]:
    deployed = next((claim.amounts for claim in claims if claim.holder == DEPLOYED), {})
    reserved = [(claim, claim.amounts) for claim in reversed(claims) if claim.holder != DEPLOYED]
    keys = dict.fromkeys([*deployed, *(key for _, amounts in reserved for key in amounts)])
    return {
        key: _OfKey(
            deployed.get(key, 0),
            tuple(
                (claim, amounts[key] - deployed.get(key, 0))
                for claim, amounts in reserved
                if amounts.get(key, 0) > deployed.get(key, 0)
            ),
        )
        for key in keys
    }


def _beyond(stack: str, of_key: _OfKey, peak: int) -> Iterator[ClaimedUse]:
    """What is deployed and no longer in the spec first; what the spec has already is taken to be the oldest claims."""
    left = max(0, of_key.deployed + of_key.more - peak)
    gone = min(left, max(0, of_key.deployed - peak))
    if gone:
        yield ClaimedUse(stack, DEPLOYED, gone, None)
    left -= gone
    for claim, amount in of_key.beyond:
        part = min(left, amount)
        if part:
            yield _use(claim, part)
        left -= part


def _use(claim: StackClaim, amount: int) -> ClaimedUse:
    return ClaimedUse(claim.stack, claim.holder, amount, claim.until)
