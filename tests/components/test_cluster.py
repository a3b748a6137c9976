"""The exact inputs of the cluster."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.platform import platform
from tests.support.recording import DNS_ENDPOINT, Recording, Registration
from tests.support.specs import spec
from weighbridge.resources.values import Unknown

CLUSTER = "gcp:container/cluster:Cluster"
SERVICE_ACCOUNT = "wb-dev-nodes@example-ml.iam.gserviceaccount.com"
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


def recording_of(*, preview: bool = False, **changes: Any) -> Recording:
    stack = spec({"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}, **changes)
    return platform(stack, preview=preview, alerts=False)


def cluster(**changes: Any) -> Registration:
    return recording_of(**changes).only(CLUSTER)


def test_all_defaults():
    found = cluster()

    assert found.inputs == {
        "name": "dev", "project": "example-ml", "location": "us-central1", "nodeLocations": ["us-central1-a"],
        "deletionProtection": False, "releaseChannel": {"channel": "REGULAR"},
        "resourceLabels": {"environment": "dev", "owner": "ml_example_com", "managed-by": "weighbridge"},
        "removeDefaultNodePool": True, "initialNodeCount": 1,
        "nodeConfig": {
            "machineType": "e2-medium", "serviceAccount": SERVICE_ACCOUNT, "oauthScopes": SCOPES,
            "shieldedInstanceConfig": {"enableSecureBoot": True, "enableIntegrityMonitoring": True},
        },
        "nodePoolDefaults": {
            "nodeConfigDefaults": {"gcfsConfig": {"enabled": True}, "insecureKubeletReadonlyPortEnabled": "FALSE"}
        },
        "clusterAutoscaling": {"enabled": False, "autoscalingProfile": "OPTIMIZE_UTILIZATION"},
        "verticalPodAutoscaling": {"enabled": True},
        "network": "dev-network-id", "subnetwork": "dev-nodes-id", "networkingMode": "VPC_NATIVE",
        "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"},
        "datapathProvider": "ADVANCED_DATAPATH", "gatewayApiConfig": {"channel": "CHANNEL_STANDARD"},
        "privateClusterConfig": {"enablePrivateNodes": True, "enablePrivateEndpoint": True},
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"allowExternalTraffic": True}, "ipEndpointsConfig": {"enabled": False},
        },
        "workloadIdentityConfig": {"workloadPool": "example-ml.svc.id.goog"}, "enableShieldedNodes": True,
        "loggingConfig": {"enableComponents": ["SYSTEM_COMPONENTS", "WORKLOADS"]},
        "monitoringConfig": {
            "enableComponents": [
                "SYSTEM_COMPONENTS", "STORAGE", "HPA", "POD", "DAEMONSET", "DEPLOYMENT", "STATEFULSET", "KUBELET",
                "CADVISOR", "DCGM", "JOBSET",
            ],
            "managedPrometheus": {"enabled": True},
        },
        "costManagementConfig": {"enabled": True},
        "addonsConfig": {
            "gcsFuseCsiDriverConfig": {"enabled": True}, "gcePersistentDiskCsiDriverConfig": {"enabled": True},
            "dnsCacheConfig": {"enabled": True}, "httpLoadBalancing": {"disabled": False},
        },
    }  # fmt: skip
    assert found.ignore_changes == ("nodeConfig",)


@pytest.mark.parametrize("production", [True, False])
def test_only_production_is_protected_from_deletion(production):
    assert cluster(production=production).inputs["deletionProtection"] is production


def test_a_maintenance_window_and_another_channel():
    maintenance = {"days": ["sun", "sat"], "start": "22:30", "duration": "6h"}
    found = cluster(cluster={"release_channel": "stable", "maintenance": maintenance}).inputs

    assert found["releaseChannel"] == {"channel": "STABLE"}
    assert found["maintenancePolicy"] == {
        "recurringWindow": {
            "startTime": "2024-01-06T22:30:00Z",
            "endTime": "2024-01-07T04:30:00Z",
            "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
        }
    }


def test_addresses_that_may_reach_the_control_plane_turn_its_ip_endpoint_on():
    found = cluster(cluster={"control_plane_access": ["203.0.113.0/24"]}).inputs

    assert found["controlPlaneEndpointsConfig"]["ipEndpointsConfig"] == {"enabled": True}
    assert found["privateClusterConfig"] == {"enablePrivateNodes": True, "enablePrivateEndpoint": False}
    assert found["masterAuthorizedNetworksConfig"] == {
        "cidrBlocks": [{"cidrBlock": "203.0.113.0/24"}],
        "gcpPublicCidrsAccessEnabled": False,
    }


def test_auto_provisioning_is_bounded_and_never_surges():
    limits = {"cpu": 64, "memory": "255.9Gi", "gpus": {"nvidia-l4": 4}}
    found = cluster(cluster={"auto_provisioning": limits}).inputs

    assert found["clusterAutoscaling"] == {
        "enabled": True, "autoscalingProfile": "OPTIMIZE_UTILIZATION", "autoProvisioningLocations": ["us-central1-a"],
        "resourceLimits": [
            {"resourceType": "cpu", "maximum": 64},
            {"resourceType": "memory", "maximum": 255},
            {"resourceType": "nvidia-l4", "maximum": 4},
        ],
        "autoProvisioningDefaults": {
            "serviceAccount": SERVICE_ACCOUNT, "oauthScopes": SCOPES, "imageType": "COS_CONTAINERD",
            "diskType": "pd-balanced", "diskSize": 100,
            "shieldedInstanceConfig": {"enableSecureBoot": False, "enableIntegrityMonitoring": True},
            "upgradeSettings": {"strategy": "SURGE", "maxSurge": 0, "maxUnavailable": 1},
            "management": {"autoRepair": True, "autoUpgrade": True},
        },
    }  # fmt: skip


def outputs(recording: Recording) -> dict[str, Any]:
    (found,) = (outputs for urn, outputs in recording.outputs.items() if "weighbridge:index:Cluster::" in urn)
    return dict(found)


def test_the_kubeconfig_asks_for_a_token_and_holds_none():
    config = json.loads(outputs(recording_of())["kubeconfig"])

    assert config["current-context"] == "dev"
    assert config["clusters"] == [{"name": "dev", "cluster": {"server": f"https://{DNS_ENDPOINT}"}}]
    assert config["users"][0]["user"].keys() == {"exec"}
    assert config["users"][0]["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"


def test_a_preview_makes_up_no_endpoint():
    assert outputs(recording_of(preview=True)) == {
        "cluster_name": "dev",
        "endpoint": Unknown(),
        "kubeconfig": Unknown(),
    }


def test_what_the_spec_closes_is_closed():
    key = "projects/example-kms/locations/us-central1/keyRings/gke/cryptoKeys/secrets"
    security = {
        "binary_authorization": True,
        "secrets_key": key,
        "intranode_visibility": True,
        "rbac_group": "gke-security-groups@example.com",
        "dns_endpoint_from_outside": False,
    }
    found = cluster(cluster={"security": security}).inputs
    assert found["binaryAuthorization"] == {"evaluationMode": "PROJECT_SINGLETON_POLICY_ENFORCE"}
    assert found["databaseEncryption"] == {"state": "ENCRYPTED", "keyName": key}
    assert found["enableIntranodeVisibility"] is True
    assert found["authenticatorGroupsConfig"] == {"securityGroup": "gke-security-groups@example.com"}
    assert found["controlPlaneEndpointsConfig"]["dnsEndpointConfig"] == {"allowExternalTraffic": False}


def test_what_the_spec_turns_off_is_sent_and_what_it_leaves_out_is_not():
    off = cluster(cluster={"security": {"binary_authorization": False, "intranode_visibility": False}}).inputs
    assert off["binaryAuthorization"] == {"evaluationMode": "DISABLED"}
    assert off["enableIntranodeVisibility"] is False
    none = cluster(cluster={"security": {"secrets_key": "none", "rbac_group": "none"}}).inputs
    assert not {"databaseEncryption", "authenticatorGroupsConfig"} & set(none)
    left_out = {"binaryAuthorization", "databaseEncryption", "enableIntranodeVisibility", "authenticatorGroupsConfig"}
    assert not left_out & set(cluster().inputs)


def test_a_private_address_of_the_control_plane_is_the_only_one():
    access = {"control_plane_access": ["10.20.0.0/16"], "control_plane_address": "private"}
    existing = {"network": "vpc", "subnetwork": "ml", "pod_range": "p", "service_range": "s"}
    found = cluster(cluster=access | {"control_plane_subnetwork": "masters"}, network={"existing": existing}).inputs

    assert found["controlPlaneEndpointsConfig"]["ipEndpointsConfig"] == {"enabled": True}
    assert found["privateClusterConfig"] == {
        "enablePrivateNodes": True, "enablePrivateEndpoint": True,
        "privateEndpointSubnetwork": "projects/example-ml/regions/us-central1/subnetworks/masters",
    }  # fmt: skip


def test_the_lowest_version_of_the_control_plane():
    assert cluster(cluster={"version": "1.33"}).inputs["minMasterVersion"] == "1.33"
