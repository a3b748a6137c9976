"""What pods can ask of a node pool: what its nodes have, less what GKE keeps for itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import get_args

from weighbridge.catalog import Catalog, MachineType
from weighbridge.spec.node_pool import NodePool
from weighbridge.spec.pipeline import ResourceName
from weighbridge.spec.root import Spec

RESOURCE_NAMES: tuple[str, ...] = get_args(ResourceName)
CPU, MEMORY, GPU, TPU = RESOURCE_NAMES


def capacity(pool: NodePool, spec: Spec, catalog: Catalog) -> Mapping[str, Decimal]:
    """What all pods of a pool can have at once, by resource name: most nodes x what one node has.

    Cores, bytes and devices. A resource that the pool doesn't have is left out.
    """
    nodes = most_nodes(pool, spec, catalog)
    return {name: amount * nodes for name, amount in per_node(pool, catalog).items()}


def per_node(pool: NodePool, catalog: Catalog) -> Mapping[str, Decimal]:
    """What pods can ask of one node: GPUs count partitions and clients, ``GPUs x partitions x clients``."""
    machine = catalog.machine_types[pool.machine_type]
    huge = pool.node_system.hugepages if pool.node_system is not None else None
    return node_room(machine, gpu_devices(pool, catalog), catalog, sum(huge.sizes.values()) if huge is not None else 0)


def node_room(machine: MachineType, devices: int, catalog: Catalog, huge_bytes: int = 0) -> Mapping[str, Decimal]:
    """What pods can ask of one machine that offers ``nvidia.com/gpu`` that often, beside its huge pages."""
    left = catalog.allocatable(machine)
    found = {CPU: Decimal(left.cpu_millicores) / 1000, MEMORY: Decimal(left.memory_bytes - huge_bytes)}
    if devices:
        found[GPU] = Decimal(devices)
    if machine.tpu is not None:
        found[TPU] = Decimal(machine.tpu_chips)
    return found


def gpu_devices(pool: NodePool, catalog: Catalog) -> int:
    """How often a node offers ``nvidia.com/gpu``."""
    machine = catalog.machine_types[pool.machine_type]
    model, count = (pool.gpu.type, pool.gpu.count) if pool.gpu else (machine.gpu, machine.gpu_count)
    clients = pool.gpu_sharing.clients_per_gpu if pool.gpu_sharing else 1
    return offered_gpus(model, count, pool.gpu_partition, clients, catalog)


def offered_gpus(model: str | None, count: int, partition: str | None, clients: int, catalog: Catalog) -> int:
    """How often a node with `count` GPUs offers one: ``GPUs x partitions x clients``; 0 for an unknown model."""
    if model is None or model not in catalog.gpus:
        return 0
    partitions = catalog.gpus[model].partitions.get(partition, 1) if partition else 1
    return count * partitions * clients


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
