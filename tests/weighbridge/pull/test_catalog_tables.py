"""When a price is told whole; the command's tests read real tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from weighbridge.catalog.build import FOLDER, CatalogWrong
from weighbridge.cloud_api.billing import ListPrice
from weighbridge.cloud_api.machines import SoldMachine
from weighbridge.pull.catalog_tables import pull_tables

TODAY = date(2026, 11, 24)


def test_without_prices_every_row_keeps_its_day():
    found = pull_tables(FOLDER, (), {}, TODAY)
    assert (found.dated, found.moved, found.jumped, found.machines) == (0, (), (), ())
    assert list(found.texts) == ["sources"]


def test_a_part_without_a_price_keeps_the_row():
    cores = ListPrice("E2 Instance Core", spot=False, regions=("us-central1",), usd=Decimal("0.02"))
    assert "e2-standard-2" in pull_tables(FOLDER, (cores,), {}, TODAY).kept


def test_what_would_contradict_the_tables_changes_nothing():
    odd = SoldMachine.model_validate({"name": "e2-Standard_999", "guestCpus": 999, "memoryMb": 1})
    with pytest.raises(CatalogWrong, match="what Google lists contradicts the tables, so nothing was changed"):
        pull_tables(FOLDER, (), {"atlantis1-a": [odd]}, TODAY)
