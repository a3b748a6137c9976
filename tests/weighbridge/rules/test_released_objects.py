"""Objects of the production example, one change to what a program makes of them, and ways beside them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.platform import platform_resources
from tests.support.specs import CATALOG, prod
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown
from weighbridge.rules.released_objects import ReleasedObjects
from weighbridge.stacks.load import read_spec

Change = Callable[[dict[str, Any]], None]
KUBERNETES = "kubernetes:"


@pytest.fixture(scope="module")
def resources() -> tuple[HeldResource, ...]:
    return platform_resources(prod())


def found(resources, spec=None) -> list[tuple[str, str]]:
    judged = ReleasedObjects(spec or prod(), CATALOG).judge("canary-approval", resources)
    return [(violation.level, violation.message) for violation in judged]


def one(resources, kind: str, name: str) -> HeldResource:
    (resource,) = (entry for entry in resources if entry.type.endswith(f":{kind}") and entry.name == name)
    return copy.deepcopy(resource)


def inputs_of(resource: HeldResource) -> Any:
    return resource.inputs


def changed(resources, kind: str, name: str, change: Change) -> list[tuple[str, str]]:
    resource = one(resources, kind, name)
    change(inputs_of(resource))
    return found([resource])


def container(inputs: dict[str, Any]) -> dict[str, Any]:
    return inputs["spec"]["template"]["spec"]["containers"][0]


def test_what_the_components_create_is_what_the_spec_makes(resources):
    assert found(resources) == []


def test_a_null_a_label_or_an_annotation_more_decides_nothing(resources):
    def more(inputs) -> None:
        inputs["metadata"]["labels"]["team"] = "search"
        inputs["metadata"]["annotations"] = {"note": "x"}
        inputs["spec"]["minReadySeconds"] = None
        inputs["spec"]["replicas"] = 3

    assert changed(resources, "Deployment", "ranker-v7", more) == []


WAYS_ROUND: dict[str, tuple[str, str, Change, str]] = {
    "another image": (
        "Deployment", "ranker-v8", lambda inputs: container(inputs).update(image="other:1"),
        'has spec.template.spec.containers[0].image: "other:1", not "us-docker.pkg.dev/',
    ),
    "an argument more": (
        "Deployment", "ranker-v8", lambda inputs: container(inputs)["args"].append("--model-store=/elsewhere"),
        'spec.template.spec.containers[0].args[3]: "--model-store=/elsewhere"',
    ),
    "a variable": (
        "Deployment", "ranker-v8", lambda inputs: container(inputs)["env"].append({"name": "A", "value": "1"}),
        "spec.template.spec.containers[0].env[1]: a mapping",
    ),
    "a container more": (
        "Deployment", "ranker-v8",
        lambda inputs: inputs["spec"]["template"]["spec"].update(initContainers=[{"name": "swap", "image": "x:1"}]),
        "has spec.template.spec.initContainers: a list of 1",
    ),
    "another model": (
        "Deployment", "ranker-v8",
        lambda inputs: container(inputs)["args"].__setitem__(0, "--model-repository=gs://example-ml-models/ranker/v9"),
        'args[0]: "--model-repository=gs://example-ml-models/ranker/v9", not',
    ),
    "pods of another version": (
        "Deployment", "ranker-v8",
        lambda inputs: inputs["spec"]["template"]["metadata"]["labels"].update({"weighbridge.dev/version": "v7"}),
        "spec.template.metadata.labels",
    ),
    "a probe taken out": (
        "Deployment", "ranker-v8", lambda inputs: container(inputs).pop("readinessProbe"),
        "lacks spec.template.spec.containers[0].readinessProbe: a mapping",
    ),
    "a Service of other pods": (
        "Service", "ranker-v7", lambda inputs: inputs["spec"]["selector"].update(app="other"),
        'the Service ranker-v7 has spec.selector.app: "other"',
    ),
    "a Service of a name elsewhere": (
        "Service", "ranker-v7", lambda inputs: inputs["spec"].update(type="ExternalName", externalName="x.example.com"),
        'the Service ranker-v7 has spec.type: "ExternalName" (1 more differs)',
    ),
    "a route into another namespace": (
        "HTTPRoute", "ranker", lambda inputs: inputs["spec"]["rules"][-1]["backendRefs"][0].update(namespace="dev"),
        'the HTTPRoute ranker has spec.rules[2].backendRefs[0].namespace: "dev"',
    ),
    "a backend of another kind": (
        "HTTPRoute", "ranker",
        lambda inputs: inputs["spec"]["rules"][-1]["backendRefs"][0].update(kind="ServiceImport"),
        'the HTTPRoute ranker has spec.rules[2].backendRefs[0].kind: "ServiceImport", not "Service"',
    ),
    "a filter": (
        "HTTPRoute", "ranker",
        lambda inputs: inputs["spec"]["rules"][-1].update(filters=[{"type": "URLRewrite"}]),
        "the HTTPRoute ranker has spec.rules[2].filters: a list of 1",
    ),
    "a rule more": (
        "HTTPRoute", "ranker",
        lambda inputs: inputs["spec"]["rules"].insert(0, copy.deepcopy(inputs["spec"]["rules"][1])),
        "the HTTPRoute ranker has spec.rules",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "change", "words"), WAYS_ROUND.values(), ids=WAYS_ROUND.keys())
def test_a_way_round(resources, kind, name, change, words):
    ((level, message),) = changed(resources, kind, name, change)
    assert level == "mandatory"
    assert words in message


def test_the_whole_message(resources):
    (image,) = changed(resources, "Deployment", "ranker-v8", lambda inputs: container(inputs).update(image="other:1"))
    (host,) = changed(resources, "HTTPRoute", "ranker", lambda inputs: inputs["spec"].update(hostnames=["x.org"]))
    assert (image[1], host[1]) == (
        (
            'the Deployment ranker-v8 has spec.template.spec.containers[0].image: "other:1", not '
            "\"us-docker.pkg.dev/example-ml/serving/triton:25.09\": it isn't what the spec makes for v8 of ranker, "
            "which is what is accepted; take the difference out, or put it into the spec as a version of another name"
        ),
        (
            'the HTTPRoute ranker has spec.hostnames[0]: "x.org", not "ranker.example.com": it isn\'t what the spec '
            "makes for ranker, which is what is accepted; take the difference out"
        ),
    )  # fmt: skip


def test_it_stands_at_the_endpoint_in_the_spec(resources):
    image = one(resources, "Deployment", "ranker-v8")
    container(inputs_of(image)).update(image="other:1")
    (violation,) = ReleasedObjects(prod(), CATALOG).judge("canary-approval", [image])
    assert (violation.path, violation.urn, violation.holder) == (("endpoints", "ranker"), image.urn, "ranker-v8")


def test_a_patch_of_a_version(resources):
    patch = one(resources, "Deployment", "ranker-v8")
    patch = replace(patch, name="fix", type="kubernetes:apps/v1:DeploymentPatch")
    inputs_of(patch)["spec"] = {"template": {"spec": {"containers": [{"name": "server", "image": "other:1"}]}}}
    ((_, message),) = found([patch])
    assert message.startswith("fix changes spec of the Deployment ranker-v8: it isn't what the spec makes")


def renamed(resources, kind: str, name: str, **metadata: object) -> HeldResource:
    resource = replace(one(resources, kind, name), name="other")
    inputs_of(resource)["metadata"].update({"name": "other", **metadata})
    return resource


def test_pods_with_the_labels_of_a_version(resources):
    other = renamed(resources, "Deployment", "ranker-v7")
    ((level, message),) = found([other])
    assert (level, message) == ("mandatory", (
        "other has pods that answer for v7 of ranker, by their labels, and the spec, which is what is accepted, makes "
        "no such pods: give them other labels, or put what they run into the spec as a version of another name"
    ))  # fmt: skip
    assert found([renamed(resources, "Deployment", "ranker-v7", namespace="elsewhere")]) == []
    assert len(found([renamed(resources, "Deployment", "ranker-v7", namespace=Unknown())])) == 1
    pod = replace(other, type="kubernetes:core/v1:Pod", inputs={
        "metadata": {"namespace": "serving", **inputs_of(other)["spec"]["template"]["metadata"]},
        "spec": inputs_of(other)["spec"]["template"]["spec"],
    })  # fmt: skip
    assert len(found([pod])) == 1


TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "ranker", "version": "v7"}},
    "spec": {"containers": [{"name": "server", "image": "other:1"}]},
}


@pytest.mark.parametrize(
    ("type_", "content"),
    [
        ("core/v1:ReplicationController", {"spec": {"template": TEMPLATE}}),
        ("argoproj.io/v1alpha1:Rollout", {"spec": {"template": TEMPLATE}}),
        ("apps.kruise.io/v1alpha1:CloneSet", {"spec": {"template": TEMPLATE}}),
        ("apps.kruise.io/v1alpha1:StatefulSet", {"spec": {"template": TEMPLATE}}),
        ("ray.io/v1:RayCluster", {"spec": {"workerGroupSpecs": [{"template": TEMPLATE}]}}),
        ("sparkoperator.k8s.io/v1beta2:SparkApplication", {"spec": {"driver": TEMPLATE["metadata"]}}),
        ("argoproj.io/v1alpha1:Workflow", {"spec": {"podMetadata": TEMPLATE["metadata"]}}),
        ("example.com/v1:OfNobodyKnown", {"spec": {"pods": [TEMPLATE]}}),
    ],
)
def test_pods_of_any_kind_with_the_labels_of_a_version(type_, content):
    metadata = {"name": "x", "namespace": "serving"}
    ((level, message),) = found([beside(type_, metadata, **content)])
    assert (level, message.partition(",")[0]) == ("mandatory", "x has pods that answer for v7 of ranker")
    assert found([beside(type_, {**metadata, "namespace": "elsewhere"}, **content)]) == []
    other = {"spec": {"selector": {"matchLabels": TEMPLATE["metadata"]["labels"]}}}
    assert found([beside(type_, metadata, **other)]) == []


def test_labels_that_a_patch_adds_to_those_that_pods_have():
    """The pods have the rest of them by somebody else's hand."""
    metadata = {"name": "x", "namespace": "serving", "labels": {"version": "v7"}}
    assert found([beside("core/v1:Pod", metadata, spec={})]) == []
    ((_, message),) = found([beside("core/v1:PodPatch", metadata)])
    assert message.startswith("x has pods that answer for v7 of ranker")
    assert found([beside("core/v1:PodPatch", {**metadata, "labels": {"version": "v9", "app": "ranker"}})]) == []


