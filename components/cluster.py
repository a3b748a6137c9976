"""The environment's GKE cluster: regional, Standard, with private nodes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_gcp import container

from weighbridge.conventions import workload_pool
from weighbridge.infrastructure.cluster import ClusterPlan
from weighbridge.infrastructure.maintenance_window import maintenance_window
from weighbridge.infrastructure.node_identity import NODE_SCOPES
from weighbridge.infrastructure.resource_limits import resource_limits
from weighbridge.quota.auto_provisioning import BOOT_DISK_GB, BOOT_DISK_TYPE
from weighbridge.quota.demand import DEFAULT_POOL_MACHINE, DEFAULT_POOL_NODES_PER_ZONE
from weighbridge.spec.security import NONE, Security

from .network import Network
from .node_identity import NodeIdentity

LOGS = ("SYSTEM_COMPONENTS", "WORKLOADS")
METRICS = (
    "SYSTEM_COMPONENTS", "STORAGE", "HPA", "POD", "DAEMONSET", "DEPLOYMENT", "STATEFULSET", "KUBELET", "CADVISOR",
    "DCGM",  # GPU use, memory and errors
    "JOBSET",  # multi-host training
)  # fmt: skip


class ClusterComponent(pulumi.ComponentResource):
    """The cluster without node pools: GKE's default pool is removed as soon as the control plane runs."""

    cluster_name: pulumi.Output[str]
    """Known in a preview."""

    endpoint: pulumi.Output[str]
    """Host name of the control plane, behind IAM; it answers from everywhere."""

    kubeconfig: pulumi.Output[str]
    """For `kubectl` and the Kubernetes provider. Holds no secret: `gke-gcloud-auth-plugin` asks for a token."""

    def __init__(
        self,
        name: str,
        plan: ClusterPlan,
        network: Network,
        identity: NodeIdentity,
        *,
        labels: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("weighbridge:index:Cluster", name, None, opts)
        security = plan.settings.security
        cluster = container.Cluster(
            name,
            name=plan.name,
            project=plan.project,
            location=plan.region,
            node_locations=list(plan.zones),
            deletion_protection=plan.deletion_protection,
            release_channel=container.ClusterReleaseChannelArgs(channel=plan.settings.release_channel.upper()),
            min_master_version=plan.settings.version,
            maintenance_policy=_maintenance_policy(plan),
            resource_labels=labels,
            # Node pools are resources of their own.
            remove_default_node_pool=True,
            initial_node_count=DEFAULT_POOL_NODES_PER_ZONE,
            node_config=container.ClusterNodeConfigArgs(
                machine_type=DEFAULT_POOL_MACHINE,
                service_account=identity.email,
                boot_disk_kms_key=plan.settings.boot_disk_key,
                oauth_scopes=list(NODE_SCOPES),
                shielded_instance_config=container.ClusterNodeConfigShieldedInstanceConfigArgs(
                    enable_secure_boot=True, enable_integrity_monitoring=True
                ),
            ),
            cluster_autoscaling=_cluster_autoscaling(plan, identity.email),
            vertical_pod_autoscaling=container.ClusterVerticalPodAutoscalingArgs(enabled=True),
            node_pool_defaults=container.ClusterNodePoolDefaultsArgs(
                node_config_defaults=container.ClusterNodePoolDefaultsNodeConfigDefaultsArgs(
                    gcfs_config=container.ClusterNodePoolDefaultsNodeConfigDefaultsGcfsConfigArgs(enabled=True),
                    insecure_kubelet_readonly_port_enabled="FALSE",
                )
            ),
            # Network
            network=network.network_id,
            subnetwork=network.subnetwork_id,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy=container.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=plan.network.pod_range,
                services_secondary_range_name=plan.network.service_range,
            ),
            datapath_provider="ADVANCED_DATAPATH",
            enable_multi_networking=True if plan.multi_networking else None,
            gateway_api_config=container.ClusterGatewayApiConfigArgs(channel="CHANNEL_STANDARD"),
            private_cluster_config=container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True,
                # As it is read back: an IP endpoint that is off isn't public, and the next preview would undo that.
                enable_private_endpoint=plan.private_endpoint,
                private_endpoint_subnetwork=plan.control_plane_subnetwork,
            ),
            control_plane_endpoints_config=_control_plane_endpoints(plan),
            master_authorized_networks_config=_authorized_networks(plan),
            # Identity and security
            workload_identity_config=container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=workload_pool(plan.project)
            ),
            enable_shielded_nodes=True,
            # What the spec leaves out isn't sent, so that a running cluster stays as it is.
            binary_authorization=_binary_authorization(security),
            database_encryption=None
            if security.secrets_key in {None, NONE}
            else container.ClusterDatabaseEncryptionArgs(state="ENCRYPTED", key_name=security.secrets_key),
            authenticator_groups_config=None
            if security.rbac_group in {None, NONE}
            else container.ClusterAuthenticatorGroupsConfigArgs(security_group=security.rbac_group),
            enable_intranode_visibility=security.intranode_visibility,
            # What is watched, and what it costs
            logging_config=container.ClusterLoggingConfigArgs(enable_components=list(LOGS)),
            monitoring_config=container.ClusterMonitoringConfigArgs(
                enable_components=list(METRICS),
                managed_prometheus=container.ClusterMonitoringConfigManagedPrometheusArgs(enabled=True),
            ),
            cost_management_config=container.ClusterCostManagementConfigArgs(enabled=True),
            secret_manager_config=container.ClusterSecretManagerConfigArgs(enabled=True)
            if plan.secret_manager
            else None,
            secret_sync_config=container.ClusterSecretSyncConfigArgs(enabled=True) if plan.secret_sync else None,
            addons_config=container.ClusterAddonsConfigArgs(
                gcs_fuse_csi_driver_config=container.ClusterAddonsConfigGcsFuseCsiDriverConfigArgs(enabled=True),
                gce_persistent_disk_csi_driver_config=container.ClusterAddonsConfigGcePersistentDiskCsiDriverConfigArgs(
                    enabled=True
                ),
                # Left out, rather than off, where nothing needs them: an add-on may be on for others.
                gcp_filestore_csi_driver_config=container.ClusterAddonsConfigGcpFilestoreCsiDriverConfigArgs(
                    enabled=True
                )
                if plan.filestore
                else None,
                lustre_csi_driver_config=container.ClusterAddonsConfigLustreCsiDriverConfigArgs(enabled=True)
                if plan.lustre
                else None,
                ray_operator_configs=[container.ClusterAddonsConfigRayOperatorConfigArgs(enabled=True)]
                if plan.ray_operator
                else None,
                dns_cache_config=container.ClusterAddonsConfigDnsCacheConfigArgs(enabled=True),
                # The Gateway API needs it.
                http_load_balancing=container.ClusterAddonsConfigHttpLoadBalancingArgs(disabled=False),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[identity],
                # It describes the default pool, which is gone; what is read back is some other pool's.
                ignore_changes=["nodeConfig"],
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="120m", delete="60m"),
            ),
        )
        self.cluster_name = cluster.name
        # Waits for the id as well: only a created cluster has an endpoint, so no preview may make one up.
        endpoint = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
        self.endpoint = pulumi.Output.all(cluster.id, endpoint).apply(lambda known: str(known[1]))
        self.kubeconfig = self.endpoint.apply(lambda endpoint: kubeconfig_of(plan.name, endpoint))
        self.register_outputs(
            {"cluster_name": self.cluster_name, "endpoint": self.endpoint, "kubeconfig": self.kubeconfig}
        )


