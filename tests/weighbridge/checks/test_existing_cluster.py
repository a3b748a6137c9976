"""What a cluster that exists lacks for what runs in it, and what this stack can't set of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, endpoint, spec
from weighbridge.checks.existing_cluster import check_existing_cluster

SHARED: dict[str, Any] = {"name": "shared", "version": "1.33", "gateway_api": True, "gcs_fuse": True}
NETWORK = {"existing": {"network": "corp", "subnetwork": "ml", "pod_range": "pods", "service_range": "services"}}
SYSTEM = {"machine_type": "e2-standard-8", "nodes": {"min": 1, "max": 2}}
HIGH = {"machine_type": "a3-highgpu-8g", "nodes": {"min": 0, "max": 2}, "accelerator_network": True}
UPDATE = "`gcloud container clusters update shared"


def problems(
    facts: dict[str, Any],
    *,
    serves: bool = False,
    pool: dict[str, Any] = SYSTEM,
    network: Any = NETWORK,
    **cluster: Any,
) -> list[tuple[str, str]]:
    stack = spec({"serve": pool}, cluster={"existing": SHARED | facts, **cluster}, network=network)
    if serves:
        stack = stack.model_copy(update={"endpoints": {"ranker": endpoint(None)}})
    return [(".".join(map(str, problem.path)), problem.message) for problem in check_existing_cluster(stack, CATALOG)]


def test_pools_need_nothing_of_it():
    assert problems({"gateway_api": False, "gcs_fuse": False, "workload_identity": False, "dns_endpoint": False}) == []


def test_endpoints_need_what_serves_them():
    assert problems({}, serves=True) == []


@pytest.mark.parametrize(
    ("fact", "flag"),
    [
        ("dns_endpoint", "--enable-dns-access"),
        ("workload_identity", "--workload-pool=example-ml.svc.id.goog"),
        ("managed_prometheus", "--enable-managed-prometheus"),
        ("gateway_api", "--gateway-api=standard"),
        ("gcs_fuse", "--update-addons=GcsFuseCsiDriver=ENABLED"),
    ],
)
def test_what_it_lacks_has_a_command_that_turns_it_on(fact, flag):
    assert problems({fact: False}, serves=True) == [
        (f"cluster.existing.{fact}", f"endpoints need it: {UPDATE} {flag}` turns it on; then say `true`")
    ]


def test_pools_with_accelerator_networks_need_several_interfaces():
    assert problems({"dataplane_v2": True, "multi_networking": True}, pool=HIGH) == []
    assert problems({}, pool=HIGH) == [
        (
            "cluster.existing.dataplane_v2",
            (
                "pools with `accelerator_network` need it: it is chosen when a cluster is made: say `true` if it "
                "has it, or use another cluster"
            ),
        ),
        (
            "cluster.existing.multi_networking",
            (
                f"pools with `accelerator_network` need it: {UPDATE} --enable-multi-networking` turns it on; then say "
                "`true`"
            ),
        ),
    ]


def test_nothing_of_it_is_set_by_this_stack():
    assert problems({}, kueue=True, release_channel="stable") == [
        (
            "cluster.release_channel",
            "this stack sets nothing of a cluster that exists: remove it, and set it where the cluster is made",
        )
    ]


def test_its_network_is_named():
    assert problems({}, network={}) == [
        ("cluster.existing", "which network is that cluster in? Name it under `network.existing`")
    ]


def test_a_zonal_cluster_is_in_the_region():
    assert problems({"zone": "us-central1-f"}) == []
    assert problems({"zone": "europe-west4-a"}) == [
        ("cluster.existing.zone", "europe-west4-a is not in us-central1, the region of this stack")
    ]


def test_an_add_on_is_turned_on_where_the_cluster_is_made():
    assert problems({}, operators={"ray": "installed", "jobset": "installed"}) == [
        (
            "cluster.operators.ray",
            (
                f"GKE's Ray Operator is turned on where the cluster is made: {UPDATE} "
                "--update-addons=RayOperator=ENABLED`, then say `present`"
            ),
        )
    ]
    assert problems({}, operators={"ray": "present"}) == []
