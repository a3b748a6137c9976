"""What is wrong with endpoints, their versions and their rollout, beyond the types of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from weighbridge.allocatable import GPU, TPU, per_node, slice_hosts
from weighbridge.amount_text import amount_text, plain
from weighbridge.catalog import Catalog
from weighbridge.endpoint import Endpoint, Version
from weighbridge.model_problems import did_you_mean, listed
from weighbridge.node_pool import NodePool
from weighbridge.pipeline_checks import lacking, unknown_pool, watch_problems
from weighbridge.problem import KeyPath, Problem
from weighbridge.rollout import Rollout
from weighbridge.spec import Spec

ALL = Decimal(100)
TPU_SERVERS = frozenset({"vllm-tpu"})
FIELDS = {GPU: "gpu", TPU: "tpu", "cpu": "cpu", "memory": "memory"}
"""Keys of a version, by resource name."""


def check_endpoints(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with the endpoints."""
    hosts: dict[str, str] = {}
    for name, endpoint in spec.endpoints.items():
        path: KeyPath = ("endpoints", name)
        if endpoint.hostname in hosts:
            said = f"{endpoint.hostname} is the host name of {hosts[endpoint.hostname]} already: choose another"
            yield Problem((*path, "hostname"), said)
        hosts.setdefault(endpoint.hostname, name)
        yield from unknown_pool(spec, endpoint.node_pool, path)
        yield from _versions(endpoint, path)
        pool = spec.node_pools.get(endpoint.node_pool)
        if pool is not None and pool.machine_type in catalog.machine_types:
            yield from _on_pool(endpoint, pool, path, spec, catalog)
        if endpoint.rollout is not None:
            yield from _rollout(endpoint.rollout, (*path, "rollout"))
        if endpoint.slo is not None and not 0 < endpoint.slo.availability < ALL:
            given = percent(endpoint.slo.availability)
            said = (
                f"expected more than 0% and less than 100%, such as 99.9%, got {given}: no failure at all is no target"
            )
            yield Problem((*path, "slo", "availability"), said)
        if endpoint.watch is not None:
            yield from watch_problems(endpoint.watch, (*path, "watch"))


def requests(version: Version) -> Mapping[str, Decimal]:
    """What one replica asks for, by resource name; what it doesn't say is left out."""
    asked = {resource: getattr(version, field) for resource, field in FIELDS.items()}
    return {resource: Decimal(amount) for resource, amount in asked.items() if amount is not None}


def percent(value: Decimal) -> str:
    """A percentage as the spec writes it."""
    return f"{plain(value)}%"


def _versions(endpoint: Endpoint, path: KeyPath) -> Iterator[Problem]:
    names = endpoint.versions
    serving = {"stable": endpoint.stable}
    if endpoint.stable not in names:
        yield Problem((*path, "stable"), _no_version(endpoint.stable, endpoint))
    if endpoint.rollout is not None:
        candidate = endpoint.rollout.candidate
        serving["candidate"] = candidate
        where = (*path, "rollout", "candidate")
        if candidate not in names:
            yield Problem(where, _no_version(candidate, endpoint))
        elif candidate == endpoint.stable:
            yield Problem(where, f"{candidate} is stable already: name the version that is to follow it")
    for name, version in names.items():
        if name not in serving.values():
            said = f"serves nothing: it is neither `stable` ({endpoint.stable}) nor the rollout's candidate. Remove it"
            yield Problem((*path, "versions", name), said, on_key=True)
        replicas = version.replicas
        if replicas.min > replicas.max:
            said = f"min is above max: got min {replicas.min} and max {replicas.max}"
            yield Problem((*path, "versions", name, "replicas"), said)
        if version.gpu is not None and version.tpu is not None:
            yield Problem((*path, "versions", name, "tpu"), "a replica has GPUs or TPU chips, not both: remove one")


def _no_version(name: str, endpoint: Endpoint) -> str:
    return f"there is no version {name}, but {listed(endpoint.versions)}.{did_you_mean(name, endpoint.versions)}"


def _on_pool(endpoint: Endpoint, pool: NodePool, path: KeyPath, spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    has = per_node(pool, catalog)
    if endpoint.server in TPU_SERVERS and TPU not in has:
        said = f"{endpoint.server} needs TPUs, and {endpoint.node_pool} ({pool.machine_type}) has none"
        yield Problem((*path, "server"), said)
    for name, version in endpoint.versions.items():
        where = (*path, "versions", name)
        if endpoint.server in TPU_SERVERS and TPU in has and version.tpu is None:
            yield Problem(
                where, f"`tpu` is missing: say how many chips a replica of {endpoint.server} has", on_key=True
            )
        for resource, amount in requests(version).items():
            yield from lacking(spec, catalog, endpoint.node_pool, resource, amount, (*where, FIELDS[resource]))
            most = has.get(resource)
            if most is not None:
                excess = _too_much(resource, amount, most, pool, catalog)
                if excess is not None:
                    yield Problem((*where, FIELDS[resource]), excess)


def _too_much(resource: str, amount: Decimal, most: Decimal, pool: NodePool, catalog: Catalog) -> str | None:
    """What one replica asks for and can't have."""
    given = amount_text(resource, amount)
    if resource == GPU and pool.gpu_sharing is not None and amount > 1:  # GKE refuses such pods
        return f"a pod on shared GPUs has 1 of them at most, got {given}"
    if resource == TPU and pool.slices is not None:
        whole = most * slice_hosts(pool, catalog)
        if amount != whole:
            return f"a replica has a whole slice, {plain(whole)} chips in {pool.tpu_topology}: got {given}"
        return None
    if amount > most:
        return f"a replica runs on one node, where pods have {amount_text(resource, most)}: got {given}"
    return None


def _rollout(rollout: Rollout, path: KeyPath) -> Iterator[Problem]:
    steps = rollout.steps
    shown = ", ".join(map(percent, steps))
    for index, step in enumerate(steps):
        if step == 0 or (index and step <= steps[index - 1]):
            said = f"each step is above the one before, and above 0%: got {percent(step)} in {shown}"
            yield Problem((*path, "steps", index), said)
    if steps[-1] != ALL:
        yield Problem((*path, "steps", len(steps) - 1), f"the last step is 100%, got {percent(steps[-1])}")
    if rollout.at != 0 and rollout.at not in steps:
        yield Problem((*path, "at"), f"expected 0% or one of the steps ({shown}), got {percent(rollout.at)}")
    for index, approval in enumerate(rollout.approvals):
        if approval.step not in steps:
            said = f"expected one of the steps ({shown}), got {percent(approval.step)}"
            yield Problem((*path, "approvals", index, "step"), said)
