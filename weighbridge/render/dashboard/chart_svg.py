"""One chart as SVG: curves with axes, units, legends and the threshold; without a server, the queries instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weighbridge.dashboards.curves import Answer, Curve, Curves
from weighbridge.dashboards.tile import Chart
from weighbridge.render.axis import HEADROOM, Frame
from weighbridge.render.dashboard.axis_ticks import line_text, marked, moment_text, moments, value_text, values
from weighbridge.render.dashboard.svg_text import cut, escaped, quoted, width, wrapped

INK, QUIET, FAINT, ALARM = "#202124", "#5f6368", "#e3e5e8", "#b3261e"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#7a5c00", "#4b4bc8")
"""Told apart by people with any kind of colour vision, and at least 3 to 1 against white (WCAG 2, 1.4.11)."""

DASHES = ("", "7 3", "2 3")
"""After all colours are used, the same ones in other strokes."""

PAD, TITLE, SMALL, TINY = 12, 14.0, 11.0, 10.5
PLOT_TOP, AXIS_LEFT, AXIS_BOTTOM, LEGEND_ROW, MOST_LEGEND_ROWS = 42, 58, 20, 16, 2
CODE, CODE_ROW = 10.0, 14
MADE_UP = "example data"
"""On each chart whose curves are made up, so that no picture of it is taken for a measurement."""


def text(x: float, y: float, words: str, size: float, colour: str = INK, more: str = "") -> str:
    """One line of text, its base line at y."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{more}>{escaped(words)}</text>'


def chart_svg(chart: Chart, wide: float, high: float, curves: Curves | None) -> Iterator[str]:
    """The inside of a tile of that size."""
    unit = "" if curves is not None and marked(chart.unit) else chart.unit
    if curves is not None and curves.made_up:
        unit = f"{unit} · {MADE_UP}" if unit else MADE_UP
    title = cut(chart.title, TITLE, wide - (4 if unit else 3) * PAD - width(unit, SMALL), bold=True)
    yield text(PAD, 24, title, TITLE, INK, ' font-weight="600"')
    if unit:
        yield text(wide - PAD, 24, unit, SMALL, QUIET, ' text-anchor="end"')
    if curves is None:
        yield from _layout(chart, wide, high)
        return
    answer = curves.answers[chart]
    if answer.error is not None:
        yield from _error(answer.error, wide, high)
    elif not answer.curves:
        yield text(wide / 2, high / 2 + 8, "no data", TITLE, QUIET, ' text-anchor="middle"')
    else:
        yield from _plot(chart, answer, wide, high, curves)


