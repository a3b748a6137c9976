"""One preview: specs and settings are read, program and pack run, and what they say is judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from weighbridge.catalog import load as load_catalog
from weighbridge.claims.opening import is_folder_of_project, read_claims
from weighbridge.files.problem import FileError, FolderError
from weighbridge.files.project import Project, read_project
from weighbridge.host import (
    HostError,
    Outcome,
    Pack,
    read_stack_config,
    refuse_other_languages,
)
from weighbridge.host import preview as run_host
from weighbridge.preview.base_revision import BaseRun, prepare
from weighbridge.preview.concealed import concealed_graph
from weighbridge.preview.judge import judge
from weighbridge.preview.locate import Locator
from weighbridge.preview.result import (
    AskedPolicy,
    LocatedViolation,
    Location,
    NotJudged,
    PreviewResult,
    PreviewVerdict,
)
from weighbridge.preview.revision import checked_out, find_revision
from weighbridge.preview.started import Request, Started, UsageError
from weighbridge.preview.state import StackState, check_belongs, read_state
from weighbridge.resources.graph import Graph, Resource
from weighbridge.spec.root import Spec
from weighbridge.spelling import no_such_stack
from weighbridge.stacks.load import Folder, read_folder
from weighbridge.stacks.pack_project import pack_of

WRONG_SPEC = "wrong-spec"
"""In place of a policy's name, where no policy was asked."""

MOST_DETAIL_LINES = 60

Progress: TypeAlias = Callable[[str], None]


def run_preview(request: Request, now: datetime, on_progress: Progress | None = None) -> PreviewResult:
    """Previews one stack. Raises `UsageError`, `StateError`, and the errors of reading the stacks folder."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "specs"):
        started = _start(request, now)
    base: BaseRun | NotJudged | None = None
    if request.base is not None:
        with _timed(seconds, "base"):
            base = _run_base(request, request.base, started, on_progress)
    if isinstance(base, NotJudged):
        return started.not_judged(base, seconds)
    try:
        with _timed(seconds, "program and pack"):
            outcome = _host(started, on_progress)
    except HostError as error:
        return started.not_judged(NotJudged(error.reason, _tail(error.detail)), seconds)
    with _timed(seconds, "report"):
        return judge(started, outcome, _ordered(outcome.graph), seconds, base)[0]


def wrong_spec(request: Request, error: FileError | FolderError, now: datetime) -> PreviewResult:
    """The result of what people wrote wrongly, so that a report of it takes the place of an older, better one."""
    errors = error.errors if isinstance(error, FolderError) else (error,)
    found = [
        LocatedViolation(
            policy=WRONG_SPEC,
            level="mandatory",
            message=f"{problem.location}: {problem.message}" if problem.path else problem.message,
            urn="",
            resource="",
            location=Location(Locator(one.file, request.root).file, problem.line or 1, problem.column or 1),
            path=problem.path,
        )
        for one in errors
        for problem in one.problems
    ]
    closing = (error.closing,) if isinstance(error, FolderError) and error.closing else ()
    return PreviewResult(
        stack=request.stack, project="", region="", owner="", production=False, at=now, unread=closing,
        spec_file=found[0].location.file if found else "", verdict=PreviewVerdict.WRONG_SPEC, violations=tuple(found),
        rules=(AskedPolicy(WRONG_SPEC, "Specs and the quota file are right.", "mandatory", "Mend what it names."),),
    )  # fmt: skip


def run_program(request: Request, now: datetime, on_progress: Progress | None = None) -> Graph:
    """What a stack's program registers, judged by nobody; no secret is in it in the clear. Raises as `run_preview`."""
    started = _start(request, now)
    refuse_other_languages(started.project, request.stack)
    outcome = run_host(started.program, None, request.timeouts, on_progress, None)
    graph: Graph = outcome.mask.over(concealed_graph(_ordered(outcome.graph)))
    return graph


def _start(request: Request, now: datetime) -> Started:
    project = read_project(request.program or request.root)
    home = project if request.program is None else read_project(request.root)
    config = read_stack_config(project, request.stack)
    catalog = load_catalog()
    folder = read_folder(home.stacks, catalog, request.stack, request.cache)
    spec = _spec(folder, request)
    state, claims = _state(request, project), read_claims(folder.quota, home.folder)
    return Started(request, project, home, config, folder, spec, state, catalog, now, claims)


