"""Who signs, and by which key that is checked; what can't be used is said with the way to make one."""

from __future__ import annotations

import json
import sys
import threading
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.support.signing_keys import write_keys
from weighbridge.admission.keys import KeyUnreachable, KeyWrong, signer, verifier
from weighbridge.cloud_api import identity
from weighbridge.cloud_api.identity import Identity, NoCredentials

NAME = "projects/example-ml/locations/global/keyRings/ml/cryptoKeys/admission/cryptoKeyVersions/1"


@pytest.fixture
def keys(tmp_path):
    write_keys(tmp_path / "a.key", tmp_path / "a.pub")
    return tmp_path


def test_what_is_signed_is_known_by_the_public_key_and_nothing_else(keys):
    sign, is_signed = signer(str(keys / "a.key")), verifier(keys / "a.pub")
    assert is_signed(b"content", sign(b"content"))
    assert not is_signed(b"another", sign(b"content"))
    write_keys(keys / "b.key", keys / "b.pub")
    assert not is_signed(b"content", signer(str(keys / "b.key"))(b"content"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.key", None, "none.key can't be read: No such file or directory. Make one: openssl genpkey"),
        ("x.key", b"x", "x.key is no private key without a passphrase, in PEM. Make one: openssl genpkey"),
    ],
)
def test_a_private_key_that_cannot_be_used(keys, name, content, message):
    if content is not None:
        (keys / name).write_bytes(content)
    with pytest.raises(KeyWrong) as error:
        signer(str(keys / name))
    assert message in str(error.value)
    with pytest.raises(KeyWrong, match="openssl pkey -in admission"):
        verifier(keys / name)


def test_a_key_of_another_kind_is_said(keys):
    key = generate_private_key(65537, 2048)
    (keys / "rsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (keys / "rsa.pub").write_bytes(public)
    with pytest.raises(KeyWrong, match=r"rsa.key is no Ed25519 private key\."):
        signer(str(keys / "rsa.key"))
    with pytest.raises(KeyWrong, match=r"rsa.pub is no Ed25519 public key\."):
        verifier(keys / "rsa.pub")


def test_without_the_library_it_says_what_to_install(keys, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    for use in (lambda: signer(str(keys / "a.key")), lambda: verifier(keys / "a.pub")):
        with pytest.raises(
            KeyUnreachable, match=r"needs the library cryptography: pip install 'weighbridge\[admission\]'"
        ):
            use()


@pytest.fixture
def kms(keys, monkeypatch):
    """Cloud KMS over loopback, which signs with the key in the folder, or answers as the test says."""
    sign, answers, asked = signer(str(keys / "a.key")), list[Any](), list[Any]()

    class Kms(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers["Authorization"]))
            status, content = answers.pop(0) if answers else (
                200, {"signature": b64encode(sign(b64decode(body["data"]))).decode()})  # fmt: skip
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Kms)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    monkeypatch.setattr(identity, "own_identity", lambda scope: Identity(lambda: f"token-of {scope}"))
    yield f"http://127.0.0.1:{server.server_port}", answers, asked
    server.shutdown()
    server.server_close()


def test_cloud_kms_signs(keys, kms):
    url, _, asked = kms
    signature = signer(f"gcpkms://{NAME}", url)(b"content")
    assert verifier(keys / "a.pub")(b"content", signature)
    assert asked == [
        (f"/v1/{NAME}:asymmetricSign", "Bearer token-of https://www.googleapis.com/auth/cloudkms")]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((403, {}), f"gcpkms://{NAME} may not be used (403): grant this identity roles/cloudkms.signer on the key"),
        ((404, {"error": "no key"}), f'gcpkms://{NAME} signs nothing: 404 Not Found, {{"error": "no key"}}'),
        ((200, {"signature": "%"}), f'gcpkms://{NAME} signs nothing: 200 OK, {{"signature": "%"}}'),
    ],
)
def test_what_cloud_kms_refuses_is_said(kms, answer, message):
    url, answers, _ = kms
    answers.append(answer)
    with pytest.raises(KeyUnreachable) as error:
        signer(f"gcpkms://{NAME}", url)(b"content")
    assert str(error.value) == message


def test_without_credentials_nothing_is_signed(kms, monkeypatch):
    def nobody(_):
        raise NoCredentials("no credentials")

    url, _, asked = kms
    monkeypatch.setattr(identity, "own_identity", nobody)
    with pytest.raises(KeyUnreachable) as error:
        signer(f"gcpkms://{NAME}", url)(b"content")
    assert str(error.value) == f"gcpkms://{NAME} signs nothing: no credentials"
    assert asked == []


def test_cloud_kms_that_is_not_there(monkeypatch):
    monkeypatch.setattr(identity, "own_identity", lambda _: Identity(lambda: "t"))
    with pytest.raises(KeyUnreachable, match=r"Cloud KMS can't be reached \(ConnectionError\)"):
        signer(f"gcpkms://{NAME}", "http://127.0.0.1:9")(b"content")