def _maintenance_policy(plan: ClusterPlan) -> container.ClusterMaintenancePolicyArgs | None:
    if plan.settings.maintenance is None:
        return None
    window = maintenance_window(plan.settings.maintenance)
    return container.ClusterMaintenancePolicyArgs(
        recurring_window=container.ClusterMaintenancePolicyRecurringWindowArgs(
            start_time=window.start_time, end_time=window.end_time, recurrence=window.recurrence
        )
    )


def _cluster_autoscaling(plan: ClusterPlan, service_account: str) -> container.ClusterClusterAutoscalingArgs:
    # Idle accelerators hold quota that others wait for, so nodes go as soon as their work fits elsewhere.
    profile = "OPTIMIZE_UTILIZATION"
    if plan.auto_provisioning is None:
        return container.ClusterClusterAutoscalingArgs(enabled=False, autoscaling_profile=profile)
    return container.ClusterClusterAutoscalingArgs(
        enabled=True,
        autoscaling_profile=profile,
        auto_provisioning_locations=list(plan.zones),
        resource_limits=[
            container.ClusterClusterAutoscalingResourceLimitArgs(
                resource_type=limit.resource_type, maximum=limit.maximum
            )
            for limit in resource_limits(plan.auto_provisioning)
        ],
        auto_provisioning_defaults=container.ClusterClusterAutoscalingAutoProvisioningDefaultsArgs(
            service_account=service_account,
            boot_disk_kms_key=plan.settings.boot_disk_key,
            oauth_scopes=list(NODE_SCOPES),
            image_type="COS_CONTAINERD",
            disk_type=BOOT_DISK_TYPE,
            disk_size=BOOT_DISK_GB,
            shielded_instance_config=container.ClusterClusterAutoscalingAutoProvisioningDefaultsShieldedInstanceConfigArgs(
                enable_secure_boot=False,  # these nodes may carry GPUs
                enable_integrity_monitoring=True,
            ),
            # A surge node would not be bounded by the resource limits.
            upgrade_settings=container.ClusterClusterAutoscalingAutoProvisioningDefaultsUpgradeSettingsArgs(
                strategy="SURGE", max_surge=0, max_unavailable=1
            ),
            management=container.ClusterClusterAutoscalingAutoProvisioningDefaultsManagementArgs(
                auto_repair=True, auto_upgrade=True
            ),
        ),
    )


