"""What is wrong with pipelines, and with what is watched, beyond the types of their keys."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.drift_monitor.watch import watch_problems
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.infrastructure.allocatable import GPU, TPU, per_node
from weighbridge.spec.pipeline import Pipeline
from weighbridge.spec.root import Spec
from weighbridge.spelling import did_you_mean
from weighbridge.units import LEAST_MEMORY_BYTES, amount_text, plain


def check_pipelines(spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with the pipelines."""
    for name, pipeline in spec.pipelines.items():
        path: KeyPath = ("pipelines", name)
        yield from unknown_pool(spec, pipeline.node_pool, path)
        yield from _amounts(pipeline, path, spec, catalog)
        if pipeline.watch is not None:
            yield from watch_problems(pipeline.watch, (*path, "watch"))


def _amounts(pipeline: Pipeline, path: KeyPath, spec: Spec, catalog: Catalog) -> Iterator[Problem]:
    guaranteed, at_most = pipeline.guaranteed, pipeline.at_most
    if not at_most and not guaranteed:
        yield Problem((*path, "at_most"), "what may it use? Name at least one resource, such as `cpu: 8`")
    for resource, amount in guaranteed.items():
        ceiling = at_most.get(resource)
        if ceiling is None:
            message = f"{resource} is guaranteed but has no ceiling: add `{resource}: {amount_text(resource, amount)}`"
            yield Problem((*path, "at_most"), message)
        elif ceiling < amount:
            least, given = amount_text(resource, amount), amount_text(resource, ceiling)
            yield Problem((*path, "at_most", resource), f"expected at least {least}, which is guaranteed, got {given}")
    for name, amounts in (("guaranteed", guaranteed), ("at_most", at_most)):
        for resource, amount in amounts.items():
            where = (*path, name, resource)
            if resource == "memory" and 0 < amount < LEAST_MEMORY_BYTES:
                message = f"expected at least 1Mi, got {plain(amount)} bytes (m is a thousandth, Mi a mebibyte)"
                yield Problem(where, message)
            if resource in (GPU, TPU) and amount != amount.to_integral_value():
                yield Problem(where, f"expected a whole number, got {amount_text(resource, amount)}")
            yield from lacking(spec, catalog, pipeline.node_pool, resource, amount, where)


def unknown_pool(spec: Spec, pool: str, path: KeyPath) -> Iterator[Problem]:
    """The problem of a pool that doesn't exist."""
    if pool not in spec.node_pools:
        message = f"there is no node pool {pool}, but {listed(spec.node_pools)}.{did_you_mean(pool, spec.node_pools)}"
        yield Problem((*path, "node_pool"), message)


def lacking(
    spec: Spec, catalog: Catalog, pool: str, resource: str, amount: Decimal, path: KeyPath
) -> Iterator[Problem]:
    """The problem of a resource that a pool doesn't have."""
    used = spec.node_pools.get(pool)
    if not amount or used is None or used.machine_type not in catalog.machine_types:
        return
    if resource in per_node(used, catalog):
        return
    known = {key: held for key, held in spec.node_pools.items() if held.machine_type in catalog.machine_types}
    having = [key for key, held in known.items() if resource in per_node(held, catalog)]
    others = f"Pools that have it: {listed(having)}" if having else "No pool of this spec has it"
    yield Problem(path, f"{pool} ({used.machine_type}) has no {resource}. {others}", on_key=True)
