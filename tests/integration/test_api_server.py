from __future__ import annotations

import pytest
import yaml

from tests.integration.client import Accepted, NotChecked, Rejected, ServerError

POD = {"metadata": {"labels": {"app": "fraud"}}, "spec": {"containers": [{"name": "server", "image": "server:1"}]}}
SELECTOR = {"matchLabels": {"app": "fraud"}}


def deployment(**spec):
    return _object("apps/v1", "Deployment", {"selector": SELECTOR, "template": POD, **spec})


def route(rules):
    backend = {"backendRefs": [{"name": "fraud", "port": 8000}]}
    return _object("gateway.networking.k8s.io/v1", "HTTPRoute", {"rules": [backend] * rules})


def health_check(**probe):
    config = {"type": "HTTP", "httpHealthCheck": probe}
    target = {"group": "", "kind": "Service", "name": "fraud"}
    return _object("networking.gke.io/v1", "HealthCheckPolicy", {"targetRef": target, "default": {"config": config}})


def _object(version, kind, spec, name="fraud", namespace="serving"):
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


GOOD = [
    deployment(),
    route(16),
    _object("v1", "Service", {"selector": {"app": "fraud"}, "ports": [{"port": 8000}]}),
    _object("policy/v1", "PodDisruptionBudget", {"selector": SELECTOR, "maxUnavailable": 1}),
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "another"}},
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "text"},
        "data": {"a": "\U0001f600\u2028\x85\t\\ud83d"},
    },
]


@pytest.mark.parametrize("manifest", GOOD, ids=lambda manifest: manifest["kind"])
def test_a_good_object_is_accepted(server, manifest):
    assert server.apply(manifest) == Accepted()


def test_a_misspelt_field_is_rejected_by_its_path(server):
    assert server.apply(deployment(replica=1)) == Rejected(
        "failed to create typed patch object (serving/fraud; apps/v1, Kind=Deployment): "
        ".spec.replica: field not declared in schema"
    )


def test_a_misspelt_field_of_a_custom_resource_is_rejected(server):
    manifest = route(1)
    manifest["spec"]["hostname"] = "models.example.com"
    assert server.apply(manifest) == Rejected(
        "failed to create typed patch object (serving/fraud; gateway.networking.k8s.io/v1, Kind=HTTPRoute): "
        ".spec.hostname: field not declared in schema"
    )


def test_a_selector_that_the_template_does_not_match_is_rejected(server):
    verdict = server.apply(deployment(selector={"matchLabels": {"app": "other"}}))
    assert isinstance(verdict, Rejected)
    assert verdict.fields == ("spec.template.metadata.labels: FieldValueInvalid",)
    assert "`selector` does not match template `labels`" in verdict.reason


def test_a_route_of_17_rules_is_rejected(server):
    verdict = server.apply(route(17))
    assert isinstance(verdict, Rejected)
    assert verdict.fields[0] == "spec.rules: FieldValueTooMany"
    assert "spec.rules: Too many: 17: must have at most 16 items" in verdict.reason


def test_a_health_check_with_a_fixed_port_is_accepted(server, shared):
    shared("crds")
    assert server.apply(health_check(portSpecification="USE_FIXED_PORT", port=8000)) == Accepted()


def test_a_health_check_with_a_port_but_no_port_specification_is_rejected(server, shared):
    shared("crds")
    verdict = server.apply(health_check(port=8000))
    assert isinstance(verdict, Rejected)
    assert "spec.default.config.httpHealthCheck: FieldValueInvalid" in verdict.fields
    assert (
        "port and portName must be unset for portSpecification being USE_SERVING_PORT (which is the default)"
        in verdict.reason
    )


def test_every_shape_of_the_serving_reference_is_accepted(server, shared):
    shared("crds")
    shapes = list(yaml.safe_load_all(shared("reference/serving-shapes.yaml").read_text(encoding="utf-8")))
    assert len(shapes) == 17
    assert [(shape["kind"], server.apply(shape)) for shape in shapes] == [
        (shape["kind"], Accepted()) for shape in shapes
    ]


def test_a_deprecated_kind_is_accepted_with_the_servers_warning(server):
    manifest = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "old"}}
    assert server.apply(manifest) == Accepted(
        ("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",)
    )


def test_a_dry_run_keeps_nothing_but_the_namespace(server):
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "namespace": "dry"}}
    path = "/api/v1/namespaces/dry"
    server.apply(manifest)
    assert [server._request("GET", asked)[0] for asked in (path, f"{path}/configmaps/kept")] == [200, 404]
    server.apply(manifest, dry_run=False)
    assert server._request("GET", f"{path}/configmaps/kept")[0] == 200


@pytest.mark.parametrize(
    ("version", "kind", "verdict"),
    [
        ("apps/v1beta1", "Deployment", Rejected("Kubernetes has no Deployment in apps/v1beta1")),
        ("v1", "Deployment", Rejected("Kubernetes has no Deployment in v1")),
        (
            "gateway.networking.k8s.io/v9",
            "HTTPRoute",
            Rejected("HTTPRoute of gateway.networking.k8s.io has no version v9"),
        ),
        ("example.com/v1", "Widget", NotChecked("no definition of Widget in example.com is installed")),
        (
            "gateway.networking.k8s.io/v1",
            "Widget",
            NotChecked("no definition of Widget in gateway.networking.k8s.io is installed"),
        ),
        ("", "Widget", Rejected("apiVersion, kind and metadata.name must be set")),
    ],
)
def test_a_kind_that_the_server_does_not_have(server, version, kind, verdict):
    assert server.apply(_object(version, kind, {})) == verdict


def test_a_definition_that_the_server_refuses_is_named_by_its_file(server, tmp_path):
    file = tmp_path / "widgets.yaml"
    file.write_text("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets}\n")
    with pytest.raises(ServerError, match=r"^widgets\.yaml: 422 CustomResourceDefinition\.apiextensions\.k8s\.io"):
        server.install_definitions([file])
