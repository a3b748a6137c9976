"""A cluster of somebody else is taken over under the real engine: its pools are imported, and nothing changes."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from tests.engine import offline
from tests.engine.bounded import Finished
from tests.engine.cloud import Existing
from tests.engine.engine import PACK, UP
from tests.engine.gcp_rules import CLUSTER, NODE_POOL
from tests.engine.projects import edit, example, weighbridge
from tests.support.recorded_pools import NOT_SAID, RECORDED, cluster, provider_inputs
from tests.support.specs import CATALOG

STACK = "platform"
PLACE = "projects/example-ml/locations/us-central1/clusters/platform"
NETWORKS = {
    "projects/example-net/global/networks/corp": "gcp:compute/network:Network",
    "projects/example-net/regions/us-central1/subnetworks/ml": "gcp:compute/subnetwork:Subnetwork",
}
RESERVATION = {"name": "training-block", "machine_type": "a2-highgpu-4g", "count": 10, "owner": "ml@example.com"}


def quota_text() -> str:
    """Ample limits in the region, and the reservation that a pool is of."""
    limits = [
        {"quota": quota, "region": "us-central1" if found.scope == "region" else "global", "limit": 1_000_000}
        | ({"dimensions": dict(dimensions)} if dimensions else {})
        for (quota, dimensions), found in CATALOG._by_key.items()
        if found.scope != "zone"
    ]
    reservations = [{**RESERVATION, "zone": "us-central1-a"}]
    quota = {"version": 1, "project": "example-ml", "pulled_at": "2026-11-20T08:00:00Z", "stacks": {STACK: {}}}
    return yaml.safe_dump({**quota, "limits": limits, "reservations": reservations})


class TakenOver:
    """A stack of all recorded pools, written by the command; the pools exist and no stack has made them."""

    def __init__(self, pulumi, project) -> None:
        self.pulumi, self.project = pulumi, project
        shutil.rmtree(project / "stacks")
        (project / "stacks").mkdir()
        (project / "stacks" / "quota.yaml").write_text(quota_text(), encoding="utf-8")
        described = project / "cluster.json"
        described.write_text(json.dumps(cluster(*RECORDED, NOT_SAID[0][0])), encoding="utf-8")
        written = weighbridge(project, "adopt", "cluster.json", "-s", STACK, "--owner", "ml-infra@example.com")
        assert written.code == 0, written.text
        assert written.output.startswith("20 of 21 pools of platform are in stacks/platform.yaml, by import id:")
        endpoint = {"controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"endpoint": "gke-0a1b2c.gke.goog"}}}
        pulumi.cloud.add(Existing(PLACE, CLUSTER, {"name": "platform"}, {"name": "platform", **endpoint}))
        for id_, type_ in NETWORKS.items():
            pulumi.cloud.add(Existing(id_, type_, {"name": id_.rpartition("/")[2]}, {"id": id_, "selfLink": id_}))
        for pool in RECORDED:
            inputs = provider_inputs(pool)
            id_ = f"{PLACE}/nodePools/{inputs['name']}"
            pulumi.cloud.add(Existing(id_, NODE_POOL, inputs, {**inputs, "id": id_}))
        pulumi.init(project, STACK)

    def up(self) -> Finished:
        return self.pulumi.run(self.project, *UP, "--stack", STACK, *PACK)

    def previewed(self) -> dict[str, dict[str, list[str]]]:
        """What a preview would do, by type: the operation of each resource by its name."""
        flags = ("--json", "--show-sames", "--show-replacement-steps")
        done = self.pulumi.must(self.project, "preview", "--stack", STACK, *PACK, *flags)
        report = json.loads(done.output)
        assert [entry["message"] for entry in report.get("diagnostics", ()) if entry["severity"] != "info"] == []
        found: dict[str, dict[str, list[str]]] = {}
        for step in report["steps"]:
            *_, type_, name = step["urn"].split("::")
            found.setdefault(type_.rpartition("$")[2], {}).setdefault(name, []).append(step["op"])
        return found


@pytest.fixture
def adopted(pulumi, tmp_path) -> TakenOver:
    return TakenOver(pulumi, example(tmp_path / "project"))


def test_pools_are_imported_as_they_are_and_the_next_preview_is_empty(adopted):
    names = {pool["name"] for pool in RECORDED}
    judged = weighbridge(adopted.project, "preview", STACK)
    assert judged.code == 0, judged.text
    seen = adopted.previewed()
    assert seen[NODE_POOL] == {name: ["import"] for name in names}
    assert seen[CLUSTER] == {STACK: ["read"]}

    before = adopted.pulumi.cloud.of_type(NODE_POOL)
    done = adopted.up()
    assert done.code == 0, f"{done.text}\n{adopted.pulumi.words()}"
    asked = {operation.resource.type for operation in adopted.pulumi.cloud.operations}
    assert not asked & {NODE_POOL, CLUSTER}, "an import asks the cloud for no change"
    assert adopted.pulumi.cloud.of_type(NODE_POOL) == before
    exported = adopted.pulumi.export(adopted.project, STACK)
    ids = {
        entry["inputs"]["name"]: entry["id"]
        for entry in exported["deployment"]["resources"]
        if entry["type"] == NODE_POOL
    }
    assert ids == {name: f"{PLACE}/nodePools/{name}" for name in names}

    again = adopted.previewed()
    assert {tuple(steps) for found in again.values() for steps in found.values()} <= {("same",), ("read",)}
    state = adopted.project / "state.json"
    state.write_text(json.dumps(exported), encoding="utf-8")
    ours = offline.previewed(adopted.project, STACK, state)
    assert not ours.failed
    assert set(ours.operations.values()) == {"same", "read"}

    edit(
        adopted.project,
        STACK,
        "nodeConfig.gvnic, nodeConfig.labels, nodeConfig.metadata,",
        "nodeConfig.gvnic, nodeConfig.metadata,",
    )
    brought = adopted.previewed()[NODE_POOL]
    assert {tuple(steps) for steps in brought.values()} == {("same",), ("update",)}, (
        "labels come in place, as the docs say"
    )


def test_a_setting_that_is_not_kept_is_changed_with_the_import(adopted):
    """Else the test above would find nothing wrong in anything: the engine updates at once what it imports."""
    edit(adopted.project, STACK, "nodeConfig.labels, ", "")
    assert adopted.up().code == 0
    assert adopted.pulumi.cloud.urns("update")


def test_a_setting_that_would_replace_a_pool_is_no_import(adopted):
    edit(adopted.project, STACK, ", nodeConfig.shieldedInstanceConfig", "")
    done = adopted.up()
    assert done.code != 0
    assert "resources that still specify an ID may not be replaced" in " ".join(done.text.split())
    assert NODE_POOL not in {operation.resource.type for operation in adopted.pulumi.cloud.operations}
