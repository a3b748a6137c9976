"""Where an object comes to lie: by its own word, its provider's, or the context of a kubeconfig."""

from __future__ import annotations

from dataclasses import replace

import pytest

from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge
from weighbridge.resources.namespace import certain_namespace, namespace_of
from weighbridge.resources.values import Secret, Unknown

POD = HeldResource("urn:pulumi:dev::p::kubernetes:core/v1:Pod::x", "kubernetes:core/v1:Pod", "x")
KUBECONFIG = """
current-context: first
contexts:
  - {name: first, context: {cluster: c, namespace: serving}}
  - {name: second, context: {cluster: c}}
"""


@pytest.mark.parametrize(
    ("own", "provider", "namespace"),
    [
        ("mine", {"namespace": "its", "kubeconfig": KUBECONFIG}, "mine"),
        (None, {"namespace": "its", "kubeconfig": KUBECONFIG}, "its"),
        ("", {"kubeconfig": KUBECONFIG}, "serving"),
        (None, {"kubeconfig": Secret(KUBECONFIG)}, "serving"),
        (None, {"kubeconfig": KUBECONFIG, "context": "second"}, "default"),
        (None, {"kubeconfig": KUBECONFIG, "context": "third"}, "default"),
        (None, {"kubeconfig": KUBECONFIG, "context": Unknown()}, None),
        (None, {"kubeconfig": '{"current-context": "a", "contexts": [{"name": "a", "context": {}}]}'}, "default"),
        (None, {"kubeconfig": "/home/me/.kube/config"}, None),
        (None, {"kubeconfig": "{"}, None),
        (None, {"kubeconfig": Unknown()}, None),
        (None, {"namespace": Unknown()}, None),
        (None, {}, None),
    ],
)
def test_the_namespace_of_an_object(own, provider, namespace):
    resource = replace(POD, inputs={"metadata": {"namespace": own}}, provider_inputs=provider)
    assert certain_namespace(resource) == namespace
    assert namespace_of(resource) == (namespace or "default")


def test_a_namespace_that_is_not_known_yet():
    resource = replace(POD, inputs={"metadata": {"namespace": Unknown()}})
    assert certain_namespace(resource) is None
    with pytest.raises(CannotJudge, match=r"^metadata\.namespace "):
        namespace_of(resource)
