"""What a folder needs of each of its specs, kept between runs, so that an unchanged spec isn't read twice.

Facts are found by content: by a SHA-256 of the spec's text and name, of what the quota file says that decides demand,
and of this whole package, tables and code alike, with the versions that it runs on. Only good specs are kept; one with
a problem is read again, and says so again.

Whoever can write here can hide demand, so

- it lies in the user's own cache folder, and never in a checkout, where a pull request could bring it along;
- the folder and its files have to belong to the user, and nobody else may write them;
- in CI there is none, as folders are restored there that other jobs have written;
- the policy pack reads none anywhere: what it admits, it has counted.

It may be deleted at any time. What isn't whole, can't be read or has another form counts as absent, and where nothing
can be written nothing is: a cache is no reason for a message. A folder of specs has one file here, with what its last
run knew; where many folders have one, those written longest ago go.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NoReturn

import pydantic
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import weighbridge
from weighbridge.infrastructure.cluster import cluster_path
from weighbridge.infrastructure.dns import created_zones
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import Demand, Doubt, Drawn
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec

FOLDER = "weighbridge"
MOST_FILES = 32
MOST_BYTES = 8_000_000
"""Of one file: about 300 bytes a spec."""

CI = (
    "CI", "TF_BUILD", "JENKINS_URL", "HUDSON_URL", "CODEBUILD_BUILD_ARN", "TEAMCITY_VERSION", "bamboo_planKey",
    "GO_PIPELINE_LABEL", "CF_BUILD_URL", "DRONE", "SEMAPHORE", "PULUMI_CI_SYSTEM",
)  # fmt: skip
"""Variables that say so: `CI` of GitHub, GitLab and most others; and those by which Pulumi knows systems without it
(detect.go of sdk/go/common/util/ciutil in pulumi/pulumi, read 2026-11-26)."""

_FORM = "weighbridge specs 2"
_OWNER_ONLY = 0o700
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class SpecFacts:
    """What a folder needs of one good spec."""

    project: str
    hostnames: Mapping[str, str]  # by endpoint
    cluster: str  # as GKE's API names it
    zones: tuple[str, ...]  # of Cloud DNS that it makes, as ``project/name``
    joins: bool  # whether the cluster exists and is somebody else's
    drawn: Mapping[QuotaKey, Drawn]
    doubts: tuple[Doubt, ...]

    @classmethod
    def of(cls, spec: Spec, demand: Demand) -> SpecFacts:
        """Of a spec that was read and counted."""
        hostnames = {name: endpoint.hostname for name, endpoint in spec.endpoints.items()}
        joins = spec.cluster.existing is not None
        return cls(
            spec.cloud.project,
            hostnames,
            cluster_path(spec),
            tuple(created_zones(spec)),
            joins,
            demand.drawn,
            demand.doubts,
        )


@dataclass(frozen=True, slots=True)
class SpecCache:
    """The user's cache; `folder` need not exist."""

    folder: Path

    def of(self, stacks: Path, counted: QuotaFile) -> KnownSpecs | None:
        """What is known of the specs of a folder, under the parts of a quota file that demand depends on."""
        try:
            decides = _digest(_code(), counted.model_dump_json())
        except OSError:
            return None
        return KnownSpecs(self.folder / f"specs-{_digest(os.path.realpath(stacks))[:32]}", decides)


class KnownSpecs:
    """Facts about good specs of one folder."""

    def __init__(self, file: Path, decides: str) -> None:
        self._file = file
        self._decides = decides
        self._known = _read(file)

    def get(self, stack: str, text: str) -> SpecFacts | None:
        """The facts about a spec of exactly this text; None where nobody knows them."""
        return self._known.get(self._name(stack, text))

    def save(self, facts: Mapping[tuple[str, str], SpecFacts]) -> None:
        """Keeps the facts, by stack and text, and no others."""
        named = {self._name(stack, text): found for (stack, text), found in facts.items()}
        if named.keys() == self._known.keys():
            return
        written = _written(named)
        if len(written) > MOST_BYTES:
            return
        folder = self._file.parent
        try:
            folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
            if _is_private(folder):
                _put_in_place(self._file, written)
                _drop_oldest(folder)
        except OSError:
            return

    def _name(self, stack: str, text: str) -> str:
        return _digest(self._decides, stack, text)


