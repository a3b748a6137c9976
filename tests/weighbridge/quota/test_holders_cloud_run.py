"""GPUs of Cloud Run count on limits of their own, where the quota file lists them, and on no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import resource
from tests.support.specs import CATALOG, limit, quota_file
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.holders_cloud_run import JOB_TYPE, OLD_SERVICE_TYPE, SERVICE_TYPE, WORKER_POOL_TYPE
from weighbridge.quota.ledger import Demand
from weighbridge.resources.values import Unknown
from weighbridge.spec.quota_file import Limit, QuotaFile

ZONAL, REGIONAL = "NvidiaL4GpuAllocNoZonalRedundancyPerProjectRegion", "NvidiaL4GpuAllocPerProjectRegion"
RTX = "NvidiaRtxPro6000GpuAllocNoZonalRedundancyPerProjectRegion"


def listing(*limits: str) -> QuotaFile:
    """A file with these limits and no others."""
    return quota_file().model_copy(update={"limits": tuple(Limit(**limit(quota, 8)) for quota in limits)})


LISTED = listing(ZONAL, REGIONAL, RTX)


def template(gpus: str = "1", /, **more: Any) -> dict[str, Any]:
    limits = {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": gpus}
    return {"containers": [{"image": "a", "resources": {"limits": limits}}, {"image": "sidecar"}], **more}


def run(type_: str, inputs: dict[str, Any], quota: QuotaFile = LISTED) -> Demand:
    given = {"location": "us-central1", "project": "example-ml", **inputs}
    return graph_demand([resource(type_, "llm", given)], quota, CATALOG)


def drawn(type_: str, **inputs: Any) -> dict[str, tuple[int, int]]:
    demand = run(type_, inputs)
    assert demand.doubts == ()
    assert {claim.key.region for claim in demand.claims} <= {"us-central1"}
    assert all(claim.quota.quota_id == claim.key.quota_id for claim in demand.claims)
    return {claim.key.quota_id: (claim.steady, claim.peak) for claim in demand.claims}


def doubt(type_: str, **inputs: Any) -> str:
    (found,) = run(type_, inputs).doubts
    return found.message


def test_a_service_draws_all_its_instances_and_those_of_its_next_revision():
    scaled = template(scaling={"maxInstanceCount": 3.0})
    assert drawn(SERVICE_TYPE, template=scaled) == {REGIONAL: (3, 6)}
    assert drawn(SERVICE_TYPE, template=template("2"), scaling={"maxInstanceCount": 2.0}) == {REGIONAL: (4, 8)}
    assert drawn(SERVICE_TYPE, template=scaled, scaling={"maxInstanceCount": 2.0}) == {REGIONAL: (2, 4)}
    assert drawn(SERVICE_TYPE, template=template("500m", scaling={"maxInstanceCount": 3.0})) == {REGIONAL: (3, 6)}
    assert drawn(SERVICE_TYPE, template={**scaled, "gpuZonalRedundancyDisabled": True}) == {ZONAL: (3, 6)}


def test_the_kind_of_gpu_decides_the_limit():
    kind = {"nodeSelector": {"accelerator": "nvidia-rtx-pro-6000"}, "gpuZonalRedundancyDisabled": True}
    assert drawn(SERVICE_TYPE, template=template(scaling={"maxInstanceCount": 1.0}, **kind)) == {RTX: (1, 2)}


def test_instances_that_are_set_by_hand_are_as_many_as_are_set():
    manual = {"scalingMode": "MANUAL", "manualInstanceCount": 5.0, "maxInstanceCount": 9.0}
    assert drawn(WORKER_POOL_TYPE, template=template(), scaling=manual) == {REGIONAL: (5, 10)}


@pytest.mark.parametrize(
    ("outer", "gpus"),
    [
        ({}, 1),
        ({"taskCount": 6.0}, 6),
        ({"taskCount": 6.0, "parallelism": 2.0}, 2),
        ({"taskCount": 2.0, "parallelism": 6.0}, 2),
        ({"taskCount": 6.0, "parallelism": 0.0}, 6),
    ],
)
def test_a_job_draws_as_many_tasks_as_run_side_by_side(outer: dict[str, Any], gpus: int):
    assert drawn(JOB_TYPE, template={**outer, "template": template()}) == {REGIONAL: (gpus, gpus)}


def test_what_takes_no_gpu_or_another_limit_draws_nothing():
    assert drawn(SERVICE_TYPE, template={"containers": [{"image": "a"}]}) == {}
    assert drawn(SERVICE_TYPE, template=template("0")) == {}
    assert drawn(OLD_SERVICE_TYPE, template={"spec": {"containers": [{"image": "a"}]}}) == {}
    redundant = {"template": template(scaling={"maxInstanceCount": 1.0})}
    assert run(SERVICE_TYPE, redundant, listing(ZONAL)) == Demand()


@pytest.mark.parametrize("type_", [SERVICE_TYPE, WORKER_POOL_TYPE, JOB_TYPE, OLD_SERVICE_TYPE])
def test_nothing_is_asked_of_it_where_no_such_limit_is_listed(type_: str):
    assert run(type_, {"template": Unknown()}, listing("CPUS-per-project-region")) == Demand()


def test_requests_of_an_earlier_revision_take_a_bound_of_the_whole_service():
    scaled = template(scaling={"maxInstanceCount": 3.0}, revision="llm-b")
    both = [{"revision": "llm-a", "percent": 50.0}, {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 50.0}]
    assert doubt(SERVICE_TYPE, template=scaled, traffics=both) == (
        "traffics[0].revision keeps llm-a beside the newest revision, and how many instances it may have is not in the "
        "template: set scaling.maxInstanceCount, which bounds all revisions together"
    )
    assert doubt(SERVICE_TYPE, template=scaled, traffics=[{"revision": Unknown()}]).startswith(
        "traffics[0].revision is"
    )
    assert drawn(SERVICE_TYPE, template=scaled, traffics=both, scaling={"maxInstanceCount": 2.0}) == {REGIONAL: (2, 4)}
    manual = {"scalingMode": "MANUAL", "manualInstanceCount": 5.0}
    assert drawn(SERVICE_TYPE, template=scaled, traffics=both, scaling=manual) == {REGIONAL: (5, 10)}
    own = [{"revision": "llm-b", "percent": 100.0}]
    assert drawn(SERVICE_TYPE, template=scaled, traffics=own) == {REGIONAL: (3, 6)}


def test_what_cannot_be_told_is_a_doubt():
    assert doubt(SERVICE_TYPE, template=template()) == (
        "template.scaling.maxInstanceCount is not set, so Cloud Run may start any number of instances: set it"
    )
    assert doubt(SERVICE_TYPE, template=Unknown()).startswith("template is not known before the deployment")
    assert doubt(OLD_SERVICE_TYPE, template={"spec": template()}) == (
        "annotations say how many GPUs it takes, which nobody reads: use gcp:cloudrunv2/service:Service"
    )
    assert doubt(SERVICE_TYPE, location=None, template=template(scaling={"maxInstanceCount": 1.0})).startswith(
        "location is not set, so nobody can tell whose quota it takes"
    )
    other = template(nodeSelector={"accelerator": "nvidia-h100"}, scaling={"maxInstanceCount": 1.0})
    assert "the catalog has no quota id for nvidia-h100" in doubt(SERVICE_TYPE, template=other)
