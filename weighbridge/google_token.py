"""What proves to Google Cloud who asks: application default credentials, as Google's own library finds them.

The library is an extra (`pip install weighbridge[cloud]`): what runs offline needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from weighbridge.errors import NoVerdict

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

Token: TypeAlias = str
INSTALL = "pip install 'weighbridge[cloud]'"


class NoToken(NoVerdict):
    """Nobody is signed in, or the library isn't there; the message says what to do."""


def access_token(scope: str) -> Token:
    """An access token of the identity that this process runs as; it is asked for once an hour. Raises `NoToken`."""
    try:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request
    except ImportError:
        raise NoToken(f"signing in to Google Cloud needs the library google-auth: {INSTALL}") from None
    try:
        known = _known.get(scope)
        if known is None:
            known = _known[scope] = google.auth.default(scopes=[scope])[0]
        if not known.valid:
            known.refresh(Request())  # type: ignore[no-untyped-call] # the library's own is untyped
    except GoogleAuthError as error:
        do = "sign in with `gcloud auth application-default login`, in CI by workload identity federation"
        raise NoToken(f"no credentials of Google Cloud are usable ({type(error).__name__}): {do}") from None
    return str(known.token)


_known: dict[str, Credentials] = {}
