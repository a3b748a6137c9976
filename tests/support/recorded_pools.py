"""Node pools as GKE's API describes them, of shapes that Weighbridge would not make.

Made from the API's schema (`NodePool` and `NodeConfig` of container v1) and from what public samples of
``gcloud container node-pools describe`` show; the test holds each against the discovery document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCOPES = [
    "https://www.googleapis.com/auth/devstorage.read_only",
    "https://www.googleapis.com/auth/logging.write",
    "https://www.googleapis.com/auth/monitoring",
]
CLOUD = ["https://www.googleapis.com/auth/cloud-platform"]
ZONES = ["us-central1-a", "us-central1-b"]


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def node_pool(name: str, config: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A pool as the console makes one today, with changes; None takes a key out."""
    defaults = {
        "machineType": "e2-standard-4", "diskSizeGb": 100, "diskType": "pd-balanced", "imageType": "COS_CONTAINERD",
        "oauthScopes": SCOPES, "serviceAccount": "default", "metadata": {"disable-legacy-endpoints": "true"},
        "shieldedInstanceConfig": {"enableIntegrityMonitoring": True}, "windowsNodeConfig": {},
        "workloadMetadataConfig": {"mode": "GKE_METADATA"}, "effectiveCgroupMode": "EFFECTIVE_CGROUP_MODE_V2",
    }  # fmt: skip
    pool = {
        "name": name, "config": _without_none({**defaults, **config}), "initialNodeCount": 1, "locations": ZONES,
        "autoscaling": {"enabled": True, "minNodeCount": 1, "maxNodeCount": 3, "locationPolicy": "BALANCED"},
        "management": {"autoRepair": True, "autoUpgrade": True}, "maxPodsConstraint": {"maxPodsPerNode": "110"},
        "networkConfig": {"podRange": "gke-pods", "podIpv4CidrBlock": "10.4.0.0/14", "enablePrivateNodes": False},
        "podIpv4CidrSize": 24, "upgradeSettings": {"maxSurge": 1, "strategy": "SURGE"}, "status": "RUNNING",
        "version": "1.33.5-gke.1080000", "etag": "5f9c", "selfLink": f"https://container.googleapis.com/v1/{name}",
    }  # fmt: skip
    return _without_none({**pool, **more})


def gpu(kind: str, count: str = "1", **more: Any) -> dict[str, Any]:
    """An accelerator; counts are texts, as 64-bit numbers are in JSON."""
    return {"acceleratorType": kind, "acceleratorCount": count, **more}


