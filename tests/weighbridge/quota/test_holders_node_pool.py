"""Disks of a node pool's machines, wherever a generation of the API counts them."""

from __future__ import annotations

import pytest

from tests.support.graphs import node_pool
from tests.support.specs import CATALOG, quota_file
from weighbridge.quota.holders import graph_demand

LOCAL_SSD = "LOCAL-SSD-TOTAL-GB-per-project-region"


def local_ssd(**config) -> int:
    """GB of local SSD of one node at a time, of a pool of two at most and one more in an upgrade."""
    pool = node_pool(
        nodeConfig={"machineType": "n1-standard-8", "diskSizeGb": 100.0, "diskType": "pd-balanced", **config}
    )
    demand = graph_demand([pool], quota_file(), CATALOG)
    assert demand.doubts == ()
    (per_node,) = {claim.per_node for claim in demand.claims if claim.key.quota_id == LOCAL_SSD} or {0}
    return per_node


@pytest.mark.parametrize(
    ("config", "disks"),
    [
        ({}, 0),
        ({"localSsdCount": 1.0}, 1),
        ({"ephemeralStorageConfig": {"localSsdCount": 2.0}}, 2),
        ({"ephemeralStorageLocalSsdConfig": {"localSsdCount": 1.0}}, 1),
        ({"ephemeralStorageLocalSsdConfig": {"dataCacheCount": 2.0}}, 2),
        ({"ephemeralStorageLocalSsdConfig": {"localSsdCount": 1.0, "dataCacheCount": 2.0}}, 3),
        ({"localNvmeSsdBlockConfig": {"localSsdCount": 4.0}}, 4),
    ],
)
def test_every_local_disk_is_charged(config, disks):
    assert local_ssd(**config) == disks * 375