def cache_of_user(project: Path, environment: Mapping[str, str]) -> SpecCache | None:
    """The user's cache, for the project in a folder; None where there had better be none."""
    if any(environment.get(name) for name in CI) or not hasattr(os, "getuid"):
        return None
    base = Path(environment.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # as its specification says
        base = Path(os.path.expanduser("~"), ".cache")  # noqa: PTH111 - Path.home() raises where there is none
    if not base.is_absolute():
        return None
    folder = Path(os.path.realpath(base), FOLDER)
    checked_out = any(os.path.lexists(above / ".git") for above in folder.parents)
    return None if checked_out or folder.is_relative_to(os.path.realpath(project)) else SpecCache(folder)


class _Entry(BaseModel):
    """Facts about one spec; keys of limits by their place in the list of the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    project: str
    hostnames: dict[str, str]
    cluster: str
    zones: list[str]
    joins: bool
    drawn: list[tuple[_Count, _Count, _Count]]
    doubts: list[tuple[str, str]]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    limits: list[tuple[str, str, str, list[tuple[str, str]]]]
    specs: dict[str, _Entry]


_Count = Annotated[int, Field(ge=0)]


def _written(known: Mapping[str, SpecFacts]) -> str:
    """A line with the digest of the rest, and the rest, as JSON."""
    places: dict[QuotaKey, int] = {}
    specs = {
        name: {
            "project": facts.project,
            "hostnames": dict(facts.hostnames),
            "cluster": facts.cluster,
            "zones": list(facts.zones),
            "joins": facts.joins,
            "drawn": [
                (places.setdefault(key, len(places)), drawn.steady, drawn.peak) for key, drawn in facts.drawn.items()
            ],
            "doubts": [(doubt.holder, doubt.message) for doubt in facts.doubts],
        }
        for name, facts in known.items()
    }
    limits = [(key.project, key.region, key.quota_id, key.dimensions) for key in places]
    content = json.dumps({"limits": limits, "specs": specs}, separators=(",", ":"))
    return f"{_FORM} {sha256(content.encode()).hexdigest()}\n{content}"


def _read(file: Path) -> Mapping[str, SpecFacts]:
    """What a file has, by name; nothing where it isn't whole, or not of this user's making."""
    first, _, content = _bytes(file).partition(b"\n")
    if first.decode(errors="replace") != f"{_FORM} {sha256(content).hexdigest()}":
        return {}
    try:
        held = _File.model_validate_json(content)
        keys = [QuotaKey(project, region, name, tuple(dimensions)) for project, region, name, dimensions in held.limits]
        return {name: _facts(entry, keys) for name, entry in held.specs.items()}
    except (ValidationError, IndexError):
        return {}


def _facts(entry: _Entry, keys: list[QuotaKey]) -> SpecFacts:
    return SpecFacts(
        project=entry.project,
        hostnames=entry.hostnames,
        cluster=entry.cluster,
        zones=tuple(entry.zones),
        joins=entry.joins,
        drawn={keys[place]: Drawn(steady, peak) for place, steady, peak in entry.drawn},
        doubts=tuple(Doubt(holder, message) for holder, message in entry.doubts),
    )


def _bytes(file: Path) -> bytes:
    if not _is_private(file.parent):
        return b""
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:  # noqa: PTH123 - a handle
            status = os.fstat(stream.fileno())
            theirs = status.st_uid != os.getuid() or status.st_mode & _WRITABLE_BY_OTHERS
            if theirs or not stat.S_ISREG(status.st_mode):
                return b""
            return stream.read(MOST_BYTES)
    except OSError:
        return b""


def _is_private(folder: Path) -> bool:
    """Whether a folder is the user's, and only the user's."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return ours and not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _put_in_place(file: Path, text: str) -> None:
    """Replaces whatever has that name, link or pipe, by a file that only the user can read. Raises OSError.

    What a crash of the machine leaves of it isn't whole, and so counts as absent: nobody waits for the disk.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _drop_oldest(folder: Path) -> None:
    """Files beyond the most that there may be, those that an interrupted run has left among them. Raises OSError."""
    held = sorted(folder.glob("*specs-*"), key=lambda file: file.lstat().st_mtime, reverse=True)
    for file in held[MOST_FILES:]:
        file.unlink(missing_ok=True)


@cache
def _code() -> str:
    """Everything that decides what a spec draws, but for the spec and the quota file."""
    package = Path(weighbridge.__file__).parent
    found = sha256(f"{sys.version} {pydantic.VERSION} {yaml.__version__}".encode())
    for file in _files(package):
        content = file.read_bytes()
        found.update(f"\n{file.relative_to(package)} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _files(package: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(package, onerror=_raised):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(files))


def _raised(error: OSError) -> NoReturn:
    """What can't be listed, a package inside an archive for example, has no digest; `os.walk` alone passes it over."""
    raise error


def _digest(*parts: str) -> str:
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode(errors="surrogatepass")).hexdigest()
