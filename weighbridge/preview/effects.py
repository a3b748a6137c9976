"""Which other stacks, and which pull requests that hold claims, would no longer fit after a change.

Another stack is asked whether all specs and what is deployed still fit; a pull request, whether that does with all that
is claimed. Whoever didn't fit before is none of this change's doing.
"""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.preview.result import Effect, ShortLimit
from weighbridge.quota.ledger import Ledger, LedgerRow


def effects(before: Ledger, after: Ledger, stack: str) -> tuple[Effect, ...]:
    """What the change from one ledger to the other does to others than `stack`: stacks first, both by name."""
    earlier = {row.key: row for row in before.rows}
    found: dict[tuple[str, str], list[ShortLimit]] = {}
    for row in after.rows:
        for who, short in _of_row(earlier.get(row.key), row, stack):
            found.setdefault(who, []).append(short)
    ordered = sorted(found.items(), key=lambda entry: (entry[0][1] != "", *entry[0]))
    return tuple(Effect(who, holder, tuple(short)) for (who, holder), short in ordered)


def _of_row(before: LedgerRow | None, row: LedgerRow, stack: str) -> Iterator[tuple[tuple[str, str], ShortLimit]]:
    limit = row.limit or 0
    if row.left is None:
        return
    without_claims = row.demand - _reserved(row)
    if without_claims > limit and not _over(before, 0 if before is None else before.demand - _reserved(before)):
        for use in row.uses:
            if use.stack != stack and use.peak:
                yield (use.stack, ""), ShortLimit(row.display, row.key.region, without_claims, limit)
    if row.demand > limit and not _over(before, 0 if before is None else before.demand):
        for held in row.claimed:
            if held.until is not None:
                yield (held.stack, held.holder), ShortLimit(row.display, row.key.region, row.demand, limit)
    for use in row.uses:
        cap = row.share_caps.get(use.stack)
        if use.stack != stack and cap is not None and use.peak > cap and not _over_share(before, use.stack):
            yield (use.stack, ""), ShortLimit(f"its share of {row.display}", row.key.region, use.peak, cap)


def _reserved(row: LedgerRow) -> int:
    """What pull requests claim; what is deployed is there already."""
    return sum(use.amount for use in row.claimed if use.until is not None)


def _over(before: LedgerRow | None, demand: int) -> bool:
    return before is not None and before.left is not None and demand > (before.limit or 0)


def _over_share(before: LedgerRow | None, stack: str) -> bool:
    cap, use = (None, None) if before is None else (before.share_caps.get(stack), before.use(stack))
    return cap is not None and use is not None and use.peak > cap
