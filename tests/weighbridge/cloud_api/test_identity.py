"""Who asks."""

from __future__ import annotations

import builtins

import pytest

from weighbridge.cloud_api.identity import NoCredentials, identity_of


def test_a_token_of_the_environment_comes_first():
    given = identity_of({"GOOGLE_OAUTH_ACCESS_TOKEN": " t ", "GOOGLE_CLOUD_QUOTA_PROJECT": "p"})
    assert (given.token(), given.quota_project) == ("t", "p")


def test_without_google_auth_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("google.auth"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoCredentials, match=r"pip install 'weighbridge\[cloud\]', or set GOOGLE_OAUTH_ACCESS_TOKEN"):
        identity_of({})


def test_without_credentials_it_says_how_to_sign_in(monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(NoCredentials, match="run `gcloud auth application-default login`"):
        identity_of({})


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tök"])
def test_what_is_no_token_is_not_sent(token):
    with pytest.raises(NoCredentials, match="GOOGLE_OAUTH_ACCESS_TOKEN is no access token"):
        identity_of({"GOOGLE_OAUTH_ACCESS_TOKEN": token})
