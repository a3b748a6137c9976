"""What the components create has its place; one change to it, and the exact message."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from tests.support.graphs import PROVIDER, components_of, resource
from tests.support.paths import ROOT
from tests.support.specs import CATALOG, quota_file
from weighbridge.resources.held_resource import Surroundings
from weighbridge.resources.values import Unknown
from weighbridge.rules.placement import judge
from weighbridge.rules.violation import Excess, Violation

STACKS = (
    *sorted((ROOT / "tests" / "integration" / "stacks").glob("*.yaml")),
    *(ROOT / "stacks" / f"{name}.yaml" for name in ("dev", "staging", "prod")),
)
QUOTA = quota_file()
TYPES = {
    "Pod": "core/v1", "Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1",
    "CronJob": "batch/v1", "JobSet": "jobset.x-k8s.io/v1alpha2", "HorizontalPodAutoscaler": "autoscaling/v2",
}  # fmt: skip


def messages(resources) -> list[str]:
    return [found.message for found in judge(resources, Surroundings.of(resources, QUOTA, CATALOG))]


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.stem)
def test_what_the_components_create_has_its_place(file):
    resources = components_of(file)
    found = judge(resources, Surroundings.of(resources, QUOTA, CATALOG))
    assert [violation.message for violation in found if violation.level == "mandatory"] == []


@pytest.fixture(scope="module")
def prod():
    return components_of(ROOT / "stacks" / "prod.yaml")


@pytest.fixture(scope="module")
def accelerated():
    return components_of(ROOT / "tests" / "integration" / "stacks" / "accelerated.yaml")


def changed(given, kind: str, name: str, change):
    copies = copy.deepcopy(given)
    (one,) = (
        resource
        for resource in copies
        if resource.type.endswith(f":{kind}") and resource.name == name and resource.inputs
    )
    change(one.inputs)
    return copies


def pod(**changes):
    return lambda inputs: inputs["spec"]["template"]["spec"].update(changes)


def requests(**amounts):
    def change(inputs) -> None:
        asked = inputs["spec"]["template"]["spec"]["containers"][0]["resources"]
        given = {name.replace("_", "/").replace("gpu", "com/gpu"): amount for name, amount in amounts.items()}
        given = {name.replace("nvidia/com", "nvidia.com"): amount for name, amount in given.items()}
        asked["requests"].update(given)

    return change


SELECTOR = {"weighbridge.dev/node-pool": "serve-l4", "cloud.google.com/gke-accelerator": "nvidia-l4"}
NOWHERE = "ranker-v8: no node pool can run its pods. Nearest is serve-l4 (g2-standard-8): "


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            pod(nodeSelector={**SELECTOR, "cloud.google.com/gke-accelerator": "nvidia-tesla-t4"}),
            (f"{NOWHERE}its nodes have cloud.google.com/gke-accelerator 'nvidia-l4', and the pods want "
            "'nvidia-tesla-t4'. So change where they want to run, or add such a pool"),
        ),
        (
            pod(nodeSelector={**SELECTOR, "team": "ranking"}),
            (f"{NOWHERE}its nodes have no label team, and the pods want 'ranking'. So change where they want to run, "
            "or add such a pool"),
        ),
        (
            pod(nodeSelector={**SELECTOR, "topology.kubernetes.io/zone": "us-central1-f"}),
            (f"{NOWHERE}its nodes have topology.kubernetes.io/zone 'us-central1-a' or 'us-central1-b', and the pods "
            "want 'us-central1-f'. So change where they want to run, or add such a pool"),
        ),
        (
            requests(cpu="9"),
            (f"{NOWHERE}a pod asks for 9 cpu, and a node has 7.91 for pods. So lower the request, or take other "
            "machines"),
        ),
        (
            requests(nvidia_gpu="2"),
            (f"{NOWHERE}a pod asks for 2 nvidia.com/gpu, and a node has 1 for pods. So lower the request, or take "
            "other machines"),
        ),
        (
            pod(nodeSelector={"weighbridge.dev/node-pool": "system"}),
            (
                "ranker-v8: no node pool can run its pods. Nearest is system (e2-standard-4): a pod asks for 6.3 cpu, "
                "and a node has 3.92 for pods; a pod asks for 22Gi memory, and a node has 12.946Gi for pods; a pod "
                "asks for 1 nvidia.com/gpu, and a node has none. So lower the request, or take other machines"
            ),
        ),
        (
            pod(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "team", "operator": "In", "values": ["ads", "ranking"]}]},
                {"matchExpressions": [{"key": "kubernetes.io/arch", "operator": "NotIn", "values": ["amd64"]}]},
            ]}}}),
            (f"{NOWHERE}its nodes don't meet the node affinity (team In ads, ranking or kubernetes.io/arch NotIn amd64)"
            ". So change where they want to run, or add such a pool"),
        ),
        (
            pod(nodeName="node-1"),
            "ranker-v8: spec.template.spec.nodeName ties pods to one node, which comes and goes: use nodeSelector",
        ),
        (
            pod(nodeSelector=Unknown()),
            ("ranker-v8: spec.template.spec.nodeSelector is not known before the deployment: write it as a literal or "
            "take it from stack config"),
        ),
        (
            pod(containers=Unknown()),
            ("ranker-v8: spec.template.spec.containers is not known before the deployment: write it as a literal or "
            "take it from stack config"),
        ),
    ],
)  # fmt: skip
def test_one_change_of_a_deployment(prod, change, expected):
    assert messages(changed(prod, "Deployment", "ranker-v8", change)) == [expected]


def test_a_taint_has_to_be_tolerated(prod, accelerated):
    assert messages(changed(prod, "Deployment", "ranker-v8", pod(tolerations=[]))) == [], "GKE adds the one for GPUs"

    def intolerant(inputs) -> None:
        template = inputs["spec"]["leaderWorkerTemplate"]["workerTemplate"]
        template["spec"]["tolerations"] = [{"key": "google.com/tpu", "value": "other", "effect": "NoSchedule"}]

    assert messages(changed(accelerated, "LeaderWorkerSet", "writer-v1", intolerant)) == [
        (
            "writer-v1: no node pool can run its pods. Nearest is tpu-s0 (ct5lp-hightpu-4t): the pods don't tolerate "
            "its taint google.com/tpu=present:NoSchedule. So add the toleration"
        )
    ]


def test_more_pods_that_always_run_than_there_are_nodes(prod):
    def least(inputs) -> None:
        inputs["spec"]["minReplicas"] = 5.0

    assert messages(changed(prod, "HorizontalPodAutoscaler", "ranker-v7", least)) == []
    crowded = changed(changed(prod, "HorizontalPodAutoscaler", "ranker-v7", least), "HorizontalPodAutoscaler",
                      "ranker-v8", lambda inputs: inputs["spec"].update(minReplicas=2.0))  # fmt: skip
    assert messages(crowded) == [
        (
            "ranker-v8: 1 of 2 pods that always run find no room on serve-l4 (6 nodes of g2-standard-8), beside the "
            "pods of ranker-v7 5. Lower the fewest replicas or a request, or raise nodes.max"
        )
    ]


def test_a_group_of_hosts_takes_a_slice_for_itself(accelerated):
    def least(inputs) -> None:
        inputs["spec"]["minReplicas"] = 3.0

    assert messages(changed(accelerated, "HorizontalPodAutoscaler", "writer-v1", least)) == [
        (
            "writer-v1: 4 of 12 pods that always run find no room on tpu-s0 (4 nodes of ct5lp-hightpu-4t) and tpu-s1 "
            "(4 nodes of ct5lp-hightpu-4t). Lower the fewest replicas or a request, or raise slices.max"
        )
    ]


def test_a_pool_that_cannot_be_told_is_said_once(prod):
    def unknown(inputs) -> None:
        inputs["nodeConfig"]["labels"]["weighbridge.dev/node-pool"] = Unknown()

    assert messages(changed(prod, "NodePool", "serve-l4", unknown)) == [
        (
            "serve-l4: nodeConfig.labels.weighbridge.dev/node-pool is not known before the deployment: write it as a "
            "literal or take it from stack config"
        )
    ]


def test_a_pool_that_cannot_be_counted_is_left_to_the_shared_quota(prod):
    def unknown(inputs) -> None:
        inputs["nodeConfig"]["machineType"] = Unknown()

    assert messages(changed(prod, "NodePool", "serve-l4", unknown)) == []


def workload(kind: str, spec, name: str = "extra", **metadata):
    inputs = {"metadata": {"name": name, **metadata}, "spec": spec}
    return resource(f"kubernetes:{TYPES[kind]}:{kind}", name, inputs, provider_inputs=PROVIDER)


def template(cpu: str = "3", **more):
    return {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": cpu}}}], **more}}


SYSTEM: dict[str, Any] = {"nodeSelector": {"cloud.google.com/gke-nodepool": "system"}}


@pytest.mark.parametrize(
    ("kind", "spec", "pods"),
    [
        ("Pod", template(**SYSTEM)["spec"], 1),
        ("Deployment", {"template": template(**SYSTEM)}, 1),
        ("StatefulSet", {"replicas": 7.0, "template": template(**SYSTEM)}, 7),
        ("StatefulSet", {"replicas": 0.0, "template": template(**SYSTEM)}, 0),
        ("DaemonSet", {"template": template(**SYSTEM)}, 0),
        ("Job", {"parallelism": 6.0, "template": template(**SYSTEM)}, 6),
        ("Job", {"parallelism": 6.0, "suspend": True, "template": template(**SYSTEM)}, 0),
        ("CronJob", {"jobTemplate": {"spec": {"parallelism": 5.0, "template": template(**SYSTEM)}}}, 5),
        (
            "JobSet",
            {
                "replicatedJobs": [
                    {"replicas": 2.0, "template": {"spec": {"parallelism": 3.0, "template": template(**SYSTEM)}}}
                ]
            },
            6,
        ),
    ],
)
def test_pods_of_each_kind(prod, kind, spec, pods):
    """The system pool has 4 nodes of 3.92 cores, one of which the metrics adapter shares: 3-core pods take one each."""
    found = messages([*prod, workload(kind, spec)])

    expected = [f"extra: {pods - 4} of {pods} pods that always run find no room on system (4 nodes of e2-standard-4)"]
    assert [message.partition(", beside")[0] for message in found] == (expected if pods > 4 else [])


def test_each_kind_needs_a_pool_that_is_large_enough(prod):
    for kind, spec in (
        ("DaemonSet", {"template": template("40")}),
        ("StatefulSet", {"replicas": 0.0, "template": template("40")}),
        ("Job", {"suspend": True, "template": template("40")}),
    ):
        (found,) = messages([*prod, workload(kind, spec)])
        assert found.startswith("extra: no node pool can run its pods. Nearest is ")


def test_a_pod_without_selector_goes_to_any_pool_that_does_not_repel_it(prod):
    assert messages([*prod, workload("Pod", template("15")["spec"])]) == [], "features has 16 cores and no taint"
    (found,) = messages([*prod, workload("Pod", template("47")["spec"])])
    assert "a pod asks for 47 cpu" in found, "a2-highgpu-4g has the cores, but a taint"


def test_the_autoscaler_has_the_last_word_on_replicas(prod):
    many = workload("Deployment", {"replicas": 50.0, "template": template(**SYSTEM)}, namespace="serving")
    scaler = workload(
        "HorizontalPodAutoscaler",
        {"scaleTargetRef": {"kind": "Deployment", "name": "extra"}, "maxReplicas": 60.0},
        namespace="serving",
    )

    assert len(messages([*prod, many])) == 1
    assert messages([*prod, many, scaler]) == []
    elsewhere = copy.deepcopy(scaler)
    elsewhere.inputs["metadata"]["namespace"] = "other"
    assert len(messages([*prod, many, elsewhere])) == 1


def test_a_resource_that_no_node_has_and_one_that_is_only_read(prod):
    odd = {"containers": [{"name": "main", "resources": {"limits": {"example.com/fpga": "1"}}}], **SYSTEM}
    (found,) = messages([*prod, workload("Pod", odd)])
    assert found.startswith(
        "extra: no node pool can run its pods. Nearest is system (e2-standard-4): a pod asks for 1 example.com/fpga, "
        "and a node has none"
    )
    read = resource("kubernetes:core/v1:Pod", "extra", {"spec": odd}, existing=True)
    assert messages([*prod, read]) == []


def test_a_stack_without_pools_and_one_whose_cluster_makes_its_own(prod):
    alone = workload("Pod", template()["spec"])
    assert messages([alone]) == ["extra: its pods have no nodes, as the stack has no node pool. Add one that they fit"]

    def provisioning(inputs) -> None:
        inputs["clusterAutoscaling"] = {"enabled": True, "resourceLimits": [{"resourceType": "cpu", "maximum": 64.0}]}

    provisioned = changed(prod, "Cluster", "prod", provisioning)
    assert messages([*provisioned, workload("Pod", template("40")["spec"])]) == []


def found_in(resources) -> list[Violation]:
    return [replace(one, message="") for one in judge(resources, Surroundings.of(resources, QUOTA, CATALOG))]


def test_a_violation_names_its_resource_and_what_is_missing(prod):
    lost = workload("Pod", template("47")["spec"])
    assert found_in([*prod, lost]) == [Violation("placement", "", lost.urn, holder="extra")]
    unclear = workload("Pod", {**template()["spec"], "nodeSelector": Unknown()})
    assert found_in([*prod, unclear]) == [Violation("placement", "", unclear.urn, holder="extra")]
    many = workload("Job", {"parallelism": 6.0, "template": template(**SYSTEM)})
    assert found_in([*prod, many]) == [
        Violation("placement", "", many.urn, holder="extra", excess=Excess(6, 4, "pods"))
    ]

    def unknown(inputs) -> None:
        inputs["nodeConfig"]["labels"]["weighbridge.dev/node-pool"] = Unknown()

    hidden = changed(prod, "NodePool", "serve-l4", unknown)
    pool = next(one for one in hidden if one.type.endswith(":NodePool") and one.name == "serve-l4" and one.inputs)
    assert found_in(hidden) == [Violation("placement", "", pool.urn, holder="serve-l4")]


def test_whoever_runs_beside_is_named_with_its_pods(prod):
    pools = [one for one in prod if one.type.endswith((":NodePool", ":Cluster")) and one.inputs]
    jobs = [workload("Job", {"parallelism": float(n), "template": template(**SYSTEM)}, f"j{n}") for n in (1, 2, 3)]
    assert messages([*pools, *jobs])[-1] == (
        "j3: 2 of 3 pods that always run find no room on system (4 nodes of e2-standard-4), beside the pods of j1 1, "
        "j2 2. Lower the fewest replicas or a request, or raise nodes.max"
    )
