"""Pictures of a plan as SVG in the page's own colours: demand against capacity, cost against latency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from weighbridge.planner.choice.capacity import CostPoint, DemandCurve
from weighbridge.render.axis import HEADROOM, Frame, round_step, short_number
from weighbridge.render.html_page import escaped

STYLE = """\
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem 2rem; }
figure { margin: .5rem 0; min-width: 0; } .plot { width: 100%; max-width: 34rem; height: auto; display: block; }
"""
"""CSS of pages with pictures: side by side where there is room."""

WIDTH, HEIGHT = 400, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 390, 22, 200
TICKS = 5
_MUTED = 'fill="var(--muted)" font-size="11"'


@dataclass(frozen=True, slots=True)
class Level:
    """A line across a picture, and what it is."""

    value: float
    words: str
    look: str


_OWN, _SAFE, _QUOTA = "var(--good)", "var(--more)", "var(--bad)"


def _frame(most_x: float, most_y: float) -> Frame:
    """Both axes begin at 0."""
    return Frame(LEFT, RIGHT, TOP, BOTTOM, 0.0, most_x, 0.0, most_y)


def levels(curve: DemandCurve) -> tuple[Level, ...]:
    """What the lines across a demand picture are; a quota far above everything is said, not drawn."""
    found = []
    if curve.capacity is not None:
        found.append(Level(curve.capacity, "planned replicas", f'stroke="{_OWN}"'))
    if curve.most_capacity is not None and curve.most_capacity != curve.capacity:
        found.append(Level(curve.most_capacity, "the most nodes", f'stroke="{_SAFE}" stroke-dasharray="7 4"'))
    if curve.quota_capacity is not None:
        found.append(Level(curve.quota_capacity, "the quota's most", f'stroke="{_QUOTA}" stroke-dasharray="2 3"'))
    return tuple(found)


def demand_svg(curve: DemandCurve, name: str, ordinal: int) -> Iterator[str]:
    """Demand over time with lines for what can be taken."""
    top = max(curve.rates)
    lines = levels(curve)
    drawn = [line for line in lines if line.value <= 4 * max(top, curve.capacity or 0.0)]
    frame = _frame(max(curve.times) or 1.0, max(top, *(line.value for line in drawn), 1e-9) * HEADROOM)
    yield from _opened(f"demand-{ordinal}", f"{name}: requests a second over {curve.unit}")
    yield from _axes(frame, curve.unit, "requests a second")
    points = " ".join(f"{frame.x(t):.1f},{frame.y(r):.1f}" for t, r in zip(curve.times, curve.rates, strict=True))
    yield f'<polyline points="{points}" fill="none" stroke="var(--own)" stroke-width="1.6" stroke-linejoin="round"/>'
    for line in drawn:
        y = frame.y(line.value)
        yield f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" {line.look} stroke-width="2"/>'
    yield "</svg>"


def legend(curve: DemandCurve) -> Iterator[tuple[str, str]]:
    """A small picture and what it stands for, each with its number."""
    yield _swatch('stroke="var(--own)"'), curve.what
    for line in levels(curve):
        yield _swatch(line.look), f"{line.words}: {line.value:,.3g} requests a second"


def _swatch(look: str) -> str:
    line = f'<line x1="1" x2="31" y1="9" y2="9" {look} stroke-width="3"/>'
    return f'<svg viewBox="0 0 32 18" aria-hidden="true">{line}</svg>'


def cost_svg(points: Sequence[CostPoint], name: str, ordinal: int) -> Iterator[str]:
    """Money over latency: each way a dot, the chosen one filled and ringed; left and low is better."""
    frame = _frame(
        max(point.first_token for point in points) * HEADROOM, max(point.usd_per_month for point in points) * HEADROOM
    )
    yield from _opened(f"cost-{ordinal}", f"{name}: US dollars a month over seconds to the first token")
    yield from _axes(frame, "seconds to the first token", "US dollars a month")
    for point in sorted(points, key=lambda point: point.chosen):
        x, y = frame.x(point.first_token), frame.y(point.usd_per_month)
        if point.chosen:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_OWN}"/>'
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="none" stroke="{_OWN}" stroke-width="2"/>'
        else:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="none" stroke="var(--own)" stroke-width="1.6"/>'
    yield "</svg>"


def _opened(name: str, title: str) -> Iterator[str]:
    yield f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{name}">'
    yield f'<title id="{name}">{escaped(title)}</title>'


def _axes(frame: Frame, across: str, up: str) -> Iterator[str]:
    yield f'<text x="4" y="12" {_MUTED}>{escaped(up)}</text>'
    yield f'<text x="{RIGHT}" y="{HEIGHT - 6}" {_MUTED} text-anchor="end">{escaped(across)}</text>'
    for value in ticks(frame.high):
        y = frame.y(value)
        yield f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" {_MUTED} text-anchor="end">{short_number(value)}</text>'
    for value in ticks(frame.end):
        x = frame.x(value)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{BOTTOM}" y2="{BOTTOM + 4}" stroke="var(--muted)"/>'
        yield f'<text x="{x:.1f}" y="{BOTTOM + 17}" {_MUTED} text-anchor="middle">{short_number(value)}</text>'


def ticks(most: float) -> list[float]:
    """Round numbers from 0 up to `most`, about five."""
    step = round_step(most / TICKS)
    return [index * step for index in range(int(most / step + 1e-9) + 1)]
