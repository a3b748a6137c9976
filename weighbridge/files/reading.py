"""Reads any file that people write, YAML or JSON: its text, and its model or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from weighbridge.files import yaml_text as yaml
from weighbridge.files.model_problems import problems_of, shown
from weighbridge.files.problem import FileError, KeyPath, Problem

_Model = TypeVar("_Model", bound=BaseModel)


def _no_hint(_: Path) -> str:
    return ""


def read_text(path: Path, hint: Callable[[Path], str] = _no_hint) -> str:
    """The text of a file that a person wrote, line ends as they are; `hint` is added where there is none.

    Raises `FileError`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(yaml.MOST_BYTES + 1)
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise FileError(path, [Problem((), f"there is no such file{hint(path)}")]) from None
    except IsADirectoryError:
        raise FileError(path, [Problem((), "this is a folder, not a file")]) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = "not UTF-8 text: save the file with that encoding"
        raise FileError(path, [Problem((), message, line=line, column=column)]) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise FileError(path, [Problem((), f"can't be read: {reason}")]) from None


def parse_model(text: str, file: Path, model: type[_Model]) -> _Model:
    """A text by its model; `file` is where it comes from. Raises `FileError`."""
    try:
        document = yaml.parse(text)
    except yaml.NotYaml as error:
        raise FileError(file, [error.problem]) from error
    problems = list(document.problems)
    if not isinstance(document.value, dict):
        if not problems:
            message = f"expected a mapping with keys such as `version: 1`, got {shown(document.value)}"
            problems.append(Problem((), message, line=1, column=1))
        raise FileError(file, problems)
    try:
        made = model.model_validate(document.value)
    except ValidationError as error:
        known = {problem.path for problem in problems}
        problems += [
            problem
            for problem in problems_of(error, model, document.value)
            if not any(problem.path[:length] in known for length in range(1, len(problem.path) + 1))
        ]
    refuse(problems, text, file)
    return made


def refuse(problems: Iterable[Problem], text: str, file: Path) -> None:
    """Raises `FileError` with the problems, if there are any, each with line and column of its path in the text."""
    found = list(problems)
    if found:
        raise FileError(file, located(found, text))


def located(problems: Iterable[Problem], text: str) -> list[Problem]:
    """The problems with line and column, in the order of the file."""
    positions = yaml.positions(text)
    found = []
    for problem in problems:
        if problem.line is None:
            line, column = _position(positions, problem.path, on_key=problem.on_key)
            found.append(replace(problem, line=line, column=column))
        else:
            found.append(problem)
    return sorted(found, key=lambda problem: (problem.line or 0, problem.column or 0))


def _position(positions: yaml.Positions, path: KeyPath, *, on_key: bool) -> tuple[int, int]:
    if (path, on_key) in positions:
        return positions[path, on_key]
    for length in range(len(path) - 1, 0, -1):  # what is missing, or behind an alias, is shown at what should hold it
        for key in (True, False):
            if (path[:length], key) in positions:
                return positions[path[:length], key]
    return 1, 1
