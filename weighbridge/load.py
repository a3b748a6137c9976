"""Reads the files that people write: specs and the quota file. Nothing else reads them.

A file is either good, as a frozen model, or a `FileError` says everything that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from weighbridge import quota_file_checks, spec_checks
from weighbridge import yaml_text as yaml
from weighbridge.catalog import Catalog
from weighbridge.catalog import load as load_catalog
from weighbridge.endpoint_checks import check_hostnames
from weighbridge.model_problems import did_you_mean, problems_of, shown
from weighbridge.problem import FileError, FolderError, KeyPath, Problem
from weighbridge.quota_file import QuotaFile
from weighbridge.spec import Spec

__all__ = [
    "FileError",
    "Folder",
    "FolderError",
    "parse_model",
    "parse_quota",
    "parse_spec",
    "read_folder",
    "read_quota",
    "read_spec",
    "read_text",
    "refuse",
]

QUOTA = "quota.yaml"
_OTHERS = "Pulumi."
"""Pulumi's own settings live in the same folder."""

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Folder:
    """All that stacks share and all stacks; `specs` by stack, which is the file's stem."""

    quota: QuotaFile
    specs: Mapping[str, Spec]


def read_spec(path: Path, catalog: Catalog | None = None) -> Spec:
    """The spec in a file. Raises `FileError`."""
    return parse_spec(read_text(path), path, catalog)


def read_quota(path: Path, catalog: Catalog | None = None) -> QuotaFile:
    """The quota file. Raises `FileError`."""
    return parse_quota(read_text(path), path, catalog)


def parse_spec(text: str, file: Path, catalog: Catalog | None = None) -> Spec:
    """The spec in a text; `file` is where it comes from. Raises `FileError`."""
    spec = _model(text, file, Spec)
    problems = list(spec_checks.check(spec, catalog or load_catalog()))
    if spec.environment != file.stem:
        problems.append(
            Problem(
                ("environment",),
                f"expected {shown(file.stem)}, the file's name, got {shown(spec.environment)}. Rename one of the two",
            )
        )
    _raise_if_any(problems, text, file)
    return spec


def parse_quota(text: str, file: Path, catalog: Catalog | None = None) -> QuotaFile:
    """The quota file in a text. Raises `FileError`."""
    quota = _model(text, file, QuotaFile)
    _raise_if_any(quota_file_checks.check(quota, catalog or load_catalog()), text, file)
    return quota


def parse_model(text: str, file: Path, model: type[_Model]) -> _Model:
    """A text of another file that people may write, YAML or JSON, by its model. Raises `FileError`."""
    return _model(text, file, model)


def refuse(problems: Iterable[Problem], text: str, file: Path) -> None:
    """Raises `FileError` with the problems, if there are any, each with line and column of its path in the text."""
    _raise_if_any(problems, text, file)


def read_folder(stacks: Path, catalog: Catalog | None = None) -> Folder:
    """The quota file and every spec of a folder. Raises `FolderError`, which has the problems of all files."""
    catalog = catalog or load_catalog()
    files, errors = _files(stacks)
    specs: dict[str, Spec] = {}
    texts: dict[str, str] = {}
    quota: QuotaFile | None = None
    try:
        texts[QUOTA] = read_text(stacks / QUOTA)
        quota = parse_quota(texts[QUOTA], stacks / QUOTA, catalog)
    except FileError as error:
        errors.append(error)
    for file in files:
        try:
            texts[file.stem] = read_text(file)
            specs[file.stem] = parse_spec(texts[file.stem], file, catalog)
        except FileError as error:
            errors.append(error)
    if quota is not None:
        errors += _across(stacks, quota, specs, texts, stems=[file.stem for file in files])
    if errors or quota is None:
        raise FolderError(errors)
    return Folder(quota, specs)


