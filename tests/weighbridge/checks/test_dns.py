"""Zones that can't hold the records of host names, with exact messages."""

# ruff: noqa: E501 - exact messages are easiest to read on one line

from __future__ import annotations

import pytest

from tests.support.specs import CATALOG, endpoint, spec
from weighbridge.checks.dns import check_created_zones, check_dns

POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}}
ENDPOINT = {**endpoint(None).model_dump(mode="json", exclude_none=True), "hostname": "ranker.ml.example.com"}
ZONE = {"domain": "ml.example.com"}


def problems(zones, reach="regional"):
    made = spec(POOLS, endpoints={"ranker": ENDPOINT}, gateway={"dns": zones, "reach": reach})
    return [(".".join(map(str, problem.path)), problem.message) for problem in check_dns(made, CATALOG)]


@pytest.mark.parametrize(
    ("zones", "reach"),
    [
        ({}, "regional"),
        ({"ml": ZONE}, "regional"),
        ({"ml": ZONE, "ml-inside": {**ZONE, "visibility": "private"}}, "global"),
        ({"ml-inside": {**ZONE, "visibility": "private"}}, "internal"),
        ({"ml": {**ZONE, "project": "example-dns"}}, "regional"),
        ({"ml": {**ZONE, "origin": "create"}}, "regional"),
    ],
)
def test_zones_that_have_every_host_name_are_fine(zones, reach):
    assert problems(zones, reach) == []


@pytest.mark.parametrize(
    ("zones", "path", "message"),
    [
        ({"dev": {"domain": "dev.example.com"}, "x": {"domain": "example.org"}}, "endpoints.ranker.hostname", "ranker.ml.example.com lies in no zone of `gateway.dns` (dev.example.com and example.org): add its zone there, or choose another host name"),
        ({"ml": {**ZONE, "visibility": "private"}}, "endpoints.ranker.hostname", "ranker.ml.example.com lies in a private zone alone, and who calls a regional gateway asks public DNS: name a public zone under `gateway.dns` as well, or choose `reach: internal`"),
        ({"ml": ZONE, "again": ZONE}, "gateway.dns.again", "ml is the public zone of ml.example.com already: remove one of the two"),
        ({"ml": {**ZONE, "origin": "create", "project": "example-dns"}}, "gateway.dns.ml.project", "a zone is created in this stack's project, example-ml: remove this"),
    ],
)  # fmt: skip
def test_what_is_wrong(zones, path, message):
    assert problems(zones) == [(path, message)]


def test_one_stack_makes_a_zone_and_others_use_it():
    taken: dict[str, str] = {}
    assert list(check_created_zones("dev", ["example-ml/ml"], taken)) == []
    (problem,) = check_created_zones("prod", ["example-ml/ml", "example-ml/other"], taken)
    assert (problem.path, problem.message) == (
        ("gateway", "dns", "ml", "origin"),
        "dev creates this zone: say `origin: existing` here",
    )
    assert taken == {"example-ml/ml": "dev", "example-ml/other": "prod"}
