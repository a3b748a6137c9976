"""KEDA's autoscaler of a version that follows a queue outside its replicas."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes import meta
from pulumi_kubernetes.apiextensions import CustomResource

from weighbridge.serving.endpoint import SCALE_DOWN_SECONDS, EndpointPlan, VersionPlan
from weighbridge.serving.objects import KubernetesObject
from weighbridge.serving.outside_queue import POLL_SECONDS, QueueScaling

API_VERSION = "keda.sh/v1alpha1"


class QueueScaler(pulumi.ComponentResource):
    """A ScaledObject, and how KEDA signs in for it."""

    def __init__(
        self,
        endpoint: EndpointPlan,
        plan: VersionPlan,
        queue: QueueScaling,
        workload: KubernetesObject,
        scaled: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        name = plan.name
        super().__init__("weighbridge:index:QueueScaler", name, None, opts)

        def metadata(annotations: dict[str, str] | None = None) -> meta.v1.ObjectMetaArgs:
            labels = dict(plan.labels)
            return meta.v1.ObjectMetaArgs(
                name=name, namespace=endpoint.namespace, labels=labels, annotations=annotations
            )

        sign_in = CustomResource(
            name,
            api_version=API_VERSION,
            kind="TriggerAuthentication",
            metadata=metadata(),
            spec={"podIdentity": {"provider": "gcp"}},
            opts=pulumi.ResourceOptions(parent=self),
        )
        CustomResource(
            name,
            api_version=API_VERSION,
            kind="ScaledObject",
            # A version that had the plain autoscaler keeps it, under KEDA, until Pulumi takes the old one away.
            metadata=metadata({"scaledobject.keda.sh/transfer-hpa-ownership": "true"}),
            spec={
                "scaleTargetRef": {"apiVersion": workload.api_version, "kind": workload.kind, "name": name},
                "minReplicaCount": plan.replicas_least,
                "maxReplicaCount": plan.replicas_most,
                "pollingInterval": POLL_SECONDS,
                "cooldownPeriod": SCALE_DOWN_SECONDS,
                "advanced": {
                    "horizontalPodAutoscalerConfig": {
                        "name": name,
                        "behavior": {"scaleDown": {"stabilizationWindowSeconds": SCALE_DOWN_SECONDS}},
                    }
                },
                "triggers": [
                    {
                        "type": "prometheus",
                        "metricType": "AverageValue",
                        "metadata": {
                            "serverAddress": queue.server,
                            "query": queue.query,
                            "threshold": queue.per_replica,
                            "ignoreNullValues": "true" if queue.empty_is_none else "false",
                        },
                        "authenticationRef": {"name": name},
                    }
                ],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[sign_in, scaled]),
        )
        self.register_outputs({})
