"""What `gcloud container clusters describe --format json` wrote, read."""

from __future__ import annotations

import json

import pytest

from tests.support.recorded_pools import RECORDED, cluster
from weighbridge.adoption.recorded import NotAdoptable, read_cluster


def test_a_regional_and_a_zonal_cluster():
    regional = read_cluster(json.dumps(cluster(RECORDED[0])))
    assert (regional.project, regional.region, regional.zone, regional.name) == (
        "example-ml",
        "us-central1",
        None,
        "platform",
    )
    link = "https://container.googleapis.com/v1/projects/example-ml/zones/us-central1-b/clusters/old"
    zonal = read_cluster(json.dumps(cluster(RECORDED[0], selfLink=link)))
    assert (zonal.region, zonal.zone) == ("us-central1", "us-central1-b")


def test_pools_from_elsewhere_come_in_place_of_its_own():
    found = read_cluster(json.dumps(cluster(RECORDED[0])), json.dumps(RECORDED[1:3]))
    assert [pool["name"] for pool in found.pools] == [pool["name"] for pool in RECORDED[1:3]]


def test_what_is_no_description():
    with pytest.raises(NotAdoptable, match="this is no description of a GKE cluster"):
        read_cluster('{"name": "platform"}')
