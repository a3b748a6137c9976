"""A plugin of pytest for mutmut: of the tests that reach a mutant the quickest run first, always in one order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RECORD = Path("mutmut-stats.json")
"""mutmut's own, in the folder where its tests run; it isn't there while mutmut measures them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if RECORD.exists():
        seconds = json.loads(RECORD.read_text(encoding="utf-8"))["duration_by_test"]
        items.sort(key=lambda item: (seconds.get(item.nodeid, 0), item.nodeid))
