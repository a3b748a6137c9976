"""One stack that has what a host can get wrong; `../registered.jsonl` is what the real engine made of it.

Its parts: a provider of its own and one whose settings come from a resource, a component inside a component, a node
pool that leaves out whatever it may, a value taken from a resource beside the same value written out, a secret, a list
of unknowns, and JSON as text.
"""

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions as Options

PLACEMENT = {"project": "example-ml", "location": "us-central1"}


def component(kind, name, **options):
    return pulumi.ComponentResource(f"weighbridge:index:{kind}", name, None, Options(**options))


def deployment(app, namespace):
    labels = {"app": app}
    container = {"name": "server", "image": "example/server:1"}
    kubernetes.apps.v1.Deployment(
        f"ranker-{app}",
        metadata={"name": f"ranker-{app}", "namespace": namespace},
        spec={
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
        opts=Options(parent=platform, provider=in_cluster, depends_on=[serving]),
    )


google = gcp.Provider("gcp", project="example-ml", region="us-central1")
platform = component("Platform", "platform")
pools = component("Pools", "pools", parent=platform)
ours = Options(parent=platform, provider=google)

network = gcp.compute.Network("network", name="ml", auto_create_subnetworks=False, opts=ours)
cluster = gcp.container.Cluster(
    "cluster",
    **PLACEMENT,
    name="ml",
    network=network.id,
    node_locations=["us-central1-a", "us-central1-b"],
    remove_default_node_pool=True,
    initial_node_count=1,
    opts=ours,
)
of_pools = Options(parent=pools, provider=google)
gcp.container.NodePool(
    "named",
    **PLACEMENT,
    name="serve",
    cluster=cluster.name,
    node_locations=["us-central1-a"],
    node_config={
        "machine_type": "g2-standard-8",
        "guest_accelerators": [{"type": "nvidia-l4", "count": 1}],
        "spot": True,
    },
    autoscaling={"total_min_node_count": 0, "total_max_node_count": 4},
    upgrade_settings={"max_surge": 1},
    opts=of_pools,
)
gcp.container.NodePool(
    "bare",
    cluster=cluster.id,
    node_config={"machine_type": "a2-highgpu-1g"},
    autoscaling={"min_node_count": 0, "max_node_count": 2},
    opts=of_pools,
)

gcp.monitoring.Dashboard(
    "overview", dashboard_json='{"displayName": "overview", "gridLayout": {"widgets": []}}', opts=ours
)
on_call = gcp.monitoring.NotificationChannel(
    "on-call", type="email", labels={"email_address": "ml@example.com"}, opts=ours
)
gcp.monitoring.AlertPolicy(
    "latency",
    display_name="latency",
    combiner="OR",
    conditions=[
        {"display_name": "p99", "condition_prometheus_query_language": {"query": "up == 0", "duration": "60s"}},
    ],
    notification_channels=[on_call.name],
    opts=ours,
)

in_cluster = kubernetes.Provider("kubernetes", kubeconfig=cluster.endpoint, opts=Options(parent=platform))
inside = Options(parent=platform, provider=in_cluster)
serving = kubernetes.core.v1.Namespace("serving", metadata={"name": "serving"}, opts=inside)
deployment("literal", "serving")
deployment("derived", serving.metadata.name)
kubernetes.core.v1.Secret(
    "token",
    metadata={"name": "token", "namespace": "serving"},
    string_data={"key": pulumi.Output.secret("not-a-real-secret")},
    opts=inside,
)
kubernetes.apiextensions.CustomResource(
    "route",
    api_version="gateway.networking.k8s.io/v1",
    kind="HTTPRoute",
    metadata={"name": "ranker", "namespace": "serving"},
    spec={
        "rules": [
            {
                "backendRefs": [
                    {"name": f"ranker-{version}", "port": 8000, "weight": weight}
                    for version, weight in (("v7", 90), ("v8", 10))
                ]
            }
        ]
    },
    opts=inside,
)
pools.register_outputs({})
platform.register_outputs({"cluster": cluster.name})
