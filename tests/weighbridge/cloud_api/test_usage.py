"""How use is read from series and counters."""

from __future__ import annotations

from tests.support.google_apis import google_apis, series
from tests.support.specs import NOW
from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.cloud_api.identity import Identity
from weighbridge.cloud_api.usage import MeasuredUse, allocation_use, compute_use, family_use

ALLOCATION = "serviceruntime.googleapis.com/quota/allocation/usage"


def asked(call, **state):
    with google_apis(**state) as apis, GoogleCloud(Identity(lambda: "t"), apis.url) as cloud:
        return call(cloud, "example-ml"), apis


def test_the_newest_point_counts_and_of_several_series_the_largest():
    label = {"quota_metric": "compute.googleapis.com/cpus"}
    found, _ = asked(
        lambda cloud, project: allocation_use(cloud, project, NOW),
        series=[
            series(ALLOCATION, label, "r1", 5, 90),
            series(ALLOCATION, label, "r1", 7),
            series(ALLOCATION, label, "r2"),  # without points
            series(ALLOCATION, {}, "r1", 3),  # of nothing known
        ],
    )
    assert found == (MeasuredUse("compute.googleapis.com/cpus", "r1", "", 7),)


def test_a_day_is_looked_back_as_series_are_sparse():
    metric = "compute.googleapis.com/quota/gpus_per_gpu_family"
    found, apis = asked(
        lambda cloud, project: family_use(cloud, project, metric, "gpu_family", NOW),
        series=[series(f"{metric}/usage", {"gpu_family": "NVIDIA_H100"}, "r1", 8)],
    )
    assert found == (MeasuredUse(metric, "r1", "NVIDIA_H100", 8),)
    assert apis.asked == ["GET monitoring.googleapis.com/v3/projects/example-ml/timeSeries"]


def test_compute_s_counters_are_whole_and_rounded_up():
    found, _ = asked(
        compute_use,
        regions=[{"name": "r1", "quotas": [{"metric": "SSD_TOTAL_GB", "usage": 10.5}, {"metric": "CPUS"}]}],
        project_quotas=[{"metric": "NETWORKS", "usage": 3.0}],
    )
    assert found == (
        MeasuredUse("compute.googleapis.com/ssd_total_gb", "r1", "", 11),
        MeasuredUse("compute.googleapis.com/networks", "global", "", 3),
    )
