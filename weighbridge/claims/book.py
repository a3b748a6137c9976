"""Who holds what of a project's limits: one value, and what becomes of it when somebody reserves, commits or releases.

    reserve: waits or holds ──commit (after `up`)──▶ deployed ──release (after `destroy`)──▶ gone
                     └──release, or its time is up──▶ gone

A holder claims all keys of a stack at once. Times are Unix seconds by the clock of the store, never of a runner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from weighbridge.quota.arithmetic import QuotaKey

DEPLOYED = "deployed"
"""The holder of what exists: it never expires, and no pull request may be called so."""


class StackClaim(NamedTuple):
    """What a holder claims for a stack. `drawn` has places of limits in `keys`, each followed by an amount.

    So a book of many thousands is read about as fast as its text.
    """

    stack: str
    holder: str
    owner: str  # who answers for the stack; empty where nobody is known
    since: int
    expires: int | None  # None: until it is released
    drawn: tuple[int, ...]
    keys: tuple[QuotaKey, ...]

    @classmethod
    def of(
        cls, stack: str, holder: str, owner: str, amounts: Mapping[QuotaKey, int], since: int, expires: int | None
    ) -> StackClaim:
        """A claim of these amounts; a limit of which it takes nothing is left out."""
        taken = {key: amount for key, amount in amounts.items() if amount}
        drawn = tuple(number for place, amount in enumerate(taken.values()) for number in (place, amount))
        return cls(stack, holder, owner, since, expires, drawn, tuple(taken))

    @property
    def amounts(self) -> dict[QuotaKey, int]:
        """What is claimed of each limit."""
        pairs = zip(self.drawn[::2], self.drawn[1::2], strict=True)
        return {self.keys[place]: amount for place, amount in pairs}

    @property
    def until(self) -> datetime | None:
        """When it ends by itself."""
        return None if self.expires is None else datetime.fromtimestamp(self.expires, UTC)


@dataclass(frozen=True, slots=True)
class Book:
    """All claims of one project. `at` is when it was written last, by the store's clock."""

    project: str
    at: int = 0
    held: tuple[StackClaim, ...] = ()
    waiting: tuple[StackClaim, ...] = ()
    """Refused for now, in the order in which they came; they hold nothing."""

    def current(self, now: int) -> Book:
        """The same without what has expired; the very same where nothing has."""
        held = tuple(claim for claim in self.held if claim.expires is None or claim.expires > now)
        waiting = tuple(claim for claim in self.waiting if claim.expires is None or claim.expires > now)
        if len(held) == len(self.held) and len(waiting) == len(self.waiting):
            return self
        return replace(self, held=held, waiting=waiting)

    def holding(self, claim: StackClaim) -> Book:
        """With a claim that holds, in place of what the holder had of that stack, in line too."""
        rest = self.without(claim.stack, claim.holder)
        return replace(rest, held=(*rest.held, claim))

    def in_line(self, claim: StackClaim) -> Book:
        """With a claim that waits. Who waits already keeps the place; what the holder has is not given up for it."""
        others = [other for other in self.waiting if not _same(other, claim.stack, claim.holder)]
        before = next((other for other in self.waiting if _same(other, claim.stack, claim.holder)), None)
        if before is None:
            return replace(self, waiting=(*others, claim))
        kept = claim._replace(since=before.since)
        return replace(self, waiting=tuple(kept if other is before else other for other in self.waiting))

    def deployed(self, claim: StackClaim, by: str) -> Book:
        """With what exists of a stack now, in place of what existed, and of what the holder had reserved for it."""
        return self.without(claim.stack, by).holding(claim)

    def without(self, stack: str | None, holder: str) -> Book:
        """Without what a holder has of a stack, or of all where none is named, held or waiting."""
        held = tuple(claim for claim in self.held if not _same(claim, stack, holder))
        waiting = tuple(claim for claim in self.waiting if not _same(claim, stack, holder))
        return replace(self, held=held, waiting=waiting)

    def of(self, holder: str) -> tuple[StackClaim, ...]:
        """Everything of a holder, what is held first."""
        return tuple(claim for claim in (*self.held, *self.waiting) if claim.holder == holder)

    @property
    def by_stack(self) -> Mapping[str, tuple[StackClaim, ...]]:
        """What is held, by stack."""
        found: dict[str, list[StackClaim]] = {}
        for claim in self.held:
            found.setdefault(claim.stack, []).append(claim)
        return {stack: tuple(claims) for stack, claims in found.items()}


def holders(claims: Iterable[StackClaim]) -> tuple[str, ...]:
    """Who they are of, each once."""
    return tuple(dict.fromkeys(claim.holder for claim in claims))


def _same(claim: StackClaim, stack: str | None, holder: str) -> bool:
    return claim.holder == holder and stack in (None, claim.stack)
