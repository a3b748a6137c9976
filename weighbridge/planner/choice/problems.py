"""What is wrong with the hardware that a file of workloads wishes for, beyond what its models say."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from weighbridge.catalog import Catalog
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.planner.choice.targets import StackAtHand, targets_of
from weighbridge.spec.workloads import ServedWorkload, Workloads
from weighbridge.spelling import did_you_mean


def hardware_problems(workloads: Workloads, stack: StackAtHand | None, catalog: Catalog) -> Iterator[Problem]:
    """Everything, in no order."""
    yield from _region(workloads, stack, catalog)
    for name, workload in workloads.workloads.items():
        yield from _hardware(workload, ("workloads", name, "hardware"), catalog)
        yield from _in_stack(workload, ("workloads", name, "hardware"), stack)
    if stack is not None:
        pools: dict[str, str] = {}
        for name, target in targets_of(workloads, stack.spec).items():
            if target.pool in pools:
                message = f"{pools[target.pool]} is to be on the pool {target.pool}, too: name another one as `pool`"
                yield Problem(("workloads", name), message, on_key=True)
            pools[target.pool] = name


def _region(workloads: Workloads, stack: StackAtHand | None, catalog: Catalog) -> Iterator[Problem]:
    region = workloads.region
    if region is None:
        return
    if region not in catalog.regions:
        mean = did_you_mean(region, catalog.regions)
        yield Problem(("region",), f"the catalog knows no region {region!r}.{mean}")
    elif stack is not None and region != stack.spec.cloud.region:
        message = f"{stack.stack} is in {stack.spec.cloud.region}: leave the region out, or name another stack"
        yield Problem(("region",), message)


def _hardware(workload: ServedWorkload, at: KeyPath, catalog: Catalog) -> Iterator[Problem]:
    wishes = workload.hardware
    for index, wish in enumerate(wishes.machine_types):
        if not any(fnmatchcase(name, wish) for name in catalog.machine_types):
            yield Problem((*at, "machine_types", index), catalog.without_machine(wish))
    if wishes.now is not None and wishes.now.machine_type not in catalog.machine_types:
        yield Problem((*at, "now", "machine_type"), catalog.without_machine(wishes.now.machine_type))
    takes = wishes.per_replica
    if takes is None:
        return
    known = {*catalog.gpus, *(machine.tpu for machine in catalog.machine_types.values() if machine.tpu)}
    if takes.accelerator is not None and workload.service_time is None:
        message = "`accelerators` says it already: leave it out"
        yield Problem((*at, "per_replica", "accelerator"), message, on_key=True)
    elif takes.accelerator is not None and takes.accelerator not in known:
        mean = did_you_mean(takes.accelerator, known)
        message = f"the catalog knows no accelerator {takes.accelerator[:60]!r}.{mean}"
        yield Problem((*at, "per_replica", "accelerator"), message)
    if workload.service_time is not None and takes.accelerator is None:
        if takes.cpu is None and takes.memory is None:
            yield Problem((*at, "per_replica"), "expected `cpu`, `memory` or `accelerator`: what one server takes")
        if not wishes.machine_types:
            message = "`machine_types` is missing: `service_time` holds for the machines that it was measured on"
            yield Problem(at, f"{message}, such as [n2-*]")


def _in_stack(workload: ServedWorkload, at: KeyPath, stack: StackAtHand | None) -> Iterator[Problem]:
    endpoint = workload.hardware.endpoint
    if stack is not None and endpoint is not None and endpoint not in stack.spec.endpoints:
        mean = did_you_mean(endpoint, stack.spec.endpoints)
        yield Problem((*at, "endpoint"), f"{stack.stack} has no endpoint {endpoint}.{mean}")
