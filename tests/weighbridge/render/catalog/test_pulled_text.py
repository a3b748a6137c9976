"""What a pull of the catalog changed, in words."""

from __future__ import annotations

from datetime import date

from weighbridge.pull.catalog_tables import PulledTables
from weighbridge.render.catalog.pulled_text import render


def test_what_could_not_be_told_comes_first_and_many_are_counted():
    names = tuple(f"e2-odd-{number}" for number in range(15))
    found = PulledTables({}, 3, ("e2-medium",), names, ("n2-x in us-central1: 1 → 9",), (), ("z9-mega-1",))
    text = render(found, date(2026, 11, 24))
    assert text.startswith("Prices that can't be told whole, kept with their day\n")
    assert "and 3 more" in text
    assert text.endswith("3 price rows of 2026-11-24, 1 of them with another price than before\n")
    assert max(map(len, text.splitlines())) <= 80
