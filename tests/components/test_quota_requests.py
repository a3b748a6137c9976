"""What a stack asks of Google, as resources; and that the pack admits those and no others."""

from __future__ import annotations

from dataclasses import replace

from weighbridge.components.ml_platform import Platform

from tests.support.recording import held, record
from tests.support.specs import CATALOG, quota_file, spec
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.request import PREFERENCE_TYPE, requests_of

REQUESTS = [
    {"quota": "NVIDIA-L4-GPUS-per-project-region", "region": "us-central1", "value": 32, "stack": "dev",
     "contact": "a@example.com", "justification": "why"},
    {"quota": "GPUS-PER-GPU-FAMILY-per-project-region", "region": "us-central1", "value": 16, "stack": "dev",
     "dimensions": {"gpu_family": "NVIDIA_H100"}, "contact": "a@example.com", "justification": "why"},
    {"quota": "GPUS-ALL-REGIONS-per-project", "region": "global", "value": 64, "stack": "prod",
     "contact": "a@example.com", "justification": "why"},
]  # fmt: skip


def recording(stack: str):
    file = quota_file(requests=REQUESTS)
    small = spec({"pool": {"machine_type": "e2-standard-4", "nodes": {"min": 0, "max": 1}}}, environment=stack)
    program = lambda: Platform(stack, small, CATALOG, requests=requests_of(stack, file))  # noqa: E731
    return file, record(program, stack, preview=True)


def test_each_is_a_preference_of_a_stable_name_that_is_kept_on_delete():
    _, made = recording("dev")
    family, l4 = sorted(made.of_type(PREFERENCE_TYPE), key=lambda one: one.name)
    assert l4.name == "weighbridge-nvidia-l4-gpus-us-central1"
    assert family.name == "weighbridge-gpus-per-gpu-family-nvidia-h100-us-central1"
    assert l4.inputs == {
        "name": "weighbridge-nvidia-l4-gpus-us-central1", "parent": "projects/example-ml",
        "service": "compute.googleapis.com", "quotaId": "NVIDIA-L4-GPUS-per-project-region",
        "dimensions": {"region": "us-central1"}, "quotaConfig": {"preferredValue": "32"},
        "contactEmail": "a@example.com", "justification": "why",
    }  # fmt: skip
    assert family.inputs["dimensions"] == {"region": "us-central1", "gpu_family": "NVIDIA_H100"}
    assert l4.retain_on_delete


def test_a_limit_for_all_regions_has_no_dimension():
    _, made = recording("prod")
    assert made.only(PREFERENCE_TYPE).inputs.get("dimensions", {}) == {}


def test_the_pack_admits_what_the_file_lists_and_refuses_the_rest():
    file, made = recording("dev")
    resources = held(made)
    assert graph_demand(resources, file, CATALOG).doubts == ()
    other = {"quotaConfig": {"preferredValue": "99"}}
    more = [
        replace(one, inputs={**one.inputs, **other}) if one.type == PREFERENCE_TYPE else one for one in resources
    ]  # fmt: skip
    doubts = graph_demand(more, file, CATALOG).doubts
    assert len(doubts) == 2
    assert "Instead, list it under requests in stacks/quota.yaml (weighbridge quota request)" in doubts[0].message