DRIVER: dict[str, Any] = {"gpuDriverInstallationConfig": {"gpuDriverVersion": "LATEST"}}
RECORDED = [
    node_pool("default-pool", {}),
    node_pool("queued", {"machineType": "g2-standard-16", "accelerators": [gpu("nvidia-l4", **DRIVER)],
                         "reservationAffinity": {"consumeReservationType": "NO_RESERVATION"}},
              queuedProvisioning={"enabled": True}, management={"autoUpgrade": True}, initialNodeCount=0,
              autoscaling={"enabled": True, "totalMaxNodeCount": 4, "locationPolicy": "ANY"}),
    node_pool("old-image", {"imageType": "UBUNTU_CONTAINERD", "shieldedInstanceConfig": None, "metadata": None}),
    node_pool(
        "ssd-disks", {"diskType": "pd-ssd", "diskSizeGb": 200, "bootDisk": {"diskType": "pd-ssd", "sizeGb": "200"}}
    ),
    node_pool(
        "total-size", {"machineType": "n2-standard-16", "oauthScopes": CLOUD},
        autoscaling={"enabled": True, "totalMinNodeCount": 2, "totalMaxNodeCount": 9, "locationPolicy": "ANY"},
    ),
    node_pool("spot", {"spot": True, "labels": {"team": "search"}, "resourceLabels": {"cost-center": "a7"}}),
    node_pool(
        "own-account",
        {"serviceAccount": "gke-nodes@example-ml.iam.gserviceaccount.com", "oauthScopes": CLOUD, "tags": ["internal"],
         "gvnic": {"enabled": True}, "gcfsConfig": {"enabled": True}},
    ),
    node_pool(
        "tuned",
        {"kubeletConfig": {"cpuManagerPolicy": "static", "insecureKubeletReadonlyPortEnabled": False},
         "linuxNodeConfig": {"sysctls": {"net.core.somaxconn": "2048"}}, "minCpuPlatform": "Intel Ice Lake",
         "machineType": "n2-standard-8"},
    ),
    node_pool(
        "tainted",
        {"taints": [{"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"}],
         "labels": {"dedicated": "batch", "cloud.google.com/gke-boot-disk": "pd-balanced"}},
    ),
    node_pool(
        "l4-without-driver", {"machineType": "g2-standard-8", "accelerators": [gpu("nvidia-l4")]}, locations=ZONES[:1]
    ),
    node_pool(
        "l4-shared",
        {"machineType": "g2-standard-12",
         "accelerators": [gpu("nvidia-l4", **DRIVER, gpuSharingConfig={
             "gpuSharingStrategy": "TIME_SHARING", "maxSharedClientsPerGpu": "4"})],
         "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}]},
    ),
    node_pool(
        "t4-attached", {"machineType": "n1-standard-8", "accelerators": [gpu("nvidia-tesla-t4", "2", **DRIVER)]},
        locations=ZONES[:1],
    ),
    node_pool(
        "a100-mig",
        {"machineType": "a2-highgpu-1g",
         "accelerators": [gpu("nvidia-tesla-a100", "1", gpuPartitionSize="1g.5gb", **DRIVER)],
         "nodeGroup": "group-1"},
        locations=ZONES[:1],
    ),
    node_pool(
        "block-ssd",
        {"machineType": "n2-standard-16", "localNvmeSsdBlockConfig": {"localSsdCount": 2},
         "loggingConfig": {"variantConfig": {"variant": "MAX_THROUGHPUT"}}},
    ),
    node_pool(
        "scratch-ssd",
        {"machineType": "n2-standard-16", "ephemeralStorageLocalSsdConfig": {"localSsdCount": 2},
         "reservationAffinity": {"consumeReservationType": "ANY_RESERVATION"}},
    ),
    node_pool(
        "compact", {"machineType": "c3-standard-22", "advancedMachineFeatures": {"threadsPerCore": "1"}},
        locations=ZONES[:1], placementPolicy={"type": "COMPACT"},
    ),
    node_pool(
        "blue-green", {"confidentialNodes": {"enabled": True}, "machineType": "n2d-standard-8"},
        upgradeSettings={"strategy": "BLUE_GREEN", "blueGreenSettings": {
            "standardRolloutPolicy": {"batchNodeCount": 1, "batchSoakDuration": "0s"},
            "nodePoolSoakDuration": "1800s"}},
    ),
    node_pool(
        "small-pods", {"workloadMetadataConfig": {"mode": "GCE_METADATA"}}, maxPodsConstraint={"maxPodsPerNode": "32"},
        management={"autoRepair": True}, nodeDrainConfig={"respectPdbDuringNodePoolDeletion": True},
    ),
    node_pool(
        "reserved",
        {"machineType": "a2-highgpu-4g", "accelerators": [gpu("nvidia-tesla-a100", "4", **DRIVER)],
         "reservationAffinity": {
            "consumeReservationType": "SPECIFIC_RESERVATION", "key": "compute.googleapis.com/reservation-name",
            "values": ["training-block"]}},
        locations=ZONES[:1],
    ),
    node_pool(
        "own-key",
        {"bootDiskKmsKey": "projects/example-keys/locations/us-central1/keyRings/gke/cryptoKeys/disks",
         "sandboxConfig": {"type": "GVISOR"}, "fastSocket": {"enabled": False},
         "containerdConfig": {"writableCgroups": {}}},
        upgradeSettings={"maxUnavailable": 2, "strategy": "SURGE"},
    ),
]  # fmt: skip
"""Twenty of them."""

NOT_SAID = [
    (node_pool("preempted", {"preemptible": True}), "its nodes are preemptible, which the spec doesn't have"),
    (node_pool("windows", {"imageType": "WINDOWS_LTSC_CONTAINERD"}), "its nodes run Windows"),
    (node_pool("old-ssd", {"localSsdCount": 1}), "its local SSDs are of the old kind"),
    (
        node_pool("second-disk", {"secondaryBootDisks": [{"diskImage": "projects/p/global/images/w"}]}),
        "its nodes have sec",
    ),
    (node_pool("fixed", {}, autoscaling=None, initialNodeCount=3), "it has no autoscaler, so nothing says how many"),
    (
        node_pool("swapping", {"linuxNodeConfig": {"swapConfig": {"dedicatedLocalSsdProfile": {"diskCount": "1"}}}}),
        "its nodes swap to disks, which may count",
    ),
    (node_pool("going", {}, status="STOPPING"), "it is being deleted"),
    (
        node_pool("nap-e2-1", {}, autoscaling={"enabled": True, "maxNodeCount": 1000, "autoprovisioned": True}),
        "node auto-provisioning made it, and deletes it once it is empty",
    ),
    (node_pool("new-machine", {"machineType": "z9-standard-4"}), "the catalog has no machine type z9-standard-4"),
]


def cluster(*pools: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A cluster that has these pools, as it is described."""
    link = "https://container.googleapis.com/v1/projects/example-ml/locations/us-central1/clusters/platform"
    described = {
        "name": "platform", "location": "us-central1", "locations": ZONES, "selfLink": link,
        "currentMasterVersion": "1.33.5-gke.1080000", "network": "corp", "subnetwork": "ml",
        "ipAllocationPolicy": {"useIpAliases": True, "clusterSecondaryRangeName": "gke-pods",
                               "servicesSecondaryRangeName": "gke-services"},
        "networkConfig": {"network": "projects/example-net/global/networks/corp",
                          "subnetwork": "projects/example-net/regions/us-central1/subnetworks/ml",
                          "datapathProvider": "ADVANCED_DATAPATH"},
        "workloadIdentityConfig": {"workloadPool": "example-ml.svc.id.goog"},
        "addonsConfig": {"gcsFuseCsiDriverConfig": {"enabled": True}}, "nodePools": list(pools),
    }  # fmt: skip
    return {**described, **more}


def provider_inputs(pool: Mapping[str, Any]) -> dict[str, Any]:
    """The pool as the gcp provider reads it into a state: every setting that the API tells, by the provider's names."""
    config = dict(pool["config"])
    not_read = ("accelerators", "loggingConfig", "effectiveCgroupMode", "windowsNodeConfig")
    node = {name: value for name, value in config.items() if name not in not_read}
    node["guestAccelerators"] = [
        _renamed(accelerator, {"acceleratorType": "type", "acceleratorCount": "count"})
        for accelerator in config.get("accelerators", ())
    ]
    if "bootDisk" in config:
        node["bootDisk"] = {**config["bootDisk"], "sizeGb": int(config["bootDisk"]["sizeGb"])}
    if "loggingConfig" in config:
        node["loggingVariant"] = config["loggingConfig"]["variantConfig"]["variant"]
    inputs = {
        "name": pool["name"], "project": "example-ml", "location": "us-central1", "cluster": "platform",
        "nodeLocations": pool.get("locations"), "initialNodeCount": pool["initialNodeCount"], "nodeConfig": node,
        "maxPodsPerNode": int(pool["maxPodsConstraint"]["maxPodsPerNode"]), "version": pool["version"],
        "maintenancePolicies": [pool["maintenancePolicy"]] if "maintenancePolicy" in pool else None,
        "nodeDrainConfigs": [pool["nodeDrainConfig"]] if "nodeDrainConfig" in pool else None,
        "autoscaling": _bounds(pool["autoscaling"]), "upgradeSettings": _upgrade(pool.get("upgradeSettings", {})),
        **{name: pool.get(name) for name in (
            "management", "networkConfig", "placementPolicy", "queuedProvisioning")},
    }  # fmt: skip
    return _without_none(inputs)


def _renamed(accelerator: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    found = {names.get(key, key): value for key, value in accelerator.items()}
    found["count"] = int(found["count"])
    sharing = found.get("gpuSharingConfig")
    if sharing is not None:
        found["gpuSharingConfig"] = {**sharing, "maxSharedClientsPerGpu": int(sharing["maxSharedClientsPerGpu"])}
    return found


def _bounds(autoscaling: Mapping[str, Any]) -> dict[str, Any]:
    """The provider reads what the API leaves out as 0."""
    given = {key: value for key, value in autoscaling.items() if key != "enabled"}
    names = (
        ("totalMinNodeCount", "totalMaxNodeCount") if "totalMaxNodeCount" in given else ("minNodeCount", "maxNodeCount")
    )
    return {**dict.fromkeys(names, 0), **given}


def _upgrade(settings: Mapping[str, Any]) -> dict[str, Any]:
    return (
        dict(settings) if settings.get("strategy") == "BLUE_GREEN" else {"maxSurge": 0, "maxUnavailable": 0, **settings}
    )
