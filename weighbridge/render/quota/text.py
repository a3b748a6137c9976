"""The ledger of all stacks for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from weighbridge.quota.ledger import Ledger, LedgerRow, LimitState
from weighbridge.render.columns import Column, bar, table
from weighbridge.render.style import BOLD, GREEN, RED, Style


def render(ledger: Ledger, stacks: Sequence[str], over: Sequence[str], style: Style = Style()) -> str:
    """The ledger; `over` are the sentences that say what doesn't fit."""
    return style.spell("\n".join(_lines(ledger, stacks, over, style)) + "\n")


def _lines(ledger: Ledger, stacks: Sequence[str], over: Sequence[str], style: Style) -> Iterator[str]:
    if over:
        yield f"{style.paint('OVER', RED)}  {len(over)} finding{'s' if len(over) != 1 else ''}"
        for sentence in over:
            yield from textwrap.wrap(
                sentence, style.width, initial_indent="  ", subsequent_indent="    ", break_long_words=False,
                break_on_hyphens=False,
            )  # fmt: skip
    else:
        yield f"{style.paint('FITS', GREEN)}  all stacks at their peaks, together"
    yield ""
    yield style.paint("Quota", BOLD) + " at the peak of each stack"
    claimed = any(row.claimed for row in ledger.rows)  # beyond the peaks, by pull requests or as it is deployed
    columns = (
        Column("", right=False), *(Column(stack) for stack in stacks), *([Column("claimed")] if claimed else []),
        Column("outside"), Column("free"), Column("sum"), Column("limit"), Column("", right=False, spare=True),
        Column("left"),
    )  # fmt: skip
    rows = [_cells(row, stacks, claimed=claimed) for row in ledger.rows]
    yield from table(columns, rows, style.width, whole=style.whole)


def _cells(row: LedgerRow, stacks: Sequence[str], *, claimed: bool) -> Sequence[str]:
    peaks = {use.stack: use.peak for use in row.uses}
    unbounded = row.state in (LimitState.UNLIMITED, LimitState.NOT_SET)
    return (
        row.display,
        *(f"{peaks[stack]:,}" if stack in peaks else "·" for stack in stacks),
        *([f"{row.claimed_amount:,}" if row.claimed else "·"] if claimed else []),
        f"{row.outside_amount:,}" if row.outside else "·",
        f"{row.kept_free:,}",
        f"{row.demand:,}",
        "none" if unbounded else f"{row.limit or 0:,}",
        "" if unbounded else bar(row.demand, row.limit or 0),
        "" if row.left is None else f"{row.left:,}",
    )
