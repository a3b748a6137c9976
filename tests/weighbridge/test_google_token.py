"""Who asks: the library's default credentials, and what is said without the library or without any."""

import sys

import google.auth
import pytest
from google.auth.exceptions import DefaultCredentialsError

from weighbridge import google_token
from weighbridge.google_token import NoToken, access_token


class Signed:
    """Credentials that are valid once they were refreshed."""

    valid, token, refreshed = False, "", 0

    def refresh(self, _request):
        self.valid, self.token, self.refreshed = True, "a-token", self.refreshed + 1


@pytest.fixture(autouse=True)
def nobody_is_known(monkeypatch):
    monkeypatch.setattr(google_token, "_known", {})


def test_a_token_of_the_scope_is_asked_for_once_while_it_is_valid(monkeypatch):
    signed, asked = Signed(), []

    def default(scopes):
        asked.append(scopes)
        return signed, "example-ml"

    monkeypatch.setattr(google.auth, "default", default)
    assert [access_token("scope-a"), access_token("scope-a")] == ["a-token", "a-token"]
    assert (asked, signed.refreshed) == ([["scope-a"]], 1)


def test_without_credentials_it_says_how_to_sign_in(monkeypatch):
    def nobody(**_):
        raise DefaultCredentialsError("none")

    monkeypatch.setattr(google.auth, "default", nobody)
    with pytest.raises(NoToken) as error:
        access_token("scope-a")
    assert str(error.value) == (
        "no credentials of Google Cloud are usable (DefaultCredentialsError): sign in with `gcloud auth "
        "application-default login`, in CI by workload identity federation"
    )


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.auth", None)
    with pytest.raises(NoToken, match=r"needs the library google-auth: pip install 'weighbridge\[cloud\]'"):
        access_token("scope-a")
