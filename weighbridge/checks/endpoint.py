"""What is wrong with endpoints, their versions and their rollout, beyond the types of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal

from weighbridge.catalog import Catalog
from weighbridge.checks.outside_queue import outside_queue_problems
from weighbridge.checks.pipeline import lacking, unknown_pool
from weighbridge.checks.route_paths import route_path_problems
from weighbridge.checks.server_settings import server_settings_problems
from weighbridge.checks.version_storage import model_problems, shared_volume_problems, volume_problems
from weighbridge.conventions import LONGEST_SERVICE_NAME, version_name
from weighbridge.drift_monitor.watch import watch_problems
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.infrastructure.allocatable import GPU, TPU, most_nodes, per_node, slice_hosts
from weighbridge.infrastructure.gateway import MOST_WAIT_SECONDS
from weighbridge.infrastructure.node_kinds import unserved
from weighbridge.serving.endpoint import pod_resources, replica_hosts
from weighbridge.serving.server import conventions_of, servers
from weighbridge.signals.rows import catalogue
from weighbridge.spec.endpoint import Endpoint, Slo, Version
from weighbridge.spec.node_pool import NodePool
from weighbridge.spec.quota_file import QUOTA_FILE, QuotaFile, kept_hostnames
from weighbridge.spec.rollout import Rollout
from weighbridge.spec.root import Spec
from weighbridge.spelling import did_you_mean
from weighbridge.units import amount_text, format_duration, percent, plain

ALL = Decimal(100)
ACCELERATORS = {"gpu": (GPU, "GPUs"), "tpu": (TPU, "TPUs")}
"""Resource name and word, by how the table of servers calls them."""

MOST_DECIMALS = 4
"""Of a step: weights of a route are whole numbers up to 1,000,000."""

FIELDS = {GPU: "gpu", TPU: "tpu", "cpu": "cpu", "memory": "memory"}
"""Keys of a version, by resource name."""


def check_endpoints(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with the endpoints."""
    for name, endpoint in spec.endpoints.items():
        path: KeyPath = ("endpoints", name)
        yield from unknown_pool(spec, endpoint.node_pool, path)
        yield from _versions(endpoint, path)
        pool = spec.node_pools.get(endpoint.node_pool)
        if pool is not None and pool.machine_type in catalog.machine_types:
            yield from _on_pool(endpoint, pool, path, spec, catalog)
            for kind, reason in unserved(pool):
                message = f"no endpoint runs on {kind} nodes as those of {endpoint.node_pool}: {reason}. Choose another"
                yield Problem((*path, "node_pool"), f"{message} pool")
        if endpoint.rollout is not None:
            yield from _rollout(endpoint.rollout, (*path, "rollout"))
            yield from _rollout_state(endpoint.rollout, (*path, "rollout"))
        if endpoint.slo is not None:
            yield from _slo(endpoint.slo, (*path, "slo"))
        if endpoint.watch is not None:
            yield from watch_problems(endpoint.watch, (*path, "watch"))
        yield from _settings(endpoint, path, spec)
        yield from outside_queue_problems(endpoint, path, spec)
    yield from route_path_problems(spec)
    yield from _names(spec)
    yield from shared_volume_problems(spec)


def check_hostnames(stack: str, hostnames: Mapping[str, str], taken: dict[str, str]) -> Iterator[Problem]:
    """Host names, by endpoint, that another stack has; `taken` says whose each is, and is added to."""
    for name, hostname in hostnames.items():
        holder = taken.setdefault(hostname, stack)
        if holder != stack:
            message = f"{hostname} is a host name of {holder} already: choose another"
            yield Problem(("endpoints", name, "hostname"), message)


def check_kept_hostnames(stack: str, hostnames: Mapping[str, str], quota: QuotaFile) -> Iterator[Problem]:
    """Host names that the quota file keeps for another stack; `hostnames` by endpoint."""
    kept = kept_hostnames(quota)
    for name, hostname in hostnames.items():
        holder = kept.get(hostname, stack)
        if holder != stack:
            message = (
                f"{hostname} belongs to {holder} by {QUOTA_FILE}: choose another, or let the quota's owners take it "
                f"out of stacks.{holder}.hostnames"
            )
            yield Problem(("endpoints", name, "hostname"), message)


def _settings(endpoint: Endpoint, path: KeyPath, spec: Spec) -> Iterator[Problem]:
    if endpoint.server == "custom" and endpoint.custom is None:
        yield Problem((*path, "server"), "`custom` is missing: say the port and the health path of your server")
    if endpoint.server != "custom" and endpoint.custom is not None:
        message = f"the conventions of {endpoint.server} are known: remove it, or choose `server: custom`"
        yield Problem((*path, "custom"), message, on_key=True)
    longest = endpoint.longest_request
    if longest is not None and longest.total_seconds() > MOST_WAIT_SECONDS:
        message = f"a load balancer waits for at most 1h when a replica goes away: got {format_duration(longest)}"
        yield Problem((*path, "longest_request"), message)
    if endpoint.cloud_armor is not None and spec.gateway.reach == "internal":
        message = "Cloud Armor guards gateways that the internet reaches; this environment's is internal: remove it"
        yield Problem((*path, "cloud_armor"), message, on_key=True)


