"""What Google's APIs refuse, read from their errors: an API that is off, a permission that is missing, and the command.

Two shapes: ``error.details[]`` with an ErrorInfo (google.rpc) of most APIs, ``error.errors[].reason`` of Compute's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LONGEST_WORDS = 200
UNAUTHORIZED, FORBIDDEN = 401, 403
_PERMISSION = re.compile(r"[a-z]+\.[A-Za-z]+\.[A-Za-z]+(?= )|(?<=')[a-z]+\.[A-Za-z]+\.[A-Za-z]+(?=')")

ROLES: Mapping[str, str] = {
    "cloudquotas": "roles/cloudquotas.viewer",
    "monitoring": "roles/monitoring.viewer",
    "compute": "roles/compute.viewer",
    "container": "roles/container.clusterViewer",
    "serviceusage": "roles/serviceusage.serviceUsageConsumer",
    "bigquery": "roles/bigquery.dataViewer",
}
"""A predefined role that has the permissions of a service that are asked for here, and as little more as there is."""


class LackKind(StrEnum):
    """What keeps a call from being answered."""

    SIGNED_OUT = "signed out"
    API_OFF = "API off"
    PERMISSION = "permission"
    OTHER = "refused"


@dataclass(frozen=True, slots=True, order=True)
class Lack:
    """One thing that is missing. `name` is the API or the permission; equal ones are said once."""

    kind: LackKind
    name: str
    message: str

    def command(self, project: str) -> str:
        """What mends it, as a shell takes it; empty where no single command does."""
        match self.kind:
            case LackKind.SIGNED_OUT:
                return "gcloud auth application-default login"
            case LackKind.API_OFF:
                return f"gcloud services enable {self.name} --project={project}"
            case LackKind.PERMISSION:
                role = ROLES.get(self.name.partition(".")[0])
                if role is not None:
                    return f"gcloud projects add-iam-policy-binding {project} --member=MEMBER --role={role}"
        return ""


def lack_of(status: int, content: bytes, api: str, permission: str) -> Lack | None:
    """What is missing by an answer; None where the answer is no refusal."""
    if status == UNAUTHORIZED:
        return Lack(LackKind.SIGNED_OUT, "token", "the token has expired, or is none of Google's")
    if status != FORBIDDEN:
        return None
    words = words_of(content)
    reason, metadata = _info(content)
    if reason in ("SERVICE_DISABLED", "accessNotConfigured"):
        service = metadata.get("service") or api
        return Lack(LackKind.API_OFF, service, f"the API {service} is off")
    if reason == "USER_PROJECT_DENIED":
        name = "serviceusage.services.use"
        return Lack(LackKind.PERMISSION, name, f"{name} is missing on the project that the calls are charged to")
    if reason in ("IAM_PERMISSION_DENIED", "forbidden", "") or "ermission" in words:
        found = metadata.get("permission") or next(iter(_PERMISSION.findall(words)), None) or permission
        return Lack(LackKind.PERMISSION, found, f"the permission {found} is missing")
    return Lack(LackKind.OTHER, reason, f"{api} refuses: {words or reason}")


def words_of(content: bytes) -> str:
    """The API's own message, on one line; empty where there is none."""
    message = _error(content).get("message")
    return " ".join(message.split())[:LONGEST_WORDS] if isinstance(message, str) else ""


def _info(content: bytes) -> tuple[str, Mapping[str, str]]:
    """The reason, and what goes with it."""
    error = _error(content)
    for key in ("details", "errors"):
        entries = error.get(key)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("reason"), str):
                metadata = entry.get("metadata")
                known = metadata.items() if isinstance(metadata, dict) else ()
                return entry["reason"], {str(name): str(value) for name, value in known}
    return "", {}


def _error(content: bytes) -> Mapping[str, object]:
    try:
        given = json.loads(content)
    except ValueError:
        return {}
    error = given.get("error") if isinstance(given, dict) else None
    return error if isinstance(error, dict) else {}
