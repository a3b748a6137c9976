"""A real kube-apiserver with its etcd, on 127.0.0.1 only, for as long as a `with` block lasts.

It validates as the server of a cluster does: schema, defaults, strict field names, CEL rules, admission. Nothing runs:
there are no controllers, no nodes and no webhooks.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.integration import binaries
from tests.integration.client import Client
from tests.support.debian import Unavailable
from tests.support.processes import NotReady, free_ports, running

START_SECONDS = 120.0
START_TRIES = 3  # another process may take a port between our finding it free and the server's taking it
LARGEST_REQUEST_BYTES = 16 * 1024 * 1024  # LeaderWorkerSet's definition is larger than etcd's default of 1.5 MiB


@contextmanager
def api_server() -> Iterator[Client]:
    """A client of a running server with no definitions installed.

    Raises `Unavailable` if the server can't be had on this machine, `NotReady` if it does not start.
    """
    etcd, kube_apiserver, openssl = binaries.etcd(), binaries.kube_apiserver(), shutil.which("openssl")
    if openssl is None:
        raise Unavailable("openssl is not on the PATH, and makes the server's signing key: install openssl")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="api-server-")))
        signing_key = folder / "service-account.key"
        subprocess.run(
            [openssl, "genrsa", "-out", str(signing_key), "2048"], check=True, capture_output=True, timeout=60
        )
        for attempt in range(1, START_TRIES + 1):
            with ExitStack() as started:
                try:
                    client = _start(started, etcd, kube_apiserver, signing_key, folder / str(attempt))
                except NotReady as failure:
                    if attempt == START_TRIES or "address already in use" not in str(failure):
                        raise
                    continue
                stack.push(started.pop_all())
                break
        yield client


def _start(stack: ExitStack, etcd: Path, kube_apiserver: Path, signing_key: Path, folder: Path) -> Client:
    folder.mkdir()
    store_port, peer_port, port = free_ports(3)
    store_url, peer_url = f"http://127.0.0.1:{store_port}", f"http://127.0.0.1:{peer_port}"
    store = stack.enter_context(running("etcd", _etcd(etcd, folder, store_url, peer_url), folder))
    store.await_ready(lambda: _listens(store_port), START_SECONDS)

    token, tokens = secrets.token_hex(16), folder / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f"{token},integration,integration,system:masters\n")
    certificates = folder / "certificates"
    flags = {
        "etcd-servers": store_url,
        "bind-address": "127.0.0.1",
        "secure-port": port,
        "advertise-address": "192.0.2.1",  # never used, yet loopback is refused: an address kept for documentation
        "endpoint-reconciler-type": "none",
        "cert-dir": certificates,  # the server makes a certificate for itself
        "token-auth-file": tokens,
        "authorization-mode": "AlwaysAllow",
        "anonymous-auth": "false",
        "service-account-issuer": "https://integration.invalid",
        "service-account-key-file": signing_key,
        "service-account-signing-key-file": signing_key,
        "service-cluster-ip-range": "10.0.0.0/24",
        "disable-admission-plugins": "ServiceAccount",  # no controller makes the default accounts that it asks for
        "allow-privileged": "true",  # as GKE's
        "profiling": "false",
    }
    command = [str(kube_apiserver), *(f"--{name}={value}" for name, value in flags.items())]
    server = stack.enter_context(running("kube-apiserver", command, folder))
    certificate = certificates / "apiserver.crt"
    server.await_ready(lambda: certificate.exists() and _listens(port), START_SECONDS)
    trust = ssl.create_default_context(cafile=str(certificate))
    client = stack.enter_context(Client("127.0.0.1", port, token, trust))
    server.await_ready(client.is_ready, START_SECONDS)
    return client


def _etcd(etcd: Path, folder: Path, client_url: str, peer_url: str) -> list[str]:
    flags = {
        "name": "only",
        "data-dir": folder / "etcd",
        "listen-client-urls": client_url,
        "advertise-client-urls": client_url,
        "listen-peer-urls": peer_url,
        "initial-advertise-peer-urls": peer_url,
        "initial-cluster": f"only={peer_url}",
        "max-request-bytes": LARGEST_REQUEST_BYTES,
        "logger": "zap",
        "log-level": "warn",
    }
    return [str(etcd), *(f"--{name}={value}" for name, value in flags.items())]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
