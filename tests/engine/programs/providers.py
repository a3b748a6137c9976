"""Programs about which provider a resource has, and what that provider makes of it."""

from tests.engine.programs.program import Small

KUBERNETES = "import pulumi_kubernetes as k8s\n"
POOL = """
        gcp.container.NodePool(
            "serve", {named}cluster="c", location="us-central1", project="example-ml",
            node_locations=["us-central1-a"], autoscaling={{"total_min_node_count": 0, "total_max_node_count": {nodes}}},
            node_config={{"machine_type": "g2-standard-4", "guest_accelerators": [{{"type": "nvidia-l4", "count": 1}}]}},
        )
"""
NEEDS_CHECK = "what a provider's check makes of inputs is not emulated: only the provider knows"

PROVIDERS = (
    Small(
        "an explicit provider",
        """
        Thing("a", Options(provider=Provider("p", colour="red")), size=1)
        """,
    ),
    Small(
        "a provider that changes",
        'Thing("a", Options(provider=Provider("p", colour="blue")), size=1)',
        earlier='Thing("a", Options(provider=Provider("p", colour="red")), size=1)',
    ),
    Small(
        "another provider for the same resource",
        """
        p, q = Provider("p", colour="red"), Provider("q", colour="red")
        Thing("a", Options(provider=q), size=1)
        """,
        earlier="""
        p, q = Provider("p", colour="red"), Provider("q", colour="red")
        Thing("a", Options(provider=p), size=1)
        """,
    ),
    Small(
        "a map of providers, handed down",
        """
        p = Provider("p", colour="red")
        k = Provider("k", package="kubernetes", kubeconfig="here")
        group = Group("g", Options(providers={"toy": p, "kubernetes": k}))
        inner = Group("i", Options(parent=group))
        Thing("a", Options(parent=inner), size=1)
        """,
    ),
    Small(
        "a list of providers, one of them replaced on the way",
        """
        p, q = Provider("p", colour="red"), Provider("q", colour="blue")
        group = Group("g", Options(providers=[p]))
        Thing("a", Options(parent=group), size=1)
        inner = Group("i", Options(parent=group, providers=[q]))
        Thing("b", Options(parent=inner), size=1)
        """,
    ),
    Small(
        "a resource's provider is its children's",
        """
        a = Thing("a", Options(provider=Provider("p", colour="red")), size=1)
        Thing("b", Options(parent=a), size=1)
        """,
    ),
    Small(
        "a provider inside a component that needs another resource",
        """
        group = Group("g")
        a = Thing("a", Options(parent=group), size=1)
        p = Provider("p", Options(parent=group), colour=a.computed)
        b = Thing("b", Options(provider=p), size=1, list=[1, 2])
        Thing("c", of=b.id, size=b.computed)
        """,
    ),
    Small(
        "settings of default providers",
        'Thing("a", size=1)',
        config={"toy:colour": "red", "toy:list": '["a"]'},
    ),
    Small(
        "a secret setting of a default provider",
        'Thing("a", size=1)',
        secrets={"toy:token": "hunter2 and more"},
        limits={
            r".*token: real .*, offline \"\[encrypted\]\"": "a setting that is encrypted can't be read without the stack's key; the program is "
            "given a placeholder, and the report says so"
        },
    ),
    Small(
        "a cluster that doesn't exist yet",
        KUBERNETES
        + """
a = Thing("a", size=1)
k = k8s.Provider("k", kubeconfig=a.computed)
ns = k8s.core.v1.Namespace("ns", metadata={"name": "serving"}, opts=Options(provider=k))
k8s.core.v1.ConfigMap("c", metadata={"name": "c", "namespace": ns.metadata.name}, data={"a": "b"}, opts=Options(provider=k))
""",
    ),
    Small(
        "a cluster that exists, and an object that is replaced in it",
        KUBERNETES
        + """
k = k8s.Provider("k", kubeconfig="here")
k8s.core.v1.ConfigMap("c", metadata={"name": "c"}, data={"a": "c"}, opts=Options(provider=k))
k8s.apps.v1.Deployment("d", metadata={"name": "d"}, opts=Options(provider=k), spec={
    "replicas": 2, "selector": {"matchLabels": {"app": "d"}},
    "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "s", "image": "i:2"}]}}})
""",
        earlier=KUBERNETES
        + """
k = k8s.Provider("k", kubeconfig="here")
k8s.core.v1.ConfigMap("c", metadata={"name": "c"}, data={"a": "b"}, opts=Options(provider=k))
k8s.apps.v1.Deployment("d", metadata={"name": "d"}, opts=Options(provider=k), spec={
    "replicas": 1, "selector": {"matchLabels": {"app": "d"}},
    "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "s", "image": "i:1"}]}}})
""",
    ),
    Small(
        "objects that the provider completes",
        KUBERNETES
        + """
k = k8s.Provider("k", kubeconfig="here", namespace="nsx")
k8s.core.v1.ConfigMap("c", data={"a": "b"}, opts=Options(provider=k))
k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data={"a": "not secret"}, opts=Options(provider=k))
""",
        limits={
            r".*(metadata|properties\.data|stringData|inputs\.data).*": NEEDS_CHECK,
            r"AnalyzeStack .*(binaryData|immutable|type): real nothing, offline \"<unknown>\"": "the SDK says of every "
            "field of a Kubernetes object that it is there afterwards, so it counts as unknown",
        },
    ),
    Small(
        "a pool that Pulumi names",
        "import pulumi_gcp as gcp\n" + POOL.replace("        ", "").format(named="", nodes=2),
    ),
    Small(
        "a pool that goes over",
        "import pulumi_gcp as gcp\n" + POOL.replace("        ", "").format(named='name="serve", ', nodes=20),
    ),
    Small(
        "a named pool that grows, and one whose machines change",
        "import pulumi_gcp as gcp\n" + POOL.replace("        ", "").format(named='name="serve", ', nodes=3),
        earlier="import pulumi_gcp as gcp\n" + POOL.replace("        ", "").format(named='name="serve", ', nodes=2),
    ),
    Small(
        "a named pool that is renamed",
        "import pulumi_gcp as gcp\n" + POOL.replace("        ", "").format(named='name="other", ', nodes=2),
        earlier="import pulumi_gcp as gcp\n" + POOL.replace("        ", "").format(named='name="serve", ', nodes=2),
    ),
)
