"""`weighbridge validate`: specs and the quota file, by the names of stacks or by paths. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from weighbridge.cli import terminal
from weighbridge.cli.stderr_text import fitted_to
from weighbridge.cli.terminal import Root


def validate(
    stacks: Annotated[
        list[str] | None,
        typer.Argument(
            help="Stacks to check, or paths of files that say something of them. Left out: all.",
            metavar="[STACK]...",
            autocompletion=terminal.stacks_to_complete,
        ),
    ] = None,
    root: Root = None,
) -> None:
    """Check specs and the quota file, and whether `rollout` can edit them. Exit code 0 good, 2 wrong.

    A path of a spec checks that one, in the project that it lies in; the quota file or Pulumi.yaml checks all.
    """
    with terminal.problems_reported():
        for project, named in _projects(stacks or (), root).items():
            _validate(project, named)


def _projects(given: Sequence[str], root: Path | None) -> Mapping[Path, Sequence[str]]:
    """The stacks to check in each project; none: all of them."""
    if not given:
        return {terminal.root_of(root): ()}
    found: dict[Path, list[str]] = {}
    everything: set[Path] = set()
    for text in given:
        project = _project_of(text, root)
        names = found.setdefault(project, [])
        if _concerns_all(text, project):
            everything.add(project)
        else:
            names.append(terminal.stack_of(project, text))
    return {project: () if project in everything else names for project, names in found.items()}


def _project_of(given: str, root: Path | None) -> Path:
    from weighbridge.files.project import nearest_project_file

    if root is None and terminal.is_path(given):
        file = nearest_project_file(Path(given).resolve().parent)
        if file is not None:
            return file.parent
    return terminal.root_of(root)


def _concerns_all(given: str, project: Path) -> bool:
    from weighbridge.files.project import project_file
    from weighbridge.stacks.names import QUOTA, SETTINGS_PREFIX

    path = Path(given).resolve()
    if not terminal.is_path(given):
        return False
    if path.parent == terminal.stacks_folder(project).resolve() and path.name == QUOTA:
        return True
    return path == project_file(project) or path.name.startswith(SETTINGS_PREFIX)


def _validate(project: Path, named: Iterable[str]) -> None:
    from weighbridge.stacks.load import read_stack_text
    from weighbridge.stacks.rollout_edit import not_editable

    stacks_folder = terminal.stacks_folder(project)
    folder = terminal.read_stacks(project)
    names = sorted(set(named) or folder.specs)
    unknown = [stack for stack in names if stack not in folder.specs]
    if unknown:
        terminal.no_stack(unknown[0], folder.specs)
    width = terminal.width_of_terminal()
    for stack in names:
        file = stacks_folder / f"{stack}.yaml"
        for line in not_editable(read_stack_text(file), file):
            terminal.put(fitted_to(f"{line} (advice)\n", width))
    terminal.put(fitted_to(f"{', '.join(names)} and the quota file: good\n", width))