KUBECONFIG = "current-context: a\ncontexts: [{name: a, context: {namespace: serving}}, {name: b, context: {}}]\n"


@pytest.mark.parametrize(
    ("provider", "refused"),
    [
        ({"namespace": "serving"}, True),
        ({"kubeconfig": KUBECONFIG}, True),
        ({"kubeconfig": KUBECONFIG, "context": "b"}, False),
        ({"kubeconfig": KUBECONFIG, "namespace": "other"}, False),
        ({"kubeconfig": Unknown()}, True),
        ({"kubeconfig": "~/.kube/config"}, True),
        ({}, True),
    ],
)
def test_a_namespace_that_the_provider_gives(provider, refused):
    """Where nobody knows it, an object of a version's name or labels is taken for one of the version's."""
    patch = beside("apps/v1:DeploymentPatch", {"name": "ranker-v7"}, spec={"minReadySeconds": 1})
    pod = beside("core/v1:Pod", {"name": "x", "labels": TEMPLATE["metadata"]["labels"]}, spec=TEMPLATE["spec"])
    judged = found([replace(resource, provider_inputs=provider) for resource in (patch, pod)])
    assert len(judged) == (2 if refused else 0)


@pytest.mark.parametrize("namespace", ["serving", "elsewhere"])
def test_a_second_route_of_the_host_name(resources, namespace):
    other = renamed(resources, "HTTPRoute", "ranker", namespace=namespace)
    inputs_of(other)["spec"]["hostnames"] = ["x.org", "Ranker.example.com"]
    ((_, message),) = found([other])
    assert message == (
        "the HTTPRoute other has ranker.example.com, whose requests the route of ranker splits alone, by the rollout "
        "in the spec: take that host name out"
    )
    inputs_of(other)["spec"]["hostnames"] = ["x.org"]
    assert found([other]) == []


