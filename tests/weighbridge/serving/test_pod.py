"""The pods of a version, as Kubernetes is given them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.specs import CATALOG, prod
from weighbridge.conventions import ROLE_LABEL, WORKER
from weighbridge.serving.endpoint import plan_endpoints
from weighbridge.serving.pod import pods, ports
from weighbridge.serving.secret import SecretVariable

(ENDPOINT,) = plan_endpoints(prod(), CATALOG)
V8 = ENDPOINT.versions[1]


def template(role: str | None = None) -> Any:
    return pods(ENDPOINT, V8, role)


def test_a_pod_runs_what_the_version_says_with_no_rights():
    (container,) = template()["spec"]["containers"]
    assert container["image"] == V8.image
    assert container["args"][0] == "--model-repository=gs://example-ml-models/ranker/v8"
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert template()["spec"]["automountServiceAccountToken"] is False
    assert template()["metadata"]["labels"] == dict(V8.labels)


def test_workers_of_a_group_answer_no_probes():
    (leads,), (works,) = template()["spec"]["containers"], template(WORKER)["spec"]["containers"]
    assert "readinessProbe" in leads
    assert "readinessProbe" not in works
    assert template(WORKER)["metadata"]["labels"] == {**dict(V8.labels), ROLE_LABEL: WORKER}


@pytest.mark.parametrize(
    ("environment", "order"),
    [
        ({"B": "2", "A": "1"}, ["B", "A", "S"]),  # as they are given
        ({"A": "$(B)-$(C)", "B": "$(C)", "C": "x"}, ["C", "B", "A", "S"]),
        ({"URL": "postgres://u:$(S)@db", "Z": "1"}, ["S", "URL", "Z"]),
        ({"A": "$$(B)", "B": "2"}, ["A", "B", "S"]),
        ({"A": "$(B)", "B": "$(A)", "C": "$(LWS_GROUP_SIZE)"}, ["B", "A", "C", "S"]),
    ],
)
def test_a_variable_stands_after_those_that_its_value_names(environment, order):
    secrets = replace(V8.secrets, variables=(SecretVariable("S", "db", "password"),))
    plan = replace(V8, environment=tuple(environment.items()), secrets=secrets)
    made: Any = pods(ENDPOINT, plan)
    (container,) = made["spec"]["containers"]
    assert [variable["name"] for variable in container["env"]] == order
    values = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert values == {**environment, "S": None}


def test_ports_by_name():
    assert ports(ENDPOINT) == {"http": 8000, "grpc": 8001, "metrics": 8002}
