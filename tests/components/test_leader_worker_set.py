"""The release of the controller, with the chart's own values."""

from __future__ import annotations

from components.leader_worker_set import LeaderWorkerSetController
from tests.support.recording import record
from weighbridge.serving.leader_worker_set import LeaderWorkerSetPlan

PLAN = LeaderWorkerSetPlan("oci://example.com/charts/lws", "1.2.3", "lws-system")


def test_one_release_of_the_planned_chart():
    recording = record(lambda: LeaderWorkerSetController("groups", PLAN))
    release = recording.only("kubernetes:helm.sh/v3:Release").inputs

    assert (release["chart"], release["version"], release["namespace"]) == (PLAN.chart, PLAN.version, PLAN.namespace)
    assert release["createNamespace"] is True
    assert "values" not in release