def _across(
    stacks: Path, quota: QuotaFile, specs: Mapping[str, Spec], texts: Mapping[str, str], stems: Sequence[str]
) -> Iterable[FileError]:
    """Problems between files."""
    problems = quota_file_checks.check_shares(quota, stems)
    if problems:
        yield FileError(stacks / QUOTA, _placed(problems, texts[QUOTA]))
    hosts: dict[str, str] = {}
    for stack, spec in specs.items():
        problems = [*quota_file_checks.check_project(quota, spec), *check_hostnames(stack, spec, hosts)]
        if problems:
            yield FileError(stacks / f"{stack}.yaml", _placed(problems, texts[stack]))


def _files(stacks: Path) -> tuple[list[Path], list[FileError]]:
    """The specs of a folder, by name, and what is wrong with the folder. Raises `FolderError`."""
    try:
        found = sorted(path for path in stacks.iterdir() if path.suffix in (".yaml", ".yml") and path.stem[:1] != ".")
    except OSError as error:
        said = f"can't be read: {error.strerror}. It should hold one spec per environment, and {QUOTA}"
        raise FolderError([FileError(stacks, [Problem((), said)])]) from None
    # A spec that is passed over silently is demand that nobody counts.
    wrong = [
        FileError(path, [Problem((), f"rename it to {path.stem}.yaml: only .yaml files are read as specs")])
        for path in found
        if path.suffix == ".yml" and not path.name.startswith(_OTHERS)
    ]
    specs = [path for path in found if path.suffix == ".yaml" and path.name != QUOTA]
    return [path for path in specs if not path.name.startswith(_OTHERS)], wrong


def read_text(path: Path) -> str:
    """The text of a file that a person wrote, line ends as they are. Raises `FileError`."""
    try:
        with path.open("rb") as file:
            content = file.read(yaml.MOST_BYTES + 1)
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise FileError(path, [Problem((), f"there is no such file{_neighbours(path)}")]) from None
    except IsADirectoryError:
        raise FileError(path, [Problem((), "this is a folder, not a file")]) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        said = "not UTF-8 text: save the file with that encoding"
        raise FileError(path, [Problem((), said, line=line, column=column)]) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise FileError(path, [Problem((), f"can't be read: {reason}")]) from None


def _neighbours(path: Path) -> str:
    if path.name == QUOTA:
        return ": it holds the limits that all stacks share"
    try:
        stacks = [file.stem for file in _files(path.parent)[0]]
    except FolderError:
        return ""
    return f". Stacks in {path.parent}: {', '.join(stacks)}.{did_you_mean(path.stem, stacks)}" if stacks else ""


def _model(text: str, file: Path, model: type[_Model]) -> _Model:
    try:
        document = yaml.parse(text)
    except yaml.NotYaml as error:
        raise FileError(file, [error.problem]) from error
    problems = list(document.problems)
    if not isinstance(document.value, dict):
        if not problems:
            said = f"expected a mapping with keys such as `version: 1`, got {shown(document.value)}"
            problems.append(Problem((), said, line=1, column=1))
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
    _raise_if_any(problems, text, file)
    return made


def _raise_if_any(problems: Iterable[Problem], text: str, file: Path) -> None:
    found = list(problems)
    if found:
        raise FileError(file, _placed(found, text))


def _placed(problems: Iterable[Problem], text: str) -> list[Problem]:
    """The problems with line and column, in the order of the file."""
    places = yaml.places(text)

    placed = []
    for problem in problems:
        if problem.line is None:
            line, column = _position(places, problem.path, on_key=problem.on_key)
            placed.append(replace(problem, line=line, column=column))
        else:
            placed.append(problem)
    return sorted(placed, key=lambda problem: (problem.line or 0, problem.column or 0))


def _position(places: yaml.Places, path: KeyPath, *, on_key: bool) -> tuple[int, int]:
    if (path, on_key) in places:
        return places[path, on_key]
    for length in range(len(path) - 1, 0, -1):  # what is missing, or behind an alias, is shown at what should hold it
        for key in (True, False):
            if (path[:length], key) in places:
                return places[path[:length], key]
    return 1, 1
