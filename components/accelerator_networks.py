"""The further networks of machines with accelerators, and what NCCL needs to use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_gcp import compute, container
from pulumi_kubernetes import apps, core, meta
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.infrastructure.accelerator_networks import (
    INJECTOR_IMAGE,
    PAUSE_IMAGE,
    AcceleratorNetworkPlan,
    InstallerPlan,
)

_API = "networking.gke.io"


class AcceleratorNetworks(pulumi.ComponentResource):
    """VPCs with a subnetwork for each further interface of a node. `name` is the environment's."""

    interfaces: Mapping[str, container.NodePoolNetworkConfigAdditionalNodeNetworkConfigArgs]
    """What a node pool names for each, by what Kubernetes calls it."""

    def __init__(self, name: str, plan: AcceleratorNetworkPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:AcceleratorNetworks", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpcs = {}
        for vpc in plan.vpcs:
            vpcs[vpc.name] = made = compute.Network(
                vpc.name,
                name=vpc.name,
                project=plan.project,
                auto_create_subnetworks=False,
                routing_mode="REGIONAL",
                mtu=vpc.mtu,
                network_profile=None
                if vpc.profile is None
                else f"projects/{plan.project}/global/networkProfiles/{vpc.profile}",
                opts=child,
            )
            if vpc.profile is None:
                compute.Firewall(
                    vpc.name,
                    name=vpc.name,
                    project=plan.project,
                    network=made.id,
                    direction="INGRESS",
                    source_ranges=[plan.range],
                    allows=[
                        compute.FirewallAllowArgs(protocol="tcp", ports=["0-65535"]),
                        compute.FirewallAllowArgs(protocol="udp", ports=["0-65535"]),
                        compute.FirewallAllowArgs(protocol="icmp"),
                    ],
                    opts=child,
                )
        self.interfaces = {}
        for network in plan.networks:
            subnetwork = compute.Subnetwork(
                network.subnetwork,
                name=network.subnetwork,
                project=plan.project,
                region=plan.region,
                network=vpcs[network.vpc.name].id,
                ip_cidr_range=network.cidr,
                opts=child,
            )
            self.interfaces[network.kubernetes_name] = container.NodePoolNetworkConfigAdditionalNodeNetworkConfigArgs(
                network=vpcs[network.vpc.name].name, subnetwork=subnetwork.name
            )
        self.register_outputs({"networks": [network.kubernetes_name for network in plan.networks]})


class NcclTransport(pulumi.ComponentResource):
    """What the cluster needs of it: its names for the interfaces, and NCCL's plugin on the nodes."""

    def __init__(self, name: str, plan: AcceleratorNetworkPlan, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:NcclTransport", name, None, opts)
        for network in plan.networks:
            parameters = CustomResource(
                network.subnetwork,
                api_version=f"{_API}/v1",
                kind="GKENetworkParamSet",
                metadata=meta.v1.ObjectMetaArgs(name=network.kubernetes_name),
                spec={
                    "vpc": network.vpc.name,
                    "vpcSubnet": network.subnetwork,
                    "deviceMode": network.device_mode,
                },
                opts=pulumi.ResourceOptions(parent=self),
            )
            CustomResource(
                network.subnetwork,
                api_version=f"{_API}/v1",
                kind="Network",
                metadata=meta.v1.ObjectMetaArgs(name=network.kubernetes_name),
                spec={
                    "type": "Device",
                    "parametersRef": {"group": _API, "kind": "GKENetworkParamSet", "name": network.kubernetes_name},
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[parameters]),
            )
        for installer in plan.installers:
            self._installer(installer)
        self.register_outputs({})

    def _installer(self, plan: InstallerPlan) -> None:
        labels = {"app": plan.name}
        apps.v1.DaemonSet(
            plan.name,
            metadata=meta.v1.ObjectMetaArgs(
                name=plan.name,
                namespace=plan.namespace,
                # Pools of nodes that come later have none to wait for.
                annotations={"pulumi.com/skipAwait": "true"},
            ),
            spec=apps.v1.DaemonSetSpecArgs(
                selector=meta.v1.LabelSelectorArgs(match_labels=labels),
                template=core.v1.PodTemplateSpecArgs(
                    metadata=meta.v1.ObjectMetaArgs(labels=labels), spec=_installer_pod(plan)
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _installer_pod(plan: InstallerPlan) -> core.v1.PodSpecArgs:
    mounts, volumes = [], []
    for ordinal, (on_node, inside) in enumerate(plan.kind.mounts.items()):
        volumes.append(_folder(f"node-{ordinal}", on_node))
        mounts.append(core.v1.VolumeMountArgs(name=f"node-{ordinal}", mount_path=inside))
    installer = _container("install", plan.image, command=["/bin/sh", "-ec"], args=[plan.script], volume_mounts=mounts)
    preparation = plan.kind.prepares
    first = []
    if preparation is not None:
        command = ["nsenter", "-at", "1", "--", "sh", "-ec", preparation.command]
        first = [_container("prepare", preparation.image, command=command)]
    if plan.kind.injector:
        volumes += [_folder("devices", "/dev"), _folder("runtime", "/var/run/nri")]
        stays = _container(
            "inject",
            INJECTOR_IMAGE,
            volume_mounts=[
                core.v1.VolumeMountArgs(name="devices", mount_path="/dev"),
                core.v1.VolumeMountArgs(name="runtime", mount_path="/var/run/nri"),
            ],
        )
    else:
        stays = core.v1.ContainerArgs(name="wait", image=PAUSE_IMAGE, resources=_resources())
    return core.v1.PodSpecArgs(
        priority_class_name="system-node-critical",
        node_selector=plan.node_labels,
        tolerations=[core.v1.TolerationArgs(operator="Exists")],
        host_network=True,
        host_pid=True,
        automount_service_account_token=False,
        init_containers=[*first, installer],
        containers=[stays],
        volumes=volumes,
    )


def _container(name: str, image: str, **more: Any) -> core.v1.ContainerArgs:
    """A container that has the node to itself: it writes into the folders of the node's own programs."""
    return core.v1.ContainerArgs(
        name=name,
        image=image,
        security_context=core.v1.SecurityContextArgs(privileged=True),
        resources=_resources(),
        **more,
    )


def _resources() -> core.v1.ResourceRequirementsArgs:
    return core.v1.ResourceRequirementsArgs(requests={"cpu": "150m", "memory": "64Mi"}, limits={"memory": "1Gi"})


def _folder(name: str, path: str) -> core.v1.VolumeArgs:
    return core.v1.VolumeArgs(
        name=name, host_path=core.v1.HostPathVolumeSourceArgs(path=path, type="DirectoryOrCreate")
    )
