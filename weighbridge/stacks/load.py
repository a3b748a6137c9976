"""Reads the files that people write: specs and the quota file. Nothing else reads them.

A file is either good, as a frozen model, or a `FileError` says everything that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from weighbridge.catalog import Catalog
from weighbridge.catalog import load as load_catalog
from weighbridge.checks import quota_declarations
from weighbridge.checks import quota_file as quota_file_checks
from weighbridge.checks import spec as spec_checks
from weighbridge.checks.dns import check_created_zones
from weighbridge.checks.endpoint import check_hostnames, check_kept_hostnames
from weighbridge.checks.existing_cluster import check_joined_clusters
from weighbridge.files.model_problems import listed, shown
from weighbridge.files.problem import FileError, FolderError, Problem
from weighbridge.files.reading import located, parse_model, read_text, refuse
from weighbridge.quota.demand import spec_demand, what_counts
from weighbridge.quota.ledger import StackDemand, SummedDemand
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.spec.root import Spec
from weighbridge.spelling import did_you_mean
from weighbridge.stacks.bounded import bounded, owner_of
from weighbridge.stacks.names import QUOTA, stack_files
from weighbridge.stacks.spec_cache import SpecCache, SpecFacts
from weighbridge.stacks.when_asked import WhenAsked


@dataclass(frozen=True, slots=True)
class Folder:
    """All that stacks share and all stacks; `specs` and what each draws by stack, which is the file's stem."""

    quota: QuotaFile
    specs: Mapping[str, Spec]
    demands: Mapping[str, StackDemand]
    bounded: Mapping[str, FileError]
    """Other stacks than the judged one whose specs are wrong, with what is: `demands` has what they draw at most."""


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


def read_stack(stacks: Path, stack: str, catalog: Catalog | None = None) -> tuple[Spec, QuotaFile]:
    """A stack's spec and the quota file beside it. Raises `FileError`."""
    spec = read_spec(stacks / f"{stack}.yaml", catalog)
    return spec, parse_quota(read_stack_text(stacks / QUOTA), stacks / QUOTA, catalog)


def read_folder(
    stacks: Path, catalog: Catalog | None = None, judged: str | None = None, cache: SpecCache | None = None
) -> Folder:
    """The quota file and every spec of a folder. Raises `FolderError`, which has the problems of all files.

    Where one stack is `judged`, another's wrong spec is no error as long as what it draws has a bound. A good spec that
    the cache knows is parsed only when somebody asks for it, or for its claims.
    """
    catalog = catalog or load_catalog()
    files, errors = stack_files(stacks)
    texts: dict[str, str] = {}
    try:
        texts[QUOTA] = read_stack_text(stacks / QUOTA)
        quota = parse_quota(texts[QUOTA], stacks / QUOTA, catalog)
    except FileError as error:
        raise FolderError([*errors, error, *_wrong(files, judged, catalog)]) from error
    counted = what_counts(quota)
    stems = [file.stem for file in files]
    at_most: dict[str, Spec] = {}
    specs = WhenAsked(stems, lambda stack: parse_spec(texts[stack], stacks / f"{stack}.yaml", catalog))
    demands = WhenAsked(stems, lambda stack: spec_demand(at_most.get(stack) or specs[stack], counted, catalog))
    # What is known is known of the catalog that is installed, and of no other.
    known = cache.of(stacks, counted) if cache is not None and catalog is load_catalog() else None
    good: dict[str, SpecFacts] = {}
    wrong: dict[str, FileError] = {}
    for file in files:
        stack = file.stem
        try:
            texts[stack] = read_stack_text(file)
            found = known.get(stack, texts[stack]) if known is not None else None
            good[stack] = found or SpecFacts.of(specs[stack], demands[stack])
        except FileError as error:
            bound = _bound(error, texts.get(stack), judged, catalog)
            if bound is None:
                errors.append(error)
            else:
                at_most[stack], wrong[stack] = bound, error
    if known is not None:
        known.save({(stack, texts[stack]): found for stack, found in good.items()})
    facts = {**good, **{stack: SpecFacts.of(spec, demands[stack]) for stack, spec in at_most.items()}}
    errors += _across(stacks, quota, facts, texts, stems, judged, wrong)
    if errors:
        raise FolderError(errors, _at_fault(errors, texts, judged) if judged in good else "")
    summed = {
        stack: SummedDemand(found.drawn, found.doubts, partial(demands.__getitem__, stack))
        for stack, found in facts.items()
    }
    return Folder(quota, WhenAsked(good, specs.__getitem__), summed, wrong)


