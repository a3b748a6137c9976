"""Secret Manager: the value of one version of a secret."""

from __future__ import annotations

import base64

from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud
from weighbridge.prometheus import BadAnswer


class _Payload(ApiAnswer):
    data: str = ""


class _AccessedVersion(ApiAnswer):
    payload: _Payload = _Payload()


def secret_value(cloud: GoogleCloud, version: str) -> bytes:
    """What `projects/P/secrets/S/versions/V` holds; `latest` is a version too. No message shows it."""
    answer = cloud.ask(ApiCall(Api.SECRETS, f"v1/{version}:access", "secretmanager.versions.access"), _AccessedVersion)
    try:
        return base64.b64decode(answer.payload.data, validate=True)
    except ValueError:
        raise BadAnswer(f"{Api.SECRETS} answers what is no base64 ({version})") from None