def _names(spec: Spec) -> Iterator[Problem]:
    """Each version's objects are named after endpoint and version, joined by a hyphen."""
    taken: dict[str, str] = {}
    for name, endpoint in spec.endpoints.items():
        for version in endpoint.versions:
            joined = version_name(name, version)
            path: KeyPath = ("endpoints", name, "versions", version)
            if len(joined) > LONGEST_SERVICE_NAME:
                message = f"{joined} has {len(joined)} characters, and names of Services at most {LONGEST_SERVICE_NAME}"
                yield Problem(path, f"{message}. Shorten one of the two names", on_key=True)
            if joined in taken:
                message = f"its objects are called {joined}, as those of {taken[joined]} are: rename one of the two"
                yield Problem(path, message, on_key=True)
            taken.setdefault(joined, f"{name}, version {version}")


def requests(version: Version) -> Mapping[str, Decimal]:
    """What a version's keys say, by resource name: accelerators of a replica, CPU and memory of each of its pods."""
    asked = {resource: getattr(version, field) for resource, field in FIELDS.items()}
    return {resource: Decimal(amount) for resource, amount in asked.items() if amount is not None}


def replica_requests(version: Version, pool: NodePool, catalog: Catalog) -> Mapping[str, Decimal]:
    """What one replica asks for with all its pods, by resource name; what isn't said is left out."""
    hosts = replica_hosts(version, pool, catalog)
    return {name: amount if name in (GPU, TPU) else amount * hosts for name, amount in requests(version).items()}


def _slo(slo: Slo, path: KeyPath) -> Iterator[Problem]:
    given, least = percent(slo.availability), least_availability()
    if slo.availability >= ALL:
        message = f"expected less than 100%, such as 99.9%, got {given}: no failure at all is no target"
        yield Problem((*path, "availability"), message)
    elif slo.availability <= least:
        message = f"expected more than {percent(least)}, such as 99.9%, got {given}"
        why = "more than all requests would have to fail before anybody is paged"
        yield Problem((*path, "availability"), f"{message}: {why}")


def least_availability() -> Decimal:
    """Per cent of good requests at which the fastest burn alert could only just fire: ``100 - 100 / factor``."""
    fastest = max(Decimal(str(window.factor)) for window in catalogue().burn_windows)
    return (ALL - ALL / fastest).quantize(Decimal("0.01"), ROUND_CEILING)


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
    described = endpoint.server != "custom" or endpoint.custom is not None
    conventions = conventions_of("", endpoint) if described else None
    misspelt = not names.keys() >= set(serving.values())  # which of the others was meant isn't known
    for name, version in names.items():
        if name not in serving.values() and not misspelt:
            message = (
                f"serves nothing: it is neither `stable` ({endpoint.stable}) nor the rollout's candidate. Remove it"
            )
            yield Problem((*path, "versions", name), message, on_key=True)
        replicas = version.replicas
        if replicas.min > replicas.max:
            message = f"min is above max: got min {replicas.min} and max {replicas.max}"
            yield Problem((*path, "versions", name, "replicas"), message)
        if conventions is not None:
            yield from server_settings_problems(version, conventions, (*path, "versions", name))
        if version.gpu is not None and version.tpu is not None:
            yield Problem((*path, "versions", name, "tpu"), "a replica has GPUs or TPU chips, not both: remove one")


def _no_version(name: str, endpoint: Endpoint) -> str:
    return f"there is no version {name}, but {listed(endpoint.versions)}.{did_you_mean(name, endpoint.versions)}"


