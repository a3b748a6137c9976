"""Who the nodes are, and what they may do."""

from __future__ import annotations

from tests.support.platform import platform
from tests.support.specs import spec


def test_nodes_have_an_account_of_their_own_with_the_least_roles():
    stack = spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}, environment="x" * 20)
    recording = platform(stack, alerts=False)

    account = recording.only("gcp:serviceaccount/account:Account")
    assert account.inputs == {
        "accountId": f"wb-{'x' * 20}-nodes", "displayName": f"GKE nodes of {'x' * 20}", "project": "example-ml",
    }  # fmt: skip
    assert len(account.inputs["accountId"]) <= 30
    members = recording.of_type("gcp:projects/iAMMember:IAMMember")
    assert sorted(member.inputs["role"] for member in members) == [
        "roles/artifactregistry.reader",
        "roles/container.defaultNodeServiceAccount",
    ]
    for member in members:
        assert member.inputs["member"] == f"serviceAccount:wb-{'x' * 20}-nodes@example-ml.iam.gserviceaccount.com"
        assert member.dependencies == (account.urn,)


def test_an_account_that_exists_is_the_nodes_and_nothing_is_made_for_it():
    email = "gke-nodes@example-ml.iam.gserviceaccount.com"
    pools = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
    recording = platform(spec(pools, cluster={"node_service_account": email}), alerts=False)

    assert not recording.of_type("gcp:serviceaccount/account:Account")
    assert not recording.of_type("gcp:projects/iAMMember:IAMMember")
    for type_ in ("gcp:container/nodePool:NodePool", "gcp:container/cluster:Cluster"):
        assert recording.only(type_).inputs["nodeConfig"]["serviceAccount"] == email


def test_boot_disks_of_all_nodes_have_the_key():
    key = "projects/example-keys/locations/us-central1/keyRings/gke/cryptoKeys/disks"
    pools = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
    limits = {"cpu": 8, "memory": "32Gi"}
    recording = platform(spec(pools, cluster={"boot_disk_key": key, "auto_provisioning": limits}), alerts=False)

    cluster = recording.only("gcp:container/cluster:Cluster").inputs
    made = cluster["clusterAutoscaling"]["autoProvisioningDefaults"]
    pool = recording.only("gcp:container/nodePool:NodePool").inputs["nodeConfig"]
    assert {found["bootDiskKmsKey"] for found in (cluster["nodeConfig"], made, pool)} == {key}
