"""Whether a claim may hold: where the stack with that demand would be admitted beside everything that others hold.

It is `shared-quota` that is asked, so a claim is granted exactly where the preview of the same specs has no violation
of it. All limits of a stack are claimed at once or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from weighbridge.catalog import Catalog
from weighbridge.claims.book import Book, StackClaim
from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.quota.ledger import ClaimedUse, Demand, Doubt, StackDemand
from weighbridge.quota.reservations import MACHINES, machines_quota
from weighbridge.rules.enforcement import Terms, enforced
from weighbridge.rules.rule_input import Shared
from weighbridge.rules.shared_quota import RULE, judge
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class Grounds:
    """What claims are judged by: the quota file, all specs and what every stack draws at its peak."""

    quota: QuotaFile
    specs: Mapping[str, Spec]
    peaks: Mapping[str, StackDemand]
    catalog: Catalog


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What a holder asks for: all peaks of a stack, for a while."""

    stack: str
    holder: str
    owner: str
    own: StackDemand
    lasts: timedelta

    def claim(self, now: int) -> StackClaim:
        """As a claim from now on."""
        amounts = {key: drawn.peak for key, drawn in self.own.drawn.items()}
        return StackClaim.of(self.stack, self.holder, self.owner, amounts, now, now + int(self.lasts.total_seconds()))


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A claim of somebody else on a limit that is too small for both."""

    key: QuotaKey
    use: ClaimedUse
    owner: str


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """What became of a claim: it holds where `messages` is empty, else it waits in line."""

    claim: StackClaim
    messages: tuple[str, ...] = ()
    in_the_way: tuple[InTheWay, ...] = ()
    place: int = 0  # in line, from 1
    still_held: bool = False  # what the holder had reserved before, and has still


def reserve(book: Book, now: int, asked: ClaimRequest, grounds: Grounds) -> tuple[Book, ClaimAnswer]:
    """The book after somebody has asked for a stack's peaks, and what is said to that."""
    claim = asked.claim(now)
    messages, short = _refusals(book, now, claim, asked.own, grounds)
    if not messages:
        return book.holding(claim), ClaimAnswer(claim)
    waiting = book.in_line(claim)
    holders = [(other.stack, other.holder) for other in waiting.waiting]
    answer = ClaimAnswer(
        claim,
        messages,
        short,
        holders.index((claim.stack, claim.holder)) + 1,
        any((held.stack, held.holder) == (claim.stack, claim.holder) for held in book.held),
    )
    return waiting, answer


def line(book: Book, now: int, grounds: Grounds) -> Iterator[ClaimAnswer]:
    """Who waits, in order, and whether the claim would hold now beside those before it that would."""
    for place, claim in enumerate(book.waiting, start=1):
        messages, short = _refusals(book, now, claim, demand_of(claim, grounds.catalog), grounds)
        yield ClaimAnswer(claim, messages, short, place)
        if not messages:
            book = book.holding(claim)


def demand_of(claim: StackClaim, catalog: Catalog) -> Demand:
    """What a claim says that a stack draws, as the ledger takes it."""
    found, doubts = [], []
    for key, amount in claim.amounts.items():
        machines = key.quota_id.startswith(MACHINES)
        quota = machines_quota(key) if machines else catalog.units_of(key.quota_id, key.dimensions)
        if quota is None:
            doubts.append(Doubt(claim.holder, f"it claims {key}, which this version doesn't know: upgrade it"))
        else:
            found.append(Claim(key, quota, claim.stack, steady=amount, peak=amount))
    return Demand(tuple(found), tuple(doubts))


def _refusals(
    book: Book, now: int, claim: StackClaim, own: StackDemand, grounds: Grounds
) -> tuple[tuple[str, ...], tuple[InTheWay, ...]]:
    stack, moment = claim.stack, datetime.fromtimestamp(now, UTC)
    others = {other: demand for other, demand in grounds.peaks.items() if other != stack}
    shared = Shared(grounds.quota, others, grounds.specs.get(stack), own, book, claim.holder)
    terms = Terms(RULE.name, stack, shared.own, grounds.quota, moment.date(), RULE.may_be_advisory)
    found = enforced(judge(stack, own, shared, grounds.catalog, moment), terms)
    blocking = [violation for violation in found if violation.level == "mandatory"]
    keys = [violation.excess.quota for violation in blocking if violation.excess is not None]
    claimed = shared.claimed(stack, own)
    owners = {(held.stack, held.holder): held.owner for held in book.held}
    short = tuple(
        InTheWay(key, use, owners[use.stack, use.holder])
        for key in dict.fromkeys(keys)
        if key is not None
        for use in claimed.get(key, ())
    )
    return tuple(violation.message for violation in blocking), short


def peaks_of(stack: str, holder: str, owner: str, own: StackDemand, now: int) -> StackClaim:
    """What is deployed of a stack from now on, until it is released."""
    return StackClaim.of(stack, holder, owner, {key: drawn.peak for key, drawn in own.drawn.items()}, now, None)
