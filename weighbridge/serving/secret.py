"""How the secrets of a version come into its pods: as variables and as files, of Kubernetes and of Secret Manager.

    where it is kept      as a variable                           as a file
    Kubernetes Secret     by its key                              a volume of the Secret
    Secret Manager        a SecretSync makes a Secret of it       a volume of the Secret Manager add-on

Both ways out of Secret Manager read one SecretProviderClass, as the endpoint's own account. Sources: Google's pages on
the Secret Manager add-on and on synchronising secrets (GKE 1.33 or later), and public manifests of both kinds; as of
2026-11-26, confidence: reported. GKE's definition of SecretSync is in no registry: what an API server makes of ours is
unverified, but for the fields that a public package took from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from weighbridge.spec.endpoint import Endpoint, Version
from weighbridge.spec.volume import SecretValue

ADD_ON_DRIVER = "secrets-store-gke.csi.k8s.io"
ADD_ON_PROVIDER = "gke"


@dataclass(frozen=True, slots=True)
class SecretVariable:
    """A variable whose value is a key of a Kubernetes Secret."""

    name: str
    secret: str
    key: str


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file; `secret` is the Kubernetes Secret that `key` is of, None: a file of the add-on's volume."""

    path: str
    secret: str | None
    key: str


@dataclass(frozen=True, slots=True)
class SecretPlan:
    """The secrets of one version. `name` is the version's, and that of the Secret that is made of Secret Manager."""

    name: str
    variables: tuple[SecretVariable, ...]
    files: tuple[SecretFile, ...]
    provided: tuple[tuple[str, str], ...]  # file of the SecretProviderClass, version in Secret Manager
    synced: tuple[str, ...]  # of those, what becomes a key of a Secret

    @property
    def provider_text(self) -> str:
        """The parameter `secrets` of the SecretProviderClass; JSON, which is YAML."""
        return json.dumps([{"resourceName": version, "path": path} for path, version in self.provided])


def plan_secrets(name: str, version: Version) -> SecretPlan:
    """The secrets of a version of a checked spec, by the version's name."""
    variables = tuple(
        SecretVariable(variable, value.secret or name, value.key or variable)
        for variable, value in sorted(version.secrets.items())
    )
    files = tuple(
        SecretFile(path, value.secret, value.key or _file_key(path))
        for path, value in sorted(version.secret_files.items())
    )
    synced = tuple(sorted(variable for variable, value in version.secrets.items() if value.version is not None))
    provided = (
        *((variable, version.secrets[variable].version or "") for variable in synced),
        *((_file_key(path), value.version) for path, value in sorted(version.secret_files.items()) if value.version),
    )
    return SecretPlan(name, variables, files, provided, synced)


def secret_versions(endpoint: Endpoint) -> Iterator[str]:
    """Every version in Secret Manager that an endpoint's versions read."""
    return (value.version for value in _values(endpoint) if value.version is not None)


def _values(endpoint: Endpoint) -> Iterator[SecretValue]:
    for version in endpoint.versions.values():
        yield from version.secrets.values()
        yield from version.secret_files.values()


def _file_key(path: str) -> str:
    """A name for the file in the add-on's volume, one for each path."""
    return path.lstrip("/").replace("/", "__")
