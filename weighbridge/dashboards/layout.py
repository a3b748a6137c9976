"""Sections laid out for a person: header, sections with three charts a row, incidents last; the same on every board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from weighbridge.dashboards.tile import COLUMNS, Chart, Content, Header, Incidents, SectionTitle, Tile

CHARTS_IN_ROW = 3
CHART_HEIGHT, HEADER_HEIGHT, TITLE_HEIGHT, INCIDENTS_HEIGHT = 12, 6, 3, 8
MOST_TILES = 100
"""Of one dashboard; what goes beyond makes another one. Cloud Monitoring's own limit is unverified; the largest of
Google's samples has 51."""


@dataclass(frozen=True, slots=True)
class DashboardSection:
    """Charts that belong together."""

    title: SectionTitle
    charts: tuple[Chart, ...]


def pages(sections: Sequence[DashboardSection]) -> Iterator[tuple[DashboardSection, ...]]:
    """Sections in as many parts as dashboards are needed; a section stays whole."""
    page: list[DashboardSection] = []
    room = MOST_TILES - 2  # header and incidents
    for section in sections:
        if page and sum(1 + len(one.charts) for one in (*page, section)) > room:
            yield tuple(page)
            page = []
        page.append(section)
    yield tuple(page)


def laid_out(header: Header, sections: Sequence[DashboardSection], incidents: Incidents) -> tuple[Tile, ...]:
    """All tiles at their places, in reading order."""
    return tuple(_tiles(header, sections, incidents))


def _tiles(header: Header, sections: Sequence[DashboardSection], incidents: Incidents) -> Iterator[Tile]:
    yield _full(0, HEADER_HEIGHT, header)
    y = HEADER_HEIGHT
    for section in sections:
        yield _full(y, TITLE_HEIGHT, section.title)
        y += TITLE_HEIGHT
        width = COLUMNS // CHARTS_IN_ROW
        for ordinal, chart in enumerate(section.charts):
            row, column = divmod(ordinal, CHARTS_IN_ROW)
            yield Tile(column * width, y + row * CHART_HEIGHT, width, CHART_HEIGHT, chart)
        y += -(-len(section.charts) // CHARTS_IN_ROW) * CHART_HEIGHT
    yield _full(y, INCIDENTS_HEIGHT, incidents)


def _full(y: int, height: int, content: Content) -> Tile:
    return Tile(0, y, COLUMNS, height, content)
