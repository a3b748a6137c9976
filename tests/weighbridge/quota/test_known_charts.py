"""Which Helm releases are known to hold nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import resource
from tests.support.quota_demand import doubt, drawn
from weighbridge.infrastructure.operators import KUEUE, KUEUE_CONFIGURATION
from weighbridge.quota.known_charts import HELM_RELEASE, is_known_chart
from weighbridge.resources.values import Unknown

LWS = ("oci://registry.k8s.io/lws/charts/lws", "0.7.0")
GOOD: dict[str, Any] = {"chart": LWS[0], "version": LWS[1], "namespace": "lws-system", "createNamespace": True}


def test_a_known_chart_as_it_is_draws_nothing():
    assert is_known_chart(resource(HELM_RELEASE, "lws", GOOD))
    assert drawn(resource(HELM_RELEASE, "lws", GOOD)) == {}


KUEUE_RELEASE: dict[str, Any] = {
    "chart": KUEUE.chart, "version": KUEUE.version,
    "values": {"managerConfig": {"controllerManagerConfigYaml": KUEUE_CONFIGURATION}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        ({"values": {"managerConfig": {"controllerManagerConfigYaml": ""}}}, False),
        ({"values": {**KUEUE_RELEASE["values"], "enableKueueViz": True}}, False),
        ({"chart": KUEUE.chart.partition("@")[0]}, False),
        ({"version": "0.19.1"}, False),
    ],
    ids=["as it is", "another configuration", "one more value", "no digest", "another version"],
)
def test_kueue_is_known_by_version_digest_and_the_values_that_were_read(change, known):
    assert is_known_chart(resource(HELM_RELEASE, "kueue", {**KUEUE_RELEASE, **change})) is known


KEDA: dict[str, Any] = {
    "chart": "keda",
    "version": "2.21.0",
    "repositoryOpts": {"repo": "https://kedacore.github.io/charts"},
    "values": {"podIdentity": {"gcp": {"enabled": True, "gcpIAMServiceAccount": "reader@example.com"}}},
}


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        ({"values": None}, True),
        ({"repositoryOpts": {"repo": "https://charts.example.com"}}, False),
        ({"repositoryOpts": {**KEDA["repositoryOpts"], "username": "somebody"}}, False),
        ({"repositoryOpts": None}, False),
        ({"values": {**KEDA["values"], "extraObjects": []}}, False),
    ],
    ids=str,
)
def test_a_chart_may_come_from_its_own_repository_and_have_the_value_that_makes_nothing(change, known):
    assert is_known_chart(resource(HELM_RELEASE, "keda", {**KEDA, **change})) is known


@pytest.mark.parametrize(
    "change",
    [
        {"version": "0.9.0"},
        {"version": Unknown()},
        {"chart": "lws"},
        {"values": {"service": {"type": "LoadBalancer"}}},
        {"values": Unknown()},
        {"repositoryOpts": {"repo": "https://example.com"}},
        {"valueYamlFiles": ["values.yaml"]},
        {"postrender": "./change.sh"},
        {"devel": True},
    ],
    ids=str,
)
def test_any_other_may_hold_anything(change):
    other = resource(HELM_RELEASE, "lws", {**GOOD, **change})

    assert not is_known_chart(other)
    assert doubt(other).startswith("kubernetes:helm.sh/v3:Release is refused: its manifests may hold anything")