def _layout(chart: Chart, wide: float, high: float) -> Iterator[str]:
    """The threshold and the queries: what a reviewer can judge without data."""
    y, most = float(PLOT_TOP), wide - 2 * PAD
    if chart.line is not None:
        yield f'<line x1="{PAD}" x2="{PAD + 28}" y1="{y:g}" y2="{y:g}" stroke="{ALARM}" stroke-dasharray="6 4"/>'
        words = line_text(chart.line, chart.unit)
        yield text(PAD + 36, y + 4, cut(words, SMALL, most - 36), SMALL, ALARM)
        y += 10
    rows = int((high - y - PAD) // CODE_ROW)
    queries = chart.queries[: max(1, rows // 2)]
    left = len(chart.queries) - len(queries)
    rows_each = max(1, (rows - bool(left)) // len(queries))
    for query in queries:
        words = f"{query.legend}: {query.text}" if query.legend else query.text
        for line in wrapped(words, CODE, most, rows_each, mono=True):
            y += CODE_ROW
            yield text(PAD, y, line, CODE, QUIET, ' class="code"')
    if left:
        yield text(PAD, y + CODE_ROW, f"and {left} more", SMALL, QUIET)


def _error(message: str, wide: float, high: float) -> Iterator[str]:
    lines = [*wrapped(f"error: {message}", SMALL, wide - 2 * PAD, 6)]
    for number, line in enumerate(lines):
        yield text(PAD, high / 2 - 8 * len(lines) + 16 * (number + 1), line, SMALL, ALARM)


def _plot(chart: Chart, answer: Answer, wide: float, high: float, curves: Curves) -> Iterator[str]:
    legend = list(_legend(answer.curves, wide - 2 * PAD))
    rows = 1 + max((row for row, _, _, _ in legend), default=-1)
    low, most = _range(chart, answer.curves)
    frame = Frame(
        AXIS_LEFT, wide - PAD, PLOT_TOP, high - PAD + 2 - rows * LEGEND_ROW - AXIS_BOTTOM,
        curves.start.timestamp(), curves.end.timestamp(), low, most,
    )  # fmt: skip
    yield from _axes(chart, frame)
    for number, curve in enumerate(answer.curves):
        yield from _curve(curve, number, frame, curves.step_seconds)
    if chart.line is not None:
        yield from _threshold(chart, frame)
    first = frame.bottom + AXIS_BOTTOM + LEGEND_ROW - 4
    for row, x, ordinal, name in legend:
        y = first + row * LEGEND_ROW
        if ordinal is None:
            yield text(PAD + x, y, name, SMALL, QUIET)
            continue
        yield f'<line x1="{PAD + x:g}" x2="{PAD + x + 14:g}" y1="{y - 4:g}" y2="{y - 4:g}" {_stroke(ordinal)}/>'
        yield text(PAD + x + 20, y, name, SMALL)


def _range(chart: Chart, curves: Sequence[Curve]) -> tuple[float, float]:
    """From 0, or from what is below it, to a little above what is drawn."""
    drawn = [value for curve in curves for _, value in curve.points]
    if chart.line is not None:
        drawn.append(chart.line.value)
    low, high = min(0.0, *drawn), max(0.0, *drawn)
    return low * HEADROOM, (high * HEADROOM if high > 0 or low < 0 else 1.0)


def _axes(chart: Chart, frame: Frame) -> Iterator[str]:
    for value in values(frame.low, frame.high, chart.unit):
        y = frame.y(value)
        yield f'<line x1="{frame.left:g}" x2="{frame.right:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="{FAINT}"/>'
        words = cut(value_text(value, chart.unit), TINY, frame.left - 10)
        yield text(frame.left - 6, round(y + 3.5, 1), words, TINY, QUIET, ' text-anchor="end"')
    base = f'y1="{frame.bottom:g}" y2="{frame.bottom:g}"'
    yield f'<line x1="{frame.left:g}" x2="{frame.right:g}" {base} stroke="{QUIET}"/>'
    for moment in moments(frame.start, frame.end):
        x, words = frame.x(moment), moment_text(moment)
        half = width(words, TINY) / 2
        if frame.left - PAD < x - half and x + half < frame.right + PAD:
            ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{frame.bottom:g}" y2="{frame.bottom + 4:g}"'
            yield f'<line {ends} stroke="{QUIET}"/>'
            yield text(round(x, 1), frame.bottom + 15, words, TINY, QUIET, ' text-anchor="middle"')


def _curve(curve: Curve, number: int, frame: Frame, step: int) -> Iterator[str]:
    """Its pieces between gaps; a single point is a dot."""
    piece: list[str] = []
    before = curve.points[0][0]
    for moment, value in curve.points:
        if moment - before > 1.5 * step:
            yield _piece(piece, number)
            piece = []
        piece.append(f"{frame.x(moment):.1f},{frame.y(value):.1f}")
        before = moment
    yield _piece(piece, number)


def _piece(points: Sequence[str], number: int) -> str:
    if len(points) == 1:
        x, y = points[0].split(",")
        return f'<circle cx="{x}" cy="{y}" r="2.5" fill="{COLOURS[number % len(COLOURS)]}"/>'
    return f'<polyline points="{" ".join(points)}" fill="none" stroke-linejoin="round" {_stroke(number)}/>'


def _stroke(number: int) -> str:
    dash = DASHES[number // len(COLOURS) % len(DASHES)]
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'stroke="{COLOURS[number % len(COLOURS)]}" stroke-width="1.8"{dashes}'


def _threshold(chart: Chart, frame: Frame) -> Iterator[str]:
    if chart.line is None:
        return
    y = frame.y(chart.line.value)
    ends = f'x1="{frame.left:g}" x2="{frame.right:g}" y1="{y:.1f}" y2="{y:.1f}"'
    yield f'<line {ends} stroke="{ALARM}" stroke-width="1.4" stroke-dasharray="6 4"/>'
    words = line_text(chart.line, chart.unit)
    above = y - 5 if y - 16 > frame.top - 8 else y + 13
    halo = ' text-anchor="end" stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    yield text(frame.right, round(above, 1), cut(words, TINY, frame.right - frame.left), TINY, ALARM, halo)


def _legend(curves: Sequence[Curve], most: float) -> Iterator[tuple[int, float, int | None, str]]:
    """Row, x, number of the curve and name; what finds no place is counted."""
    if [curve.name for curve in curves] == [""]:
        return
    row, x = 0, 0.0
    for number, curve in enumerate(curves):
        rest = f"+{len(curves) - number} more"
        name = cut(curve.name, SMALL, most - 60)
        wide = 20 + width(name, SMALL) + 14
        last = row == MOST_LEGEND_ROWS - 1
        spare = width(rest, SMALL) if last and number < len(curves) - 1 else 0
        if x and x + wide + spare - 14 > most:
            if last:
                yield row, x, None, rest
                return
            row, x = row + 1, 0.0
        yield row, x, number, name
        x += wide


def tooltip(chart: Chart) -> str:
    """The queries in full."""
    queries = "\n\n".join(f"{query.legend}: {query.text}" if query.legend else query.text for query in chart.queries)
    return f"<title>{escaped(chart.title)}\n\n{escaped(queries)}</title>"


def labelled(chart: Chart) -> str:
    """What a screen reader says."""
    line = f", threshold: {line_text(chart.line, chart.unit)}" if chart.line else ""
    return quoted(f"{chart.title} in {chart.unit}{line}")
