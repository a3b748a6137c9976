"""Which Helm releases are known to hold nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import resource
from tests.support.quota_demand import doubt, drawn
from weighbridge.quota.known_charts import HELM_RELEASE, is_known_chart
from weighbridge.resources.values import Unknown

LWS = ("oci://registry.k8s.io/lws/charts/lws", "0.7.0")
GOOD: dict[str, Any] = {"chart": LWS[0], "version": LWS[1], "namespace": "lws-system", "createNamespace": True}


def test_a_known_chart_as_it_is_draws_nothing():
    assert is_known_chart(resource(HELM_RELEASE, "lws", GOOD))
    assert drawn(resource(HELM_RELEASE, "lws", GOOD)) == {}


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
    ],
    ids=str,
)
def test_any_other_may_hold_anything(change):
    other = resource(HELM_RELEASE, "lws", {**GOOD, **change})

    assert not is_known_chart(other)
    assert doubt(other).startswith("kubernetes:helm.sh/v3:Release is refused: its manifests may hold anything")
