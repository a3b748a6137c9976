"""The slim table of the provider's schema is what its recording says, and the emulation what the recordings show."""

from __future__ import annotations

import pytest

from tests.engine.gcp_rules import NODE_POOL, Gcp
from tests.engine.provider import Asked
from tests.engine.schema_table import TABLE, derive
from tests.support.recordings import RECORDINGS

POOL = {"name": "serve", "cluster": "c", "location": "us-central1", "nodeConfig": {"machineType": "g2-standard-4"}}


def test_the_table_is_derived_from_the_recording():
    header, *rows = derive(RECORDINGS / "provider_schema.csv").splitlines()
    held = TABLE.read_text(encoding="utf-8").splitlines()
    assert header == held[0]
    assert set(rows) <= set(held)
    assert [row.split(",")[1] for row in rows] == [
        "initialNodeCount",
        "maxPodsPerNode",
        "name",
        "nodeConfig.diskSizeGb",
        "nodeConfig.guestAccelerators",
        "nodeConfig.guestAccelerators.count",
        "nodeConfig.labels",
        "nodeConfig.soleTenantConfig.nodeAffinities.key",
        "nodeConfig.spot",
        "operation",
        "placementPolicy",
        "version",
        "conditions.name",
        "userLabels",
    ]


@pytest.mark.parametrize(
    ("path", "replaces"),
    [
        ("nodeConfig.machineType", False),
        ("nodeConfig.spot", True),
        ("nodeConfig.guestAccelerators", True),
        ("nodeConfig.labels.team", False),
        ("autoscaling.totalMaxNodeCount", False),
        ("maxPodsPerNode", True),
        ("placementPolicy", True),
        ("placementPolicy.tpuTopology", False),
        ("initialNodeCount", True),
        ("name", True),
    ],
)
def test_changes_of_a_pool_do_what_the_real_provider_was_seen_to_do(path, replaces):
    assert Gcp().replaces(Asked(NODE_POOL, "serve", {}), tuple(path.split("."))) is replaces


def test_what_the_provider_computes_is_unknown_until_the_pool_exists():
    asked = Asked(NODE_POOL, "serve", {"project": "example-ml"})
    inputs = Gcp().check(asked, POOL, {}, b"\x01\x02\x03\x04")
    planned, made = Gcp().outputs(asked, inputs, None), Gcp().outputs(asked, inputs, "id")
    unknown = planned["instanceGroupUrls"]
    assert planned["nodeConfig"]["diskSizeGb"] == planned["id"] == unknown
    assert (planned["project"], planned["deletionPolicy"]) == ("example-ml", "DELETE")
    assert (made["nodeConfig"]["diskSizeGb"], made["id"]) == (1, "id")


def test_a_changed_topology_never_reaches_the_cloud():
    asked = Asked(NODE_POOL, "serve", {})
    old, new = ({"placementPolicy": {"type": "COMPACT", "tpuTopology": topology}} for topology in ("2x4", "4x4"))
    assert Gcp().sends(asked, old, new)["placementPolicy"]["tpuTopology"] == "2x4"
