"""Machine types for a terminal."""

from __future__ import annotations

import pytest

from weighbridge.catalog.selection import entries
from weighbridge.render.catalog.text import render
from weighbridge.render.style import Style


def test_a_table_then_the_quota_then_the_shapes():
    lines = render(entries("ct5lp", None), Style()).splitlines()
    assert lines[0] == f"Machine types  {len(entries('ct5lp', None))}; US dollars an hour in us-central1, ? is unknown"
    assert any(line.startswith("Quota that they draw on") for line in lines)
    assert "TPU topologies" in lines
    assert any(line.startswith("  ct5lp-hightpu-4t: 2x2 (1 hosts), 2x4 (2 hosts)") for line in lines)
    assert "TPU topologies" not in render(entries("g2", None), Style())


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_the_terminal(width):
    table, _, _ = render(entries(None, None), Style(width=width)).partition("\n\n")
    assert max(map(len, table.splitlines())) <= width