def beside(type_: str, metadata: Any, **content: Any) -> HeldResource:
    return HeldResource(
        f"urn:pulumi:prod::p::{type_}::x", f"{KUBERNETES}{type_}", "x", {"metadata": metadata, **content}
    )


def test_a_patch_is_called_by_what_it_patches():
    patch = beside("networking.k8s.io/v1:IngressPatch", {"name": "i"}, spec={"rules": [{"host": "ranker.example.com"}]})
    ((_, message),) = found([patch])
    assert message.startswith("the Ingress x has ranker.example.com, ")


def test_other_ways_by_an_endpoint(resources):
    ingress = beside("networking.k8s.io/v1:Ingress", {"name": "i"}, spec={"rules": [{"host": "ranker.example.com"}]})
    labels = {"kubernetes.io/service-name": "ranker-v7"}
    addresses = beside("discovery.k8s.io/v1:EndpointSlice", {"name": "e", "namespace": "serving", "labels": labels})
    old = beside("core/v1:Endpoints", {"name": "ranker-v7", "namespace": "serving"})
    assert [message.partition(",")[0] for _, message in found([ingress, addresses, old])] == [
        "the Ingress x has ranker.example.com",
        "the EndpointSlice x puts addresses into the Service ranker-v7",
        "the Endpoints x puts addresses into the Service ranker-v7",
    ]


