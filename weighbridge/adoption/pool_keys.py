"""A recorded node pool in the keys of a spec: which machines, how many, where; or why that can't be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from weighbridge.catalog import Catalog
from weighbridge.errors import WrongInput
from weighbridge.files.model_problems import shown
from weighbridge.infrastructure.gke_spelling import (
    BLUE_GREEN,
    GPU_DRIVERS,
    GPU_SHARING,
    RESERVATION_KEY,
    SPECIFIC_RESERVATION,
    TAINT_EFFECTS,
)
from weighbridge.resources.values import Value, bare, items, mapping, text_of
from weighbridge.spec.node_pool import MOST_UPGRADED_AT_ONCE
from weighbridge.spec.spelled import Spelled

RESERVED = ("kubernetes.io/", "k8s.io/", "cloud.google.com/", "gke.io/")
"""In keys of labels and taints that GKE sets, or a spec may not."""

_UNNAMED = {"ANY_RESERVATION": "any", "NO_RESERVATION": "none"}
DEFAULT_DISK_GIB = 100
DEFAULT_PODS = 110


class NotInASpec(WrongInput):
    """A spec can't say what this pool is; why, as it continues "left out, as …"."""


def pool_keys(pool: Mapping[str, Value], catalog: Catalog) -> dict[str, Spelled]:
    """The keys of a pool, without `adopted`. Raises `NotInASpec`."""
    config = mapping(pool.get("config"))
    machine = text_of(config.get("machineType") or "e2-medium")
    disk = mapping(config.get("bootDisk"))
    _refuse(machine, pool, config, disk, catalog)
    keys: dict[str, Spelled] = {"machine_type": machine}
    keys |= _size(pool)
    zones: list[Spelled] = [text_of(zone) for zone in items(pool.get("locations"))]
    if zones:
        keys["zones"] = zones
    keys |= _provisioning(pool, config)
    keys |= _gpus(config, brings_gpus=catalog.machine_types[machine].gpu is not None)
    keys["boot_disk"] = _boot_disk(config, disk)
    keys |= _local_ssd(config)
    placement = mapping(pool.get("placementPolicy"))
    if placement.get("tpuTopology"):
        keys |= _tpu(text_of(placement["tpuTopology"]), machine, catalog)
    elif placement.get("type") == "COMPACT" and not placement.get("policyName"):
        keys["placement"] = "compact"
    policy = text_of(mapping(pool.get("autoscaling")).get("locationPolicy"))
    if policy in ("BALANCED", "ANY"):
        keys["location_policy"] = policy.lower()
    keys |= _upgrade(mapping(pool.get("upgradeSettings")))
    labels = {key: text_of(value) for key, value in _own(mapping(config.get("labels")))}
    if labels:
        keys["labels"] = {**labels}
    keys["image_streaming"] = mapping(config.get("gcfsConfig")).get("enabled") is True
    pods = _whole(mapping(pool.get("maxPodsConstraint")).get("maxPodsPerNode"), DEFAULT_PODS)
    if pods != DEFAULT_PODS:
        keys["max_pods_per_node"] = pods
    return keys


def _refuse(
    machine: str, pool: Mapping[str, Value], config: Mapping[str, Value], disk: Mapping[str, Value], catalog: Catalog
) -> None:
    if pool.get("status") == "STOPPING":
        raise NotInASpec("it is being deleted")
    if mapping(pool.get("autoscaling")).get("autoprovisioned") is True:
        raise NotInASpec("node auto-provisioning made it, and deletes it once it is empty: its limits are what counts")
    if machine not in catalog.machine_types:
        raise NotInASpec(f"the catalog has no machine type {machine}")
    if "WINDOWS" in text_of(config.get("imageType")).upper():
        raise NotInASpec("its nodes run Windows")
    network = mapping(pool.get("networkConfig"))
    if network.get("additionalNodeNetworkConfigs") or network.get("acceleratorNetworkProfile"):
        raise NotInASpec("its nodes have further networks, which the spec makes itself")
    _refuse_disks(config, disk)


