"""The one reader of Pulumi.yaml: the project's name and program, and where the files of its stacks lie.

What is Pulumi's is read as Pulumi reads it: the file is Pulumi.json, Pulumi.yaml or Pulumi.yml, the first that there
is; `stackConfigDir` is joined to the file's folder, even if it begins with a slash, and may lead out of it; a text
under `config` is its old name; without one, the settings of a stack lie beside the file, and end as it does.

What is ours: the specs and the shared quota file lie in `stackConfigDir`, and where none is named, in `stacks` beside
Pulumi.yaml. Nowhere else is looked: a folder that is not there is an error, never a reason to read another one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from weighbridge.files.model_problems import few, shown
from weighbridge.files.problem import FileError, Problem
from weighbridge.files.reading import read_text, refuse
from weighbridge.files.yaml_text import LOADER, Plain
from weighbridge.files.yaml_words import explain
from weighbridge.spelling import did_you_mean

NAMES = ("Pulumi.json", "Pulumi.yaml", "Pulumi.yml")  # in Pulumi's order
STACKS = "stacks"
"""Folder of the specs where the project names none."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its file describes it."""

    file: Path
    name: str
    runtime: str  # the language
    main: str  # folder of the program, below the file's
    stacks: Path  # folder of the specs and of the shared quota file
    settings: Path  # folder of the stacks' settings
    config: Mapping[str, Plain]  # settings of every stack, as they are written

    @property
    def folder(self) -> Path:
        """Holds the project's file; everything in that is relative to it."""
        return self.file.parent

    def settings_file(self, stack: str) -> Path:
        """Pulumi's settings of a stack, whether there are any or not."""
        return self.settings / f"Pulumi.{stack}{self.file.suffix}"


def project_file(folder: Path) -> Path | None:
    """The project's file in a folder."""
    return next((file for file in (folder / name for name in NAMES) if _is_file(file)), None)


def nearest_project_file(start: Path) -> Path | None:
    """The project's file in a folder or in the nearest one above it."""
    return next((file for file in map(project_file, (start, *start.parents)) if file is not None), None)


def read_project(folder: Path) -> Project:
    """The project whose file lies in a folder. Raises `FileError`."""
    file = project_file(folder)
    if file is None:
        message = f"{_lacking(folder)}. Name a folder that holds a Pulumi project{_siblings(folder)}"
        raise FileError(folder, [Problem((), message)])
    text = read_text(file)
    content = parse_settings(text, file)
    if not content:
        raise FileError(file, [Problem((), "the file is empty")])
    refuse(_problems(content), text, file)
    runtime, config = content["runtime"], content.get("config")
    named = str(content.get("stackConfigDir") or (config if isinstance(config, str) else ""))
    return Project(
        file=file,
        name=str(content["name"]),
        runtime=str(runtime["name"] if isinstance(runtime, dict) else runtime),
        main=str(content.get("main") or "."),
        stacks=_joined(folder, named or STACKS),
        settings=_joined(folder, named),
        config=config if isinstance(config, dict) else {},
    )


def parse_settings(text: str, file: Path) -> dict[str, Plain]:
    """The mapping in one of Pulumi's own files, empty if it is; they may hold YAML that a spec may not.

    Raises `FileError`.
    """
    try:
        content = json.loads(text) if file.suffix == ".json" else yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe one
    except json.JSONDecodeError as error:
        problem = Problem((), f"not valid JSON: {error.msg}", line=error.lineno, column=error.colno)
        raise FileError(file, [problem]) from error
    except (yaml.YAMLError, UnicodeEncodeError, RecursionError, ValueError) as error:
        raise FileError(file, [explain(error, text)]) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise FileError(file, [Problem((), f"expected a mapping, got {shown(content)}", line=1, column=1)])
    return {str(key): value for key, value in content.items()}


def _problems(content: Mapping[str, Plain]) -> Iterator[Problem]:
    yield from _text_problems(content, "name", "a name, such as `name: ml-platform`")
    runtime = content.get("runtime")
    expected = "a language, such as `runtime: python`"
    if isinstance(runtime, dict):
        yield from _text_problems(runtime, "name", expected, "runtime")
    else:
        yield from _text_problems(content, "runtime", expected)
    config = content.get("config")
    if isinstance(config, str) and content.get("stackConfigDir"):
        yield Problem(("config",), "names a folder, as `stackConfigDir` does: keep `stackConfigDir` only")
    if not isinstance(config, str | dict | None):
        yield Problem(("config",), f"expected a mapping, got {shown(config)}")
    for key in ("main", "stackConfigDir"):
        if not isinstance(content.get(key), str | None):
            yield Problem((key,), f"expected the path of a folder, got {shown(content[key])}")


def _text_problems(given: Mapping[str, Plain], key: str, expected: str, *above: str) -> Iterator[Problem]:
    value = given.get(key)
    if value is None:
        yield Problem((*above, key), f"missing. Add {expected}")
    elif not isinstance(value, str) or not value:
        yield Problem((*above, key), f"expected {expected}, got {shown(value)}")


def _joined(folder: Path, below: str) -> Path:
    """As Go joins paths: what comes second never replaces the first, and `..` goes by the names as they are written."""
    return Path(os.path.normpath(f"{folder}{os.sep}{below}"))


def _lacking(folder: Path) -> str:
    if folder_exists(folder):
        return f"there is no {' and no '.join(NAMES)} in it, so it holds no Pulumi project"
    return "it is a file, not a folder" if _is_file(folder) else "there is no such folder"


def _siblings(folder: Path) -> str:
    """The projects beside a folder, as what may have been meant."""
    try:
        found = sorted(child.name for child in folder.parent.iterdir() if project_file(child) is not None)
    except OSError:
        return ""
    return f"; in {folder.parent}: {few(found)}.{did_you_mean(folder.name, found)}" if found else ""


def folder_exists(folder: Path) -> bool:
    """Whether a folder is there and may be looked at."""
    try:
        return folder.is_dir()
    except (OSError, ValueError):
        return False


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (
        OSError,
        ValueError,
    ):  # may not be looked at, or can't be a path: as for Pulumi, nothing is there
        return False
