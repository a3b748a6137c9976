"""What doesn't fit and what is asked for, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from weighbridge.quota.request import Shortfall
from weighbridge.render.style import BOLD, Style


def render(found: Sequence[Shortfall], style: Style = Style()) -> str:
    """A line a limit, with what came of a request that was made before."""
    return style.spell("\n".join(_lines(found, style)) + "\n")


def _lines(found: Sequence[Shortfall], style: Style) -> Iterator[str]:
    yield style.paint("Too small", BOLD)
    for short in found:
        row = short.row
        held = "none" if row.limit is None else f"{row.limit:,}"
        yield from wrap(
            f"{row.display}{row.key.in_region}: {held} granted, {_do(short)}", style.width, initial_indent="  ",
            subsequent_indent="    ", break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


def _do(short: Shortfall) -> str:
    if short.budget:
        needs = "" if short.needed is None else f", and {short.needed:,} are needed"
        return f"a fixed budget{needs}: nothing is asked for. Lower what draws on it, or take `fixed` off"
    if short.request is None or short.needed is None:
        return "and all of it is kept free: lower keep_free"
    asked = f"{short.needed:,} needed, {short.request.value:,} asked for by {short.request.stack}"
    state = short.request.state
    if state is None:
        return asked
    given = "" if short.request.granted is None else f", {short.request.granted:,} granted by it"
    do = {
        "pending": "wait, and pull again",
        "granted": "pull again: weighbridge quota pull",
        "denied": "ask Google's sales or support, or run it elsewhere: weighbridge quota where",
    }[state]
    return f"{asked}: {state}{given}; {do}"
