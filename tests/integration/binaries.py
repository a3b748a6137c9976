"""kube-apiserver, etcd and the Gateway API's definitions, fetched or built once into the repository's cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CACHE = REPOSITORY / ".cache" / "integration"

SERVER_PACKAGE = "k8s.io/kubernetes/cmd/kube-apiserver"
GATEWAY_MODULE = "sigs.k8s.io/gateway-api"
BUILD_SECONDS = 45 * 60  # about five minutes on two idle cores; others may share them
DOWNLOAD_SECONDS = 10 * 60


class Unavailable(Exception):
    """Something that the real API server needs is not on this machine; the message says what and what to do."""


def kube_apiserver() -> Path:
    """The API server of the version that apiserver/go.mod pins, built unless the cache has it.

    Raises `Unavailable` if it is not cached and can't be built.
    """
    pins = HERE / "apiserver"
    version = _pinned("k8s.io/kubernetes", pins)
    digest = hashlib.sha256((pins / "go.mod").read_bytes() + (pins / "go.sum").read_bytes()).hexdigest()[:12]
    binary = CACHE / f"kube-apiserver-{version}-{platform.system()}-{platform.machine()}-{digest}"
    with _only_one_at_a_time():
        if not binary.exists():
            _say(f"Building kube-apiserver {version} (once; about five minutes on two cores) ...")
            _build(pins, version, binary)
    return binary


def etcd() -> Path:
    """etcd from the PATH, else Debian's package unpacked into the cache: nothing is installed and no service starts.

    Raises `Unavailable` if there is neither.
    """
    if found := shutil.which("etcd"):
        return Path(found)
    binary = CACHE / "etcd"
    with _only_one_at_a_time():
        if not binary.exists():
            _unpack_debian_etcd(binary)
    return binary


def gateway_definitions() -> tuple[Path, ...]:
    """The files of the Gateway API's standard channel, of the version that gateway/go.mod pins.

    Raises `Unavailable` if they are not cached and can't be fetched.
    """
    pins = HERE / "gateway"
    folder = CACHE / f"gateway-api-{_pinned(GATEWAY_MODULE, pins)}"
    with _only_one_at_a_time():
        if not folder.exists():
            answer = _run([_go(), "mod", "download", "-json", GATEWAY_MODULE], pins, DOWNLOAD_SECONDS)
            shipped = Path(json.loads(answer)["Dir"]) / "config" / "crd" / "standard"
            with _appearing_whole(folder) as unfinished:
                unfinished.mkdir()
                for file in shipped.glob("*.yaml"):
                    shutil.copyfile(file, unfinished / file.name)
    return tuple(sorted(folder.glob("*.yaml")))


def shared_definitions() -> tuple[Path, ...]:
    """Further definitions (GKE, Kueue, LeaderWorkerSet, ...) from ../shared/crds; none where that folder is absent."""
    return tuple(sorted((REPOSITORY.parent / "shared" / "crds").glob("*.yaml")))


def _build(pins: Path, version: str, binary: Path) -> None:
    major, minor = version.removeprefix("v").split(".")[:2]
    names = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    stamps = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in names.items())
    nice = ["nice", "-n", "10"] if shutil.which("nice") else []
    with _appearing_whole(binary) as unfinished:
        flags = ["-mod=readonly", "-trimpath", f"-ldflags=-s -w {stamps}", "-o", str(unfinished)]
        _run([*nice, _go(), "build", *flags, SERVER_PACKAGE], pins, BUILD_SECONDS)


def _unpack_debian_etcd(binary: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Unavailable("etcd is not on the PATH, and there is no apt-get to take it from: install etcd 3.4 or newer")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        try:
            _run(["apt-get", "download", "etcd-server"], folder, DOWNLOAD_SECONDS)
        except Unavailable as failure:
            if os.geteuid() != 0:
                raise Unavailable(f"{failure}\nRun `apt-get update` as root, or install etcd-server") from failure
            _run(["apt-get", "--quiet", "update"], folder, DOWNLOAD_SECONDS)  # a new machine has no package lists
            _run(["apt-get", "download", "etcd-server"], folder, DOWNLOAD_SECONDS)
        package = next(folder.glob("etcd-server_*.deb"))
        _run(["dpkg-deb", "--extract", str(package), "unpacked"], folder, DOWNLOAD_SECONDS)
        (folder / "unpacked" / "usr" / "bin" / "etcd").replace(binary)


def _pinned(module: str, pins: Path) -> str:
    found = re.search(rf"^\s*(?:require\s+)?{re.escape(module)}\s+(v\S+)", (pins / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise Unavailable(f"{pins / 'go.mod'} does not require {module}")
    return found[1]


def _go() -> str:
    if found := shutil.which("go"):
        return found
    raise Unavailable("Go is not on the PATH, and builds kube-apiserver: install the version in apiserver/go.mod")


def _run(command: Sequence[str], folder: Path, seconds: int) -> str:
    """The command's standard output; `Unavailable` with the end of what it said if it fails or takes too long."""
    shown = " ".join(Path(word).name if word.startswith("/") else word for word in command[:4])
    try:
        done = subprocess.run(command, cwd=folder, timeout=seconds, capture_output=True, text=True, check=False)
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"`{shown} ...` did not end within {seconds} s") from late
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Unavailable(f"`{shown} ...` ended with exit code {done.returncode}:\n{said}")
    return done.stdout


@contextmanager
def _appearing_whole(path: Path) -> Iterator[Path]:
    """A path to write to, renamed to `path` only if the block succeeds: a cut-off run leaves nothing half made."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    yield unfinished
    unfinished.replace(path)


@contextmanager
def _only_one_at_a_time() -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
