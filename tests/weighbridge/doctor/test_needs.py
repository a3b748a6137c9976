"""A project is asked for what its specs make, and for nothing else."""

import csv

from tests.support.specs import prod, spec
from weighbridge.doctor.needs import TABLE, needed_apis, needed_permissions, parts_of
from weighbridge.spec.gateway import Gateway

POOL = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}


def test_only_what_is_made_is_needed():
    assert parts_of([]) == {"all"}
    assert parts_of([spec(POOL)]) == {"all", "network", "cluster"}
    assert parts_of([spec(POOL), prod()]) == {"all", "network", "cluster", "endpoints"}
    existing = {
        "existing": {"project": "acme-net", "network": "n", "subnetwork": "s", "pod_range": "p", "service_range": "r"}
    }
    assert parts_of([spec(POOL, network=existing)]) == {"all", "cluster"}


def test_tables_of_bigquery_need_its_api():
    with_table = prod(
        ("window: gs://example-ml-data/click-features/latest/", "window: bq://example-ml.clicks.features")
    )
    assert parts_of([with_table]) - parts_of([prod()]) == {"tables"}
    assert "bigquery.googleapis.com" in needed_apis({"tables"})


def test_records_of_host_names_need_cloud_dns():
    with_zone = prod().model_copy(
        update={"gateway": Gateway.model_validate({"dns": {"ml": {"domain": "example.com"}}})}
    )
    assert "dns" in parts_of([with_zone])
    assert "dns.googleapis.com" in needed_apis({"dns"})


def test_apis_and_permissions_follow_the_parts():
    assert "certificatemanager.googleapis.com" not in needed_apis({"all"})
    assert "certificatemanager.googleapis.com" in needed_apis({"all", "endpoints"})
    names = [permission.name for permission in needed_permissions({"all"})]
    assert "container.clusters.get" in names
    assert "compute.networks.create" not in names


def test_every_row_has_a_role_a_part_and_its_source():
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["permission"] for row in rows}) == len(rows)
    for row in rows:
        assert row["role"].startswith("roles/"), row
        assert row["needed_by"] in {"all", "network", "cluster", "endpoints", "dns", "tables"}, row
        assert row["source"].startswith("https://cloud.google.com/"), row
        assert row["confidence"] == "reported", row
