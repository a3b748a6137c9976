"""`pulumi destroy` of a production stack under the real engine: nothing goes by mistake, everything on purpose."""

from __future__ import annotations

import pytest
import yaml

from tests.engine.cloud import names
from tests.engine.engine import PACK, UP
from tests.engine.projects import edit, example, weighbridge

DESTROY = ("destroy", "--yes", "--stack", "prod")
NODE_POOL = "gcp:container/nodePool:NodePool"
LISTED = "prod: {production: true, hostnames: [ranker.example.com]}"


@pytest.fixture
def prod(pulumi, tmp_path):
    """The stack prod, deployed."""
    project = example(tmp_path / "project")
    pulumi.init(project, "prod")
    pulumi.up(project, "prod")
    return project


def test_production_is_taken_down_on_purpose_only(pulumi, prod):
    deployed, operations = pulumi.export(prod, "prod"), len(pulumi.cloud.operations)
    pool = next(entry["urn"] for entry in deployed["deployment"]["resources"] if entry["type"] == NODE_POOL)
    refused = {
        (): "prod-destroy-guard' cannot be deleted",
        ("--skip-preview",): "prod-destroy-guard' cannot be deleted",
        ("--skip-preview", "--continue-on-error"): "prod-destroy-guard' cannot be deleted",
        ("--skip-preview", "--refresh"): "prod-destroy-guard' cannot be deleted",
        ("--skip-preview", "--run-program"): "prod-destroy-guard' cannot be deleted",
        ("--skip-preview", "--target", pool): "pass --target-dependents",
        ("--skip-preview", "--target", pool, "--target-dependents"): "prod-destroy-guard' cannot be deleted",
        ("--skip-preview", "--exclude", pool): "prod-destroy-guard' cannot be deleted",
        ("--skip-preview", "--exclude-protected"): "There were no unprotected resources to destroy",
    }
    for flags, words in refused.items():
        done = pulumi.run(prod, *DESTROY, *flags)
        assert words in done.text.replace('"', "'"), flags
        assert (done.code == 0) is ("--exclude-protected" in flags), flags
        assert pulumi.cloud.urns("delete", operations) == (), flags
    program = prod / "__main__.py"
    whole = program.read_text(encoding="utf-8")
    program.write_text("", encoding="utf-8")
    assert pulumi.run(prod, *UP, "--stack", "prod").code != 0, "an update that gives up everything is no destroy"
    assert pulumi.cloud.urns("delete", operations) == ()
    program.write_text(whole, encoding="utf-8")
    kept = pulumi.export(prod, "prod")["deployment"]["resources"]
    assert names(entry["urn"] for entry in kept) == names(entry["urn"] for entry in deployed["deployment"]["resources"])

    edit(prod, "prod", "production: true ", "production: false ")
    edit(prod, "quota", LISTED, "prod: {}")
    done = pulumi.run(prod, "up", "--yes", "--stack", "prod", *PACK)
    assert done.code != 0, "a spec that says it is no production lifts no protection"
    assert "was accepted on production" in " ".join(done.text.split())
    edit(prod, "prod", "production: false ", "production: true ")
    edit(prod, "quota", "prod: {}", LISTED)

    retired = weighbridge(prod, "retire", "prod", "--by", "sre-oncall@example.com", "--reason", "moved to europe-west4")
    assert retired.code == 0, retired.text
    operations = len(pulumi.cloud.operations)
    pulumi.up(prod, "prod")
    assert names(pulumi.cloud.urns("update", operations)) == {"prod"}, "the cluster's own protection, and nothing else"
    assert not pulumi.cloud.urns("delete", operations)
    pulumi.must(prod, *DESTROY, "--skip-preview")
    assert not pulumi.export(prod, "prod")["deployment"].get("resources")
    assert set(pulumi.cloud.urns("create")) == set(pulumi.cloud.urns("delete"))


def test_an_update_takes_away_a_version_a_pool_and_an_alert_and_replaces_a_pool(pulumi, prod):
    operations = len(pulumi.cloud.operations)
    for flags in ((), ("--remove",)):
        assert weighbridge(prod, "rollout", "rollback", "ranker", "-s", "prod", *flags).code == 0
    file = prod / "stacks" / "prod.yaml"
    spec = yaml.safe_load(file.read_text(encoding="utf-8"))
    del spec["node_pools"]["features"], spec["pipelines"]["click-features"], spec["pipelines"]["ranker-validation"]
    spec["node_pools"]["train-tpu"]["tpu_topology"] = "2x4"
    spec["pipelines"]["embedder-training"] |= {"guaranteed": {"google.com/tpu": 8}, "at_most": {"google.com/tpu": 8}}
    file.write_text(yaml.safe_dump(spec), encoding="utf-8")
    pulumi.up(prod, "prod")
    gone = names(pulumi.cloud.urns("delete", operations))
    assert {"ranker-v8", "features", "click-features-failed", "train-tpu-s0"} <= gone
    assert {"ranker-v7", "serve-l4", "ranker-replicas-gone"}.isdisjoint(gone)
    (slices,) = (pool for pool in pulumi.cloud.of_type(NODE_POOL) if pool.inputs["name"] == "train-tpu-s0")
    assert slices.inputs["placementPolicy"]["tpuTopology"] == "2x4"
