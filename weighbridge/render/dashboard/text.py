"""What is on each dashboard, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from weighbridge.dashboards.tile import Chart, DashboardPlan, SectionTitle
from weighbridge.render.dashboard.axis_ticks import line_text
from weighbridge.render.dashboard.svg_text import ELLIPSIS

WIDTH, TITLE_WIDTH, UNIT_WIDTH = 80, 38, 10


def render(plans: Sequence[DashboardPlan]) -> str:
    """Dashboards, their sections, their charts with units and thresholds."""
    return "\n\n".join("\n".join(_lines(plan)) for plan in plans) + "\n"


def _lines(plan: DashboardPlan) -> Iterator[str]:
    charts = len(plan.charts)
    yield f"{plan.name}  {plan.display_name}: {charts} chart{'s' if charts != 1 else ''}"
    for content in (tile.content for tile in plan.tiles):
        if isinstance(content, SectionTitle):
            words = f"{content.title} ({content.subtitle})" if content.subtitle else content.title
            yield from textwrap.wrap(words, WIDTH, initial_indent="  ", subsequent_indent="    ")
        elif isinstance(content, Chart):
            line = line_text(content.line, content.unit) if content.line else ""
            row = f"    {_cell(content.title, TITLE_WIDTH)}  {_cell(content.unit, UNIT_WIDTH)}  {line}".rstrip()
            yield row if len(row) <= WIDTH else f"{row[: WIDTH - 1]}{ELLIPSIS}"


def _cell(text: str, width: int) -> str:
    return (text if len(text) <= width else f"{text[: width - 1]}{ELLIPSIS}").ljust(width)
