"""Zones of Cloud DNS and the records in them, as Google is asked for them."""

from __future__ import annotations

import pytest

from tests.support.platform import platform
from tests.support.specs import endpoint, spec

RECORD, ZONE = "gcp:dns/recordSet:RecordSet", "gcp:dns/managedZone:ManagedZone"
CERTIFICATE = "gcp:certificatemanager/certificate:Certificate"
POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}}
HOST = "ranker.ml.example.com"
ENDPOINT = {**endpoint(None).model_dump(mode="json", exclude_none=True), "hostname": HOST}


def made(zones, reach="regional", **endpoints):
    named = endpoints or {"ranker": ENDPOINT}
    return platform(spec(POOLS, endpoints=named, gateway={"dns": zones, "reach": reach}), alerts=False)


def records(recording):
    return sorted(
        (one.inputs["managedZone"], one.inputs["project"], one.inputs["type"], one.inputs["name"], one.inputs["ttl"])
        for one in recording.of_type(RECORD)
    )


@pytest.mark.parametrize("reach", ["regional", "global", "internal"])
def test_a_host_name_and_the_proof_of_its_certificate_are_written_into_an_existing_zone(reach):
    recording = made({"ml": {"domain": "ml.example.com", "project": "example-dns"}}, reach)
    assert recording.of_type(ZONE) == []
    proof, address = sorted(recording.of_type(RECORD), key=lambda one: one.inputs["type"], reverse=True)
    assert {one.inputs["project"] for one in (proof, address)} == {"example-dns"}
    assert (address.inputs["name"], address.inputs["type"], address.inputs["ttl"]) == (f"{HOST}.", "A", 300)
    assert proof.inputs["type"] == "CNAME"
    assert proof.urn in recording.only(CERTIFICATE).dependencies


def test_a_zone_that_is_made_has_its_records_after_it():
    recording = made({"ml": {"domain": "ml.example.com", "origin": "create"}})
    zone = recording.only(ZONE)
    assert (zone.inputs["dnsName"], zone.inputs["visibility"]) == ("ml.example.com.", "public")
    assert all(zone.urn in record.dependencies for record in recording.of_type(RECORD))


def test_a_private_zone_is_bound_to_the_network_and_gets_no_proof():
    recording = made({"ml": {"domain": "ml.example.com", "origin": "create", "visibility": "private"}}, "internal")
    (network,) = recording.only(ZONE).inputs["privateVisibilityConfig"]["networks"]
    assert network["networkUrl"]
    assert [record[2] for record in records(recording)] == ["A"]


def test_a_private_zone_beside_the_public_one_has_the_address_too():
    zones = {"ml": {"domain": "ml.example.com"}, "inside": {"domain": "ml.example.com", "visibility": "private"}}
    assert [record[:1] + record[2:3] for record in records(made(zones))] == [
        ("inside", "A"),
        ("ml", "A"),
        ("ml", "CNAME"),
    ]


def test_endpoints_that_share_a_host_name_share_its_records_and_certificate():
    two = {"a": {**ENDPOINT, "path": "/a"}, "b": {**ENDPOINT, "path": "/b"}}
    recording = made({"ml": {"domain": "ml.example.com"}}, **two)
    assert len(recording.of_type(RECORD)) == 2
    assert recording.only(CERTIFICATE).inputs["managed"]["domains"] == [HOST]


def test_without_zones_nothing_is_written():
    assert records(made({})) == []
