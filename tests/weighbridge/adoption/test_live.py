"""Which arguments name a cluster of Google Cloud, and what is said where there is none such."""

from __future__ import annotations

import pytest

from tests.support.google_apis import FOREVER, Failure, denied, google_apis
from tests.support.recorded_pools import RECORDED, cluster
from weighbridge.adoption.live import ClusterName, ask_cluster, cluster_name
from weighbridge.adoption.recorded import NotAdoptable, read_cluster
from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.cloud_api.identity import Identity

PLATFORM = ClusterName("example-ml", "us-central1", "platform")
LINK = "https://container.googleapis.com/v1/projects/example-ml/{}/clusters/platform"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("example-ml/us-central1/platform", PLATFORM),
        ("projects/example-ml/locations/us-central1/clusters/platform", PLATFORM),
        (LINK.format("locations/us-central1"), PLATFORM),
        (LINK.format("zones/us-central1-b"), ClusterName("example-ml", "us-central1-b", "platform")),
        ("example.com:ml/europe-west4/a", ClusterName("example.com:ml", "europe-west4", "a")),
        ("cluster.json", None),
        ("recorded/platform/cluster.json", None),
        ("example-ml/us-central1/platform/default-pool", None),
        ("example-ml/us-central/platform", None),
        ("us-central1/platform", None),
        ("", None),
    ],
)
def test_what_names_a_cluster(given, expected):
    assert cluster_name(given) == expected


def asked(name: str, **state) -> str:
    identity = Identity(lambda: "t")
    with google_apis(**state) as apis, GoogleCloud(identity, apis.url, lambda _: None) as cloud:
        return ask_cluster(cloud, ClusterName("example-ml", "us-central1", name))


def test_what_the_api_says_is_read_as_a_file_is():
    assert len(read_cluster(asked("platform", clusters=[cluster(*RECORDED)])).pools) == 20


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            {"clusters": [cluster(), cluster(name="lab")]},
            " Did you mean `us-central1/platform`? There are us-central1/lab, us-central1/platform",
        ),
        ({}, " There are none"),
        (
            {"failures": {"/-/": [Failure(200, {"missingZones": ["us-central1-b", "us-central1-c"]})]}},
            " There are none (us-central1-b, us-central1-c didn't answer)",
        ),
        (
            {"failures": {"/-/": [denied("container.clusters.list")]}},
            " `gcloud container clusters list --project example-ml` lists those that there are",
        ),
        (
            {"failures": {"/-/": [Failure(500, times=FOREVER)]}},
            " `gcloud container clusters list --project example-ml` lists those that there are",
        ),
    ],
)
def test_a_cluster_that_there_is_not(state, expected):
    with pytest.raises(NotAdoptable) as refused:
        asked("platfrm", **state)
    assert str(refused.value) == f"example-ml has no cluster us-central1/platfrm.{expected}"
