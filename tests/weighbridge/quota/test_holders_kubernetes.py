"""Which Kubernetes objects reach out of the cluster, onto quotas that nodes share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import resource
from tests.support.quota_demand import (
    doubt,
    drawn,
)
from weighbridge.resources.values import Unknown


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("kubernetes:core/v1:Service", {"spec": {"type": "ClusterIP"}}),
        ("kubernetes:core/v1:Service", {"spec": {"type": "LoadBalancer", "loadBalancerIP": "203.0.113.7"}}),
        (
            "kubernetes:core/v1:Service",
            {
                "spec": {"type": "LoadBalancer"},
                "metadata": {"annotations": {"networking.gke.io/load-balancer-type": "Internal"}},
            },
        ),
        ("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", {"spec": Unknown()}),
        ("kubernetes:gateway.networking.k8s.io/v1:Gateway", {"spec": {"gatewayClassName": "gke-l7-rilb"}}),
        (
            "kubernetes:gateway.networking.k8s.io/v1:Gateway",
            {
                "spec": {
                    "gatewayClassName": "gke-l7-regional-external-managed",
                    "addresses": [{"type": "NamedAddress", "value": "a"}],
                }
            },
        ),
        ("kubernetes:kueue.x-k8s.io/v1beta1:ClusterQueue", {"spec": {}}),
        ("kubernetes:inference.networking.k8s.io/v1:InferencePool", {"spec": {}}),
        ("kubernetes:apps/v1:Deployment", {"metadata": {"namespace": Unknown()}, "spec": {"replicas": Unknown()}}),
        ("kubernetes:apps/v1:StatefulSet", {"spec": {"volumeClaimTemplates": []}}),
    ],
)
def test_kubernetes_objects_that_take_nothing(type_: str, inputs: dict[str, Any]):
    if type_.endswith("HTTPRoute"):
        inputs = {"spec": {"rules": [{"backendRefs": [{"port": Unknown()}]}]}}
    assert drawn(resource(type_, "x", inputs)) == {}


@pytest.mark.parametrize(
    ("type_", "inputs", "message"),
    [
        ("kubernetes:core/v1:Service", {"spec": {"type": "LoadBalancer"}}, "takes an external address"),
        ("kubernetes:core/v1:Service", {"spec": {"type": Unknown()}}, "spec.type is not known"),
        ("kubernetes:gateway.networking.k8s.io/v1:Gateway",
         {"spec": {"gatewayClassName": "gke-l7-regional-external-managed"}}, "takes an external address"),
        ("kubernetes:gateway.networking.k8s.io/v1:Gateway", {"spec": {"gatewayClassName": "istio"}}, "is unknown"),
        ("kubernetes:apps/v1:StatefulSet", {"spec": {"volumeClaimTemplates": [{"spec": {}}]}},
         "spec.volumeClaimTemplates makes GKE create a disk for each pod"),
        ("kubernetes:apps/v1:Deployment",
         {"spec": {"template": {"spec": {"volumes": [{"ephemeral": {"volumeClaimTemplate": {"spec": {}}}}]}}}},
         "spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate makes GKE create a disk for each pod"),
        ("kubernetes:apps/v1:Deployment", {"spec": Unknown()}, "spec is not known before the deployment"),
        # The provider goes by the object, not by the type that the program registered it with.
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "cloud.google.com/v1", "kind": "ComputeClass"},
         "apiVersion is 'cloud.google.com/v1', but the resource's type says 'v1': use the matching type"),
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "v1", "kind": "PersistentVolumeClaim"},
         "kind is 'PersistentVolumeClaim', but the resource's type says 'ConfigMap': use the matching type"),
    ],
)  # fmt: skip
def test_kubernetes_objects_that_reach_out_of_the_cluster(type_: str, inputs: dict[str, Any], message: str):
    assert message in doubt(resource(type_, "x", inputs))
