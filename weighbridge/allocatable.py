"""What pods can ask of a node pool: what its nodes have, less what GKE keeps for itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.node_pool import NodePool
from weighbridge.spec import Spec

CPU, MEMORY, GPU, TPU = "cpu", "memory", "nvidia.com/gpu", "google.com/tpu"
"""Kubernetes' names. GKE offers MIG partitions and shared GPUs under the name of a whole one."""


def capacity(pool: NodePool, spec: Spec, catalog: Catalog) -> Mapping[str, Decimal]:
    """What all pods of a pool can have at once, by resource name: most nodes x what one node has.

    Cores, bytes and devices. A resource that the pool doesn't have is left out.
    """
    nodes = most_nodes(pool, spec, catalog)
    return {name: amount * nodes for name, amount in per_node(pool, catalog).items()}


def per_node(pool: NodePool, catalog: Catalog) -> Mapping[str, Decimal]:
    """What pods can ask of one node: GPUs count partitions and clients, ``GPUs x partitions x clients``."""
    machine = catalog.machine_types[pool.machine_type]
    left = catalog.allocatable(machine)
    found = {CPU: Decimal(left.cpu_millicores) / 1000, MEMORY: Decimal(left.memory_bytes)}
    devices = gpu_devices(pool, catalog)
    if devices:
        found[GPU] = Decimal(devices)
    if machine.tpu is not None:
        found[TPU] = Decimal(machine.tpu_chips)
    return found


def gpu_devices(pool: NodePool, catalog: Catalog) -> int:
    """How often a node offers ``nvidia.com/gpu``."""
    machine = catalog.machine_types[pool.machine_type]
    model, count = (pool.gpu.type, pool.gpu.count) if pool.gpu else (machine.gpu, machine.gpu_count)
    if model is None or model not in catalog.gpus:
        return 0
    partitions = catalog.gpus[model].partitions.get(pool.gpu_partition, 1) if pool.gpu_partition else 1
    return count * partitions * (pool.gpu_sharing.clients_per_gpu if pool.gpu_sharing else 1)


def most_nodes(pool: NodePool, spec: Spec, catalog: Catalog) -> int:
    """Most nodes that the autoscaler may run, in all zones; for TPU slices, slices x hosts."""
    if pool.slices is not None:
        return pool.slices.max * slice_hosts(pool, catalog)
    if pool.nodes_per_zone is not None:
        zones = 1 if pool.placement == "compact" else len(pool.zones or spec.cloud.zones)
        return pool.nodes_per_zone.max * zones
    return pool.nodes.max if pool.nodes else 0


def slice_hosts(pool: NodePool, catalog: Catalog) -> int:
    """Hosts of one TPU slice; 1 where the topology isn't known or isn't given."""
    shape = catalog.topology(pool.machine_type, pool.tpu_topology) if pool.tpu_topology else None
    return shape.hosts if shape else 1
