"""Who signs tickets, and the public key by which that is checked: Ed25519, by the library `cryptography`.

The library is an extra (`pip install weighbridge[admission]`): who asks for no tickets needs none.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from weighbridge.errors import NoVerdict, WrongInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

INSTALL = "pip install 'weighbridge[admission]'"
KMS = "gcpkms://"
KMS_ENDPOINT = "https://cloudkms.googleapis.com"
KMS_SCOPE = "https://www.googleapis.com/auth/cloudkms"
_SECONDS = (5.0, 20.0)
_MOST_WORDS = 200

Sign: TypeAlias = Callable[[bytes], bytes]
IsSigned: TypeAlias = Callable[[bytes, bytes], bool]


class KeyWrong(WrongInput):
    """A key can't be used; the message says which, why, and how to make one."""


class KeyUnreachable(NoVerdict):
    """The key management service, or the library that signs, isn't there."""


def signer(key: str, endpoint: str = KMS_ENDPOINT) -> Sign:
    """Signs with the private key in a file, or with a version of a key in Cloud KMS (``gcpkms://projects/…``).

    Raises `KeyWrong` and `KeyUnreachable`, as what it gives does.
    """
    if key.startswith(KMS):
        name = key.removeprefix(KMS)
        return lambda content: _signed_by_kms(name, content, endpoint)
    return _private_key(Path(key))


def verifier(file: Path) -> IsSigned:
    """Checks signatures by the public key in a file. Raises `KeyWrong` and `KeyUnreachable`."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        raise KeyUnreachable(f"checking a ticket needs the library cryptography: {INSTALL}") from None
    key = _loaded(file, load_pem_public_key, "public")
    if not isinstance(key, Ed25519PublicKey):
        raise KeyWrong(f"{file} is no Ed25519 public key. {_make('public')}")

    def is_signed(content: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, content)
        except InvalidSignature:
            return False
        return True

    return is_signed


def _private_key(file: Path) -> Sign:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise KeyUnreachable(f"signing a ticket needs the library cryptography: {INSTALL}") from None
    key = _loaded(file, lambda text: load_pem_private_key(text, None), "private")
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyWrong(f"{file} is no Ed25519 private key. {_make('private')}")
    return key.sign


def _loaded(
    file: Path, load: Callable[[bytes], PrivateKeyTypes | PublicKeyTypes], kind: str
) -> PrivateKeyTypes | PublicKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return load(file.read_bytes())
    except OSError as error:
        raise KeyWrong(f"{file} can't be read: {error.strerror}. {_make(kind)}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyWrong(f"{file} is no {kind} key without a passphrase, in PEM. {_make(kind)}") from None


def _make(kind: str) -> str:
    if kind == "private":
        return "Make one: openssl genpkey -algorithm ed25519 -out admission.key"
    return "Make one of the private key: openssl pkey -in admission.key -pubout -out policies/admission.pub"


def _signed_by_kms(name: str, content: bytes, endpoint: str) -> bytes:
    import requests

    from weighbridge.cloud_api.identity import NoCredentials, TokenOf, own_identity

    body = {"data": b64encode(content).decode()}
    url = f"{endpoint}/v1/{name}:asymmetricSign"
    try:
        auth = TokenOf(own_identity(KMS_SCOPE))
        answer = requests.post(url, json=body, auth=auth, timeout=_SECONDS, allow_redirects=False)
    except NoCredentials as error:
        raise KeyUnreachable(f"{KMS}{name} signs nothing: {error}") from None
    except requests.RequestException as error:
        raise KeyUnreachable(f"{KMS}{name}: Cloud KMS can't be reached ({type(error).__name__})") from None
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        do = "grant this identity roles/cloudkms.signer on the key"
        raise KeyUnreachable(f"{KMS}{name} may not be used ({answer.status_code}): {do}")
    try:
        if answer.status_code == HTTPStatus.OK:
            return b64decode(answer.json()["signature"], validate=True)
    except (ValueError, KeyError, TypeError, NotBase64):
        pass
    words = answer.text.strip()[:_MOST_WORDS]
    raise KeyUnreachable(f"{KMS}{name} signs nothing: {answer.status_code} {answer.reason}, {words}")
