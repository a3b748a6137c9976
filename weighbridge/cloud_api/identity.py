"""Who asks Google Cloud: an access token that the environment has, or Application Default Credentials."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import requests

from weighbridge.errors import NoVerdict

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

TOKEN, QUOTA_PROJECT = "GOOGLE_OAUTH_ACCESS_TOKEN", "GOOGLE_CLOUD_QUOTA_PROJECT"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class NoCredentials(NoVerdict):
    """Nobody says who asks."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: `token` gives a valid bearer token each time; `quota_project` is charged for the calls, if named."""

    token: Callable[[], str]
    quota_project: str | None = None


class TokenOf(requests.auth.AuthBase):
    """Sends the token, and whom the calls are charged to: as `auth` of a request, so that no ~/.netrc takes its place.

    What is sent with it raises `NoCredentials` where the token can't be renewed.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with its headers."""
        request.headers["Authorization"] = f"Bearer {self._identity.token()}"
        if self._identity.quota_project is not None:
            request.headers["X-Goog-User-Project"] = self._identity.quota_project
        return request


@cache
def own_identity(scope: str) -> Identity:
    """Who this process is, found out once a scope: a store may be asked many times. Raises `NoCredentials`."""
    return identity_of(os.environ, scope)


def identity_of(environment: Mapping[str, str], scope: str = SCOPE) -> Identity:
    """Who asks, by the environment; default credentials for no more than the scope. Raises `NoCredentials`."""
    quota_project = environment.get(QUOTA_PROJECT, "").strip() or None
    token = environment.get(TOKEN, "").strip()
    if token:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise NoCredentials(f'{TOKEN} is no access token: set it to "$(gcloud auth print-access-token)"')
        return Identity(lambda: token, quota_project)
    try:
        import google.auth
        import google.auth.exceptions
    except ImportError:
        raise NoCredentials(
            "google-auth isn't installed, so nobody can sign in: pip install 'weighbridge[cloud]', or set "
            f'{TOKEN}="$(gcloud auth print-access-token)"'
        ) from None
    try:
        credentials, _ = google.auth.default(scopes=[scope])
    except google.auth.exceptions.GoogleAuthError as error:
        raise _unknown(error) from None
    _refresh(credentials)
    return Identity(lambda: _refresh(credentials), quota_project or getattr(credentials, "quota_project_id", None))


def _refresh(credentials: Credentials) -> str:
    """A token that is good for some minutes. Raises `NoCredentials`."""
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    try:
        if not credentials.valid:
            credentials.refresh(Request())  # type: ignore[no-untyped-call]  # google-auth's own types lack it
    except GoogleAuthError as error:
        raise _unknown(error) from None
    return str(credentials.token)


def _unknown(error: Exception) -> NoCredentials:
    return NoCredentials(
        f"Google Cloud doesn't know who asks ({str(error).splitlines()[0][:200]}): run `gcloud auth "
        f'application-default login`, or set {TOKEN}="$(gcloud auth print-access-token)"'
    )
