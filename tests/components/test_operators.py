"""The release of a controller, with the chart's own values."""

from __future__ import annotations

from components.operators import Operator
from tests.support.platform import platform
from tests.support.recording import record
from tests.support.specs import prod
from weighbridge.infrastructure.operators import OperatorPlan

PLAN = OperatorPlan("groups", "lws", "oci://example.com/charts/lws", "1.2.3", "lws-system")
RELEASE = "kubernetes:helm.sh/v3:Release"


def test_one_release_of_the_planned_chart():
    recording = record(lambda: Operator("groups", PLAN))
    release = recording.only(RELEASE).inputs

    assert (release["name"], release["chart"], release["version"]) == ("lws", PLAN.chart, PLAN.version)
    assert release["namespace"] == PLAN.namespace
    assert release["createNamespace"] is True
    assert "values" not in release


def test_what_the_spec_has_installed_is_created_with_the_platform():
    installed = prod(("cluster:\n", "cluster:\n  operators: {jobset: installed, ray: installed}\n"))
    recording = platform(installed)
    assert recording.only(RELEASE).inputs["chart"] == "oci://registry.k8s.io/jobset/charts/jobset"
    addons = recording.only("gcp:container/cluster:Cluster").inputs["addonsConfig"]
    assert addons["rayOperatorConfigs"] == [{"enabled": True}]


def test_nothing_is_installed_unasked():
    recording = platform(prod())
    assert [found for found in recording.resources if found.type == RELEASE] == []
    assert "rayOperatorConfigs" not in recording.only("gcp:container/cluster:Cluster").inputs["addonsConfig"]
