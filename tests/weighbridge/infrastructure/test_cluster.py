"""What of a cluster is derived from its spec."""

from __future__ import annotations

from tests.support.paths import ROOT
from tests.support.specs import CATALOG, endpoint, prod, spec
from weighbridge.infrastructure.cluster import plan_cluster
from weighbridge.stacks.load import read_spec

POOLS = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}


def test_a_cluster_is_named_after_its_environment_and_lies_in_its_zones():
    plan = plan_cluster(spec(POOLS, environment="perf", zones=2))
    assert (plan.name, plan.project, plan.region) == ("perf", "example-ml", "us-central1")
    assert plan.zones == ("us-central1-a", "us-central1-b")
    assert (plan.auto_provisioning, plan.deletion_protection) == (None, False)


def test_production_alone_is_protected_from_deletion():
    assert plan_cluster(prod()).deletion_protection
    assert not plan_cluster(prod(("production: true", "production: false"))).deletion_protection


def test_its_own_settings_come_along():
    limits = {"cpu": 64, "memory": "256Gi", "gpus": {"nvidia-l4": 4}}
    plan = plan_cluster(spec(POOLS, cluster={"release_channel": "rapid", "auto_provisioning": limits}))
    assert plan.settings.release_channel == "rapid"
    assert plan.auto_provisioning is not None
    assert (plan.auto_provisioning.cpu, plan.auto_provisioning.gpus) == (64, {"nvidia-l4": 4})


def test_add_ons_are_those_that_volumes_and_secrets_need():
    storage = plan_cluster(read_spec(ROOT / "tests" / "integration" / "stacks" / "storage.yaml", CATALOG))
    assert (storage.filestore, storage.lustre, storage.secret_manager, storage.secret_sync) == (True, True, True, True)
    plain = plan_cluster(prod())
    assert (plain.filestore, plain.lustre, plain.secret_manager, plain.secret_sync) == (False, False, False, False)


def test_files_of_secret_manager_need_no_kubernetes_secret():
    version = "projects/example-ml/secrets/signing/versions/1"
    settings = endpoint(None).model_dump(mode="json", exclude_none=True)
    settings["versions"]["v7"]["secret_files"] = {"/etc/keys/signing": version}
    plan = plan_cluster(spec(POOLS, endpoints={"ranker": settings}))
    assert (plan.secret_manager, plan.secret_sync) == (True, False)
