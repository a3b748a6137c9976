"""What doesn't fit and what is asked for, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_FLOOR
from textwrap import wrap

from weighbridge.files.model_problems import few
from weighbridge.quota.ledger import part_of
from weighbridge.quota.request import ShareLack, Shortfall
from weighbridge.render.style import BOLD, Style
from weighbridge.units import percent


def render(found: Sequence[Shortfall], style: Style = Style()) -> str:
    """A line a limit, with what came of a request that was made before."""
    return style.spell("\n".join(_lines(found, style)) + "\n")


def render_shares(lacks: Sequence[ShareLack], style: Style = Style()) -> str:
    """A line for each share of a limit that is too small; empty where none is."""
    if not lacks:
        return ""
    lines = [style.paint("Shares that are too small, which Google can't raise", BOLD)]
    for lack in lacks:
        lines += _wrapped(_share_words(lack), style)
    return style.spell("\n".join(lines) + "\n")


def _share_words(lack: ShareLack) -> str:
    row, use = lack.row, lack.use
    has = part_of(lack.limit, lack.share, ROUND_FLOOR)
    drawn = few(f"{claim.holder} {claim.peak:,}" for claim in use.claims if claim.peak)
    raised = "" if lack.needed is None else f"raise shares.{use.stack} to {lack.needed}%, or "
    return (
        f"{row.display}{row.key.in_region}: {use.stack} may take {percent(lack.share)} of {lack.limit:,}, {has:,}, and "
        f"takes {use.peak:,} at peak ({drawn}): {raised}lower nodes.max of a pool, and at_most of pipelines on it"
    )


def _wrapped(text: str, style: Style) -> list[str]:
    return wrap(
        text, style.width, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _lines(found: Sequence[Shortfall], style: Style) -> Iterator[str]:
    yield style.paint("Too small", BOLD)
    for short in found:
        row = short.row
        held = "none" if row.limit is None else f"{row.limit:,}"
        yield from _wrapped(f"{row.display}{row.key.in_region}: {held} granted, {_do(short)}", style)


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
