"""In a cluster that exists pools and workloads are created, and nothing of the cluster."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.platform import platform
from tests.support.recording import Recording
from tests.support.specs import endpoint, spec

NETWORK = {"existing": {"network": "corp", "subnetwork": "ml", "pod_range": "pods", "service_range": "services"}}
POOLS = {
    "serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}},
    "lab-system": {"machine_type": "e2-standard-8", "nodes": {"min": 1, "max": 2}},
}


def recorded(**facts: Any) -> Recording:
    shared = {"name": "shared", "version": "1.33", "gateway_api": True, "gcs_fuse": True, **facts}
    stack = spec(POOLS, cluster={"existing": shared}, network=NETWORK)
    return platform(stack.model_copy(update={"endpoints": {"ranker": endpoint(None)}}))


@pytest.fixture(scope="module")
def recording() -> Recording:
    return recorded()


@pytest.mark.parametrize(
    "type_", ["container/cluster:Cluster", "compute/network:Network", "compute/subnetwork:Subnetwork"]
)
def test_nothing_of_it_is_created(recording, type_):
    assert not recording.of_type(f"gcp:{type_}")


def test_pools_join_it_by_its_name_and_place(recording):
    pool = recording.named("gcp:container/nodePool:NodePool", "serve").inputs
    assert (pool["cluster"], pool["location"], pool["nodeLocations"]) == ("shared", "us-central1", ["us-central1-a"])
    zonal = recorded(zone="us-central1-f").named("gcp:container/nodePool:NodePool", "serve").inputs
    assert (zonal["location"], zonal["nodeLocations"]) == ("us-central1-f", ["us-central1-a"])


def test_what_is_watched_is_that_clusters(recording):
    expressions = str([alert.inputs for alert in recording.of_type("gcp:monitoring/alertPolicy:AlertPolicy")])
    assert 'cluster="shared"' in expressions
    assert 'cluster="dev"' not in expressions


def test_an_adapter_that_is_there_is_not_installed_again(recording):
    service = "kubernetes:apiregistration.k8s.io/v1:APIService"
    assert recording.of_type(service)
    assert not recorded(custom_metrics=True).of_type(service)
