"""Who the nodes are, and what they may do."""

from __future__ import annotations

from tests.support.platform import platform
from tests.support.specs import spec


def test_nodes_have_an_account_of_their_own_with_the_least_roles():
    stack = spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}, environment="x" * 20)
    recording = platform(stack)

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
