"""What tools say is counted by rule: of Weighbridge alone here, as the others need environments of their own."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.drift_tools import side_by_side
from bench.drift_tools.draws import MADE_UP
from bench.drift_tools.environments import TOOLS, version_of


@pytest.fixture
def printed(monkeypatch):
    kinds = tuple(replace(kind, rows=(300,)) for kind in MADE_UP if kind.name in {"normal", "2 categories"})
    patched = {
        "MADE_UP": kinds, "REAL": (), "TOOLS": (), "SIZES": (300,), "TABLES": {"weighbridge": (2, 1)},
        "SHARES": (0.01, 0.6), "fetch_data": lambda: None, "python_of": lambda tool: Path(sys.executable),
    }  # fmt: skip
    for name, value in patched.items():
        monkeypatch.setattr(side_by_side, name, value)
    return list(side_by_side.lines())


def test_a_row_says_what_is_called_far_in_vain_and_what_is_missed(printed):
    assert printed[0].endswith("missed where 1% of the values moved / where 60% did")
    assert printed[2] == "| data | rows | Weighbridge, 0.3 | Weighbridge, 0.1 | Weighbridge, 0 |"
    cells = [line.strip("| ").split(" | ") for line in printed[4:6]]
    assert [row[:2] for row in cells] == [["normal", "300"], ["2 categories", "300"]]
    assert cells[0][4] == "0 / 1000 / 0"
    assert "  Weighbridge, 0            0 of     40: 0.0 to 87.6 in 1,000" in printed


def test_each_tool_has_a_version():
    assert all(version_of(tool).count(".") == 2 for tool in TOOLS)
