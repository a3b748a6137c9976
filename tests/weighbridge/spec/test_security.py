"""What `cluster.security` takes."""

from __future__ import annotations

import pytest

from tests.support.specs import PROD_FILE, prod_text
from weighbridge.files.problem import FileError
from weighbridge.spec.security import Security
from weighbridge.stacks.load import parse_spec

KEY = "projects/example-kms/locations/us-central1/keyRings/gke/cryptoKeys/secrets"


def security(line: str) -> Security:
    text = prod_text(("cluster:\n", f"cluster:\n  security: {{{line}}}\n"))
    return parse_spec(text, PROD_FILE).cluster.security


def test_left_out_pods_are_closed_to_one_another_and_nothing_else_is_said():
    assert security("") == Security(network_policies=True)


def test_a_key_and_a_group_are_taken_as_google_names_them():
    given = security(f"secrets_key: {KEY}, rbac_group: gke-security-groups@example.com")
    assert (given.secrets_key, given.rbac_group) == (KEY, "gke-security-groups@example.com")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "secrets_key: secrets",
            (
                "expected a Cloud KMS key: "
                'projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>, or none, got "secrets".'
            ),
        ),
        (
            "secrets_key: projects/example-kms/locations/us-central1/keyRings/für-gke/cryptoKeys/secrets",
            (
                "expected a Cloud KMS key: "
                "projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>, or none, "
                'got "projects/example-kms/locations/us-central1/keyRings/für-gk….'
            ),
        ),
        (
            "rbac_group: ml@example.com",
            (
                "expected the group gke-security-groups@<your domain>, the one that GKE reads, or none, "
                'got "ml@example.com".'
            ),
        ),
    ],
)
def test_what_google_would_refuse_is_refused(line, message):
    with pytest.raises(FileError) as refused:
        security(line)
    (problem,) = refused.value.problems
    assert problem.message == message
