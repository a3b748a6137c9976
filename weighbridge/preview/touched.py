"""Which stacks a change of files touches: by their specs and settings, by the quota file, by code.

What nobody can place counts as code, and code touches every stack. Of what git doesn't track, such as a report that was
written into the folder, only what Python imports or Pulumi reads by its name is code: the rest is once it is added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from weighbridge.files.project import Project
from weighbridge.stacks.names import QUOTA

_WORDS = (".md", ".rst", ".adoc", ".svg", ".png")
_NO_CODE = ("docs", "tests", ".github", ".gitlab", ".vscode", ".idea")
_NO_CODE_FILES = (".gitignore", ".gitattributes", ".gitlab-ci.yml", ".editorconfig", "LICENSE", "CODEOWNERS", "NOTICE")
_OUTSIDE = (".py", ".toml", ".lock", ".in", ".cfg")
"""Outside of the project's folder, what a program may import, and what its packages are."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The stacks that a change touches, by name; `why` is for people, `gone` are those whose specs were removed."""

    stacks: tuple[str, ...]
    why: str
    gone: tuple[str, ...] = ()


def touched(
    project: Project,
    top: Path,
    files: Iterable[str],
    known: Sequence[str],
    untracked: Collection[str] = frozenset(),
) -> Touched:
    """The stacks of the project, of those `known`, that changed files (relative to `top`) touch.

    `untracked` are those of the files that git doesn't know.
    """
    if not project.stacks.resolve().is_relative_to(top.resolve()):
        return Touched(tuple(sorted(known)), f"{project.stacks} is outside of the repository, so any may have changed")
    inside = project.folder.resolve().relative_to(top.resolve()).as_posix()
    stacks = PurePosixPath(_below(project.stacks, top))
    settings = PurePosixPath(_below(project.settings, top))
    own: set[str] = set()
    gone: set[str] = set()
    for name in sorted(files):
        path = PurePosixPath(name)
        if path.parent == stacks and path.name == QUOTA:
            return Touched(tuple(sorted(known)), f"{name} is shared by all stacks", tuple(sorted(gone)))
        if path.parent in (stacks, settings) and path.name.startswith("Pulumi.") and path.stem != "Pulumi":
            own |= {path.stem.removeprefix("Pulumi.")} & set(known)
        elif path.parent == stacks and path.suffix == ".yaml":
            (own if path.stem in known else gone).add(path.stem)
        elif path.parent == stacks and path.suffix == ".json" and path.stem.endswith("schema"):
            continue  # for editors
        elif _is_code(path, inside) and (name not in untracked or _is_read_by_name(path)):
            return Touched(tuple(sorted(known)), f"{name} may be part of every stack's program", tuple(sorted(gone)))
    return Touched(tuple(sorted(own)), "their specs or settings changed", tuple(sorted(gone)))


def _is_code(path: PurePosixPath, inside: str) -> bool:
    if path.suffix in _WORDS or path.name in _NO_CODE_FILES or path.suffix == ".pyc":
        return False
    if inside != "." and not path.is_relative_to(inside):
        return path.suffix in _OUTSIDE or path.name.startswith("requirements")
    return (path.relative_to(inside) if inside != "." else path).parts[0] not in _NO_CODE


def _is_read_by_name(path: PurePosixPath) -> bool:
    """Whether a file is part of the program or the pack without a change of another file that names it."""
    return path.suffix in _OUTSIDE or path.name.startswith(("requirements", "Pulumi"))


def _below(folder: Path, top: Path) -> str:
    try:
        return folder.resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        return folder.as_posix()  # outside of the repository: nothing in it can be seen to change
