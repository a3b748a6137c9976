"""Programs from Debian's packages, unpacked into the repository's cache folder: nothing is installed or started."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

DOWNLOAD_SECONDS = 10 * 60


class Unavailable(Exception):
    """Something that a test needs is not on this machine; the message says what and what to do."""


def program(name: str, package: str, cache: Path) -> Path:
    """A program from the PATH, else from the cache, else from Debian's package, whose other programs are kept too.

    Newer releases of Debian have promtool in a package of its own. Raises `Unavailable` if it can't be had.
    """
    if found := shutil.which(name):
        return Path(found)
    binary = cache / name
    with only_one_at_a_time(cache):
        for holder in (package, name):
            if not binary.exists():
                _unpack(holder, cache)
    if not binary.exists():
        raise Unavailable(f"Debian's packages {package} and {name} have no {name}: install it yourself")
    return binary


@contextmanager
def only_one_at_a_time(cache: Path) -> Iterator[None]:
    """Holds the cache's lock: what one process fetches, the next one finds."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: Sequence[str], folder: Path, seconds: int) -> str:
    """The command's standard output; `Unavailable` with the end of its output if it fails or takes too long."""
    shown = " ".join(Path(word).name if word.startswith("/") else word for word in command[:4])
    try:
        done = subprocess.run(command, cwd=folder, timeout=seconds, capture_output=True, text=True, check=False)
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"`{shown} ...` did not end within {seconds} s") from late
    if done.returncode:
        output = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Unavailable(f"`{shown} ...` ended with exit code {done.returncode}:\n{output}")
    return done.stdout


def _unpack(package: str, cache: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Unavailable(f"there is no apt-get to take {package} from: install it yourself")
    with tempfile.TemporaryDirectory(dir=cache) as name:
        folder = Path(name)
        try:
            run(["apt-get", "download", package], folder, DOWNLOAD_SECONDS)
        except Unavailable as failure:
            if os.geteuid() != 0:
                raise Unavailable(f"{failure}\nRun `apt-get update` as root, or install {package}") from failure
            run(["apt-get", "--quiet", "update"], folder, DOWNLOAD_SECONDS)  # a new machine has no package lists
            run(["apt-get", "download", package], folder, DOWNLOAD_SECONDS)
        archive = next(folder.glob(f"{package}_*.deb"))
        run(["dpkg-deb", "--extract", str(archive), "unpacked"], folder, DOWNLOAD_SECONDS)
        for binary in (folder / "unpacked" / "usr" / "bin").iterdir():
            binary.replace(cache / binary.name)
