"""Two accounts and the link between them."""

from __future__ import annotations

from pulumi_kubernetes import core

from components.workload_identity import WorkloadIdentity
from tests.support.recording import record

EMAIL = "wb-dev-ranker@example-ml.iam.gserviceaccount.com"
COMPONENT = "weighbridge:index:WorkloadIdentity"


def create():
    namespace = core.v1.Namespace("serving", metadata={"name": "serving"})
    WorkloadIdentity(
        "ranker",
        account_id="wb-dev-ranker",
        display_name="Ranker in dev",
        project="example-ml",
        namespace="serving",
        service_account="ranker",
        depends_on=[namespace],
    )


def test_a_kubernetes_account_may_be_its_google_account_and_no_other():
    recording = record(create, preview=True)
    account = recording.only("gcp:serviceaccount/account:Account")
    assert account.inputs == {"accountId": "wb-dev-ranker", "displayName": "Ranker in dev", "project": "example-ml"}
    member = recording.only("gcp:serviceaccount/iAMMember:IAMMember")
    assert member.inputs == {
        "serviceAccountId": f"projects/example-ml/serviceAccounts/{EMAIL}",
        "role": "roles/iam.workloadIdentityUser",
        "member": "serviceAccount:example-ml.svc.id.goog[serving/ranker]",
    }
    inside = recording.only("kubernetes:core/v1:ServiceAccount").inputs
    assert inside["metadata"] == {
        "name": "ranker",
        "namespace": "serving",
        "annotations": {"iam.gke.io/gcp-service-account": EMAIL},
    }
    assert inside["automountServiceAccountToken"] is False


def test_the_link_waits_for_the_account_and_the_cluster():
    recording = record(create)
    namespace = recording.only("kubernetes:core/v1:Namespace").urn
    account = recording.only("gcp:serviceaccount/account:Account")
    assert account.dependencies == ()
    assert recording.only("gcp:serviceaccount/iAMMember:IAMMember").dependencies == tuple(
        sorted((account.urn, namespace))
    )
    assert recording.only("kubernetes:core/v1:ServiceAccount").dependencies == (namespace,)
    assert recording.outputs[recording.only(COMPONENT).urn] == {"email": EMAIL}
