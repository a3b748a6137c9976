"""Who serves on what, as a picture: gateway, endpoints, versions with their shares, pipelines, and node pools.

A share is a number beside its line as well as the line's width, so nobody needs to measure. Text is cut to its box.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.preview.result import PoolLine, PreviewResult
from weighbridge.render.dashboard.svg_text import cut
from weighbridge.units import percent

WIDE, ROW, BOX_HIGH, BOX_WIDE = 960, 64, 46, 210
COLUMNS = (0, 250, 500, 750)
MOST_ROWS = 40
_NAME, _MORE = 14.0, 12.0


@dataclass(frozen=True, slots=True)
class _PlacedBox:
    column: int
    row: float
    name: str
    more: str = ""

    @property
    def y(self) -> float:
        return 8 + self.row * ROW

    @property
    def middle(self) -> float:
        return self.y + BOX_HIGH / 2


@dataclass(frozen=True, slots=True)
class _Wire:
    start: _PlacedBox
    end: _PlacedBox
    share: Decimal | None = None  # per cent of an endpoint's traffic


def picture(result: PreviewResult) -> str:
    """The whole SVG; empty where nothing serves or trains."""
    boxes, wires, left_out = _plan(result)
    if not boxes:
        return ""
    high = 8 + ROW * (1 + max(box.row for box in boxes)) + (24 if left_out else 0)
    size = f'viewBox="0 0 {WIDE} {high:g}" width="{WIDE}" height="{high:g}"'
    lines = [
        f'<svg role="img" aria-labelledby="architecture" {size}>',
        f'<title id="architecture">{_escaped(_words(result))}</title>',
        *(line for wire in wires for line in _wire(wire)),
        *(line for box in boxes for line in _box(box)),
    ]
    if left_out:
        lines.append(_text(0, high - 8, f"{left_out} more", _MORE, 'fill="var(--muted)"'))
    return "\n".join([*lines, "</svg>"])


def _plan(result: PreviewResult) -> tuple[Sequence[_PlacedBox], Sequence[_Wire], int]:
    boxes: list[_PlacedBox] = []
    wires: list[_Wire] = []
    needs: list[tuple[_PlacedBox, str]] = []
    row = 0
    gateway = _PlacedBox(0, 0, "gateway", result.region)
    for view in result.rollouts:
        endpoint = _PlacedBox(1, row, view.endpoint, view.hostname)
        boxes.append(endpoint)
        wires.append(_Wire(gateway, endpoint))
        for version, share in view.weights:
            candidate = "candidate, " if version == view.candidate else ""
            box = _PlacedBox(2, row, version, f"{candidate}{percent(share)} of requests")
            boxes.append(box)
            wires.append(_Wire(endpoint, box, share))
            needs.append((box, view.node_pool))
            row += 1
    if result.rollouts:
        boxes.insert(0, gateway)
    for pipeline, pool in result.pipelines:
        box = _PlacedBox(2, row, pipeline, "pipeline")
        boxes.append(box)
        needs.append((box, pool))
        row += 1
    left_out = max(0, row - MOST_ROWS)
    pools: dict[str, _PlacedBox] = {}
    for box, name in needs:
        if name not in pools:
            pools[name] = _PlacedBox(3, box.row, name, _pool_words(result.pools, name))
        wires.append(_Wire(box, pools[name]))
    shown = [box for box in (*boxes, *pools.values()) if box.row < MOST_ROWS]
    return shown, [wire for wire in wires if max(wire.start.row, wire.end.row) < MOST_ROWS], left_out


def _pool_words(pools: Sequence[PoolLine], name: str) -> str:
    # A TPU pool is one for each slice, by a number after its name.
    pool = next((pool for pool in pools if pool.name in (name, f"{name}-s0")), None)
    if pool is None:
        return "node pool"
    return f"{pool.least_nodes}–{pool.most_nodes} x {pool.accelerators or pool.machine_type}"


def _words(result: PreviewResult) -> str:
    """The finding, for who can't see it."""
    parts = [
        f"{view.endpoint} sends {', '.join(f'{percent(share)} to {version}' for version, share in view.weights)}"
        f" on node pool {view.node_pool}"
        for view in result.rollouts
    ]
    parts += [f"pipeline {name} runs on node pool {pool}" for name, pool in result.pipelines]
    return "; ".join(parts)


def _box(box: _PlacedBox) -> Iterator[str]:
    x = COLUMNS[box.column]
    frame = f'x="{x + 1}" y="{box.y:g}" width="{BOX_WIDE - 2}" height="{BOX_HIGH}" rx="5"'
    yield f'<rect {frame} fill="var(--panel)" stroke="var(--muted)"/>'
    name = cut(box.name, _NAME, BOX_WIDE - 20, bold=True)
    yield _text(x + 10, box.y + 19, name, _NAME, 'font-weight="600" fill="var(--ink)"')
    yield _text(x + 10, box.y + 37, cut(box.more, _MORE, BOX_WIDE - 20), _MORE, 'fill="var(--muted)"')


def _text(x: float, y: float, words: str, size: float, look: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" {look}>{_escaped(words)}</text>'


def _wire(wire: _Wire) -> Iterator[str]:
    begin, end = COLUMNS[wire.start.column] + BOX_WIDE, COLUMNS[wire.end.column]
    bend, one, other = (begin + end) / 2, wire.start.middle, wire.end.middle
    path = f"M{begin} {one:g} C{bend:g} {one:g} {bend:g} {other:g} {end} {other:g}"
    if wire.share is None:
        look = 'stroke="var(--muted)" stroke-width="1.5"'
    elif wire.share == 0:
        look = 'stroke="var(--muted)" stroke-width="1.5" stroke-dasharray="4 4"'
    else:
        look = f'stroke="var(--own)" stroke-width="{1.5 + float(wire.share) / 10:g}"'
    yield f'<path d="{path}" fill="none" {look}/>'


def _escaped(text: str) -> str:
    return html.escape(text)
