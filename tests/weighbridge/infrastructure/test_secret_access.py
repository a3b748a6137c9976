"""What is granted of secrets."""

from __future__ import annotations

from weighbridge.infrastructure.secret_access import secret_accesses


def test_a_secret_is_granted_once_whichever_of_its_versions_are_read():
    versions = (
        "projects/b-ml/secrets/s/versions/2",
        "projects/a-ml/secrets/t/versions/1",
        "projects/b-ml/secrets/s/versions/latest",
    )
    assert secret_accesses(versions) == (("a-ml", "t"), ("b-ml", "s"))
    assert secret_accesses(()) == ()
