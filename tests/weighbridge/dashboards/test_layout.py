"""Tiles on the grid: none on another, no empty row, sections whole."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.dashboards.layout import MOST_TILES, DashboardSection, laid_out, pages
from weighbridge.dashboards.tile import COLUMNS, Chart, Header, Incidents, SectionTitle, Tile

HEADER, INCIDENTS = Header("h", ()), Incidents("i")
SIZES = st.lists(st.integers(0, 40), max_size=8)


def sections(sizes: list[int]) -> list[DashboardSection]:
    """Sections of so many charts, each chart with a title of its own."""
    return [
        DashboardSection(
            SectionTitle(f"s{number}", ""), tuple(Chart(f"{number}.{ordinal}", "s", ()) for ordinal in range(size))
        )
        for number, size in enumerate(sizes)
    ]


def test_one_section_of_four_charts():
    charts = sections([4])[0].charts
    assert laid_out(HEADER, sections([4]), INCIDENTS) == (
        Tile(0, 0, 48, 6, HEADER),
        Tile(0, 6, 48, 3, SectionTitle("s0", "")),
        Tile(0, 9, 16, 12, charts[0]),
        Tile(16, 9, 16, 12, charts[1]),
        Tile(32, 9, 16, 12, charts[2]),
        Tile(0, 21, 16, 12, charts[3]),
        Tile(0, 33, 48, 8, INCIDENTS),
    )


@given(SIZES)
def test_tiles_lie_within_the_grid_and_never_on_one_another(sizes):
    tiles = laid_out(HEADER, sections(sizes), INCIDENTS)
    taken = [
        (x, y) for tile in tiles for x in range(tile.x, tile.x + tile.width) for y in (tile.y, tile.y + tile.height - 1)
    ]
    assert len(set(taken)) == len(taken)
    assert all(0 <= x < COLUMNS for x, _ in taken)


@given(SIZES)
def test_no_row_of_the_grid_is_left_empty(sizes):
    tiles = laid_out(HEADER, sections(sizes), INCIDENTS)
    covered = {y for tile in tiles for y in range(tile.y, tile.y + tile.height)}
    assert covered == set(range(max(covered) + 1))


@given(SIZES)
def test_everything_stands_there_once_in_the_order_in_which_it_is_read(sizes):
    given_sections = sections(sizes)
    found = [tile.content for tile in laid_out(HEADER, given_sections, INCIDENTS)]
    expected = [content for section in given_sections for content in (section.title, *section.charts)]
    assert found == [HEADER, *expected, INCIDENTS]


@given(SIZES)
def test_pages_hold_whole_sections_in_order_and_no_more_tiles_than_fit(sizes):
    given_sections = sections(sizes)
    found = list(pages(given_sections))
    assert [section for page in found for section in page] == given_sections
    for page in found:
        assert len(page) <= 1 or len(laid_out(HEADER, page, INCIDENTS)) <= MOST_TILES
    for page, following in pairwise(found):
        assert len(laid_out(HEADER, (*page, following[0]), INCIDENTS)) > MOST_TILES
