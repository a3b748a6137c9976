from __future__ import annotations

from tests.integration.stack_objects import StackObject, objects_of, plain_objects
from weighbridge.resources.graph import Graph, Resource
from weighbridge.resources.values import Secret, Unknown


def resource(type_="kubernetes:apps/v1:Deployment", name="fraud-v1", *, custom=True, read=False, parent=None, **inputs):
    urn = f"urn:pulumi:dev::app::{type_}::{name}"
    return Resource(urn, type_, name, custom, parent=parent, inputs=inputs, read=read)


def only(*resources):
    (found,) = objects_of(Graph("app", "dev", resources))
    return found


def test_the_inputs_are_the_object():
    found = only(
        resource("gcp:container/cluster:Cluster"),
        resource(
            apiVersion="apps/v1", kind="Deployment", metadata={"name": "fraud", "namespace": "serving"}, spec={"a": 1}
        ),
    )
    assert found == StackObject(
        "dev",
        "Deployment",
        "serving/fraud",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "fraud", "namespace": "serving"},
            "spec": {"a": 1},
        },
    )


def test_what_the_program_leaves_out_is_filled_in_as_the_provider_does():
    found = only(resource("kubernetes:core/v1:Service", spec={"ports": [{"port": 80.0, "weight": 0.5, "name": None}]}))
    assert found.manifest == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "fraud-v1-0000000"},
        "spec": {"ports": [{"port": 80, "weight": 0.5}]},
    }
    assert isinstance(found.manifest["spec"]["ports"][0]["port"], int)


def test_unknown_values_are_replaced_and_listed():
    found = only(
        resource(
            metadata={"name": "fraud", "annotations": {"account": Unknown()}},
            spec={"replicas": Unknown("number"), "on": [True, Unknown("bool")]},
        )
    )
    assert found.placeholders == ("metadata.annotations.account", "spec.replicas", "spec.on[1]")
    assert found.manifest["metadata"]["annotations"] == {"account": "not-known-yet"}
    assert found.manifest["spec"] == {"replicas": 1, "on": [True, False]}


def test_secrets_are_in_the_manifest_but_never_in_its_text():
    found = only(resource("kubernetes:core/v1:Secret", stringData=Secret({"token": "hunter2"})))
    assert found.manifest["stringData"] == {"token": "hunter2"}
    assert found.secret
    assert "hunter2" not in repr(found)


def test_what_no_server_can_judge_says_why():
    chart = resource("kubernetes:helm.sh/v4:Chart", "queue", custom=False)
    patch = resource("kubernetes:core/v1:ServiceAccountPatch", "account")
    adrift = resource(metadata=Unknown())
    found = objects_of(Graph("app", "dev", (chart, patch, adrift)))
    assert [(judged.kind, judged.name, judged.manifest, judged.unchecked) for judged in found] == [
        ("Chart", "queue", None, "only the provider knows the objects that it becomes"),
        ("ServiceAccountPatch", "account", None, "a patch of an object that is not the stack's"),
        ("Deployment", "fraud-v1", None, "its metadata is not known before the deployment"),
    ]


def test_a_file_whose_objects_are_in_the_graph_is_not_an_object_itself():
    file = resource("kubernetes:yaml:ConfigFile", "all", custom=False)
    assert only(file, resource(parent=file.urn)).kind == "Deployment"


def test_an_object_that_is_only_read_is_left_out():
    assert objects_of(Graph("app", "dev", (resource(read=True),))) == ()


def test_plain_objects_are_taken_as_they_are():
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "serving"}}
    assert plain_objects("dev", [manifest]) == (StackObject("dev", "Namespace", "serving", manifest),)


def test_a_release_of_a_chart_is_no_object_of_the_servers():
    found = only(resource("kubernetes:helm.sh/v3:Release", "lws", chart="lws"))
    assert (found.manifest, found.unchecked) == (None, "a chart, which only the provider renders")
