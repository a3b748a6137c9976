"""Settings of a recorded pool that stay as they are, as Pulumi changes what it imports to what the program says.

Many of ours, or leaving theirs out, would replace the pool, which Pulumi refuses, or its nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weighbridge.infrastructure.gke_spelling import TAINT_EFFECTS
from weighbridge.infrastructure.node_identity import NODE_SCOPES
from weighbridge.infrastructure.node_pool import NodePoolPlan
from weighbridge.resources.values import Value, bare, items, mapping, text_of
from weighbridge.spec.node_pool import Kept

_ONLY_THEIRS: Mapping[str, Kept] = {
    "advancedMachineFeatures": "nodeConfig.advancedMachineFeatures",
    "confidentialNodes": "nodeConfig.confidentialNodes",
    "containerdConfig": "nodeConfig.containerdConfig",
    "enableConfidentialStorage": "nodeConfig.enableConfidentialStorage",
    "fastSocket": "nodeConfig.fastSocket",
    "kubeletConfig": "nodeConfig.kubeletConfig",
    "linuxNodeConfig": "nodeConfig.linuxNodeConfig",
    "localSsdEncryptionMode": "nodeConfig.localSsdEncryptionMode",
    "loggingConfig": "nodeConfig.loggingVariant",
    "metadata": "nodeConfig.metadata",
    "minCpuPlatform": "nodeConfig.minCpuPlatform",
    "nodeGroup": "nodeConfig.nodeGroup",
    "resourceManagerTags": "nodeConfig.resourceManagerTags",
    "sandboxConfig": "nodeConfig.sandboxConfig",
    "soleTenantConfig": "nodeConfig.soleTenantConfig",
    "storagePools": "nodeConfig.storagePools",
    "tags": "nodeConfig.tags",
}
"""Of a pool's `config`, what the components never set, by the API's name."""

_ALWAYS: tuple[Kept, ...] = ("nodeConfig.labels", "nodeConfig.resourceLabels")
"""Ours are on every pool, and set without new nodes once it is imported."""

_POOL_ONLY_THEIRS: Mapping[str, Kept] = {
    "maintenancePolicy": "maintenancePolicies",
    "nodeDrainConfig": "nodeDrainConfigs",
    "version": "version",
}


def kept_settings(pool: Mapping[str, Value], plan: NodePoolPlan, service_account: str | None) -> tuple[Kept, ...]:
    """In the order of the provider's names. `service_account`: the one that the spec gives all nodes; None: ours."""
    return tuple(sorted(dict.fromkeys(_kept(pool, plan, service_account)), key=lambda path: ("." in path, path)))


def _kept(pool: Mapping[str, Value], plan: NodePoolPlan, service_account: str | None) -> Iterator[Kept]:
    config = mapping(pool.get("config"))
    yield from _ALWAYS
    yield from (path for name, path in _POOL_ONLY_THEIRS.items() if pool.get(name))
    yield from (path for name, path in _ONLY_THEIRS.items() if config.get(name))
    if config.get("bootDiskKmsKey") and text_of(config["bootDiskKmsKey"]) != plan.boot_disk_key:
        yield "nodeConfig.bootDiskKmsKey"
    if set(mapping(pool.get("networkConfig"))) - {"enablePrivateNodes"}:
        yield "networkConfig"
    if mapping(pool.get("placementPolicy")).get("policyName"):
        yield "placementPolicy"
    if pool.get("management") != {"autoUpgrade": True, "autoRepair": not plan.waits_for_capacity}:
        yield "management"
    yield from _of_nodes(config, plan, service_account)


def _of_nodes(config: Mapping[str, Value], plan: NodePoolPlan, service_account: str | None) -> Iterator[Kept]:
    if service_account is None or config.get("serviceAccount") != service_account:
        yield "nodeConfig.serviceAccount"
    if list(items(config.get("oauthScopes"))) != list(NODE_SCOPES):
        yield "nodeConfig.oauthScopes"
    shielded = {"enableSecureBoot": plan.secure_boot, "enableIntegrityMonitoring": True}
    if config.get("shieldedInstanceConfig") != shielded:  # the API leaves false out, and adding it replaces the pool
        yield "nodeConfig.shieldedInstanceConfig"
    if "enabled" not in mapping(config.get("gcfsConfig")):
        yield "nodeConfig.gcfsConfig"
    if mapping(config.get("gvnic")).get("enabled") is not True:
        yield "nodeConfig.gvnic"
    if mapping(config.get("workloadMetadataConfig")).get("mode") != "GKE_METADATA":
        yield "nodeConfig.workloadMetadataConfig"
    if text_of(config.get("imageType") or "").upper() != "COS_CONTAINERD":
        yield "nodeConfig.imageType"
    wanted = [(taint.key, taint.value, TAINT_EFFECTS[taint.effect]) for taint in plan.taints]
    theirs = [
        tuple(text_of(taint.get(name) or "") for name in ("key", "value", "effect"))
        for taint in map(mapping, items(config.get("taints")))
    ]
    if theirs != wanted:
        yield "nodeConfig.taints"
    yield from _of_accelerators(config, plan)


def _of_accelerators(config: Mapping[str, Value], plan: NodePoolPlan) -> Iterator[Kept]:
    gpus = [mapping(gpu) for gpu in items(config.get("accelerators"))]
    if plan.gpus is not None and not all(bare(gpu.get("gpuDriverInstallationConfig")) for gpu in gpus):
        yield "nodeConfig.guestAccelerators.gpuDriverInstallationConfig"
