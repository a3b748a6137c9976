"""The month of the runs that have a schedule, as a section of a plan's page: what is in use, hour by hour."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.planner.overlap import HOURS, Overlap, PoolOverlap
from weighbridge.render.html_page import escaped, table, worded

CELL_WIDE, CELL_HIGH = 15, 12
LEFT, TOP = 52, 16
_MUTED = 'fill="var(--muted)" font-size="10"'


def month_section(overlap: Overlap) -> Iterator[str]:
    """A table of all pools, then a picture of each, and the same in numbers."""
    name = f"{overlap.first:%B %Y}" if overlap.named else "A month"
    yield f"<section><h2>{escaped(name)}: what runs at once, in {overlap.months} simulated months</h2>"
    titles = ("pool", "mean", "usual peak", "19 of 20", "sum", "experiments", "quota")
    rows = [
        (
            pool.pool.words, f"{pool.mean:,.1f}", f"{pool.usual:,}", f"{pool.high:,}", f"{pool.sum_of_peaks:,}",
            f"{pool.experiments:,}{' (cap)' if pool.capped else ''}", f"{pool.quota:,}",
        )
        for pool in overlap.pools
    ]  # fmt: skip
    yield from table("Quota is for what comes together, and experiments", titles, rows, numbers=range(1, 7))
    for ordinal, pool in enumerate(overlap.pools):
        yield from _calendar(pool, ordinal)
    if overlap.notes:
        yield f"<ul>{''.join(f'<li>{worded(note)}</li>' for note in overlap.notes)}</ul>"
    yield "</section>"


def _calendar(pool: PoolOverlap, ordinal: int) -> Iterator[str]:
    words = pool.pool.words
    wide, high = LEFT + HOURS * CELL_WIDE, TOP + len(pool.calendar) * CELL_HIGH
    yield f"<figure><h3>{escaped(words)}</h3>"
    yield f'<svg class="plot" viewBox="0 0 {wide} {high}" role="img" aria-labelledby="calendar-{ordinal}">'
    yield f'<title id="calendar-{ordinal}">{escaped(words)}: in use by hour (UTC), in 19 of 20 months</title>'
    for hour in range(0, HOURS, 6):
        yield f'<text x="{LEFT + hour * CELL_WIDE}" y="11" {_MUTED}>{hour:02}:00</text>'
    most = max(1, *(count for day in pool.calendar for count in day.high))
    for line, day in enumerate(pool.calendar):
        y = TOP + line * CELL_HIGH
        yield f'<text x="0" y="{y + 10}" {_MUTED}>{day.day:%a} {day.day.day}</text>'
        for hour, count in enumerate(day.high):
            if count:
                x, opacity = LEFT + hour * CELL_WIDE, f"{0.15 + 0.85 * count / most:.2f}"
                size = f'width="{CELL_WIDE - 1}" height="{CELL_HIGH - 1}"'
                yield f'<rect x="{x}" y="{y}" {size} fill="var(--own)" fill-opacity="{opacity}"/>'
    yield "</svg><figcaption>"
    serving = f" {pool.standing:,} of it is for serving, all the time." if pool.standing else ""
    text = f"In use in 19 of 20 months, by hour (UTC): the fuller the darker, at most {most:,}.{serving}"
    yield f'<p class="muted">{text}</p>'
    rows = [(f"{day.day:%a} {day.day.day}", *map(_counts, day.usual, day.high)) for day in pool.calendar]
    titles = ("day", *(f"{hour:02}" for hour in range(HOURS)))
    yield "<details><summary>The calendar in numbers</summary>"
    yield from table("In half of the months–in 19 of 20", titles, rows, numbers=range(1, HOURS + 1))
    yield "</details></figcaption></figure>"


def _counts(usual: int, high: int) -> str:
    return f"{high:,}" if high == usual else f"{usual:,}–{high:,}"
