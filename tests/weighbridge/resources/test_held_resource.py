"""Whose project, which cluster, whose name: what is read of a resource beyond its numbers."""

import pytest

from tests.support.specs import CATALOG, quota_file
from weighbridge.resources.graph import Graph, Resource
from weighbridge.resources.held_resource import (
    CLUSTER_TYPE,
    ClusterId,
    HeldResource,
    Surroundings,
    by_name,
    cluster_id,
    held,
    is_zone,
    project_of,
    region_of,
)
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.values import Secret, Unknown

POOL_TYPE = "gcp:container/nodePool:NodePool"


def resource(type_=POOL_TYPE, logical_name="train", provider_inputs=None, **inputs):
    return HeldResource(
        f"urn:{logical_name}", type_, logical_name, inputs, {} if provider_inputs is None else provider_inputs
    )


def surrounded(*clusters):
    return Surroundings(quota_file(), CATALOG, clusters)


@pytest.mark.parametrize(
    ("inputs", "autonamed", "known_as"),
    [
        ({}, True, "train"),
        ({"name": "train-0a1b2c3"}, True, "train"),
        ({"name": "train-0a1b2c"}, False, "train-0a1b2c"),
        ({"name": "other-0a1b2c3"}, False, "other-0a1b2c3"),
        ({"name": "pool", "__defaults": ["name"]}, True, "train"),
        ({"name": "pool", "__defaults": ["project"]}, False, "pool"),
        ({"name": Unknown()}, False, "train"),
        ({"name": ""}, False, "train"),
    ],
)
def test_a_name_is_pulumi_s_or_the_program_s(inputs, autonamed, known_as):
    found = resource(**inputs)
    assert (found.autonamed, found.known_as) == (autonamed, known_as)


def test_a_resource_outside_the_target_has_no_inputs_but_pulumi_s_own():
    assert resource(__defaults=[]).empty
    assert not resource(__defaults=[], location="us-central1").empty


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ml", ClusterId("ml")),
        ("projects/p/locations/us-central1/clusters/ml", ClusterId("ml", "p", "us-central1")),
        ("projects/p/zones/us-central1-a/clusters/ml", ClusterId("ml", "p", "us-central1-a")),
        (Unknown(), None),
        (Secret("ml"), None),
    ],
)
def test_the_cluster_that_a_pool_names(given, expected):
    assert cluster_id(resource(cluster=given)) == expected


def test_a_cluster_is_found_by_name_and_location():
    here = resource(CLUSTER_TYPE, "here", name="ml", location="us-central1")
    there = resource(CLUSTER_TYPE, "there", name="ml", location="europe-west4")
    around = surrounded(here, there)
    assert around.cluster_of(resource(cluster="ml", location="europe-west4")) is there
    assert around.cluster_of(resource(cluster="projects/p/locations/us-central1/clusters/ml")) is here
    assert around.cluster_of(resource(cluster="ml")) is None, "either could be meant"
    assert around.cluster_of(resource(cluster="other", location="us-central1")) is None


def test_a_cluster_that_is_not_named_yet_is_found_by_dependency():
    clusters = (resource(CLUSTER_TYPE, "one"), resource(CLUSTER_TYPE, "two"))
    pool = HeldResource("urn:pool", POOL_TYPE, "pool", {"cluster": Unknown()}, {}, ("urn:one", "urn:two"))
    assert surrounded(*clusters).cluster_of(pool) is None, "either could be meant"
    pool = HeldResource(
        "urn:pool", POOL_TYPE, "pool", {"cluster": Unknown()}, {}, ("urn:one", "urn:two"), {"cluster": ("urn:two",)}
    )
    assert surrounded(*clusters).cluster_of(pool) is clusters[1]


def test_the_project_is_the_resource_s_own_else_its_provider_s():
    assert project_of(resource(project="own", provider_inputs={"project": "provided"})) == "own"
    assert project_of(resource(provider_inputs={"project": "provided"})) == "provided"
    with pytest.raises(CannotJudge) as error:
        project_of(resource())
    assert str(error.value) == (
        "project is not set, so nobody can tell whose quota it takes: set it here or on the provider"
    )


@pytest.mark.parametrize(
    ("location", "region", "zone"),
    [("us-central1", "us-central1", False), ("us-central1-a", "us-central1", True), ("me-west1-b", "me-west1", True)],
)
def test_a_location_is_a_region_or_a_zone(location, region, zone):
    assert (region_of(location, "location"), is_zone(location)) == (region, zone)


@pytest.mark.parametrize("location", ["", "us", "us-central", "US-CENTRAL1", "us-central1-a-b"])
def test_anything_else_is_no_location(location):
    assert not is_zone(location)
    with pytest.raises(CannotJudge) as error:
        region_of(location, "nodeLocations[0]")
    assert str(error.value) == (
        f"nodeLocations[0] is {location!r}, expected a region such as us-central1 or a zone such as us-central1-a"
    )


def test_resources_of_a_graph_come_with_their_provider_s_settings():
    provider = Resource("urn:provider", "pulumi:providers:gcp", "gcp", custom=True, inputs={"project": "p"})
    pool = Resource("urn:pool", POOL_TYPE, "pool", custom=True, provider="urn:provider", read=True)
    lone = Resource("urn:lone", POOL_TYPE, "lone", custom=True)
    component = Resource("urn:component", "weighbridge:index:Platform", "dev", custom=False)
    found = {item.name: item for item in held(Graph("p", "dev", (provider, pool, lone, component)))}
    assert found["pool"].provider_inputs == {"project": "p"}
    assert found["pool"].existing
    assert found["lone"].provider_inputs == {}
    assert found["dev"].provider_inputs is None


def test_resources_are_in_the_order_of_their_names_whatever_order_they_come_in():
    one, two = resource(logical_name="a"), resource(logical_name="b")
    assert by_name((two, one)) == by_name((one, two)) == (one, two)
