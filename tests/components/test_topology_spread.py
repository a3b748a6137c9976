"""Replicas stay apart where they can."""

from __future__ import annotations

from tests.support.platform import platform
from tests.support.specs import prod

DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def test_replicas_spread_over_zones_and_nodes_and_run_together_where_they_must():
    deployment = platform(prod()).named(DEPLOYMENT, "ranker-v7").inputs["spec"]
    constraints = deployment["template"]["spec"]["topologySpreadConstraints"]
    assert constraints == [
        {
            "maxSkew": 1,
            "topologyKey": topology,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": deployment["selector"]["matchLabels"]},
        }
        for topology in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