def test_what_is_not_production_is_advised_and_what_exists_is_not_judged(resources):
    other = renamed(resources, "Deployment", "ranker-v7")
    spec = prod().model_copy(update={"production": False})
    assert [level for level, _ in found([other], spec)] == ["advisory"]
    assert found([replace(other, existing=True)]) == []


def test_whose_object_a_resource_is(resources):
    released = ReleasedObjects(prod(), CATALOG)
    deployment = one(resources, "Deployment", "ranker-v8")
    assert released.endpoint_of(deployment) == "ranker"
    inputs_of(deployment)["metadata"]["name"] = "other"
    assert released.endpoint_of(deployment) is None


def test_what_is_fine_hides_nothing_that_comes_after_it(resources):
    changed_one = one(resources, "Deployment", "ranker-v8")
    container(inputs_of(changed_one)).update(image="other:1")
    looked_up = replace(changed_one, existing=True)
    bucket = HeldResource("urn:pulumi:prod::p::gcp:storage/bucket:Bucket::x", "gcp:storage/bucket:Bucket", "x", {})
    assert found([bucket, looked_up, *resources, changed_one]) == found([changed_one])
    assert len(found([changed_one])) == 1


def test_a_volume_is_in_no_namespace_whatever_its_provider_says():
    spec = read_spec(ROOT / "tests" / "integration" / "stacks" / "storage.yaml", CATALOG)
    resources = platform_resources(spec)
    volume = next(entry for entry in resources if entry.type.endswith(":PersistentVolume"))
    assert found([replace(volume, provider_inputs={"namespace": "other"})], spec) == []
    other = copy.deepcopy(volume)
    inputs_of(other)["spec"]["accessModes"] = ["ReadWriteMany", "ReadOnlyMany", "ReadWriteOnce"]
    for namespace in ("other", "serving"):
        ((_, message),) = found([replace(other, provider_inputs={"namespace": namespace})], spec)
        assert message.startswith(f"the PersistentVolume {inputs_of(volume)['metadata']['name']} has spec.accessModes")
