"""What stands on a dashboard, and where. Coordinates are blocks of the grid, from its upper left corner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

COLUMNS = 48
"""Of the grid: the most that Cloud Monitoring takes. Source: its discovery document, MosaicLayout.columns."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a header. `code`: to be typed as they stand."""

    text: str
    url: str | None = None
    code: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What this dashboard is about: lines of pieces."""

    title: str
    lines: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class SectionTitle:
    """The title above the charts of one section."""

    title: str
    subtitle: str


@dataclass(frozen=True, slots=True)
class Query:
    """One query in PromQL. Without a legend its curves are named by their labels."""

    legend: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold, as `page above VALUE for 10m`: who is told, then for how long it has to hold."""

    value: float
    before: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over time. `signal` is the key of the signal that it shows; None: it shows none's threshold or value."""

    title: str
    unit: str
    queries: tuple[Query, ...]
    line: Line | None = None
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class Incidents:
    """Open incidents.

    Of the whole project: ids of policies aren't known before they are created, and which resource an incident of an
    aggregated PromQL expression belongs to isn't documented; a filter that is wrong would hide incidents.
    """

    title: str


Content: TypeAlias = Header | SectionTitle | Chart | Incidents


@dataclass(frozen=True, slots=True)
class Tile:
    """Something at its place."""

    x: int
    y: int
    width: int
    height: int
    content: Content


@dataclass(frozen=True, slots=True)
class DashboardPlan:
    """One dashboard. `name` is what people call it, `resource` its identity in a deployment."""

    name: str
    resource: str
    project: str
    display_name: str
    labels: Mapping[str, str]
    tiles: tuple[Tile, ...]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Its charts, as they are read."""
        return tuple(tile.content for tile in self.tiles if isinstance(tile.content, Chart))
