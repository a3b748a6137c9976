"""Books of claims on one or two limits, for tests of what becomes of them."""

from __future__ import annotations

from weighbridge.claims.book import DEPLOYED, Book, StackClaim
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import Demand, Drawn, SummedDemand

PROJECT = "example-ml"
L4 = QuotaKey(PROJECT, "us-central1", "NVIDIA-L4-GPUS-per-project-region")
SSD = QuotaKey(PROJECT, "us-central1", "SSD-TOTAL-GB-per-project-region")
SINCE, DAY = 1_795_000_000, 86_400
UNTIL = SINCE + 14 * DAY


def claim(stack: str, holder: str, amount: int, ssd: int = 0, *, until: int | None = UNTIL) -> StackClaim:
    """Of L4, and of SSD where it is given; what is deployed never ends."""
    expires = None if holder == DEPLOYED else until
    return StackClaim.of(stack, holder, f"{stack}@example.com", {L4: amount, SSD: ssd}, SINCE, expires)


def book(*held: StackClaim, waiting: tuple[StackClaim, ...] = ()) -> Book:
    return Book(PROJECT, SINCE, held, waiting)


def peaks(**amounts: int) -> dict[str, SummedDemand]:
    """What stacks draw of L4 by their specs."""
    return {stack: SummedDemand({L4: Drawn(amount, amount)}, (), Demand) for stack, amount in amounts.items()}