def _refuse_disks(config: Mapping[str, Value], disk: Mapping[str, Value]) -> None:
    if config.get("localSsdCount"):
        raise NotInASpec("its local SSDs are of the old kind (localSsdCount), which the spec doesn't have")
    if mapping(config.get("ephemeralStorageLocalSsdConfig")).get("dataCacheCount"):
        raise NotInASpec("its local SSDs are a data cache, which the spec doesn't have")
    if mapping(config.get("linuxNodeConfig")).get("swapConfig"):
        raise NotInASpec("its nodes swap to disks, which may count and which the spec doesn't have")
    if config.get("secondaryBootDisks"):
        raise NotInASpec("its nodes have secondary boot disks, which count and which the spec doesn't have")
    if disk.get("provisionedIops") or disk.get("provisionedThroughput"):
        raise NotInASpec("its boot disks have provisioned IOPS or throughput, which the spec doesn't have")


def adopted_keys(pool: Mapping[str, Value]) -> dict[str, Spelled]:
    """What `adopted` says of a pool that counts, or is written otherwise than for one of our own; without `keeps`."""
    keys: dict[str, Spelled] = {}
    config = mapping(pool.get("config"))
    if mapping(pool.get("networkConfig")).get("enablePrivateNodes") is not True:
        keys["external_addresses"] = True
    if config.get("bootDisk"):
        keys["boot_disk_block"] = True
    consumes = text_of(mapping(config.get("reservationAffinity")).get("consumeReservationType") or "")
    if consumes in _UNNAMED:
        keys["unnamed_reservations"] = _UNNAMED[consumes]
    return keys


def own_taints(pool: Mapping[str, Value]) -> list[Spelled] | None:
    """Its taints that a spec may state; None: it has one that a spec may not, and that GKE doesn't add either."""
    found: list[Spelled] = []
    effects: dict[str, str] = {api: ours for ours, api in TAINT_EFFECTS.items()}
    for taint in map(mapping, items(mapping(pool.get("config")).get("taints"))):
        key, effect = text_of(taint.get("key")), effects.get(text_of(taint.get("effect")))
        if any(part in key for part in RESERVED) or key.startswith("nvidia.com/"):
            continue
        if effect is None:
            return None
        found.append({"key": key, "value": text_of(taint.get("value") or ""), "effect": effect})
    return found


def _size(pool: Mapping[str, Value]) -> dict[str, Spelled]:
    bounds = mapping(pool.get("autoscaling"))
    if bounds.get("enabled") is not True:
        name = text_of(pool.get("name"))
        raise NotInASpec(
            f"it has no autoscaler, so nothing says how many nodes it may have: `gcloud container node-pools update "
            f"{name} --enable-autoscaling --min-nodes N --max-nodes N` changes none of them"
        )
    total = _whole(bounds.get("totalMaxNodeCount"), 0)
    if total:
        return {"nodes": {"min": _whole(bounds.get("totalMinNodeCount"), 0), "max": total}}
    most = max(1, _whole(bounds.get("maxNodeCount"), 0))
    return {"nodes_per_zone": {"min": _whole(bounds.get("minNodeCount"), 0), "max": most}}


def _provisioning(pool: Mapping[str, Value], config: Mapping[str, Value]) -> dict[str, Spelled]:
    affinity = mapping(config.get("reservationAffinity"))
    if config.get("preemptible") is True:
        raise NotInASpec("its nodes are preemptible, which the spec doesn't have: spot nodes are their successors")
    if config.get("spot") is True:
        return {"provisioning": "spot"}
    if config.get("flexStart") is True:
        return {"provisioning": "flex-start", **_run(config)}
    if mapping(pool.get("queuedProvisioning")).get("enabled") is True:
        return {"provisioning": "queued"}
    if affinity.get("consumeReservationType") == SPECIFIC_RESERVATION:
        values = [text_of(value) for value in items(affinity.get("values"))]
        if affinity.get("key") != RESERVATION_KEY or len(values) != 1:
            raise NotInASpec("it names several reservations, or a block of one")
        *path, name = values[0].split("/")
        project: dict[str, Spelled] = {"project": path[1]} if len(path) > 1 and path[0] == "projects" else {}
        return {"provisioning": "reservation", "reservation": {"name": name, **project}}
    return {}


def _run(config: Mapping[str, Value]) -> dict[str, Spelled]:
    longest = text_of(config.get("maxRunDuration") or "")
    return {"max_run_duration": longest} if longest else {}


