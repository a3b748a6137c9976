"""Plans of workloads with stated replicas, so that a choice of hardware is tried without a simulation."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.support.specs import CATALOG, NOW, PROJECT, REGION, spec
from weighbridge.planner.choice.hardware import Hardware, hardware_of
from weighbridge.planner.choice.targets import StackAtHand
from weighbridge.planner.plan import PlanResult
from weighbridge.planner.requests import Requests
from weighbridge.planner.serving import CurvePoint, Range, ServingOption, WorkloadPlan
from weighbridge.quota.demand import demand_of_stacks, spec_demand
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec
from weighbridge.spec.workloads import ServedWorkload, Workloads

L4, A100, H100 = "nvidia-l4", "nvidia-tesla-a100", "nvidia-h100-80gb"
LIMITS = {
    "CPUS-per-project-region": 400,
    "N2-CPUS-per-project-region": 400,
    "NVIDIA-L4-GPUS-per-project-region": 24,
    "NVIDIA-A100-GPUS-per-project-region": 16,
    "SSD-TOTAL-GB-per-project-region": 20_000,
    "LOCAL-SSD-TOTAL-GB-per-project-region": 20_000,
    "IN-USE-ADDRESSES-per-project-region": 64,
    "INSTANCES-per-project-region": 500,
    "GPUS-ALL-REGIONS-per-project": 100,
}
SYSTEM = {"machine_type": "n2-standard-8", "nodes": {"min": 0, "max": 2}}


def option(accelerator: str, replicas: int, high: int | None = None, **keys: Any) -> ServingOption:
    """A replica of one device, as fast as a curve of one point says."""
    point = CurvePoint(8, Range(0.02, 0.018, 0.03), Range(400.0, 300.0, 450.0))
    return ServingOption(
        accelerator, keys.pop("devices", 1), "fitted", "stated by a test", slots=8,
        first_token=Range(0.2, 0.1, 0.4), wait=Range(0.5, 0.2, 1.0), curve=(point,),
        replicas=Range(replicas, replicas, high or replicas), with_failures=replicas, **keys,
    )  # fmt: skip


def workload(**keys: Any) -> ServedWorkload:
    content = {"model": "llama-3.1-8b", "demand": {"rate": 4, "input_tokens": 100, "output_tokens": 100}}
    return ServedWorkload.model_validate({**content, **keys})


def plan(name: str, *options: ServingOption, **keys: Any) -> WorkloadPlan:
    tokens = np.full(4, 100.0)
    requests = Requests(np.array([1.0, 2.0, 3.0, 4.0]), tokens, tokens, 4.0, None, ())
    return WorkloadPlan(name, workload(**keys), requests, options)


def quota_file(limits: dict[str, int] | None = None, h100: int = 16, **keys: Any) -> QuotaFile:
    listed: list[dict[str, Any]] = [
        {"quota": name, "region": REGION if name.endswith("region") else "global", "limit": limit}
        for name, limit in {**LIMITS, **(limits or {})}.items()
    ]
    family = {"quota": "GPUS-PER-GPU-FAMILY-per-project-region", "region": REGION, "limit": h100}
    listed.append({**family, "dimensions": {"gpu_family": "NVIDIA_H100"}})
    return QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": "2026-11-24T00:00:00Z", "limits": listed, **keys}
    )


def stack(
    quota: QuotaFile | None = None,
    pools: dict[str, Any] | None = None,
    others: dict[str, Spec] | None = None,
    **keys: Any,
) -> StackAtHand:
    """The stack `dev` of these pools beside other stacks."""
    own = spec(pools or {"system": SYSTEM}, zones=keys.pop("zones", 1), **keys)
    quota = quota or quota_file()
    specs = {"dev": own, **(others or {})}
    demands = demand_of_stacks({name: spec_demand(one, quota, CATALOG) for name, one in specs.items()}, quota, CATALOG)
    return StackAtHand("dev", own, quota, demands, NOW)


def chosen_in(
    at_hand: StackAtHand | None, *plans: WorkloadPlan, region: str | None = None, tmp: Any = None
) -> Hardware:
    workloads = Workloads.model_construct(version=1, region=region, workloads={one.name: one.workload for one in plans})
    found = hardware_of(workloads, plans, at_hand, tmp, CATALOG)
    assert found is not None
    return found


def machines(hardware: Hardware) -> dict[str, list[tuple[str, str, int]]]:
    """By workload, machine type, provisioning and the most nodes."""
    return {
        candidate.workload: [
            (candidate.node.machine.name, part.provisioning.value, part.most) for part in candidate.bought
        ]
        for candidate in hardware.choice.chosen
    }


def plan_result(limit: int = 12, *plans: WorkloadPlan) -> PlanResult:
    """Two workloads that would both have L4, of which there are `limit`; or others."""
    wanted = plans or (plan("a", option(L4, 8, high=9), option(A100, 2)), plan("b", option(L4, 8)))
    quota = quota_file({"NVIDIA-L4-GPUS-per-project-region": limit})
    return PlanResult(tuple(wanted), hardware=chosen_in(stack(quota), *wanted))