def _on_pool(endpoint: Endpoint, pool: NodePool, path: KeyPath, spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    has = per_node(pool, catalog)
    runs_on = servers()[endpoint.server].accelerators
    wanted = {resource: word for kind, (resource, word) in ACCELERATORS.items() if kind in runs_on}
    needs = "cpu" not in runs_on
    if needs and not any(resource in has for resource in wanted):
        message = f"{endpoint.server} needs {' or '.join(wanted.values())}, and {endpoint.node_pool}"
        yield Problem((*path, "server"), f"{message} ({pool.machine_type}) has none")
    if TPU in has and TPU not in wanted:
        message = f"{endpoint.server} can't use the TPUs of {endpoint.node_pool}: choose another server or node pool"
        yield Problem((*path, "server"), message)
    for name, version in endpoint.versions.items():
        where = (*path, "versions", name)
        for resource in wanted if needs else ():
            if resource in has and resource not in requests(version):
                what = "chips" if resource == TPU else "GPUs"
                message = f"`{FIELDS[resource]}` is missing: say how many {what} a replica of {endpoint.server} has"
                yield Problem(where, message, on_key=True)
        for resource, amount in requests(version).items():
            yield from lacking(spec, catalog, endpoint.node_pool, resource, amount, (*where, FIELDS[resource]))
            most = has.get(resource)
            if most is not None:
                excess = _too_much(resource, amount, most, endpoint, spec, catalog)
                if excess is not None:
                    yield Problem((*where, FIELDS[resource]), excess)
        yield from _storage(version, endpoint, spec, catalog, where)


def _storage(version: Version, endpoint: Endpoint, spec: Spec, catalog: Catalog, path: KeyPath) -> Iterator[Problem]:
    server, pool = servers()[endpoint.server], spec.node_pools[endpoint.node_pool]
    yield from model_problems(version, server, path)
    hosts = replica_hosts(version, pool, catalog)
    memory = Decimal(pod_resources(version, pool, hosts, catalog).memory_mib) * 1024**2
    yield from volume_problems(version, server, pool.zones or spec.cloud.zones, memory, path)


def _too_much(
    resource: str, amount: Decimal, most: Decimal, endpoint: Endpoint, spec: Spec, catalog: Catalog
) -> str | None:
    """What one replica asks for and can't have."""
    given = amount_text(resource, amount)
    pool = spec.node_pools[endpoint.node_pool]
    if resource == GPU and pool.gpu_sharing is not None and amount > 1:  # GKE refuses such pods
        return f"a pod on shared GPUs has 1 of them at most, got {given}"
    if resource == TPU and pool.slices is not None:
        whole = most * slice_hosts(pool, catalog)
        if amount != whole:
            return f"a replica has a whole slice, {plain(whole)} chips in {pool.tpu_topology}: got {given}"
        return None
    if amount <= most:
        return None
    if resource != GPU or "gpu" not in servers()[endpoint.server].several_hosts or pool.gpu_partition is not None:
        return f"a replica runs on one node, where pods have {amount_text(resource, most)}: got {given}"
    if amount % most:
        has = amount_text(resource, most)
        return f"a replica on several nodes takes whole ones: expected a multiple of {has}, got {given}"
    nodes = most_nodes(pool, spec, catalog)
    if amount > most * nodes:
        return (
            f"a replica takes {plain(amount / most)} nodes, and {endpoint.node_pool} has at most {nodes}: got {given}"
        )
    return None


def _rollout(rollout: Rollout, path: KeyPath) -> Iterator[Problem]:
    steps = rollout.steps
    shown = ", ".join(map(percent, steps))
    for index, step in enumerate(steps):
        if step == 0 or (index and step <= steps[index - 1]):
            message = f"each step is above the one before, and above 0%: got {percent(step)} in {shown}"
            if step == 0:
                message += ". Leave it out: a rollout begins with `at: 0%`"
            yield Problem((*path, "steps", index), message)
        if -int(step.normalize().as_tuple().exponent) > MOST_DECIMALS:
            message = f"weights have at most {MOST_DECIMALS} decimals: got {percent(step)}"
            yield Problem((*path, "steps", index), message)
    if steps[-1] != ALL:
        yield Problem((*path, "steps", len(steps) - 1), f"the last step is 100%, got {percent(steps[-1])}")
    if rollout.at != 0 and rollout.at not in steps:
        yield Problem((*path, "at"), f"expected 0% or one of the steps ({shown}), got {percent(rollout.at)}")
    for index, approval in enumerate(rollout.approvals):
        if approval.step not in steps:
            message = f"expected one of the steps ({shown}), got {percent(approval.step)}"
            yield Problem((*path, "approvals", index, "step"), message)


def _rollout_state(rollout: Rollout, path: KeyPath) -> Iterator[Problem]:
    shown = ", ".join(map(percent, rollout.steps))
    if rollout.rolled_back is not None and rollout.at != 0:
        message = (
            f"this rollout was rolled back, so the candidate has no traffic: expected 0%, got {percent(rollout.at)}"
        )
        yield Problem((*path, "at"), message)
    if rollout.mirror is not None and (rollout.mirror == 0 or rollout.mirror % 1):
        message = f"expected a whole percentage from 1% to 100%, got {percent(rollout.mirror)}"
        yield Problem((*path, "mirror"), message)
    for index, reached in enumerate(rollout.reached):
        if reached.step not in rollout.steps:
            message = f"expected one of the steps ({shown}), got {percent(reached.step)}"
            yield Problem((*path, "reached", index, "step"), message)
