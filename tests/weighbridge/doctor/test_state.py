"""The backend is found as Pulumi finds it; what is not chosen, not writable or not signed in has its command."""

import json

import pytest

from weighbridge.doctor.finding import Health
from weighbridge.doctor.state import backend_of, look_at_secrets, look_at_state
from weighbridge.files.project import read_project


@pytest.fixture
def project(tmp_path):
    def make(more=""):
        (tmp_path / "Pulumi.yaml").write_text(f"name: ml\nruntime: python\n{more}")
        return read_project(tmp_path)

    return make


def test_the_environment_comes_before_the_file_and_that_before_who_is_signed_in(project, tmp_path):
    assert backend_of(project(), {}, tmp_path) is None
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "credentials.json").write_text(json.dumps({"current": "gs://signed-in"}))
    assert backend_of(project(), {}, tmp_path) == "gs://signed-in"
    assert backend_of(project(), {"PULUMI_HOME": str(tmp_path / "none")}, tmp_path) is None
    named = project("backend: {url: gs://named}\n")
    assert backend_of(named, {}, tmp_path) == "gs://named"
    assert backend_of(named, {"PULUMI_BACKEND_URL": "file://~"}, tmp_path) == "file://~"


@pytest.mark.parametrize("broken", ["", "[]", '{"current": 1}', "{"])
def test_credentials_that_nobody_can_read_choose_nothing(broken, project, tmp_path):
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "credentials.json").write_text(broken)
    assert backend_of(project(), {}, tmp_path) is None


@pytest.mark.parametrize(
    ("backend", "health", "command"),
    [
        (None, Health.MISSING, "pulumi login gs://BUCKET"),
        ("file://~", Health.FINE, ""),
        ("file:///no/such/folder", Health.MISSING, "mkdir -p /no/such/folder"),
        ("https://api.pulumi.com", Health.MISSING, "pulumi login https://api.pulumi.com"),
        ("s3://bucket", Health.NOT_CHECKED, "pulumi login s3://bucket"),
    ],
)
def test_what_can_be_told_without_a_cloud(backend, health, command, tmp_path):
    found = look_at_state(backend, {}, tmp_path)
    assert (found.topic, found.health, found.command) == ("state", health, command)


def test_a_bucket_has_to_be_asked(tmp_path):
    assert look_at_state("gs://state", {}, tmp_path) is None


def test_a_token_signs_in(tmp_path):
    cloud = "https://api.pulumi.com"
    assert look_at_state(cloud, {"PULUMI_ACCESS_TOKEN": "pul-1"}, tmp_path).health is Health.FINE
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "credentials.json").write_text(json.dumps({"accessTokens": {cloud: "pul-1"}}))
    assert look_at_state(cloud, {}, tmp_path).health is Health.FINE
    assert look_at_state("https://other", {}, tmp_path).health is Health.MISSING


def test_secrets_need_a_key_or_a_passphrase_where_the_backend_has_none(project, tmp_path):
    assert look_at_secrets(project(), "dev", "https://api.pulumi.com", {}) is None
    assert look_at_secrets(project(), "dev", None, {}) is None
    key = "gcpkms://projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY"
    found = look_at_secrets(project(), "dev", "gs://state", {})
    assert (found.health, found.command) == (Health.MISSING, f"pulumi stack init dev --secrets-provider {key}")
    assert look_at_secrets(project(), "dev", "gs://state", {"PULUMI_CONFIG_PASSPHRASE": ""}).health is Health.FINE
    (tmp_path / "Pulumi.dev.yaml").write_text("encryptionsalt: v1\n")
    found = look_at_secrets(project(), "dev", "gs://state", {})
    assert found.command == f"pulumi stack change-secrets-provider --stack dev {key}"
    (tmp_path / "Pulumi.dev.yaml").write_text("secretsprovider: gcpkms://mine\n")
    assert look_at_secrets(project(), "dev", "gs://state", {}).words == "encrypted by gcpkms://mine"
