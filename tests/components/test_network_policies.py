"""The policies as Kubernetes takes them. What they mean is in tests/weighbridge/isolation."""

from __future__ import annotations

from tests.support.platform import platform
from tests.support.specs import prod

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def test_a_namespace_denies_both_ways_and_one_more_policy_opens_a_version():
    recording = platform(prod())
    deny = recording.named(POLICY, "serving-deny-by-default")
    assert deny.inputs["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert recording.named("kubernetes:core/v1:Namespace", "prod-serving").urn in deny.dependencies
    ranker = recording.named(POLICY, "serving-ranker-v7").inputs
    assert ranker["metadata"] == {"name": "ranker-v7", "namespace": "serving"}
    assert ranker["spec"]["podSelector"] == {"matchLabels": {"app": "ranker", "version": "v7"}}
    assert ranker["spec"]["ingress"] == [
        {
            "from": [{"ipBlock": {"cidr": cidr}} for cidr in ("10.127.254.0/23", "35.191.0.0/16", "130.211.0.0/22")],
            "ports": [{"port": 8000, "protocol": "TCP"}],
        },
        {
            "from": [
                {
                    "namespaceSelector": {
                        "matchExpressions": [
                            {
                                "key": "kubernetes.io/metadata.name",
                                "operator": "In",
                                "values": ["gmp-system", "gke-gmp-system"],
                            }
                        ]
                    }
                }
            ],
            "ports": [{"port": 8002, "protocol": "TCP"}],
        },
    ]
