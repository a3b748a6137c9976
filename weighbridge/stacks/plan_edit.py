"""Writes planned hardware into the text of a spec: pools, their bounds, replicas; every other character stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from weighbridge.catalog import Provisioning
from weighbridge.files.problem import FileError, KeyPath
from weighbridge.files.yaml_edit import AddMapping, Edit, Remove, Set, edited, without_aliases
from weighbridge.planner.choice.candidates import Bought, Candidate
from weighbridge.planner.choice.targets import Target
from weighbridge.rollouts.change import Refused
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.node_pool import AttachedGpu, NodePool, NodeRange, Reservation
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec

SPOT_SUFFIX = "-spot"
"""Of the second pool of a workload of which a part is Spot."""

_OF_ANOTHER_MACHINE = ("local_ssd", "gpu_partition", "gpu_sharing", "gpu_driver")
"""What suits one machine type goes with it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What one workload gets, and where that is written."""

    target: Target
    candidate: Candidate


def rewrite_hardware(text: str, file: Path, planned: Sequence[Planned]) -> str:
    """The text of a good spec with the planned pools, replicas and devices.

    Raises `Refused` where the result would be no good spec, or the text can't be edited without touching more.
    """
    spec = parse_spec(text, file)
    wanted = spec_with(spec, planned)
    edits = tuple(_edits(spec, wanted))
    for expands in (False, True):
        try:
            start = text
            for part in ("node_pools", "endpoints") if expands else ():
                start = without_aliases(start, (part,))
            changed = edited(start, edits)
        except (LookupError, yaml.YAMLError):  # an alias hides the text
            continue
        try:
            if parse_spec(changed, file) == wanted:
                return changed
        except FileError as wrong:
            lines = (f"{problem.location}: {problem.message}" for problem in wrong.problems)
            raise Refused(*(f"nothing was written, the spec would be wrong: {line}" for line in lines)) from wrong
    raise Refused(f"{file} can't be edited without changing something else: write it in another form of YAML")


def spec_with(spec: Spec, planned: Sequence[Planned]) -> Spec:
    """A good spec with the planned pools, replicas and devices; whether it is good still is for `rewrite_hardware`."""
    pools = dict(spec.node_pools)
    endpoints = dict(spec.endpoints)
    for plan in planned:
        pools |= _pools(plan, spec)
        name = plan.target.endpoint
        if name is not None:
            endpoints[name] = _served(endpoints[name], plan)
    return spec.model_copy(update={"node_pools": pools, "endpoints": endpoints})


def _pools(plan: Planned, spec: Spec) -> Iterator[tuple[str, NodePool]]:
    """The first pool is the one of the replicas that stay."""
    for place, part in enumerate(plan.candidate.bought):
        name = plan.target.pool + (SPOT_SUFFIX if place else "")
        yield name, _pool(spec.node_pools.get(name), plan.candidate, part)


def _pool(old: NodePool | None, candidate: Candidate, part: Bought) -> NodePool:
    """The pool that is there with other machines and bounds, or a new one."""
    node = candidate.node
    stated: dict[str, object] = {name: getattr(old, name) for name in old.model_fields_set} if old is not None else {}
    for name in ("nodes_per_zone", "slices", "gpu", "tpu_topology", "reservation"):
        stated.pop(name, None)
    if old is not None and old.machine_type != node.machine.name:
        for name in _OF_ANOTHER_MACHINE:
            stated.pop(name, None)
        if old.boot_disk.type is not None:
            stated["boot_disk"] = old.boot_disk.model_copy(update={"type": None})
    if part.provisioning is not Provisioning.FLEX_START:
        stated.pop("max_run_duration", None)
    else:
        stated.pop("upgrade", None)
    stated["machine_type"] = node.machine.name
    stated["nodes"] = NodeRange(min=part.least, max=part.most)
    if part.provisioning is not Provisioning.STANDARD or "provisioning" in stated:
        stated["provisioning"] = part.provisioning.value
    if node.attached and node.gpu is not None:
        stated["gpu"] = AttachedGpu(type=node.gpu, count=node.attached)
    if node.topology is not None:
        stated["tpu_topology"] = node.topology
    if part.reservation is not None:
        stated["reservation"] = Reservation(name=part.reservation.name, project=part.reservation.project)
        stated["zones"] = (part.reservation.zone,)
    return NodePool.model_validate(stated)


def _served(endpoint: Endpoint, plan: Planned) -> Endpoint:
    """Its stable version on the pool, with the planned replicas and devices of each."""
    candidate = plan.candidate
    version = endpoint.versions[endpoint.stable]
    # An endpoint runs on one pool: what of its replicas is on Spot beside it needs an endpoint of its own.
    first, per_node = candidate.bought[0], candidate.node.replicas
    low, high = candidate.replicas
    if len(candidate.bought) > 1:
        low, high = min(low, first.least * per_node), min(high, first.most * per_node)
    changes: dict[str, object] = {"replicas": version.replicas.model_copy(update={"min": low, "max": high})}
    if candidate.node.gpu is not None:
        changes |= {"gpu": candidate.node.devices, "tpu": None}
    elif candidate.node.machine.tpu is not None:
        changes |= {"tpu": candidate.node.devices, "gpu": None}
    versions = {**endpoint.versions, endpoint.stable: version.model_copy(update=changes)}
    return endpoint.model_copy(update={"node_pool": plan.target.pool, "versions": versions})


def _edits(old: Spec, new: Spec) -> Iterator[Edit]:
    for name, pool in new.node_pools.items():
        here: KeyPath = ("node_pools", name)
        if name not in old.node_pools:
            yield AddMapping(here, tuple(_texts(pool)))
        elif pool != old.node_pools[name]:
            yield from _pool_edits(here, old.node_pools[name], pool)
    for name, endpoint in new.endpoints.items():
        was = old.endpoints[name]
        at: KeyPath = ("endpoints", name)
        if endpoint.node_pool != was.node_pool:
            yield Set((*at, "node_pool"), endpoint.node_pool)
        version, before = endpoint.versions[endpoint.stable], was.versions[was.stable]
        there: KeyPath = (*at, "versions", endpoint.stable)
        for bound in ("min", "max"):
            if getattr(version.replicas, bound) != getattr(before.replicas, bound):
                yield Set((*there, "replicas", bound), f"{getattr(version.replicas, bound)}")
        for kind in ("gpu", "tpu"):
            amount = getattr(version, kind)
            if amount != getattr(before, kind):
                yield Set((*there, kind), f"{amount}") if amount is not None else Remove((*there, kind))


def _pool_edits(here: KeyPath, old: NodePool, new: NodePool) -> Iterator[Edit]:
    texts = dict(_texts(new))
    for bound in ("min", "max") if old.nodes is not None and new.nodes is not None else ():
        if getattr(old.nodes, bound) != getattr(new.nodes, bound):
            yield Set((*here, "nodes", bound), f"{getattr(new.nodes, bound)}")
    for name, value in texts.items():
        if getattr(old, name) == getattr(new, name) or (name == "nodes" and old.nodes is not None):
            continue
        yield Set((*here, name), value)
    for gone in sorted(old.model_fields_set - new.model_fields_set):
        yield Remove((*here, gone))
    if old.boot_disk.type is not None and new.boot_disk.type is None:
        yield Remove((*here, "boot_disk", "type"))


def _texts(pool: NodePool) -> Iterator[tuple[str, str]]:
    """What a plan states of a pool, as it is written."""
    yield "machine_type", pool.machine_type
    if pool.provisioning != "standard" or "provisioning" in pool.model_fields_set:
        yield "provisioning", pool.provisioning
    if pool.gpu is not None:
        yield "gpu", f"{{type: {pool.gpu.type}, count: {pool.gpu.count}}}"
    if pool.tpu_topology is not None:
        yield "tpu_topology", pool.tpu_topology
    if pool.reservation is not None:
        project = f", project: {pool.reservation.project}" if pool.reservation.project is not None else ""
        yield "reservation", f"{{name: {pool.reservation.name}{project}}}"
    if pool.zones is not None and pool.reservation is not None:
        yield "zones", f"[{', '.join(pool.zones)}]"
    if pool.nodes is not None:
        yield "nodes", f"{{min: {pool.nodes.min}, max: {pool.nodes.max}}}"


def planned_by(chosen: Sequence[Candidate], targets: Mapping[str, Target]) -> tuple[Planned, ...]:
    """What is written for each workload that has hardware."""
    return tuple(Planned(targets[candidate.workload], candidate) for candidate in chosen)
