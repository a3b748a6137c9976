"""Dashboards as one picture, one below the other: a reviewer gets one file, in the order in which people read them.

SVG without scripts, fonts or images of others; the same plans and curves give the same text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.dashboards.curves import Curves
from weighbridge.dashboards.tile import (
    COLUMNS,
    Chart,
    Content,
    DashboardPlan,
    Header,
    Incidents,
    Piece,
    SectionTitle,
    Tile,
)
from weighbridge.render.dashboard.chart_svg import FAINT, INK, PAD, QUIET, TITLE, chart_svg, labelled, text, tooltip
from weighbridge.render.dashboard.svg_text import MONO, SANS, cut, escaped, quoted, width

COLUMN, ROW = 25, 20
"""Pixels of a block of the grid."""

MARGIN, BETWEEN, GAP, CORNER = 24, 36, 4, 6
LINK, PAGE, CARD = "#0b57d0", "#f1f3f4", "#ffffff"
HEADLINE, SECTION, BODY = 20.0, 16.0, 13.0
LINE = 22


def render(plans: Sequence[DashboardPlan], curves: Curves | None = None) -> str:
    """The picture. Without curves: titles, units, thresholds and queries."""
    heights = [max(tile.y + tile.height for tile in plan.tiles) * ROW for plan in plans]
    wide, high = COLUMNS * COLUMN + 2 * MARGIN, sum(heights) + BETWEEN * (len(plans) - 1) + 2 * MARGIN
    size = f'width="{wide}" height="{high}"'
    label = quoted(f"Dashboards: {', '.join(plan.display_name for plan in plans)}")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {wide} {high}" role="img" aria-label={label}>',
        f"<style>text{{font-family:{SANS}}}.code{{font-family:{MONO}}}</style>",
        f'<rect {size} fill="{PAGE}"/>',
    ]
    y = MARGIN
    for plan, height in zip(plans, heights, strict=True):
        lines.append(f'<g transform="translate({MARGIN} {y})">')
        lines += (line for tile in plan.tiles for line in _tile(tile, curves))
        lines.append("</g>")
        y += height + BETWEEN
    return "\n".join([*lines, "</svg>", ""])


def _tile(tile: Tile, curves: Curves | None) -> Iterator[str]:
    content = tile.content
    wide, high = tile.width * COLUMN - 2 * GAP, tile.height * ROW - 2 * GAP
    about = f" aria-label={labelled(content)}" if isinstance(content, Chart) else ""
    # An inner svg cuts off what a reader's fonts make wider than estimated.
    frame = f'x="{tile.x * COLUMN + GAP}" y="{tile.y * ROW + GAP}" width="{wide}" height="{high}"'
    yield f"<svg {frame}{about}>"
    if not isinstance(content, SectionTitle):
        size = f'width="{wide - 1}" height="{high - 1}"'
        yield f'<rect x="0.5" y="0.5" {size} rx="{CORNER}" fill="{CARD}" stroke="{FAINT}"/>'
    yield from _content(content, wide, high, curves)
    yield "</svg>"


def _content(content: Content, wide: float, high: float, curves: Curves | None) -> Iterator[str]:
    match content:
        case Header():
            yield from _header(content, wide, curves)
        case SectionTitle():
            after = PAD + width(content.title, SECTION, bold=True) + PAD
            subtitle = escaped(cut(content.subtitle, BODY, wide - after))
            # One text, so that the subtitle begins where the title ends in whatever font the reader has.
            about = f'<tspan dx="{PAD}" font-size="{BODY:g}" font-weight="400" fill="{QUIET}">{subtitle}</tspan>'
            look = f'x="{PAD}" y="{high - 16:g}" font-size="{SECTION:g}" fill="{INK}" font-weight="600"'
            yield f"<text {look}>{escaped(content.title)}{about}</text>"
            yield f'<line x1="0" x2="{wide}" y1="{high - 4}" y2="{high - 4}" stroke="{QUIET}" stroke-opacity="0.4"/>'
        case Incidents():
            yield text(PAD, 24, content.title, TITLE, INK, ' font-weight="600"')
            words = "The console lists them here; a picture made beforehand can't."
            yield text(wide / 2, high / 2, words, BODY, QUIET, ' text-anchor="middle"')
        case Chart():
            yield tooltip(content)
            yield from chart_svg(content, wide, high, curves)


def _header(header: Header, wide: float, curves: Curves | None) -> Iterator[str]:
    words = "layout only: no server was asked"
    if curves is not None and curves.made_up:
        words = "example data: the curves are made up, and no server was asked"
    elif curves is not None:
        words = f"{curves.start:%Y-%m-%d %H:%M} to {curves.end:%Y-%m-%d %H:%M} UTC"
    yield text(wide - PAD, 30, words, BODY, QUIET, ' text-anchor="end"')
    title = cut(header.title, HEADLINE, wide - 4 * PAD - width(words, BODY), bold=True)
    yield text(PAD, 32, title, HEADLINE, INK, ' font-weight="600"')
    for number, line in enumerate(header.lines):
        y = 32 + LINE * (number + 1)
        spans = "".join(_span(piece) for piece in line)
        yield f'<text x="{PAD}" y="{y}" font-size="{BODY:g}" fill="{QUIET}" xml:space="preserve">{spans}</text>'


def _span(piece: Piece) -> str:
    words = escaped(piece.text)
    if piece.url is not None:
        return f'<a href={quoted(piece.url)}><tspan fill="{LINK}" text-decoration="underline">{words}</tspan></a>'
    if piece.code:
        return f'<tspan class="code" fill="{INK}">{words}</tspan>'
    return f'<tspan fill="{INK}" font-weight="600">{words}</tspan>' if piece.strong else words
