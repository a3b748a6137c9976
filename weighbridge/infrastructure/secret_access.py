"""What of Secret Manager somebody reads: whole secrets, all of their versions, as IAM knows no smaller part."""

from __future__ import annotations

from collections.abc import Iterable

ACCESS_ROLE = "roles/secretmanager.secretAccessor"
"""On each secret, to the account of who reads it."""


def secret_accesses(versions: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Project and name of the secrets of some versions, `projects/P/secrets/S/versions/V`; each once, in order."""
    return tuple(sorted({(parts[1], parts[3]) for parts in (version.split("/") for version in versions)}))
