"""A git revision as a folder for a while, and the files in which the working tree differs from one.

The repository is only read: the files are written by an index of their own, so no branch, index or list of work trees
changes, and what `.gitattributes` leaves out of archives is there. Running a program of a revision runs its code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from weighbridge.errors import WrongInput

MOST_FILES = 100_000
MOST_BYTES = 1_000_000_000
"""Of all files of a revision: more is no project of stacks, and would fill the disk."""

_SECONDS = 120
_UNMARKED = frozenset("HMRCK")
_SPARSE = frozenset("Ss")
"""How `git ls-files -v` marks what is compared, and what a sparse work tree may lack; `h` is assumed unchanged."""
_SHORT = 10  # characters of a commit for people


class RevisionError(WrongInput):
    """A revision can't be had; the text says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One commit. `name` is as it was asked for; `top` holds the repository's files."""

    name: str
    commit: str
    top: Path

    def __str__(self) -> str:
        short = self.commit[:_SHORT]
        return short if self.commit.startswith(self.name) else f"{self.name} ({short})"


def find_revision(folder: Path, name: str) -> Revision:
    """The commit that a name stands for in the repository around a folder. Raises `RevisionError`."""
    top = Path(_git(folder, name, "rev-parse", "--show-toplevel").strip())
    if not name or name.startswith("-"):
        raise RevisionError(f"{name!r} is no revision: name a branch, a tag or a commit, such as origin/main")
    try:
        commit = _git(folder, name, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
    except RevisionError:
        raise RevisionError(
            f"{top} has no revision {name!r}: name a branch, a tag or a commit that is there. "
            f"In a shallow clone, fetch it first: git fetch origin {name.removeprefix('origin/')}"
        ) from None
    return Revision(name, commit, top)


@contextmanager
def checked_out(revision: Revision) -> Iterator[Path]:
    """The files of a revision in a folder that is removed afterwards. Raises `RevisionError`."""
    _refuse_large(revision)
    with tempfile.TemporaryDirectory(prefix="weighbridge-base-", ignore_cleanup_errors=True) as name:
        folder, index = Path(name) / "tree", Path(name) / "index"
        folder.mkdir()
        own = {"GIT_INDEX_FILE": str(index)}
        _git(revision.top, revision.name, "read-tree", revision.commit, more=own)
        _git(revision.top, revision.name, "checkout-index", "--all", f"--prefix={folder}/", more=own)
        yield folder


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """Files that differ between the working tree and where it left a revision, by their paths from the top."""

    files: tuple[str, ...]  # new ones too, sorted
    untracked: frozenset[str]  # those of them that git neither tracks nor ignores


def changed_files(revision: Revision) -> ChangedFiles:
    """What changed since the working tree left the revision."""
    untracked = _untracked(revision)
    return ChangedFiles(tuple(sorted({*_since_it_left(revision), *untracked})), untracked)


def _untracked(revision: Revision) -> frozenset[str]:
    new = _git(revision.top, revision.name, "ls-files", "--others", "--exclude-standard", "-z", "--full-name")
    return frozenset(_names(new))


def _since_it_left(revision: Revision) -> Iterator[str]:
    since = revision.commit
    with suppress(RevisionError):  # a shallow clone doesn't know: then from the revision, which is never too little
        since = _git(revision.top, revision.name, "merge-base", revision.commit, "HEAD").strip() or since
    yield from _differing(revision, since)


def edited_files(revision: Revision) -> tuple[str, ...]:
    """Files of a revision that the working tree has otherwise or lacks, sorted; new ones are none of them."""
    return tuple(sorted(set(_differing(revision, revision.commit))))


def _differing(revision: Revision, since: str) -> Iterator[str]:
    """Of marked files the content is read by an index of its own: the repository's says that they are unchanged."""
    yield from _diff(revision, since)
    listed = _names(_git(revision.top, revision.name, "ls-files", "-v", "-z", "--full-name"))
    marked = {name: mark for mark, _, name in (line.partition(" ") for line in listed) if mark not in _UNMARKED}
    if not marked:
        return
    with tempfile.TemporaryDirectory(prefix="weighbridge-index-", ignore_cleanup_errors=True) as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        _git(revision.top, revision.name, "read-tree", since, more=own)
        for name in _diff(revision, since, own):
            # A sparse work tree lacks files; what it has of them counts.
            if name in marked and (marked[name] not in _SPARSE or os.path.lexists(revision.top / name)):
                yield name


def _diff(revision: Revision, since: str, more: Mapping[str, str] | None = None) -> Iterator[str]:
    options = ("--name-only", "--no-renames", "--no-ext-diff", "-z", since, "--")
    yield from _names(_git(revision.top, revision.name, "diff", *options, more=more))


def _names(separated: str) -> Iterator[str]:
    yield from (name for name in separated.split("\0") if name)


def _refuse_large(revision: Revision) -> None:
    listed = _git(revision.top, revision.name, "ls-tree", "-r", "-l", "-z", "--full-tree", revision.commit)
    sizes = [line.split("\t", 1)[0].split()[-1] for line in listed.split("\0") if line]
    total = sum(int(size) for size in sizes if size.isdecimal())  # "-" is a submodule, which stays an empty folder
    if len(sizes) > MOST_FILES or total > MOST_BYTES:
        raise RevisionError(
            f"{revision} has {len(sizes):,} files of {total // 1_000_000:,} MB together; to compare with, at most "
            f"{MOST_FILES:,} files of {MOST_BYTES // 1_000_000:,} MB are checked out"
        )


def _git(folder: Path, name: str, *arguments: str, more: Mapping[str, str] | None = None) -> str:
    """What git prints. Raises `RevisionError` with its own words."""
    program = shutil.which("git")
    if program is None:
        raise RevisionError(f"there is no git here to read {name} with: install it, or leave the revision out")
    # Inside a hook these name another repository or index than the folder's.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key == "GIT_SSH_COMMAND"}
    try:
        done = subprocess.run(
            [program, "-C", str(folder), *arguments],
            env={**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", **(more or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise RevisionError(f"git {arguments[0]} of {name} did not end within {_SECONDS} s") from None
    except OSError as error:
        raise RevisionError(f"git can't be run in {folder}: {error.strerror}") from error
    if done.returncode:
        raise RevisionError(_why(folder, done.stderr.decode(errors="replace"), arguments))
    return os.fsdecode(done.stdout)


def _why(folder: Path, words: str, arguments: Sequence[str]) -> str:
    if "not a git repository" in words:
        return f"{folder} is in no git repository, so there is no revision to compare with"
    line = next(iter(words.strip().splitlines()), "no reason was given")
    return f"git {arguments[0]} failed in {folder}: {line}"
