"""What is secret by what it is, whether or not a program says so."""

from __future__ import annotations

from weighbridge.preview.concealed import concealed, concealed_graph
from weighbridge.preview.state import StateResource
from weighbridge.resources.graph import Graph, Options, Resource
from weighbridge.resources.values import Secret, Value

KIND = "kubernetes:core/v1:Secret"
INPUTS: dict[str, Value] = {
    "metadata": {"name": "s", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "canary", "a": "b"}},
    "data": {"k": "Y2FuYXJ5"},
    "stringData": {"k": "canary"},
    "type": "Opaque",
}


def test_the_data_of_a_kubernetes_secret_is_secret_and_its_name_is_not():
    found = concealed(StateResource("u", KIND, "s", custom=True, inputs=INPUTS)).inputs
    assert (found["data"], found["stringData"], found["type"]) == (
        Secret({"k": "Y2FuYXJ5"}), Secret({"k": "canary"}), "Opaque",
    )  # fmt: skip
    assert found["metadata"] == {
        "name": "s",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": Secret("canary"), "a": "b"},
    }
    assert "canary" not in repr(found)


def test_an_input_whose_output_the_program_calls_secret_is_one():
    options = Options(additional_secret_outputs=("password", "absent"))
    inputs: dict[str, Value] = {"password": "canary", "user": "u"}
    graph = concealed_graph(
        Graph("p", "dev", (Resource("u", "a:b:C", "n", custom=True, inputs=inputs, options=options),))
    )
    assert graph.resources[0].inputs == {"password": Secret("canary"), "user": "u"}


def test_a_graph_with_nothing_to_hide_is_the_same_one():
    config = Resource("u", "kubernetes:core/v1:ConfigMap", "n", custom=True, inputs={"data": {"a": "b"}})
    graph = Graph("p", "dev", (config,))
    assert concealed_graph(graph) is graph
