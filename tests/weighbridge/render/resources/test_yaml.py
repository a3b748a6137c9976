"""Resources as YAML: read back as they are, objects as kubectl takes them, one changed line for one changed number."""

from __future__ import annotations

import difflib
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.render.resources.yaml import UNKNOWN, render
from weighbridge.resources.graph import Options, Resource
from weighbridge.resources.values import Secret, Unknown

QUERY = (
    '(sum by (app) (rate(errors{app="a"}[5m])) / on (app) sum by (app) (rate(requests{app="a"}[5m]))) > 0.05 '
    'and on (app) sum by (app) (rate(requests{app="a"}[5m])) > 100'
)


def resource(type_="gcp:monitoring/alertPolicy:AlertPolicy", name="slow", /, **inputs):
    return Resource(f"urn:{name}", type_, name, custom=True, inputs=inputs)


def test_an_object_of_kubernetes_is_the_object():
    text = render(
        [
            Resource(
                "u", "kubernetes:apps/v1:Deployment", "x", custom=True,
                options=Options(protect=True, ignore_changes=("a",)),
                inputs={"spec": {"replicas": 2.0, "b": "007"}, "kind": "Deployment", "apiVersion": "apps/v1",
                        "metadata": {"name": "x"}},
            )
        ]
    )  # fmt: skip
    assert text == (
        "---\n# kubernetes:apps/v1:Deployment x; protected; ignores changes of a\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\nspec:\n  b: '007'\n  replicas: 2\n"
    )


def test_anything_else_is_its_type_name_and_inputs():
    assert yaml.safe_load(render([resource(b=1.0, a=0.5)])) == {
        "type": "gcp:monitoring/alertPolicy:AlertPolicy", "name": "slow", "inputs": {"a": 0.5, "b": 1},
    }  # fmt: skip


def test_secrets_are_not_shown_and_unknowns_are_marked():
    text = render([resource(a=Secret("canary"), b=[Unknown()], c={"d": Secret({"canary": 1})})])
    assert "canary" not in text
    assert yaml.safe_load(text)["inputs"] == {"a": "[secret]", "b": [UNKNOWN], "c": {"d": "[secret]"}}


@pytest.mark.parametrize("query", [QUERY, QUERY.replace(" and ", "\nand "), "x" * 300, "a  b " * 50, " lead" * 40])
def test_a_query_is_read_back_as_it_is(query):
    assert yaml.safe_load(render([resource(query=query)]))["inputs"]["query"] == query


@pytest.mark.parametrize("query", [QUERY, QUERY.replace(" and ", "\nand ")])
def test_a_changed_number_is_one_changed_line(query):
    before, after = (render([resource(query=text)]) for text in (query, query.replace("0.05", "0.125")))
    changed = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert len(changed) == 2
    if "\n" not in query:
        assert changed == ["-     > 0.05", "+     > 0.125"]


def test_json_is_laid_out_where_it_is_an_input_and_exact_where_a_pod_reads_it():
    text = json.dumps({"b": [1, 2], "a": {"c": "x"}})
    shown = yaml.safe_load(render([resource(dashboardJson=text)]))["inputs"]["dashboardJson"]
    assert shown.splitlines()[:3] == ["{", '  "a": {', '    "c": "x"']
    config = Resource("u", "kubernetes:core/v1:ConfigMap", "c", custom=True, inputs={
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"monitor.json": text}})  # fmt: skip
    assert yaml.safe_load(render([config]))["data"]["monitor.json"] == text


@given(st.text(max_size=400), st.text(alphabet="ab {(,.)}>and on\n", max_size=400))
def test_any_text_is_read_back(name, text):
    (found,) = yaml.safe_load_all(render([resource(query=text, other=name)]))
    assert found["inputs"] == {"query": text, "other": name}