def _control_plane_endpoints(plan: ClusterPlan) -> container.ClusterControlPlaneEndpointsConfigArgs:
    return container.ClusterControlPlaneEndpointsConfigArgs(
        dns_endpoint_config=container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
            # IAM decides who may use it.
            allow_external_traffic=plan.settings.security.dns_endpoint_from_outside is not False
        ),
        ip_endpoints_config=container.ClusterControlPlaneEndpointsConfigIpEndpointsConfigArgs(
            enabled=bool(plan.settings.control_plane_access)
        ),
    )


def _binary_authorization(security: Security) -> container.ClusterBinaryAuthorizationArgs | None:
    if security.binary_authorization is None:
        return None
    mode = "PROJECT_SINGLETON_POLICY_ENFORCE" if security.binary_authorization else "DISABLED"
    return container.ClusterBinaryAuthorizationArgs(evaluation_mode=mode)


def _authorized_networks(plan: ClusterPlan) -> container.ClusterMasterAuthorizedNetworksConfigArgs | None:
    if not plan.settings.control_plane_access:
        return None
    return container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(cidr_block=cidr)
            for cidr in plan.settings.control_plane_access
        ],
        gcp_public_cidrs_access_enabled=False,
    )


def kubeconfig_of(cluster: str, endpoint: str) -> str:
    """Leads `kubectl` and the Kubernetes provider to a cluster by the host name of its DNS endpoint."""
    # The DNS endpoint has a certificate of a public authority, so no cluster CA is named.
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": cluster,
        "clusters": [{"name": cluster, "cluster": {"server": f"https://{endpoint}"}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
        "users": [
            {
                "name": cluster,
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "command": "gke-gcloud-auth-plugin",
                        "installHint": "gcloud components install gke-gcloud-auth-plugin",
                        "provideClusterInfo": True,
                    }
                },
            }
        ],
    }
    return json.dumps(config)
