"""The release of a controller, with the chart's own values."""

from __future__ import annotations

from components.operators import Operator
from tests.support.platform import platform
from tests.support.recording import record
from tests.support.specs import prod
from weighbridge.infrastructure.operators import KUEUE, OperatorPlan

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
    recording = platform(installed, alerts=False)
    assert recording.only(RELEASE).inputs["chart"] == "oci://registry.k8s.io/jobset/charts/jobset"
    addons = recording.only("gcp:container/cluster:Cluster").inputs["addonsConfig"]
    assert addons["rayOperatorConfigs"] == [{"enabled": True}]


def test_nothing_is_installed_unasked():
    recording = platform(prod())
    assert [found for found in recording.resources if found.type == RELEASE] == []
    assert "rayOperatorConfigs" not in recording.only("gcp:container/cluster:Cluster").inputs["addonsConfig"]


def test_kueue_comes_before_the_queues_whose_kinds_it_brings():
    recording = platform(prod(("cluster:\n", "cluster:\n  kueue: installed\n")), alerts=False)
    release = recording.only(RELEASE)
    assert release.inputs["chart"] == KUEUE.chart
    assert release.inputs["version"] == KUEUE.version
    assert "waitForPodsReady:" in release.inputs["values"]["managerConfig"]["controllerManagerConfigYaml"]
    queues = [found for found in recording.resources if found.type.startswith("kubernetes:kueue.x-k8s.io/")]
    assert queues
    assert all(release.urn in found.dependencies for found in queues)
