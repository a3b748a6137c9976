"""What is wrong with inference pools, beyond the types of their keys."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.catalog import Catalog
from weighbridge.conventions import LONGEST_SERVICE_NAME, picker_name, version_name
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.infrastructure.allocatable import per_node
from weighbridge.serving.inference_pool import accelerated, picker_node_pool, picker_request
from weighbridge.serving.server import servers
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.inference_pool import InferencePool
from weighbridge.spec.root import Spec
from weighbridge.spelling import did_you_mean
from weighbridge.units import amount_text


def check_inference_pools(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with the inference pools."""
    for name, endpoint in spec.endpoints.items():
        if endpoint.inference_pool is not None:
            path: KeyPath = ("endpoints", name)
            yield from _possible(endpoint, (*path, "inference_pool"), spec)
            yield from _node_pool(endpoint.inference_pool, (*path, "inference_pool"), spec, catalog)
            yield from _names(name, endpoint, path, spec)
            if endpoint.rollout is not None and endpoint.rollout.mirror is not None:
                message = "what GKE makes of requests mirrored to an inference pool is unverified: take it out"
                yield Problem((*path, "rollout", "mirror"), message, on_key=True)


def _possible(endpoint: Endpoint, path: KeyPath, spec: Spec) -> Iterator[Problem]:
    able = [name for name, server in servers().items() if server.inference_pool]
    if endpoint.server not in able:
        message = f"endpoint pickers don't understand the metrics of {endpoint.server}, but those of {listed(able)}"
        yield Problem(path, f"{message}: remove it, or choose one of these servers", on_key=True)
    if spec.gateway.reach == "global":
        message = (
            "GKE documents inference pools behind gateways that are regional or internal; this one's reach is global"
        )
        yield Problem(path, f"{message}. Remove it, or change `gateway.reach`", on_key=True)


def _node_pool(settings: InferencePool, path: KeyPath, spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    asked = picker_request(settings)
    wanted = " and ".join(f"{amount_text(name, amount)} {name}" for name, amount in asked.items())
    key = settings.picker_node_pool
    if key is None:
        known = {name for name, pool in spec.node_pools.items() if pool.machine_type not in catalog.machine_types}
        if not known and picker_node_pool(settings, spec, catalog) is None:
            message = f"a picker asks for {wanted}, and no node pool without accelerators and taints has such nodes"
            yield Problem(path, f"{message}. Add one, or name one in `picker_node_pool`", on_key=True)
        return
    where = (*path, "picker_node_pool")
    pool = spec.node_pools.get(key)
    if pool is None:
        message = f"there is no node pool {key}, but {listed(spec.node_pools)}.{did_you_mean(key, spec.node_pools)}"
        yield Problem(where, message)
    elif pool.machine_type in catalog.machine_types:
        if accelerated(pool, catalog):
            message = f"{key} has accelerators, whose nodes a picker would keep from replicas"
            yield Problem(where, f"{message}: choose a node pool without")
        room = per_node(pool, catalog)
        for name, amount in asked.items():
            if amount > room[name]:
                message = f"a picker asks for {amount_text(name, amount)} {name}, and pods of a node of {key} have"
                yield Problem(where, f"{message} {amount_text(name, room[name])}: choose a larger one, or ask for less")


def _names(name: str, endpoint: Endpoint, path: KeyPath, spec: Spec) -> Iterator[Problem]:
    """Each version's picker is named after it."""
    taken = {version_name(other, version): (other, version) for other, configured in spec.endpoints.items()
             for version in configured.versions}  # fmt: skip
    for version in endpoint.versions:
        picker = picker_name(version_name(name, version))
        where: KeyPath = (*path, "versions", version)
        if len(picker) > LONGEST_SERVICE_NAME:
            message = f"its picker {picker} has {len(picker)} characters, and names of Services at most"
            yield Problem(where, f"{message} {LONGEST_SERVICE_NAME}. Shorten one of the two names", on_key=True)
        if picker in taken:
            other, theirs = taken[picker]
            message = f"its picker is called {picker}, as the objects of {other}, version {theirs} are"
            yield Problem(where, f"{message}: rename one of the two", on_key=True)
