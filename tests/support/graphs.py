"""Resources as a program gives them, written by hand: what a policy pack would be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.platform import platform_resources
from tests.support.specs import CATALOG, PROJECT, REGION
from weighbridge.catalog import Provisioning
from weighbridge.conventions import nat_address_name
from weighbridge.infrastructure.cluster import plan_cluster
from weighbridge.infrastructure.network import network_place
from weighbridge.infrastructure.node_pool import BlueGreen, NodePoolPlan, Surge, plan_node_pools
from weighbridge.quota.demand import network_of
from weighbridge.resources.held_resource import HeldResource
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import read_spec

PROVIDER = {"project": PROJECT, "region": REGION}
NODE_POOL = "gcp:container/nodePool:NodePool"
CLUSTER = "gcp:container/cluster:Cluster"
ADDRESS = "gcp:compute/address:Address"
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
STACK = "pulumi:pulumi:Stack"


def urn(type_: str, name: str, stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::weighbridge::{type_}::{name}"


def resource(type_: str, name: str, inputs: dict[str, Any], **more: Any) -> HeldResource:
    more.setdefault("provider_inputs", PROVIDER)
    return HeldResource(urn(type_, name), type_, name, inputs, **more)


def node_pool(name: str = "train", /, **changes: Any) -> HeldResource:
    """Two a2-highgpu-1g in one zone at most, one more in an upgrade. A change of None takes the input away."""
    inputs = {
        "name": name, "project": PROJECT, "location": REGION, "nodeLocations": [f"{REGION}-a"], "cluster": "dev",
        "autoscaling": {"totalMinNodeCount": 0.0, "totalMaxNodeCount": 2.0}, "initialNodeCount": 0.0,
        "nodeConfig": {"machineType": "a2-highgpu-1g", "diskSizeGb": 100.0, "diskType": "pd-balanced"},
        "networkConfig": {"enablePrivateNodes": True},
        "upgradeSettings": {"maxSurge": 1.0, "maxUnavailable": 0.0, "strategy": "SURGE"},
        **changes,
    }  # fmt: skip
    return resource(NODE_POOL, name, {key: value for key, value in inputs.items() if value is not None})


def cluster(name: str = "dev", /, **changes: Any) -> HeldResource:
    inputs = {
        "name": name, "project": PROJECT, "location": REGION, "nodeLocations": [f"{REGION}-a"],
        "removeDefaultNodePool": True, "initialNodeCount": 1.0, "privateClusterConfig": {"enablePrivateNodes": True},
        **changes,
    }  # fmt: skip
    return resource(CLUSTER, name, {key: value for key, value in inputs.items() if value is not None})


def components_of(file: Path, *, alerts: bool = True) -> tuple[HeldResource, ...]:
    """What the components create of a spec's file, as a preview shows it. Copy it before a change."""
    return platform_resources(read_spec(file, CATALOG), alerts=alerts)


def of_spec(spec: Spec) -> tuple[HeldResource, ...]:
    """Everything of a spec that holds quota, spelled the way the gcp provider takes it."""
    plan = plan_cluster(spec)
    changes: dict[str, Any] = {"nodeLocations": list(plan.zones)}
    if plan.auto_provisioning is not None:
        limits = [("cpu", plan.auto_provisioning.cpu), ("memory", 64), *plan.auto_provisioning.gpus.items()]
        changes["clusterAutoscaling"] = {
            "enabled": True,
            "resourceLimits": [{"resourceType": kind, "maximum": float(most)} for kind, most in limits],
            "autoProvisioningDefaults": {"upgradeSettings": {"strategy": "SURGE", "maxSurge": 0.0}},
        }
    pools = [_pool(pool_plan) for pool_plan in plan_node_pools(spec, CATALOG)]
    addresses = [
        resource(ADDRESS, name, {"name": name, "region": REGION, "project": PROJECT})
        for name in (nat_address_name(spec.environment, n) for n in range(network_of(spec, CATALOG).nat_addresses))
    ]
    place = network_place(spec)
    networks = [
        resource(NETWORK, place.network, {"name": place.network, "project": PROJECT, "autoCreateSubnetworks": False}),
        resource(SUBNETWORK, place.subnetwork, {"name": place.subnetwork, "region": REGION, "project": PROJECT}),
    ]
    return (cluster(spec.environment, **changes), *pools, *addresses, *networks)


def _pool(plan: NodePoolPlan) -> HeldResource:
    scaling = plan.autoscaling
    upgrade: dict[str, Any] | None = None
    match plan.upgrade:
        case Surge(surge, unavailable):
            upgrade = {"strategy": "SURGE", "maxSurge": float(surge), "maxUnavailable": float(unavailable)}
        case BlueGreen():
            upgrade = {"strategy": "BLUE_GREEN"}
    config: dict[str, Any] = {
        "machineType": plan.machine.name,
        "bootDisk": {"diskType": plan.boot_disk_type, "sizeGb": float(plan.boot_disk_gib)},
        "labels": dict(plan.labels),
        "spot": plan.provisioning is Provisioning.SPOT,
        "flexStart": plan.provisioning is Provisioning.FLEX_START,
    }
    if plan.gpus is not None:
        config["guestAccelerators"] = [{"type": plan.gpus.accelerator, "count": float(plan.gpus.count)}]
    if plan.local_ssd_disks:
        config["ephemeralStorageLocalSsdConfig"] = {"localSsdCount": float(plan.local_ssd_disks)}
    if plan.reservation is not None:
        config["reservationAffinity"] = {
            "consumeReservationType": "SPECIFIC_RESERVATION",
            "values": [plan.reservation.name],
        }
    return node_pool(
        plan.name,
        name=f"{plan.name}-0a1b2c3" if plan.autonamed else plan.name,
        cluster=plan.cluster,
        nodeLocations=list(plan.zones),
        autoscaling={"maxNodeCount": float(scaling.max)}
        if scaling.per_zone
        else {"totalMaxNodeCount": float(scaling.max)},
        initialNodeCount=float(plan.initial_nodes_per_zone),
        nodeConfig=config,
        networkConfig=None,
        queuedProvisioning={"enabled": True} if plan.provisioning is Provisioning.QUEUED else None,
        placementPolicy={"type": "COMPACT", "tpuTopology": plan.slice.topology} if plan.slice else None,
        upgradeSettings=upgrade,
    )
