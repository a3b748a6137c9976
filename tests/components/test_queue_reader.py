"""The account by which KEDA reads queues."""

from __future__ import annotations

from components.queue_reader import QueueReader
from tests.support.recording import record
from weighbridge.serving.outside_queue import QueueReaderPlan

PLAN = QueueReaderPlan("dev", "example-ml", "wb-dev-keda", "keda", "keda-operator", ("events-eu", "example-ml"))
EMAIL = "wb-dev-keda@example-ml.iam.gserviceaccount.com"


def test_kedas_operator_alone_is_it_and_it_reads_metrics_of_the_queues_projects():
    recording = record(lambda: QueueReader("reader", PLAN))
    assert recording.only("gcp:serviceaccount/account:Account").inputs["accountId"] == "wb-dev-keda"
    may_be = recording.only("gcp:serviceaccount/iAMMember:IAMMember").inputs
    assert may_be["serviceAccountId"] == f"projects/example-ml/serviceAccounts/{EMAIL}"
    assert may_be["member"] == "serviceAccount:example-ml.svc.id.goog[keda/keda-operator]"
    rights = [member.inputs for member in recording.of_type("gcp:projects/iAMMember:IAMMember")]
    assert [(right["project"], right["role"]) for right in rights] == [
        ("events-eu", "roles/monitoring.viewer"),
        ("example-ml", "roles/monitoring.viewer"),
    ]
    assert {right["member"] for right in rights} == {f"serviceAccount:{EMAIL}"}
