"""Where Pulumi keeps the state of stacks, as the CLI finds it: the environment, Pulumi.yaml, who is signed in."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from weighbridge.doctor.finding import CheckedNeed, Health
from weighbridge.files.project import Project, parse_settings
from weighbridge.files.reading import read_text

TOPIC = "state"
BUCKET = "gs://"
_LOGIN = "pulumi login gs://BUCKET"
_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def backend_of(project: Project, environment: Mapping[str, str], home: Path) -> str | None:
    """The backend's address; None where nobody has chosen one. Raises `FileError`."""
    if environment.get("PULUMI_BACKEND_URL"):
        return environment["PULUMI_BACKEND_URL"]
    backend = parse_settings(read_text(project.file), project.file).get("backend")
    if isinstance(backend, dict) and isinstance(backend.get("url"), str):
        return str(backend["url"])
    folder = environment.get("PULUMI_CREDENTIALS_PATH") or environment.get("PULUMI_HOME") or str(home / ".pulumi")
    try:
        current = json.loads(Path(folder, "credentials.json").read_text(encoding="utf-8")).get("current")
    except (OSError, ValueError, AttributeError):
        return None
    return current if isinstance(current, str) and current else None


def look_at_state(backend: str | None, environment: Mapping[str, str], home: Path) -> CheckedNeed | None:
    """What can be told of a backend without a cloud; None of a bucket, which has to be asked."""
    if backend is None:
        return CheckedNeed(TOPIC, Health.MISSING, "nobody has said where Pulumi keeps it", _LOGIN)
    scheme = backend.partition("://")[0]
    if backend.startswith(BUCKET):
        return None
    if scheme == "file":
        path = backend.removeprefix("file://")
        folder = home / path.removeprefix("~").lstrip("/") if path.startswith("~") else Path(path)
        if os.access(folder, os.W_OK | os.X_OK):
            return CheckedNeed(TOPIC, Health.FINE, f"{backend}, a folder of this machine, which nobody else has")
        return CheckedNeed(TOPIC, Health.MISSING, f"{backend} is no folder that can be written", f"mkdir -p {folder}")
    if scheme in ("http", "https"):
        if environment.get("PULUMI_ACCESS_TOKEN") or _has_token(backend, environment, home):
            return CheckedNeed(TOPIC, Health.FINE, f"{backend}, with a token")
        return CheckedNeed(TOPIC, Health.MISSING, f"nobody is signed in to {backend}", f"pulumi login {backend}")
    return CheckedNeed(TOPIC, Health.NOT_CHECKED, f"{backend} is asked by Pulumi only", f"pulumi login {backend}")


def look_at_secrets(
    project: Project, stack: str, backend: str | None, environment: Mapping[str, str]
) -> CheckedNeed | None:
    """Whether an update can encrypt; None where the backend does. Raises `FileError`."""
    if backend is None or backend.startswith(("http://", "https://")):
        return None
    topic, file = f"secrets of {stack}", project.settings_file(stack)
    settings = parse_settings(read_text(file), file) if file.is_file() else {}
    if settings.get("secretsprovider") not in (None, "passphrase"):
        return CheckedNeed(topic, Health.FINE, f"encrypted by {settings['secretsprovider']}")
    given = next((name for name in _PASSPHRASES if name in environment), None)
    if given is not None:
        return CheckedNeed(topic, Health.FINE, f"encrypted by the passphrase in {given}")
    words = "they are encrypted by a passphrase that nobody gives, so an update without a terminal stops"
    key = "gcpkms://projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY"
    there = f"pulumi stack change-secrets-provider --stack {stack} {key}"
    new = f"pulumi stack init {stack} --secrets-provider {key}"
    return CheckedNeed(topic, Health.MISSING, words, there if file.is_file() else new)


def _has_token(backend: str, environment: Mapping[str, str], home: Path) -> bool:
    folder = environment.get("PULUMI_CREDENTIALS_PATH") or environment.get("PULUMI_HOME") or str(home / ".pulumi")
    try:
        tokens = json.loads(Path(folder, "credentials.json").read_text(encoding="utf-8")).get("accessTokens") or {}
    except (OSError, ValueError, AttributeError):
        return False
    return isinstance(tokens, dict) and bool(tokens.get(backend))
