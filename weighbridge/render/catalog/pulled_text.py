"""What a pull of the catalog changed, for a terminal; what could not be told comes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import wrap

from weighbridge.pull.catalog_tables import PulledTables
from weighbridge.render.style import BOLD, YELLOW, Style

MOST = 12
"""Lines of one kind; how many more there are is said."""


def render(found: PulledTables, today: date, style: Style = Style()) -> str:
    """What it found, by kind."""
    return style.spell("\n".join(_lines(found, today, style)) + "\n")


def _lines(found: PulledTables, today: date, style: Style) -> Iterator[str]:
    if found.kept:
        names = ", ".join(found.kept[:MOST]) + (f" and {len(found.kept) - MOST} more" if len(found.kept) > MOST else "")
        yield from _some("Prices that can't be told whole, kept with their day", [names], style, YELLOW)
    yield from _some("Prices that jumped, not believed, kept with their day", found.jumped, style, YELLOW)
    yield from _some("Machine types that the catalog doesn't have", found.unknown, style)
    yield from _some("Machine types", found.machines, style)
    rows = f"{found.dated} price row{'s' if found.dated != 1 else ''}"
    yield f"{rows} of {today}, {len(found.moved)} of them with another price than before"


def _some(title: str, lines: Sequence[str], style: Style, colour: str = BOLD) -> Iterator[str]:
    if not lines:
        return
    yield style.paint(title, colour)
    for line in lines[:MOST]:
        yield from wrap(
            line, style.width, initial_indent="  ", subsequent_indent="    ", break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    if len(lines) > MOST:
        yield f"  and {len(lines) - MOST} more"