def _run_base(request: Request, name: str, head: Started, on_progress: Progress | None) -> BaseRun | NotJudged:
    """The same stack as a revision has it; or why it can't be run. Raises `RevisionError`."""
    revision = find_revision(request.root, name)
    if request.program is not None and not request.program.is_relative_to(revision.top):
        raise UsageError(f"--base {name}: {request.program} is not in the repository {revision.top}")
    with checked_out(revision) as tree:
        root = tree / request.root.resolve().relative_to(revision.top.resolve())
        program = tree / request.program.relative_to(revision.top) if request.program is not None else None
        absent = BaseRun(revision, Graph(head.project.name, request.stack))
        there = Request(request.stack, root, None, program, None, request.timeouts, None, None, detailed=True)
        try:
            if program is None and _has_no_spec(root, request.stack):
                return absent
            pack = prepare(root, request.pack or pack_of(request.root))
            _link_claims(root, head)
            started = _start(replace(there, pack=pack), head.now)
            outcome = _host(started, None if on_progress is None else lambda text: on_progress(f"{name}: {text}"))
        except (FileError, FolderError, UsageError) as error:
            lines = [line.replace(f"{root}/", "") for line in str(error).splitlines()]
            return NotJudged(f"the base {revision} can't be run: {lines[0]}", "\n".join(lines[1:]))
        except HostError as error:
            reason, detail = (text.replace(f"{root}", name) for text in (error.reason, _tail(error.detail)))
            return NotJudged(f"the base {revision} can't be run: {reason}", detail)
        graph = _ordered(outcome.graph)
        result, ledger = judge(started, outcome, graph, {})
        concealed: Graph = concealed_graph(graph)
        return BaseRun(revision, concealed, outcome.mask, result, ledger)


def _link_claims(root: Path, head: Started) -> None:
    """A store that lies in the working tree is in no revision: the base is judged beside the same claims."""
    stated = head.folder.quota.claims
    if stated is not None and is_folder_of_project(stated.store) and not (root / stated.store).exists():
        (root / stated.store).parent.mkdir(parents=True, exist_ok=True)
        (root / stated.store).symlink_to(head.home.folder.absolute() / stated.store, target_is_directory=True)


def _has_no_spec(root: Path, stack: str) -> bool:
    """Whether a project is there, and the stack is not. Raises `FileError`."""
    stacks = read_project(root).stacks
    return stacks.is_dir() and not (stacks / f"{stack}.yaml").exists()


def _spec(folder: Folder, request: Request) -> Spec | None:
    spec = folder.specs.get(request.stack)
    if spec is None and request.program is None:
        raise UsageError(no_such_stack(request.stack, folder.specs))
    return spec


def _state(request: Request, project: Project) -> StackState | None:
    if request.against is None:
        return None
    state = read_state(request.against)
    check_belongs(request.against, state, project.name, request.stack)
    return state


def _host(started: Started, on_progress: Progress | None) -> Outcome:
    request = started.request
    refuse_other_languages(started.project, request.stack)
    pack = Pack(request.pack or pack_of(request.root))
    before = started.state.inputs if started.state is not None else None
    return run_host(started.program, pack, request.timeouts, on_progress, before)


def _ordered(graph: Graph) -> Graph:
    """Resources of one parent register in any order; a report is to be the same each time. Sources stay first."""
    left = sorted(graph.resources, key=lambda resource: resource.urn)
    placed: dict[str, None] = {}
    known = set(graph.by_urn)
    while left:
        ready = [resource for resource in left if all(urn in placed or urn not in known for urn in _sources(resource))]
        for resource in ready or left[:1]:  # a circle can't be, but must not hang
            placed[resource.urn] = None
        left = [resource for resource in left if resource.urn not in placed]
    return Graph(graph.project, graph.stack, tuple(graph.by_urn[urn] for urn in placed))


def _sources(resource: Resource) -> Iterator[str]:
    return (urn for urn in (resource.parent, resource.provider, *resource.dependencies) if urn)


def _tail(text: str) -> str:
    lines = text.strip().splitlines()
    return "\n".join(lines[-MOST_DETAIL_LINES:])


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[part] = time.perf_counter() - start
