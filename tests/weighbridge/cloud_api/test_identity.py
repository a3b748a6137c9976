"""Who asks."""

from __future__ import annotations

import builtins

import google.auth
import pytest
import requests

from weighbridge.cloud_api.identity import Identity, NoCredentials, TokenOf, identity_of, own_identity


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


class Signed:
    """Credentials that are valid once they were refreshed."""

    valid, token, refreshed = False, "", 0

    def refresh(self, _request):
        self.valid, self.token, self.refreshed = True, "a-token", self.refreshed + 1


def test_who_a_process_is_is_found_out_once_a_scope(monkeypatch):
    signed, asked = Signed(), []

    def default(scopes):
        asked.append(scopes)
        return signed, "example-ml"

    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN", raising=False)
    monkeypatch.setattr(google.auth, "default", default)
    own_identity.cache_clear()
    assert [own_identity("scope-a").token(), own_identity("scope-a").token()] == ["a-token", "a-token"]
    assert (asked, signed.refreshed) == ([["scope-a"]], 1)
    signed.valid = False
    assert (own_identity("scope-a").token(), signed.refreshed) == ("a-token", 2)
    own_identity.cache_clear()


def test_no_password_file_takes_the_place_of_the_token(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine storage.googleapis.com login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    request = requests.Request("GET", "https://storage.googleapis.com/x", auth=TokenOf(Identity(lambda: "t", "p")))
    sent = requests.Session().prepare_request(request).headers
    assert (sent["Authorization"], sent["X-Goog-User-Project"]) == ("Bearer t", "p")
