"""Reads the files that people write: specs and the quota file. Nothing else reads them.

A file is either good, as a frozen model, or a `FileError` says everything that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from weighbridge.catalog import Catalog
from weighbridge.catalog import load as load_catalog
from weighbridge.checks import quota_declarations
from weighbridge.checks import quota_file as quota_file_checks
from weighbridge.checks import spec as spec_checks
from weighbridge.checks.endpoint import check_hostnames
from weighbridge.files.model_problems import shown
from weighbridge.files.problem import FileError, FolderError, Problem
from weighbridge.files.reading import located, parse_model, read_text, refuse
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec
from weighbridge.spelling import did_you_mean

QUOTA = "quota.yaml"
_OTHERS = "Pulumi."
"""Pulumi's own settings live in the same folder."""


@dataclass(frozen=True, slots=True)
class Folder:
    """All that stacks share and all stacks; `specs` by stack, which is the file's stem."""

    quota: QuotaFile
    specs: Mapping[str, Spec]


def read_spec(path: Path, catalog: Catalog | None = None) -> Spec:
    """The spec in a file. Raises `FileError`."""
    return parse_spec(read_stack_text(path), path, catalog)


def parse_spec(text: str, file: Path, catalog: Catalog | None = None) -> Spec:
    """The spec in a text; `file` is where it comes from. Raises `FileError`."""
    spec = parse_model(text, file, Spec)
    problems = list(spec_checks.check(spec, catalog or load_catalog()))
    if spec.environment != file.stem:
        problems.append(
            Problem(
                ("environment",),
                f"expected {shown(file.stem)}, the file's name, got {shown(spec.environment)}. Rename one of the two",
            )
        )
    refuse(problems, text, file)
    return spec


def parse_quota(text: str, file: Path, catalog: Catalog | None = None) -> QuotaFile:
    """The quota file in a text. Raises `FileError`."""
    quota = parse_model(text, file, QuotaFile)
    catalog = catalog or load_catalog()
    problems = [*quota_file_checks.check(quota, catalog), *quota_declarations.check(quota, catalog)]
    if quota.exemptions:
        from weighbridge.rules.registry import EXEMPTIBLE  # heavy, and most files have none

        problems += quota_declarations.check_exemptions(quota, EXEMPTIBLE, catalog)
    refuse(problems, text, file)
    return quota


def read_folder(stacks: Path, catalog: Catalog | None = None) -> Folder:
    """The quota file and every spec of a folder. Raises `FolderError`, which has the problems of all files."""
    catalog = catalog or load_catalog()
    files, errors = _files(stacks)
    specs: dict[str, Spec] = {}
    texts: dict[str, str] = {}
    quota: QuotaFile | None = None
    try:
        texts[QUOTA] = read_stack_text(stacks / QUOTA)
        quota = parse_quota(texts[QUOTA], stacks / QUOTA, catalog)
    except FileError as error:
        errors.append(error)
    for file in files:
        try:
            texts[file.stem] = read_stack_text(file)
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
    """What is wrong between files that are right each for itself, such as two stacks of one hostname."""
    problems = [*quota_file_checks.check_shares(quota, stems), *quota_declarations.check_stacks(quota, stems)]
    if problems:
        yield FileError(stacks / QUOTA, located(problems, texts[QUOTA]))
    hosts: dict[str, str] = {}
    for stack, spec in specs.items():
        problems = [*quota_file_checks.check_project(quota, spec), *check_hostnames(stack, spec, hosts)]
        if problems:
            yield FileError(stacks / f"{stack}.yaml", located(problems, texts[stack]))


def _files(stacks: Path) -> tuple[list[Path], list[FileError]]:
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
        if path.suffix == ".yml" and not path.name.startswith(_OTHERS)
    ]
    specs = [path for path in found if path.suffix == ".yaml" and path.name != QUOTA]
    return [path for path in specs if not path.name.startswith(_OTHERS)], wrong


def read_stack_text(path: Path) -> str:
    """The text of a stack's spec or of the quota file; where there is none, the stacks that are. Raises `FileError`."""
    return read_text(path, _neighbours)


def _neighbours(path: Path) -> str:
    if path.name == QUOTA:
        return ": it holds the limits that all stacks share"
    try:
        stacks = [file.stem for file in _files(path.parent)[0]]
    except FolderError:
        return ""
    return f". Stacks in {path.parent}: {', '.join(stacks)}.{did_you_mean(path.stem, stacks)}" if stacks else ""
