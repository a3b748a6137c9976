"""One limit as a stacked bar in SVG, without any text: the words stand beside it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from fractions import Fraction

from weighbridge.preview.result import QuotaLine

WIDTH, HEIGHT = 1000, 24
MOST = Fraction(5, 4)
"""Of the limit: what is more is drawn as that much, as the number stands beside it."""

DEFS = (
    '<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>'
    '<pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="8" height="8" fill="var(--paper)"/><rect width="5" height="8" fill="var(--more)"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="var(--paper)"/><rect width="3" height="3" fill="var(--outside)"/></pattern>'
    "</defs></svg>"
)
_OWN, _MORE, _OTHER, _OUTSIDE = 'fill="var(--own)"', 'fill="url(#hatch)"', 'fill="var(--other)"', 'fill="url(#dots)"'
_FREE = 'fill="none" stroke="var(--muted)" stroke-dasharray="6 4" vector-effect="non-scaling-stroke"'
_EDGE = ' stroke="var(--paper)" stroke-width="2" vector-effect="non-scaling-stroke"'


def legend(stack: str, *, compared: bool) -> Iterator[tuple[str, str]]:
    """Small pictures and what they stand for."""
    parts = [(_OWN + _EDGE, stack), *([(_MORE + _EDGE, f"more of {stack}")] if compared else [])]
    parts += [(_OTHER + _EDGE, "each other stack"), (_OUTSIDE + _EDGE, "outside of the stacks"), (_FREE, "kept free")]
    for look, words in parts:
        yield (
            f'<svg viewBox="0 0 32 18" aria-hidden="true"><rect x="1" y="1" width="30" height="16" {look}/></svg>',
            words,
        )
    yield (
        '<svg viewBox="0 0 32 18" aria-hidden="true"><rect x="14" width="4" height="18" fill="var(--ink)"/></svg>',
        "limit",
    )


def bar(stack: str, line: QuotaLine, index: int, *, before: bool) -> str:
    """What is taken of a limit, from the left: others, outside, this stack, what is kept free; and the limit's mark."""
    row, limit = line.row, line.row.limit or 1
    was = line.before.peak if line.before is not None else line.peak
    own = was if before else line.peak
    amounts = [(use.peak, _OTHER) for use in row.uses if use.stack != stack]
    amounts += [(use.amount, _OTHER) for use in row.claimed]
    amounts += [(entry.amount, _OUTSIDE) for entry in row.outside]
    around = sum(amount for amount, _ in amounts) + row.kept_free
    amounts += [(min(own, was), _OWN), (max(0, own - was), _MORE)]
    # Both bars of a limit have one scale.
    scale = WIDTH / (limit * MOST) if around + max(own, line.peak, was) > limit else Fraction(WIDTH, limit)
    shapes, at = [], Fraction(0)
    for amount, look in (*((amount, look + _EDGE) for amount, look in amounts), (row.kept_free, _FREE)):
        end = min(Fraction(WIDTH), at + amount * scale)
        if end > at:
            shapes.append(f'<rect x="{float(at):g}" y="2" width="{float(end - at):g}" height="{HEIGHT - 4}" {look}/>')
        at = end
    mark = min(WIDTH - 4, float(limit * scale) - 4)
    shapes.append(f'<rect x="{mark:g}" y="0" width="4" height="{HEIGHT}" fill="var(--ink)"/>')
    when = "before" if before else "after" if line.before is not None else "now"
    title = f"{row.display}, {when}: {around + own:,} of {limit:,}"
    name = f"q{index}{when}"
    return (
        f'<svg role="img" aria-labelledby="{name}" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<title id="{name}">{html.escape(title)}</title>{"".join(shapes)}</svg>'
    )
