"""Which stacks a folder has, by the names of its files alone: a command that only names stacks reads no spec."""

from __future__ import annotations

from pathlib import Path

from weighbridge.files.problem import FileError, FolderError, Problem

QUOTA = "quota.yaml"
SETTINGS_PREFIX = "Pulumi."
"""Pulumi's own settings live in the same folder."""


def stack_names(stacks: Path) -> tuple[str, ...]:
    """The stacks of a folder, sorted. Raises `FolderError`."""
    return tuple(file.stem for file in stack_files(stacks)[0])


def stack_files(stacks: Path) -> tuple[list[Path], list[FileError]]:
    """The specs of a folder, by name, and what is wrong with the folder. Raises `FolderError`."""
    try:
        found = sorted(path for path in stacks.iterdir() if path.suffix in (".yaml", ".yml") and path.stem[:1] != ".")
    except OSError as error:
        message = f"can't be read: {error.strerror}. It should hold one spec per environment, and {QUOTA}"
        raise FolderError([FileError(stacks, [Problem((), message)])]) from None
    # A spec that is passed over silently is demand that nobody counts.
    wrong = [
        FileError(path, [Problem((), f"rename it to {path.stem}.yaml: only .yaml files are read as specs")])
        for path in found
        if path.suffix == ".yml" and not path.name.startswith(SETTINGS_PREFIX)
    ]
    return [path for path in found if is_spec(path)], wrong


def is_spec(path: Path) -> bool:
    """Whether a file in the folder of specs is one by its name."""
    return (
        path.suffix == ".yaml"
        and path.name != QUOTA
        and path.stem[:1] != "."
        and not path.name.startswith(SETTINGS_PREFIX)
    )
