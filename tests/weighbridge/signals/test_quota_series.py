from datetime import timedelta

import pytest

from tests.support.paths import ROOT
from weighbridge.catalog import load
from weighbridge.quota.demand import spec_demand
from weighbridge.signals.expression import metrics_of, selectors_of
from weighbridge.signals.lint import lint
from weighbridge.signals.quota_series import quota_metric_facts, quota_series_of
from weighbridge.stacks.load import parse_quota, read_spec

SPECS = [*(ROOT / "stacks" / f"{stack}.yaml" for stack in ("dev", "staging", "prod"))]
QUOTA = ROOT / "stacks" / "quota.yaml"
SPECS += sorted((ROOT / "tests" / "integration" / "stacks").glob("*.yaml"))
FACTS = {facts.name: facts for facts in quota_metric_facts()}


def selector(series, metric):
    return f'{metric}{{{", ".join(map(str, series.matches))}, location="us-central1"}}'


def every_limit():
    return list(load()._by_key)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_limit_that_an_example_draws_on_has_its_series(path):
    demand = spec_demand(read_spec(path), parse_quota(QUOTA.read_text(), QUOTA), load())
    drawn = {claim.key for claim in demand.claims}
    assert drawn
    missing = [str(key) for key in drawn if quota_series_of(key.quota_id, key.dimensions) is None]
    assert missing == []


def test_the_shared_surface():
    series = quota_series_of("N2-CPUS-per-project-region", ())
    assert series.surface == "consumer_quota"
    assert selector(series, series.usage) == (
        'serviceruntime_googleapis_com:quota_allocation_usage{monitored_resource="consumer_quota", '
        'service="compute.googleapis.com", quota_metric="compute.googleapis.com/n2_cpus", location="us-central1"}'
    )
    assert selector(series, series.limit) == (
        'serviceruntime_googleapis_com:quota_limit{monitored_resource="consumer_quota", '
        'service="compute.googleapis.com", quota_metric="compute.googleapis.com/n2_cpus", location="us-central1"}'
    )
    assert series.exceeded_filter("us-central1") == (
        'resource.type = "consumer_quota" AND metric.type = "serviceruntime.googleapis.com/quota/exceeded" AND '
        'resource.label.service = "compute.googleapis.com" AND resource.label.location = "us-central1" AND '
        'metric.label.quota_metric = "compute.googleapis.com/n2_cpus"'
    )
    assert series.exceeded_aligner == "ALIGN_COUNT_TRUE"
    assert series.project_label == "project_id"


def test_a_limit_of_another_service_has_that_service_s_series():
    series = quota_series_of("NvidiaL4GpuAllocNoZonalRedundancyPerProjectRegion", ())
    assert selector(series, series.usage) == (
        'serviceruntime_googleapis_com:quota_allocation_usage{monitored_resource="consumer_quota", '
        'service="run.googleapis.com", '
        'quota_metric="run.googleapis.com/nvidia_l4_gpu_allocation_no_zonal_redundancy", location="us-central1"}'
    )
    assert 'resource.label.service = "run.googleapis.com"' in series.exceeded_filter("us-central1")


def test_the_surface_of_families():
    series = quota_series_of("GPUS-PER-GPU-FAMILY-per-project-region", (("gpu_family", "NVIDIA_H100"),))
    assert series.surface == "family"
    assert selector(series, series.usage) == (
        "compute_googleapis_com:quota_gpus_per_gpu_family_usage{"
        'monitored_resource="compute.googleapis.com/Location", gpu_family="NVIDIA_H100", location="us-central1"}'
    )
    assert series.limit == "compute_googleapis_com:quota_gpus_per_gpu_family_limit"
    assert series.exceeded_filter("us-central1") == (
        'resource.type = "compute.googleapis.com/Location" AND '
        'metric.type = "compute.googleapis.com/quota/gpus_per_gpu_family/exceeded" AND '
        'resource.label.location = "us-central1" AND metric.label.gpu_family = "NVIDIA_H100"'
    )
    assert series.exceeded_aligner == "ALIGN_DELTA"
    assert series.confidence == "reported"
    assert "no live series was read" in series.note


@pytest.mark.parametrize(
    ("quota_id", "dimensions"),
    [
        ("NOBODY-KNOWS-per-project-region", ()),
        ("GPUS-PER-GPU-FAMILY-per-project-region", ()),
        ("GPUS-PER-GPU-FAMILY-per-project-region", (("vm_family", "C4"),)),
    ],
)
def test_a_limit_that_is_not_known_has_no_series(quota_id, dimensions):
    assert quota_series_of(quota_id, dimensions) is None


@pytest.mark.parametrize(("quota_id", "dimensions"), every_limit(), ids=str)
def test_every_limit_of_the_catalog_has_series_that_the_lint_accepts_once_wrapped(quota_id, dimensions):
    series = quota_series_of(quota_id, dimensions)
    for text in (selector(series, series.usage), selector(series, series.limit)):
        assert lint(f"max(last_over_time({text}[1d])) > 0", timedelta(minutes=10), FACTS) == ()
        assert [finding.rule for finding in lint(f"{text} > 0", timedelta(0), FACTS)] == ["G3"]
        assert metrics_of(text)[0] in FACTS
        assert selectors_of(text)[0].value("monitored_resource") == series.resource


def test_limits_are_told_apart():
    every = [quota_series_of(quota_id, dimensions) for quota_id, dimensions in every_limit()]
    texts = {selector(series, series.usage) for series in every}
    assert len(texts) == len(every_limit())
