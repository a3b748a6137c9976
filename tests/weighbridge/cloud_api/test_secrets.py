"""Secrets, asked of a server that answers as Secret Manager's API does."""

from __future__ import annotations

import base64

import pytest

from tests.support.google_apis import google_apis
from tests.support.monitoring.discovery import paths
from weighbridge.cloud_api.client import GoogleCloud, NotFound
from weighbridge.cloud_api.identity import Identity
from weighbridge.cloud_api.secrets import secret_value
from weighbridge.prometheus import BadAnswer

WHO = Identity(lambda: "t")
VERSION = "projects/example-ml/secrets/otlp-key/versions/latest"


def payload(data: str) -> dict[str, dict[str, object]]:
    return {VERSION: {"name": VERSION.replace("latest", "3"), "payload": {"data": data, "dataCrc32c": "1"}}}


def test_a_secret_is_the_bytes_that_it_holds():
    with google_apis(secrets=payload(base64.b64encode(b"k\xff").decode())) as apis, GoogleCloud(WHO, apis.url) as cloud:
        assert secret_value(cloud, VERSION) == b"k\xff"
        with pytest.raises(NotFound):
            secret_value(cloud, VERSION.replace("otlp", "other"))
    method, _, path = apis.asked[0].partition(" ")
    assert path == f"secretmanager.googleapis.com/v1/{VERSION}:access"
    assert (method, "v1/projects/*/secrets/*/versions/*") in paths("secretmanager.v1")


def test_what_is_no_base64_is_said_and_not_shown():
    with google_apis(secrets=payload("k€y")) as apis, GoogleCloud(WHO, apis.url) as cloud:
        with pytest.raises(BadAnswer, match=r"answers what is no base64") as raised:
            secret_value(cloud, VERSION)
        assert "k€y" not in str(raised.value)