def _gpus(config: Mapping[str, Value], *, brings_gpus: bool) -> dict[str, Spelled]:
    accelerators = [mapping(accelerator) for accelerator in items(config.get("accelerators"))]
    if not accelerators:
        return {}
    if len(accelerators) > 1:
        raise NotInASpec("its nodes have two kinds of accelerators")
    (gpu,) = accelerators
    keys: dict[str, Spelled] = {}
    if not brings_gpus:
        keys["gpu"] = {"type": text_of(gpu.get("acceleratorType")), "count": _whole(gpu.get("acceleratorCount"), 1)}
    if gpu.get("gpuPartitionSize"):
        keys["gpu_partition"] = text_of(gpu["gpuPartitionSize"])
    sharing = mapping(gpu.get("gpuSharingConfig"))
    if sharing:
        strategy = {api: ours for ours, api in GPU_SHARING.items()}.get(text_of(sharing.get("gpuSharingStrategy")))
        if strategy is None:
            raise NotInASpec(f"its GPUs are shared by {text_of(sharing.get('gpuSharingStrategy'))}")
        clients = _whole(sharing.get("maxSharedClientsPerGpu"), 2)
        keys["gpu_sharing"] = {"strategy": strategy, "clients_per_gpu": clients}
    driver = text_of(mapping(gpu.get("gpuDriverInstallationConfig")).get("gpuDriverVersion") or "")
    drivers = {api: ours for ours, api in GPU_DRIVERS.items()}
    if driver in drivers:
        keys["gpu_driver"] = drivers[driver]
    return keys


def _boot_disk(config: Mapping[str, Value], disk: Mapping[str, Value]) -> dict[str, Spelled]:
    kind = text_of(config.get("diskType") or disk.get("diskType") or "pd-balanced")
    size = _whole(config.get("diskSizeGb") or disk.get("sizeGb"), DEFAULT_DISK_GIB)
    return {"type": kind, "size": f"{size}Gi"}


def _local_ssd(config: Mapping[str, Value]) -> dict[str, Spelled]:
    for block, use in (("ephemeralStorageLocalSsdConfig", "ephemeral"), ("localNvmeSsdBlockConfig", "block")):
        disks = _whole(mapping(config.get(block)).get("localSsdCount"), 0)
        if disks:
            return {"local_ssd": {"disks": disks, "use": use}}
    return {}


def _tpu(topology: str, machine: str, catalog: Catalog) -> dict[str, Spelled]:
    shape = catalog.topology(machine, topology)
    if shape is None or shape.hosts > 1:
        raise NotInASpec("it is a TPU slice of several hosts: a spec names such pools itself, one for each slice")
    return {"tpu_topology": topology}


def _upgrade(settings: Mapping[str, Value]) -> dict[str, Spelled]:
    if settings.get("strategy") == BLUE_GREEN:
        policy = mapping(mapping(settings.get("blueGreenSettings")).get("standardRolloutPolicy"))
        if policy.get("batchNodeCount") != 1 or text_of(policy.get("batchSoakDuration") or "0s") != "0s":
            raise NotInASpec("its blue-green upgrade doesn't go node by node without a pause, as those of a spec do")
        soak = text_of(mapping(settings.get("blueGreenSettings")).get("nodePoolSoakDuration") or "")
        return {"upgrade": {"strategy": "blue-green", **({"soak": soak} if soak else {})}}
    surge, unavailable = _whole(settings.get("maxSurge"), 0), _whole(settings.get("maxUnavailable"), 0)
    if settings and 0 < surge + unavailable <= MOST_UPGRADED_AT_ONCE:
        return {"upgrade": {"max_surge": surge, "max_unavailable": unavailable}}
    return {}


def _own(labels: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    yield from ((key, value) for key, value in labels.items() if not any(part in key for part in RESERVED))


def _whole(value: Value, otherwise: int) -> int:
    """A number as the API writes it: 64-bit ones are texts in JSON. Raises `NotInASpec` for a text that is none."""
    found = bare(value)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return otherwise
    try:
        return int(Decimal(str(found)))
    except (ArithmeticError, ValueError):
        raise NotInASpec(f"its description has {shown(found)} where a whole number belongs") from None
