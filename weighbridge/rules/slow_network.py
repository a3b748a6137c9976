"""What runs over several nodes without the networks that their machines have for it: training, and replicas.

A part of the rule `placement`. Judged from the spec, as what trains is no resource of the stack; only ever advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.files.model_problems import listed
from weighbridge.infrastructure.accelerator_networks import NetworkKind, network_kinds
from weighbridge.infrastructure.allocatable import GPU
from weighbridge.infrastructure.node_pool import plan_node_pool
from weighbridge.rules.violation import Violation
from weighbridge.serving.endpoint import replica_hosts
from weighbridge.spec.node_pool import NodePool
from weighbridge.spec.pipeline import Pipeline
from weighbridge.spec.root import Spec


def slow_training(rule: str, spec: Spec, catalog: Catalog) -> Iterator[Violation]:
    """Advice for each pool of such machines whose nodes may train together and have one interface each."""
    for key, pool in spec.node_pools.items():
        kind = network_kinds().get(pool.machine_type)
        if kind is None or pool.accelerator_network:
            continue
        users = [
            *(pipeline.node_pool for pipeline in spec.pipelines.values()),
            *(endpoint.node_pool for endpoint in spec.endpoints.values()),
        ]
        for plan in plan_node_pool(key, pool, spec, catalog):
            wide = [
                name
                for name, pipeline in spec.pipelines.items()
                if pipeline.node_pool == key and _gpus(pipeline) > plan.machine.gpu_count
            ]
            if plan.most_nodes > 1 and (wide or key not in users):
                yield Violation(rule, _message(key, pool, kind, wide), None, "advisory", ("node_pools", key), key)


def slow_serving(rule: str, spec: Spec, catalog: Catalog) -> Iterator[Violation]:
    """Advice for each version whose replicas are spread over such machines.

    Its pods have one interface, whatever the pool has: NCCL's plugin is a folder of the node, which no pod of endpoints
    may mount.
    """
    for name, endpoint in spec.endpoints.items():
        pool = spec.node_pools[endpoint.node_pool]
        kind = network_kinds().get(pool.machine_type)
        for key, version in endpoint.versions.items():
            hosts = replica_hosts(version, pool, catalog)
            if kind is None or hosts == 1:
                continue
            message = (
                f"{name}: each replica of {key} is spread over {hosts} x {pool.machine_type}, and pods of endpoints"
                f" have one interface each, with `accelerator_network` too: {kind.lost}. Between stages of a pipeline"
                " that may do, so measure it; or serve it from one node: of more memory, or with fewer bits a weight"
            )
            yield Violation(rule, message, None, "advisory", ("endpoints", name, "versions", key), name)


def _gpus(pipeline: Pipeline) -> Decimal:
    return next((amount for resource, amount in pipeline.at_most.items() if resource == GPU), Decimal(0))


def _message(key: str, pool: NodePool, kind: NetworkKind, wide: list[str]) -> str:
    takes = kind.machines[pool.machine_type]
    more = f"{takes} VPC networks" if not kind.zonal else f"{kind.beside + 1} VPC networks with {takes} RDMA interfaces"
    trains = "train" if len(wide) > 1 else "trains"
    who = f"{listed(wide)} {trains} over several nodes" if wide else "training over several nodes goes"
    return (
        f"{key}: {who} with one interface for each {pool.machine_type}: {kind.lost}. Set `accelerator_network: true` "
        f"({kind.name}): it takes {more} of the project, and replaces a pool that exists"
    )
