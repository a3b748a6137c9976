"""Whether what is asked of each node pool fits the pool: the sums over pipelines, endpoints and versions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.checks.endpoint import replica_requests
from weighbridge.files.problem import Problem
from weighbridge.infrastructure.allocatable import capacity, most_nodes, per_node
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec
from weighbridge.units import amount_text


def check_shares(spec: Spec, catalog: Catalog, pools: Collection[str]) -> Iterator[Problem]:
    """What is wrong with the sums on `pools`: those that have no problem of their own."""
    for key, held in _guaranteed(spec, catalog, pools).items():
        if key in pools:
            room = capacity(spec.node_pools[key], spec, catalog)
            for resource, parts in held.items():
                if resource in room and sum(parts.values()) > room[resource]:
                    has = _room(resource, key, spec, catalog)
                    message = f"{_sum(resource, parts)} are guaranteed here, and pods can have {has}"
                    do = "Lower a guarantee or a replicas.min, or allow more nodes"
                    yield Problem(("node_pools", key), f"{message}. {do}", on_key=True)
    for name, endpoint in spec.endpoints.items():
        if endpoint.node_pool in pools:
            yield from _all_versions(name, endpoint, spec, catalog)


def _all_versions(name: str, endpoint: Endpoint, spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """All versions at their most, as they may be in the middle of a rollout."""
    key = endpoint.node_pool
    pool = spec.node_pools[key]
    by_version = {name: replica_requests(version, pool, catalog) for name, version in endpoint.versions.items()}
    for resource, most in capacity(pool, spec, catalog).items():
        parts = {
            version: asked[resource] * endpoint.versions[version].replicas.max
            for version, asked in by_version.items()
            if resource in asked
        }
        if sum(parts.values()) > most:
            has = _room(resource, key, spec, catalog)
            message = f"at their most, replicas ask for {_sum(resource, parts)}, and {key} has {has}"
            do = "Lower a replicas.max, or allow more nodes"
            yield Problem(("endpoints", name, "versions"), f"{message}. {do}", on_key=True)


def _guaranteed(spec: Spec, catalog: Catalog, pools: Collection[str]) -> dict[str, dict[str, dict[str, Decimal]]]:
    """What is guaranteed on `pools`, by pool, resource and holder."""
    held: dict[str, dict[str, dict[str, Decimal]]] = {}

    def add(key: str, resource: str, holder: str, amount: Decimal) -> None:
        if amount:
            parts = held.setdefault(key, {}).setdefault(resource, {})
            parts[holder] = parts.get(holder, Decimal(0)) + amount

    for name, pipeline in spec.pipelines.items():
        for resource, amount in pipeline.guaranteed.items():
            add(pipeline.node_pool, resource, name, amount)
    for name, endpoint in spec.endpoints.items():
        if endpoint.node_pool not in pools:
            continue
        pool = spec.node_pools[endpoint.node_pool]
        for version in endpoint.versions.values():
            for asked, amount in replica_requests(version, pool, catalog).items():
                add(endpoint.node_pool, asked, name, amount * version.replicas.min)
    return held


def _sum(resource: str, parts: Mapping[str, Decimal]) -> str:
    total = amount_text(resource, sum(parts.values(), Decimal(0)))
    added = " + ".join(f"{name} {amount_text(resource, part)}" for name, part in parts.items())
    return f"{total} {resource} ({added})"


def _room(resource: str, key: str, spec: Spec, catalog: Catalog) -> str:
    pool = spec.node_pools[key]
    most = amount_text(resource, capacity(pool, spec, catalog)[resource])
    one = amount_text(resource, per_node(pool, catalog)[resource])
    return f"{most} ({most_nodes(pool, spec, catalog)} nodes x {one})"
