"""Kubernetes Engine's clusters, asked of a server that answers as GKE's API does."""

from __future__ import annotations

import json

from tests.support.google_apis import Failure, google_apis
from tests.support.monitoring.discovery import paths
from tests.support.recorded_pools import RECORDED, cluster
from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.cloud_api.clusters import describe_cluster, list_clusters
from weighbridge.cloud_api.identity import Identity

WHO = Identity(lambda: "t")
PLATFORM = cluster(*RECORDED)


def test_a_cluster_is_described_with_all_that_it_has():
    with google_apis(clusters=[PLATFORM]) as apis, GoogleCloud(WHO, apis.url) as cloud:
        assert json.loads(describe_cluster(cloud, "example-ml", "us-central1", "platform")) == PLATFORM


def test_a_list_is_read_to_its_last_page_and_says_what_did_not_answer():
    others = [cluster(name=name, location="us-east4-a") for name in ("b", "a")]
    with google_apis(clusters=[PLATFORM, *others], page_size=1) as apis, GoogleCloud(WHO, apis.url) as cloud:
        found = list_clusters(cloud, "example-ml")
        assert (found.names, found.missing) == (("us-central1/platform", "us-east4-a/a", "us-east4-a/b"), ())
        apis.failures = {"/-/": [Failure(200, {"missingZones": ["us-east4-b"]})]}
        assert list_clusters(cloud, "example-ml").missing == ("us-east4-b",)


def test_the_paths_are_gke_s():
    with google_apis(clusters=[PLATFORM]) as apis, GoogleCloud(WHO, apis.url) as cloud:
        describe_cluster(cloud, "example-ml", "us-central1", "platform")
        list_clusters(cloud, "example-ml")
    known = paths("container.v1")
    for asked in apis.asked:
        method, _, path = asked.partition(" ")
        parts = path.removeprefix("container.googleapis.com/").split("/")
        spelled = "/".join("*" if index % 2 == 0 and index else part for index, part in enumerate(parts))
        assert (method, spelled) in known