def _bound(error: FileError, text: str | None, judged: str | None, catalog: Catalog) -> Spec | None:
    """What the stack of a wrong spec draws at most, where another is judged and that can be told."""
    stack = error.file.stem
    if text is None or judged in (None, stack):
        return None
    return bounded(text, stack, error.problems, catalog)


def _wrong(files: Iterable[Path], judged: str | None, catalog: Catalog) -> Iterator[FileError]:
    """What is wrong with specs whatever the quota file says."""
    for file in files:
        text = None
        try:
            text = read_stack_text(file)
            parse_spec(text, file, catalog)
        except FileError as error:
            if _bound(error, text, judged, catalog) is None:
                yield error


def _across(
    stacks: Path, quota: QuotaFile, facts: Mapping[str, SpecFacts], texts: Mapping[str, str], stems: Sequence[str],
    judged: str | None, wrong: Container[str],
) -> Iterable[FileError]:  # fmt: skip
    """What is wrong between files that are right each for itself; where one stack is judged, no clash of two others."""
    problems = [*quota_file_checks.check_shares(quota, stems), *quota_declarations.check_stacks(quota, stems)]
    if problems:
        yield FileError(stacks / QUOTA, located(problems, texts[QUOTA]))
    production = [stack for stack, listed in (quota.stacks or {}).items() if listed.production]
    hosts: dict[str, str] = {}
    zones: dict[str, str] = {}
    for stack, found in facts.items():
        problems = quota_file_checks.check_project(quota, found.project)
        if stack not in wrong:
            taken = {host: of for host, of in hosts.items() if judged in (None, stack, of)}
            problems += check_hostnames(stack, found.hostnames, taken)
            problems += check_kept_hostnames(stack, found.hostnames, quota)
            hosts.update(taken)
            made = {zone: of for zone, of in zones.items() if judged in (None, stack, of)}
            problems += check_created_zones(stack, found.zones, made)
            zones.update(made)
        if found.joins:
            related = ((other, of.cluster) for other, of in facts.items() if other != stack)
            others = [(other, path) for other, path in related if judged in (None, stack, other)]
            problems += check_joined_clusters(stack, found.cluster, others, production)
        if problems:
            yield FileError(stacks / f"{stack}.yaml", located(problems, texts[stack]))


def _at_fault(errors: Sequence[FileError], texts: Mapping[str, str], judged: str | None) -> str:
    """Why a stack that is good itself can't be judged, and who is to do what. Empty where the quota file is wrong."""
    wrong = {error.file.stem: error.file for error in errors}
    if judged in wrong or any(file.name == QUOTA for file in wrong.values()):
        return ""
    owners = {stack: owner_of(texts[stack]) for stack in wrong if stack in texts}
    whose = listed(f"{stack} ({owner})" if (owner := owners.get(stack)) else stack for stack in wrong)
    files = listed(file.name for file in wrong.values())
    return (
        f"The spec of {judged} is good. It can't be judged, as it shares limits with {whose}, and nobody can tell from "
        f"{files} how much that draws: mend it, or go back to its last good version."
    )


def read_stack_text(path: Path) -> str:
    """The text of a stack's spec or of the quota file; where there is none, the stacks that are. Raises `FileError`."""
    return read_text(path, _neighbours)


def _neighbours(path: Path) -> str:
    if path.name == QUOTA:
        return ": it holds the limits that all stacks share"
    try:
        stacks = [file.stem for file in stack_files(path.parent)[0]]
    except FolderError:
        return ""
    return f". Stacks in {path.parent}: {', '.join(stacks)}.{did_you_mean(path.stem, stacks)}" if stacks else ""
