"""`weighbridge catalog pull`, asked as a user asks it, against a server that answers as Google's APIs do."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.google_apis import FOREVER, Failure, GoogleApis, Json, denied, google_apis
from tests.support.specs import CATALOG, NOW
from weighbridge.catalog.build import FOLDER
from weighbridge.cli import terminal
from weighbridge.cli.main import app
from weighbridge.cloud_api import client

TODAY = "2026-11-24"


def table(folder: Path, name: str) -> dict[str, dict[str, str]]:
    with (folder / f"{name}.csv").open() as file:
        return {row["machine_type"]: row for row in csv.DictReader(file)}


def sku(words: str, region: str, usd: Decimal, *, spot: bool = False, unit: str = "h") -> Json:
    whole, part = divmod(int(usd * 10**9), 10**9)
    price = {"currencyCode": "USD", "units": str(whole), "nanos": part}
    return {
        "description": f"{'Spot Preemptible ' if spot else ''}{words} running in {region}",
        "category": {"usageType": "Preemptible" if spot else "OnDemand"},
        "serviceRegions": [region],
        "pricingInfo": [
            {"effectiveTime": "2020-01-01T00:00:00Z", "pricingExpression": {"usageUnit": unit, "tieredRates": []}},
            {
                "effectiveTime": "2026-11-01T00:00:00Z",
                "pricingExpression": {"usageUnit": unit, "tieredRates": [{"startUsageAmount": 0, "unitPrice": price}]},
            },
        ],
    }


def e2_skus(factor: str = "1") -> list[Json]:
    """Prices of E2's cores and memory by which its table is right, times a factor."""
    rows = table(FOLDER, "prices")
    small, large = rows["e2-standard-2"], rows["e2-highmem-2"]  # 2 cores each, 8 and 16 GiB
    found = []
    for region in list(small)[4:]:
        for spot in (False, True):
            if not small[region]:
                continue
            one, other = (Decimal(row[region].split("/")[spot]) for row in (small, large))
            ram = (other - one) / 8
            found.append(sku("E2 Instance Ram", region, ram * Decimal(factor), spot=spot, unit="GiBy.h"))
            found.append(sku("E2 Instance Core", region, (one - 8 * ram) / 2 * Decimal(factor), spot=spot))
    return [*found, sku("Commitment v1: E2 Core", "us-central1", Decimal(1)), {"description": "Network"}]


def machine_type(name: str, **more) -> Json:
    known = CATALOG.machine_types[name]
    return {"name": name, "guestCpus": known.vcpus, "memoryMb": int(known.memory_gib * 1024)} | more


@pytest.fixture
def tables(tmp_path) -> Path:
    for file in FOLDER.glob("*.csv"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def apis(monkeypatch) -> Iterator[GoogleApis]:
    monkeypatch.setattr(client, "BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(terminal, "now", lambda: NOW)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token-1")
    sold = {"us-central1-a": [machine_type("e2-standard-2"), machine_type("e2-highmem-2")]}
    with google_apis(skus=e2_skus(), machine_types=sold) as server:
        monkeypatch.setenv("WEIGHBRIDGE_GOOGLE_APIS", server.url)
        yield server


def pull(tables: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["catalog", "pull", "--project", "example-ml", "--into", str(tables), *arguments])
    return done.exit_code, done.output


def test_what_is_listed_now_gets_its_day_and_the_rest_keeps_its_own(tables, apis):
    code, output = pull(tables)
    assert code == 0, output
    before, after = table(FOLDER, "prices"), table(tables, "prices")
    row = after["e2-standard-4"]
    assert (row["as_of"], row["source"], row["confidence"]) == (TODAY, "billing-api", "confirmed")
    assert after["n2-standard-8"] == before["n2-standard-8"]
    assert after["e2-micro"] == before["e2-micro"]  # a part of a core has no price of its own
    assert output.startswith("Prices that can't be told whole, kept with their day\n  ")
    assert f"price rows of {TODAY}, " in output


def test_check_tells_a_price_that_moved_and_writes_nothing(tables, apis):
    pull(tables)
    assert pull(tables, "--check")[0] == 0
    apis.skus = e2_skus("1.1")
    code, output = pull(tables, "--check")
    assert (code, output.splitlines()[-1]) == (1, "the tables are out of date: weighbridge catalog pull")
    old = Decimal(table(tables, "prices")["e2-standard-8"]["us-central1"].split("/")[0])
    assert pull(tables)[0] == 0
    new = Decimal(table(tables, "prices")["e2-standard-8"]["us-central1"].split("/")[0])
    assert new == pytest.approx(old * Decimal("1.1"), abs=Decimal("0.00001"))


def test_a_price_that_jumps_is_another_sku_and_not_believed(tables, apis):
    apis.skus = e2_skus("3")
    code, output = pull(tables)
    assert code == 0
    assert table(tables, "prices") == table(FOLDER, "prices")
    assert "Prices that jumped, not believed, kept with their day\n  e2-" in output


def test_regions_and_sizes_follow_and_what_is_new_is_added_or_named(tables, apis):
    apis.machine_types = {
        "us-central1-a": [machine_type("e2-standard-2", memoryMb=9216)],
        "africa-south1-a": [
            machine_type("g2-standard-4"),
            {"name": "e2-standard-64", "guestCpus": 64, "memoryMb": 262144},
            {"name": "z9-mega-8", "guestCpus": 8, "memoryMb": 1024},
            {"name": "n1-old-1", "deprecated": {"state": "DELETED"}},
        ],
    }
    code, output = pull(tables)
    assert code == 0, output
    rows = table(tables, "machine_types")
    assert rows["e2-standard-2"]["memory_gib"] == "9.0"
    assert "africa-south1" in rows["g2-standard-4"]["regions"].split()
    assert rows["e2-standard-64"]["source"] == "compute-api"
    assert "Machine types that the catalog doesn't have\n  z9-mega-8\n" in output
    assert "e2-standard-64: new" in output


@pytest.mark.parametrize(
    ("path", "failure", "words"),
    [
        ("skus", denied("serviceusage.services.use"), "prices: the permission serviceusage.services.use is missing"),
        ("machineTypes", Failure(500, times=FOREVER), "machine types: compute.googleapis.com doesn't answer: 500"),
        ("skus", Failure(200, {}), "Google lists no prices at all: nothing was changed"),
        ("skus", Failure(200, {"skus": [{"serviceRegions": 3}]}), "prices: cloudbilling.googleapis.com answers what"),
    ],
)
def test_an_answer_in_part_changes_nothing(tables, apis, path, failure, words):
    apis.failures = {path: [failure]}
    code, output = pull(tables)
    assert code == 3
    assert words in output
    assert all((tables / file.name).read_bytes() == file.read_bytes() for file in FOLDER.glob("*.csv"))


def test_a_folder_without_tables_is_a_mistake(tmp_path, apis):
    code, output = pull(tmp_path)
    assert (code, apis.asked) == (2, [])
    assert "has no prices.csv: copy the tables of" in output


def test_the_table_itself_is_shown_as_before():
    done = CliRunner().invoke(app, ["catalog", "--gpu", "l4"])
    assert done.exit_code == 0
    assert done.output.startswith("Machine types  8;")
