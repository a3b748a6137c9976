"""Aligned tables and bars of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BAR_CELLS = 8
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """One column; numbers stand right. A `spare` one is left out where the table would be too wide."""

    title: str
    right: bool = True
    spare: bool = False


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, *, whole: bool = False
) -> Iterator[str]:
    """Lines of an indented table, no wider than `width`: the first column is cut with an ellipsis where it must be.

    A table that is to stay `whole` is wider then: whatever reads it next needs the names.
    """
    widths = [
        max(len(column.title), *(len(row[index]) for row in rows)) if rows else len(column.title)
        for index, column in enumerate(columns)
    ]
    if sum(widths) + len(INDENT) + len(widths) - 1 > width and any(column.spare for column in columns):
        kept = [index for index, column in enumerate(columns) if not column.spare]
        fewer = [[row[index] for index in kept] for row in rows]
        yield from table([columns[index] for index in kept], fewer, width, whole=whole)
        return
    gap = 2 if sum(widths) + 2 * len(widths) <= width else 1
    spare = width - len(INDENT) - sum(widths) - gap * (len(widths) - 1)
    if spare < 0 and not whole:
        widths[0] = max(12, widths[0] + spare)
    for row in ([column.title for column in columns], *rows):
        cells = [_fit(cell, size, column.right) for cell, size, column in zip(row, widths, columns, strict=True)]
        yield (INDENT + (" " * gap).join(cells)).rstrip()


def _fit(text: str, size: int, right: bool) -> str:
    cut = text if len(text) <= size else f"{text[: size - 1]}…"
    return cut.rjust(size) if right else cut.ljust(size)


def bar(amount: int, limit: int) -> str:
    """How full a limit is; over it, or of a limit of zero, the bar is all exclamation marks."""
    if amount > limit:
        return "!" * BAR_CELLS
    filled = 0 if limit <= 0 else -(-amount * BAR_CELLS // limit)
    return "█" * filled + "░" * (BAR_CELLS - filled)
