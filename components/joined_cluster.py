"""A GKE cluster that somebody else made, in which pools and workloads are created."""

from __future__ import annotations

import pulumi
from pulumi_gcp import container

from .cluster import kubeconfig_of


class JoinedCluster(pulumi.ComponentResource):
    """The cluster, only read: an update changes nothing of it, and a preview fails where it is missing."""

    cluster_name: pulumi.Output[str]
    """Known in a preview."""

    endpoint: pulumi.Output[str]
    """Host name of the control plane, behind IAM."""

    kubeconfig: pulumi.Output[str]
    """For `kubectl` and the Kubernetes provider. Holds no secret."""

    def __init__(self, name: str, cluster_name: str, path: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("weighbridge:index:JoinedCluster", name, None, opts)
        cluster = container.Cluster.get(name, path, opts=pulumi.ResourceOptions(parent=self))
        self.cluster_name = pulumi.Output.from_input(cluster_name)
        endpoint = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
        self.endpoint = pulumi.Output.all(cluster.id, endpoint).apply(lambda known: str(known[1]))
        self.kubeconfig = self.endpoint.apply(lambda endpoint: kubeconfig_of(cluster_name, endpoint))
        self.register_outputs(
            {"cluster_name": self.cluster_name, "endpoint": self.endpoint, "kubeconfig": self.kubeconfig}
        )
