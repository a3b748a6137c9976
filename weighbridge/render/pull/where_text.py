"""In which regions it fits, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from weighbridge.pull.where import PossibleRegion
from weighbridge.quota.ledger import LedgerRow, LimitState
from weighbridge.render.style import GREEN, RED, Style


def render(what: str, places: Sequence[PossibleRegion], style: Style = Style()) -> str:
    """A line a region, and under it what is in the way."""
    return style.spell("\n".join(_lines(what, places, style)) + "\n")


def _lines(what: str, places: Sequence[PossibleRegion], style: Style) -> Iterator[str]:
    yield f"{what}, at its peak, beside all other stacks"
    widest = max(len(place.region) for place in places)
    for place in places:
        word = style.paint("fits", GREEN) if place.fits else style.paint("no", RED) + "  "
        zones = ", ".join(zone.removeprefix(f"{place.region}-") for zone in place.zones)
        yield f"  {place.region:<{widest}}  {word}  {'where it is' if place.here else f'zones {zones}'}"
        for reason in _reasons(place):
            yield from wrap(
                reason, style.width, initial_indent="    ", subsequent_indent="      ", break_long_words=False,
                break_on_hyphens=False,
            )  # fmt: skip


def _reasons(place: PossibleRegion) -> Iterator[str]:
    if place.not_sold:
        yield f"not sold: {', '.join(place.not_sold)}"
    absent = [row for row in place.short if row.state is LimitState.ABSENT]
    yield from (_short(row) for row in place.short if row not in absent)
    if absent:
        yield (
            f"the file lists no limit of {', '.join(row.display for row in absent)}: weighbridge quota pull --region "
            f"{place.region}"
        )
    yield from (f"can't be counted: {doubt}" for doubt in place.doubts)


def _short(row: LedgerRow) -> str:
    if row.state is LimitState.STALE:
        return f"{row.display}: the limits are too old: weighbridge quota pull"
    return f"{row.display}: {row.demand:,} of {row.limit or 0:,}, kept-free part and outside use included"
