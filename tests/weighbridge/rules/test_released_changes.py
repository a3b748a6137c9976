"""What a program sets up that changes an endpoint's objects, models or requests when no preview looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.platform import platform_resources
from tests.support.specs import PROD_FILE, prod, prod_text
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown
from weighbridge.rules.released_changes import judge_changes
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec

WEBHOOKS = "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration"
POLICY = "kubernetes:admissionregistration.k8s.io/v1beta1:MutatingAdmissionPolicy"
PODS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
BY_NAME = "kubernetes.io/metadata.name"


def held(type_: str, inputs: Any) -> HeldResource:
    return HeldResource(f"urn:pulumi:prod::p::{type_}::x", type_, "x", inputs)


def found(*resources: HeldResource, spec: Spec | None = None) -> list[tuple[str, str]]:
    judged = judge_changes("canary-approval", resources, spec or prod())
    return [(violation.level, violation.message) for violation in judged]


def webhook(rule: Any = PODS, **more: Any) -> HeldResource:
    return held(WEBHOOKS, {"metadata": {"name": "x"}, "webhooks": [{"name": "x.example.com", "rules": [rule], **more}]})


def test_what_the_components_create_changes_nothing_later():
    assert found(*platform_resources(prod())) == []


def test_a_mutating_webhook_of_pods():
    assert found(webhook()) == [
        (
            "mandatory",
            (
                "the MutatingWebhookConfiguration x may change pods in serving as they are created, and nobody "
                "accepted what becomes of them: let its namespaceSelector leave that namespace out, "
                "`matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [serving]}]`"
            ),
        )
    ]
    assert found(webhook(), spec=prod().model_copy(update={"production": False}))[0][0] == "advisory"
    assert found(webhook(), spec=prod().model_copy(update={"endpoints": {}})) == []
    assert found(replace(webhook(), existing=True)) == []  # only looked up, and another's to set up


@pytest.mark.parametrize(
    ("rule", "reached"),
    [
        ({"apiGroups": ["*"], "resources": ["*/*"]}, True),
        ({"apiGroups": ["apps"], "resources": ["deployments"]}, True),
        ({"apiGroups": ["gateway.networking.k8s.io"], "resources": ["httproutes"]}, True),
        ({"apiGroups": [""], "resources": ["pods/*"]}, True),
        ({"apiGroups": [""], "resources": ["pods/ephemeralcontainers"]}, True),
        ({"apiGroups": [""], "resources": ["pods/binding"]}, True),
        ({"apiGroups": [""], "resources": ["pods/status"]}, False),
        ({"apiGroups": ["cert-manager.io"], "resources": ["certificaterequests"]}, False),
        ({"apiGroups": ["apps"], "resources": ["pods"]}, False),
        (Unknown(), True),
    ],
)
def test_what_a_rule_of_admission_is_about(rule, reached):
    assert len(found(webhook(rule))) == int(reached)
    policy = held(POLICY, {"metadata": {"name": "x"}, "spec": {"matchConstraints": {"resourceRules": [rule]}}})
    assert len(found(policy)) == int(reached)


@pytest.mark.parametrize(
    ("selector", "reached"),
    [
        ({"matchExpressions": [{"key": BY_NAME, "operator": "NotIn", "values": ["kube-system", "serving"]}]}, False),
        ({"matchExpressions": [{"key": BY_NAME, "operator": "NotIn", "values": ["kube-system"]}]}, True),
        ({"matchExpressions": [{"key": BY_NAME, "operator": "In", "values": ["pipeline-a"]}]}, False),
        ({"matchExpressions": [{"key": BY_NAME, "operator": "Exists"}]}, True),
        ({"matchLabels": {BY_NAME: "serving"}}, True),
        ({"matchLabels": {"istio-injection": "enabled"}}, False),
        ({"matchExpressions": [{"key": "x", "operator": "Nonsense"}]}, True),
        (Unknown(), True),
        (None, True),
    ],
)
def test_the_namespaces_that_it_is_asked_about(selector, reached):
    assert len(found(webhook(namespaceSelector=selector))) == int(reached)


def test_a_label_that_the_program_gives_the_namespace():
    selected = webhook(namespaceSelector={"matchLabels": {"istio-injection": "enabled"}})
    labelled = {"metadata": {"name": "serving", "labels": {"istio-injection": "enabled"}}}
    assert len(found(selected, held("kubernetes:core/v1:NamespacePatch", labelled))) == 1


@pytest.mark.parametrize(
    ("target", "namespace", "reached"),
    [("models", "serving", True), ("other", "serving", False), ("models", "other", False), (Unknown(), None, True)],
)
def test_an_extension_of_the_gateway(target, namespace, reached):
    type_ = "kubernetes:networking.gke.io/v1:GCPRoutingExtension"
    metadata = {"name": "x", **({"namespace": namespace} if namespace else {})}
    extension = held(type_, {"metadata": metadata, "spec": {"targetRefs": [{"kind": "Gateway", "name": target}]}})
    message = (
        "the GCPRoutingExtension x may change requests of all endpoints on their way, and nobody accepted what becomes "
        "of them: take it out"
    )
    assert found(extension) == ([("mandatory", message)] if reached else [])


def test_a_rewrite_of_a_pool_s_models():
    text = prod_text(
        (
            "    server: triton\n",
            (
                "    server: vllm\n    inference_pool: {picker_image: "
                "ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.10.0}\n"
            ),
        )
    )
    spec = parse_spec(text, PROD_FILE)
    for kind in ("InferenceModel", "InferenceModelRewrite"):
        type_ = f"kubernetes:inference.networking.x-k8s.io/v1alpha2:{kind}"
        inputs = {"metadata": {"name": "x", "namespace": "serving"}, "spec": {"poolRef": {"name": "ranker-v8"}}}
        message = (
            f"the {kind} x decides which model answers in the InferencePool ranker-v8 of ranker, and the spec, which "
            f"is what is accepted, doesn't say so: take it out"
        )
        assert found(held(type_, inputs), spec=spec) == [("mandatory", message)]
        elsewhere = {**inputs, "spec": {"poolRef": {"name": "ranker-v9"}}}
        assert found(held(type_, elsewhere), spec=spec) == []
        assert found(held(type_, {**inputs, "metadata": {"name": "x", "namespace": "other"}}), spec=spec) == []
        assert found(held("kubernetes:example.com/v1:Other", inputs), spec=spec) == []


@pytest.mark.parametrize(
    ("bucket", "name", "refused"),
    [
        ("example-ml-models", "ranker/v7/1/model.onnx", True),
        ("example-ml-models", "ranker/v8", True),
        ("example-ml-models", "ranker/v80/model.onnx", False),
        ("example-ml-models", "ranker/v9/model.onnx", False),
        ("other", "ranker/v7/model.onnx", False),
        (Unknown(), "ranker/v7/model.onnx", False),
        ("example-ml-models", Unknown(), False),
    ],
)
def test_a_file_that_the_program_writes_into_a_model(bucket, name, refused):
    judged = found(held("gcp:storage/bucketObject:BucketObject", {"bucket": bucket, "name": name}))
    assert len(judged) == int(refused)


def test_what_is_said_of_such_a_file():
    judged = found(
        held("gcp:storage/bucketObject:BucketObject", {"bucket": "example-ml-models", "name": "ranker/v7/a"})
    )
    assert judged == [
        (
            "mandatory",
            (
                "the BucketObject ranker/v7/a writes gs://example-ml-models/ranker/v7/a, which v7 of ranker reads "
                "its model from, and what lies there is accepted as it was: write it elsewhere, as the model of a "
                "version of another name, and not by the program that serves it"
            ),
        )
    ]
