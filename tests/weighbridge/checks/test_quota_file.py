"""What is wrong with the shared quota file, and where it and the specs disagree."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.specs import CATALOG, PROJECT, REGION, limit
from weighbridge.checks.quota_file import check, check_project, check_shares
from weighbridge.spec.quota_file import QuotaFile

L4 = "NVIDIA-L4-GPUS-per-project-region"
ALL = "GPUS-ALL-REGIONS-per-project"
LOCAL_SSD = "LOCAL-SSD-TOTAL-GB-per-project-region"


def quota(*limits: dict[str, Any], **more: Any) -> QuotaFile:
    listed = limits or (limit(L4, 4),)
    return QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": "2026-11-20T08:00:00Z", "limits": listed, **more}
    )


def outside(quota_id: str = L4, region: str = REGION, **dimensions: str) -> dict[str, Any]:
    return {
        "what": "notebooks", "quota": quota_id, "region": region, "dimensions": dimensions, "amount": 1,
        "owner": "ml@example.com", "review_by": "2026-12-31",
    }  # fmt: skip


def problems(file: QuotaFile) -> list[tuple[str, str]]:
    return [(".".join(map(str, problem.path)), problem.message) for problem in check(file, CATALOG)]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (quota(), []),
        (quota(limit(L4, 4), limit(L4, 8)), [("limits.1", "this limit is listed already, as limits[0]: remove one")]),
        (quota(limit(L4, 4), limit(L4, 8, "us-east1")), []),
        (
            quota(limit("NVIDIA-L5-GPUS-per-project-region", 4)),
            [
                (
                    "limits.0.quota",
                    f"the catalog has no quota id NVIDIA-L5-GPUS-per-project-region. Did you mean `{L4}`?",
                )
            ],
        ),
        (quota(limit(ALL, 4)), [("limits.0.region", f"{ALL} is one limit for all regions: expected global")]),
        (
            quota(limit(L4, 4, "global")),
            [("limits.0.region", f"{L4} is set per region: expected a region, got global")],
        ),
        (
            quota(limit(L4, 4, "us-central9")),
            [("limits.0.region", "the catalog has no region us-central9. Did you mean `us-central1`?")],
        ),
        (
            quota(limit(L4, 4, vm_family="N2")),
            [("limits.0.dimensions", f"{L4} goes by none, got {{vm_family: N2}}")],
        ),
        (quota(outside=[outside()]), []),
        (
            quota(outside=[outside(LOCAL_SSD)]),
            [
                (
                    "outside.0.quota",
                    f"no limit of {LOCAL_SSD} in {REGION} is listed under `limits`: add it, or remove this entry",
                )
            ],
        ),
        (
            quota(outside=[outside(region="us-central9")]),  # said once: that it has no limit follows
            [("outside.0.region", "the catalog has no region us-central9. Did you mean `us-central1`?")],
        ),
        (quota(spot_pools=["NVIDIA_L4", "NVIDIA_L4"]), [("spot_pools.1", "NVIDIA_L4 is given twice: remove one")]),
    ],
)
def test_one_change_of_a_good_file(file, expected):
    assert problems(file) == expected


def test_a_preemptible_quota_that_nobody_sells_names_those_that_exist():
    ((path, message),) = problems(quota(spot_pools=["NVIDIA_L5"]))
    assert path == "spot_pools.0"
    assert message.startswith("no preemptible quota is called NVIDIA_L5. Allowed: ")
    assert message.endswith(" Did you mean `NVIDIA_L4`?")


def test_a_limit_of_another_service_may_be_listed_and_is_not_asked_for():
    cloud_run = "NvidiaL4GpuAllocNoZonalRedundancyPerProjectRegion"
    asks = {"quota": cloud_run, "region": REGION, "value": 9, "stack": "prod", "contact": "a@example.com",
            "justification": "x"}  # fmt: skip
    assert problems(quota(limit(cloud_run, 3))) == []
    assert problems(quota(limit(cloud_run, 3), requests=[asks])) == [
        ("requests.0.quota", f"{cloud_run} is a limit of run.googleapis.com, whose owners have to be asked by hand")
    ]


def test_a_share_of_a_stack_that_has_no_spec():
    (problem,) = check_shares(quota(shares={"dev": "50%", "pord": "10%"}), ["dev", "prod"])
    assert (problem.path, problem.message) == (("shares", "pord"), "there is no spec pord.yaml. Did you mean `prod`?")


def test_a_commitment_or_a_request_of_a_stack_that_nothing_knows():
    committed = {"machines": "g2", "region": REGION, "years": 1, "discount": "37%", "until": "2027-11-30"}
    asks = {**limit(L4, 8), "value": 8, "contact": "a@example.com", "justification": "x"}
    del asks["limit"]
    file = quota(
        limit(L4, 3),
        commitments=[{**committed, "stack": stack} for stack in ("pord", "prod")] + [committed],
        requests=[{**asks, "stack": "sandbx"}],
        beyond_spec=[
            {
                "stack": "sandbox", "quota": L4, "region": REGION, "amount": 1, "reason": "a trial",
                "owner": "a@example.com", "review_by": "2035-01-31",
            }
        ],
    )  # fmt: skip
    assert [(problem.path, problem.message) for problem in check_shares(file, ["dev", "prod"])] == [
        (("commitments", 0, "stack"), "there is no spec pord.yaml. Did you mean `prod`?"),
        (("requests", 0, "stack"), "there is no spec sandbx.yaml. Did you mean `sandbox`?"),
    ]


def test_a_spec_of_another_project():
    assert check_project(quota(), PROJECT) == []
    (problem,) = check_project(quota(project="other-project"), PROJECT)
    assert problem.message == (
        f"expected other-project, whose limits quota.yaml lists, got {PROJECT}. A folder holds stacks of one project"
    )
