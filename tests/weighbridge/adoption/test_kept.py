"""Which settings of a pool stay, one change of a pool that is as ours at a time."""

from __future__ import annotations

import pytest

from tests.support.recorded_pools import CLOUD, node_pool
from tests.support.specs import CATALOG, spec
from weighbridge.adoption.kept import kept_settings
from weighbridge.infrastructure.node_pool import plan_node_pool

ACCOUNT = "gke-nodes@example-ml.iam.gserviceaccount.com"
OURS = {
    "serviceAccount": ACCOUNT, "oauthScopes": CLOUD, "gvnic": {"enabled": True}, "gcfsConfig": {"enabled": True},
    "shieldedInstanceConfig": {"enableSecureBoot": True, "enableIntegrityMonitoring": True}, "metadata": None,
}  # fmt: skip
ALWAYS = ["nodeConfig.labels", "nodeConfig.resourceLabels"]


@pytest.mark.parametrize(
    ("config", "more", "expected"),
    [
        ({}, {}, []),
        ({"serviceAccount": "default"}, {}, ["nodeConfig.serviceAccount"]),
        ({"gvnic": None}, {}, ["nodeConfig.gvnic"]),
        ({"kubeletConfig": {"podPidsLimit": "4096"}}, {}, ["nodeConfig.kubeletConfig"]),
        ({"shieldedInstanceConfig": {"enableIntegrityMonitoring": True}}, {}, ["nodeConfig.shieldedInstanceConfig"]),
        ({"taints": [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]}, {}, ["nodeConfig.taints"]),
        ({}, {"version": "1.33.5-gke.1080000"}, ["version"]),
        ({}, {"management": {"autoRepair": True}}, ["management"]),
        ({}, {"networkConfig": {"podRange": "pods"}}, ["networkConfig"]),
    ],
)
def test_what_stays(config, more, expected):
    made = spec({"train": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 3}}})
    (plan,) = plan_node_pool("train", made.node_pools["train"], made, CATALOG)
    pool = node_pool("train", {**OURS, **config}, **{"version": None, "networkConfig": {}, **more})
    assert [path for path in kept_settings(pool, plan, ACCOUNT) if path not in ALWAYS] == expected
