"""The monitors of an environment: where they run, what they may read, how large they are."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.support.paths import ROOT
from tests.support.specs import CATALOG, prod, spec
from weighbridge.drift_monitor.plan import RUNS_ONLY, WITH_DATA, monitor_image, monitor_pool, plan_monitors
from weighbridge.infrastructure.bucket_access import BucketAccess

SYSTEM = {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}
COLD = {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 2}}
L4 = {"machine_type": "g2-standard-8", "nodes": {"min": 1, "max": 2}}
TPU = {"machine_type": "ct5lp-hightpu-4t", "nodes": {"min": 1, "max": 2}}


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ({"serve": L4, "system": SYSTEM}, "system"),
        ({"cold": COLD, "system": SYSTEM}, "system"),
        ({"cold": COLD, "other": COLD}, "cold"),
        ({"arm": {**SYSTEM, "machine_type": "c4a-standard-4"}, "cold": COLD}, "cold"),
        ({"arm": {**SYSTEM, "machine_type": "c4a-standard-4"}}, "arm"),
        ({"per-zone": {**SYSTEM, "nodes": None, "nodes_per_zone": {"min": 1, "max": 2}}, "system": SYSTEM}, "system"),
        ({"serve": L4, "train": TPU}, None),
    ],
)
def test_they_run_where_a_node_always_is_and_no_accelerator(pools, expected):
    given = {name: {key: value for key, value in pool.items() if value is not None} for name, pool in pools.items()}
    assert monitor_pool(spec(given), CATALOG) == expected


def monitors(*changes):
    return {plan.subject: plan for plan in plan_monitors(prod(*changes), CATALOG)}


def test_one_with_data_is_larger_than_one_with_runs_only():
    found = monitors()
    assert (found["ranker"].cpu, found["ranker"].memory) == WITH_DATA
    assert (found["ranker-training"].cpu, found["ranker-training"].memory) == RUNS_ONLY
    assert found["click-features"].most_series == 200 + 24 * 5
    assert found["ranker-training"].most_series == 200


def test_each_reads_its_own_buckets_and_no_other():
    found = monitors()
    assert found["click-features"].buckets == (
        BucketAccess("example-ml-data", "click-features/baseline.parquet"),
        BucketAccess("example-ml-data", "click-features/latest/"),
        BucketAccess("example-ml-runs", "click-features/"),
    )
    assert found["ranker-training"].buckets == (BucketAccess("example-ml-runs", "ranker-training/"),)
    assert found["click-features"].account_id == "wb-prod-mon-click-features"


def test_a_changed_config_makes_new_pods_and_no_other():
    one, other = monitors(), monitors(("features: [user_age_days, item_price,", "features: [item_price,"))
    changed = [name for name in one if one[name].digest != other[name].digest]
    assert len(changed) == 1


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (("    slo: {availability", "    thresholds: {prediction_skew: 0.2}\n    slo: {availability"), {"ranker"}),
        (("    runs_every: 7d\n", "    runs_every: 7d\n    thresholds: {failures: 2}\n"), {"embedder-training"}),
        (("monitoring:\n", "monitoring:\n  thresholds: {quota_use: 70%, least_requests: 50, queued: 2h}\n"), set()),
        (("monitoring:\n", "monitoring:\n  thresholds: {test_data_drift: 0.2}\n"), {"ranker-validation"}),
        (("monitoring:\n", "monitoring:\n  thresholds: {feature_drift: 0.2}\n"), {"ranker", "click-features"}),
    ],
)
def test_a_changed_threshold_is_told_to_who_measures_for_it_and_restarts_nobody(change, changed):
    one, other = monitors(), monitors(change)
    assert {name for name in one if one[name].config != other[name].config} == changed
    assert {name for name in one if one[name].digest != other[name].digest} == set()


def test_the_image_is_the_projects_own_of_this_version_or_the_spec_s():
    assert monitor_image(prod()).startswith("us-central1-docker.pkg.dev/example-ml/weighbridge/monitor:")
    given = prod(("  notify:\n", "  monitor_image: ghcr.io/o/monitor:7\n  notify:\n"))
    assert monitor_image(given) == "ghcr.io/o/monitor:7"


def test_the_image_is_built_from_a_lock_that_has_what_a_deployed_monitor_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        re.split(r"[>=<;\[ ]", requirement)[0]
        for extra in ("monitor", "otlp", "tables", "cloud")
        for requirement in project["optional-dependencies"][extra]
    }
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert wanted - locked == set()
    dockerfile = (ROOT / "components/monitor.Dockerfile").read_text()
    assert "--require-hashes --requirement requirements.lock" in dockerfile


TABLES = (
    ("gs://example-ml-data/click-features/baseline.parquet", "bq://example-ml.training.clicks$20261101"),
    ("gs://example-ml-data/click-features/latest/", "bq://example-ml.serving.clicks"),
)


def test_tables_are_read_by_name_and_queries_billed_to_one_project():
    found = monitors(*TABLES)["click-features"]
    assert [address.table for address in found.tables] == [
        "bq://example-ml.training.clicks",
        "bq://example-ml.serving.clicks",
    ]
    assert found.billed_project == "example-ml"
    assert {access.bucket for access in found.buckets} == {"example-ml-runs"}
    other = monitors()["click-features"]
    assert (other.tables, other.billed_project) == ((), None)
