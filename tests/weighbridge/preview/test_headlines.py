"""What a reviewer must not overlook: deletes and replacements of what serves or trains, by the state that goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.graphs import CLUSTER, NODE_POOL, cluster, node_pool, resource
from tests.support.specs import CATALOG, prod, quota_file
from weighbridge.preview.headlines import ServingState, headlines
from weighbridge.preview.result import Change, Operation
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.values import Unknown

GATEWAYS = "kubernetes:gateway.networking.k8s.io/v1:"
GPU = {"nvidia.com/gpu": "1"}


def k8s(type_: str, name: str, spec: Any = None, namespace: str = "serving") -> HeldResource:
    inputs = {"metadata": {"name": name, "namespace": namespace}, "spec": spec or {}}
    return resource(f"kubernetes:{type_}", f"my-{name}", inputs)


def deployment(name: str, pool: str = "serve-l4", namespace: str = "serving", **requests: str) -> HeldResource:
    container = {"name": "c", "resources": {"requests": {"cpu": "1", **requests}, "limits": requests}}
    template = {
        "metadata": {"labels": {"run": name}},
        "spec": {"nodeSelector": {"weighbridge.dev/node-pool": pool}, "containers": [container]},
    }
    spec = {"replicas": 1.0, "selector": {"matchLabels": {"run": name}}, "template": template}
    return k8s("apps/v1:Deployment", name, spec, namespace)


def service(name: str) -> HeldResource:
    return k8s("core/v1:Service", name, {"selector": {"run": name}})


def route(name: str, *rules: dict[str, float]) -> HeldResource:
    """A route of which testers can choose v8 by a header."""
    pinned: Any = {
        "matches": [{"headers": [{"name": "x-model-version", "value": "v8"}]}],
        "backendRefs": [{"name": "v8"}],
    }
    open_: Any = [{"backendRefs": [{"name": of, "weight": weight} for of, weight in rule.items()]} for rule in rules]
    spec = {"parentRefs": [{"name": "models"}], "rules": [pinned, *open_]}
    return resource(
        f"{GATEWAYS}HTTPRoute", f"my-{name}", {"metadata": {"name": name, "namespace": "serving"}, "spec": spec}
    )


def namespace(name: str, pool: str | None = None) -> HeldResource:
    """A namespace; of a pipeline, `pool` is where the pipeline runs."""
    labels: Any = {} if pool is None else {"labels": {"weighbridge.dev/node-pool": pool}}
    return resource("kubernetes:core/v1:Namespace", f"my-{name}", {"metadata": {"name": name, **labels}})


def pool(name: str, machine: str = "g2-standard-8") -> HeldResource:
    labels = {"weighbridge.dev/node-pool": name}
    config = {"machineType": machine, "diskSizeGb": 100.0, "diskType": "pd-balanced", "labels": labels}
    return node_pool(name, nodeConfig=config)


V7, V8 = deployment("v7", **GPU), deployment("v8", **GPU)
STATE = (
    cluster(),
    pool("serve-l4"),
    pool("features", "n2-standard-16"),
    pool("system", "e2-standard-4"),
    resource(f"{GATEWAYS}Gateway", "my-models", {"metadata": {"name": "models", "namespace": "serving"}}),
    V7,
    V8,
    service("v7"),
    service("v8"),
    route("ranker", {"v7": 90, "v8": 10}),
    deployment("monitor-ranker", "system", "monitors"),
    namespace("serving"),
    namespace("monitors"),
    namespace("pipeline-click-features"),
)


def messages(*changes: Change, state=STATE, after=(), accelerated=("serve-l4",), spec=None) -> list[str]:
    around = Surroundings.of(state, quota_file(), CATALOG)
    pools = {one.urn: "up to 2 nodes of x" for one in state if one.type == NODE_POOL and one.name in accelerated}
    return [flag.message for flag in headlines(changes, ServingState(state, around, spec, after), pools)]


def delete(gone: HeldResource, **more: Any) -> Change:
    return Change(Operation.DELETE, gone.urn, gone.type, gone.name, **more)


def change(gone: HeldResource, operation: Operation) -> Change:
    return replace(delete(gone), operation=operation)


def find(name: str, type_: str = "") -> HeldResource:
    return next(one for one in STATE if one.name == name and type_ in one.type)


def test_a_deleted_version_says_its_traffic_once_and_where_that_goes():
    objects = (delete(V7), delete(service("v7")), delete(k8s("policy/v1:PodDisruptionBudget", "v7")))
    assert messages(*objects, after=(route("ranker", {"v8": 1}),)) == [
        "my-v7 is deleted: it has 90% of ranker's traffic. From then on: v8 100%."
    ]


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (Operation.REPLACE, "my-v8 is replaced: it has 10% of ranker's traffic."),
        (Operation.MAY_REPLACE, "my-v8 may be replaced: it has 10% of ranker's traffic."),
    ],
)
def test_a_version_that_is_replaced_counts_by_the_rules_of_everybody(operation, text):
    assert messages(change(V8, operation), after=(route("ranker", {"v8": 1}),)) == [text]


@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.CREATE, Operation.SAME])
def test_what_neither_goes_nor_is_made_anew_is_no_headline(operation):
    assert messages(change(V8, operation)) == []


def test_what_has_no_traffic_now_says_so():
    state = (deployment("v6"), service("v6"), route("ranker", {"v6": 0, "v7": 1}))
    assert messages(delete(state[0]), state=state) == ["my-v6 is deleted: it has 0% of ranker's traffic."]


def test_a_route_whose_weights_nobody_knows_is_said():
    unknown = route("ranker", {"v7": Unknown()})  # type: ignore[dict-item] # as a program may give it
    state = (V7, service("v7"), unknown)
    assert messages(delete(V7), state=state) == ["my-v7 is deleted: it has an unknown part of ranker's traffic."]


def test_of_several_rules_the_one_with_most_counts():
    state = (V7, service("v7"), route("ranker", {"v7": 1, "v8": 3}, {"v7": 1, "v8": 1}))
    assert messages(delete(V7), state=state) == ["my-v7 is deleted: it has 50% of ranker's traffic."]


def test_an_endpoint_is_one_headline():
    gone = (find("my-ranker"), V7, V8, service("v7"), service("v8"))
    assert messages(*map(delete, gone)) == [
        "my-ranker is deleted: the route of all its traffic (90% to v7, 10% to v8)."
    ]


def test_a_gateway_says_whose_traffic_comes_through():
    assert messages(delete(find("my-models"))) == [
        "my-models is deleted: the gateway that all traffic of ranker comes through."
    ]


def test_a_namespace_says_what_is_in_it_and_that_only():
    gone = (find("my-serving"), find("my-ranker"), V7, V8, service("v7"))
    assert messages(*map(delete, gone), delete(find("my-monitors"))) == [
        (
            "my-serving is deleted: the namespace serving and everything in it. In it: v7 (90% of ranker's traffic), "
            "v8 (10% of ranker's traffic)."
        )
    ]


def test_a_pipeline_goes_with_its_runs():
    assert messages(delete(find("my-pipeline-click-features"))) == [
        "my-pipeline-click-features is deleted: the namespace of pipeline click-features, with every run in it."
    ]


def test_an_accelerator_pool_says_its_size_and_what_is_on_it():
    assert messages(delete(find("serve-l4"))) == [
        (
            "serve-l4 is deleted: this accelerator pool, up to 2 nodes of x. On it: v7 (90% of ranker's traffic), "
            "v8 (10% of ranker's traffic)."
        )
    ]


def test_an_accelerator_pool_that_goes_with_pipelines_names_them():
    state = (cluster(), pool("train"), namespace("pipeline-a"), namespace("pipeline-b"))
    first, *_ = messages(*map(delete, state[1:]), state=state, accelerated=("train",))
    assert first == (
        "train is deleted: this accelerator pool, up to 2 nodes of x. In the same update go the pipelines a and b."
    )


def test_a_deleted_pool_names_what_ran_on_it_though_that_goes_or_moves_in_the_same_update():
    """The spec is as it is to be: it has no pipeline on a pool that goes."""
    runs = [namespace("pipeline-train", "serve-l4"), namespace("pipeline-click-features", "serve-l4")]
    state = (*STATE[:-1], *runs, namespace("pipeline-other", "features"))
    gone = [*map(delete, (find("serve-l4"), V7, V8, find("my-ranker"), *runs[:1], state[-1]))]
    first, *_ = messages(*gone, state=state, spec=prod())
    assert first == (
        "serve-l4 is deleted: this accelerator pool, up to 2 nodes of x. On it: v7 (90% of ranker's traffic), "
        "v8 (10% of ranker's traffic); pipelines click-features, train."
    )
    cpu = messages(delete(find("features")), state=state)
    assert cpu == ["features is deleted: this node pool. On it: pipeline other."]


def test_pipelines_of_another_pool_are_not_told_of_an_accelerator_pool_that_goes_with_them():
    state = (cluster(), pool("train"), namespace("pipeline-a", "elsewhere"))
    first, *_ = messages(*map(delete, state[1:]), state=state, accelerated=("train",))
    assert first == "train is deleted: this accelerator pool, up to 2 nodes of x."


def test_a_pool_of_cpus_matters_where_pipelines_run_on_it():
    gone = (change(find("features"), Operation.REPLACE), delete(find("system")))
    assert messages(*gone, spec=prod()) == [
        "features is replaced: this node pool. On it: pipelines click-features, ranker-validation."
    ]


def test_a_cluster_takes_everything_along():
    (one,) = messages(*(delete(gone) for gone in STATE))
    assert one == (
        "dev is deleted: the cluster and everything in it. In it: v7 (90% of ranker's traffic), v8 (10% of ranker's "
        "traffic); pipeline click-features."
    )


@pytest.mark.parametrize(
    "kind", ["batch/v1:Job", "jobset.x-k8s.io/v1alpha2:JobSet", "trainer.kubeflow.org/v1:TrainJob"]
)
def test_a_job_stops(kind):
    job = k8s(kind, "train")
    assert messages(delete(job), state=(job,)) == ["my-train is deleted: its run stops where it is."]


def test_pods_with_accelerators_behind_no_route():
    one = deployment("batch", **GPU)
    assert messages(delete(one), state=(one,)) == [
        "my-batch is deleted: its pods hold accelerators, and no route is known to send them requests."
    ]


def test_what_is_protected_says_so_and_what_stays_is_no_headline():
    note = "protected: Pulumi will refuse to delete it"
    assert messages(delete(V7, note=note)) == [f"my-v7 is deleted: it has 90% of ranker's traffic. It is {note}."]
    assert messages(delete(V7, stays=True)) == []


def test_replaced_clusters_and_accelerator_pools_are_told_elsewhere():
    assert messages(change(find("dev", CLUSTER), Operation.REPLACE), change(V7, Operation.REPLACE)) == []
    assert messages(change(find("serve-l4"), Operation.MAY_REPLACE)) == []
