"""`weighbridge preview`, `report` and `render`: what a stack would be, in every format. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import Root, StackArgument, StackOption
from weighbridge.errors import OK

if TYPE_CHECKING:
    from weighbridge.files.problem import FileError, FolderError
    from weighbridge.preview.result import PreviewResult
    from weighbridge.preview.started import Request
    from weighbridge.render.style import Style

PREVIEW_EPILOG = "Example: weighbridge preview dev --base origin/main --also markdown=out/dev.md"
_ALL = "{stack}"
"""Stands for the stack's name in the name of a file, where several are previewed."""

Against = Annotated[
    Optional[Path],  # noqa: UP045 - typer evaluates it
    typer.Option(help="Output of `pulumi stack export` to compare with.", metavar="STATE.json"),
]
BaseRevision = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--base", help="A git revision to compare with; its program is run too.", metavar="REF"),
]
ProgramSeconds = Annotated[float, typer.Option(help="Seconds after which a program that hangs is ended.", min=1)]
PackSeconds = Annotated[float, typer.Option(help="Seconds after which a pack that hangs is ended.", min=1)]


class Format(StrEnum):
    """Formats of a preview."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    SARIF = "sarif"
    JUNIT = "junit"
    CODE_QUALITY = "codequality"
    JSON_LINES = "json-lines"


class ResourceFormat(StrEnum):
    """Formats of resources."""

    YAML = "yaml"
    JSON = "json"


def preview(
    stack: StackArgument = None,
    against: Against = None,
    base: BaseRevision = None,
    changed_since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only the stacks that the changes since a git revision touch.", metavar="REF"),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="Format of the report.")] = Format.TEXT,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("-o", "--output", help="Write the report to a file.", metavar="FILE"),
    ] = None,
    also: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A further format of the same run, as FORMAT=FILE; may be repeated.", metavar="FORMAT=FILE"),
    ] = None,
    program: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Another Pulumi Python program. Left out: the project's own.", metavar="DIR"),
    ] = None,
    policy_pack: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--policy-pack", help="Another policy pack. Left out: policies/.", metavar="DIR"),
    ] = None,
    program_timeout: ProgramSeconds = 300,
    pack_timeout: PackSeconds = 60,
    *,
    json_lines: Annotated[
        bool, typer.Option("--json-lines", help="The same as --format json-lines: each stack is one line of JSON.")
    ] = False,
    list_only: Annotated[
        bool, typer.Option("--list", help="Print the stacks, all or with --changed-since those, and preview none.")
    ] = False,
    deploy_order: Annotated[
        bool,
        typer.Option("--deploy-order", help="With both: in an order that frees quota before it is taken."),
    ] = False,
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Run the program and the policy pack offline; show the plan, the verdict and the quota ledger.

    Exit code 0 admitted, 1 blocked by policy, 2 spec or usage wrong, 3 could not judge; of several stacks, the worst.
    """
    kind = Format.JSON_LINES if json_lines else format_
    wanted = [*(format_and_file(text) for text in also or ()), Report(kind, output)]
    if deploy_order and not (list_only and changed_since is not None):
        terminal.wrong("--deploy-order: it orders what --changed-since and --list find, so give both")
    if list_only and changed_since is None and stack is not None:
        terminal.wrong("--list: without --changed-since it lists all stacks, so name none")
    with terminal.problems_reported():
        project = terminal.root_of(root)
        if stack is not None or named is not None:
            stack = terminal.stack_named(project, stack, named)
        stacks = _stacks(project, stack, changed_since, every=list_only)
        if deploy_order and changed_since is not None:
            stacks = _in_deploy_order(project, stacks, changed_since)
        if list_only:
            terminal.put("".join(f"{name}\n" for name in stacks))
            raise typer.Exit(OK)
        from weighbridge.host import Timeouts  # takes long enough for a Ctrl-C
        from weighbridge.preview.started import Request

        request = Request(
            stack=stack or "",
            root=project,
            against=against,
            program=program.resolve() if program else None,
            pack=policy_pack.resolve() if policy_pack else None,
            timeouts=Timeouts(program_timeout, pack_timeout),
            base=base,
        )
        if len(stacks) > 1:
            if against is not None:
                terminal.wrong(f"--against {against}: it is the state of one stack, so name that STACK")
            refuse_one_for_all(wanted)
        joint = [asked for asked in wanted if asked.joint and len(stacks) > 1]
        alone = [asked for asked in wanted if asked not in joint]
        results, all_in_files = [], all(asked.file is not None for asked in wanted)
        for name in stacks:
            results.append(_preview_one(replace(request, stack=name), alone, all_in_files=all_in_files))
            deliver_joint([asked for asked in joint if asked.streams], results[-1:])
        deliver_joint([asked for asked in joint if not asked.streams], results)
    raise typer.Exit(max((result.exit_code for result in results), default=OK))


def report(
    output: Annotated[Path, typer.Option("-o", "--output", help="The page: one file.", metavar="FILE.html")],
    stack: StackArgument = None,
    against: Against = None,
    base: BaseRevision = None,
    program_timeout: ProgramSeconds = 300,
    pack_timeout: PackSeconds = 60,
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Write a review of a stack as one page with pictures: verdict, changes, quota, cost, rollouts, what is watched.

    The page needs no network and runs no script. Exit code as of `preview`.
    """
    with terminal.problems_reported():
        from weighbridge.host import Timeouts
        from weighbridge.preview.started import Request

        timeouts = Timeouts(program_timeout, pack_timeout)
        project = terminal.root_of(root)
        request = Request(terminal.stack_named(project, stack, named), project, against, timeouts=timeouts, base=base)
        result = _preview_one(request, [Report(Format.HTML, output)], all_in_files=True)
    raise typer.Exit(result.exit_code)


def render_resources(
    stack: StackArgument = None,
    kind: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only resources of a kind, such as NodePool or Deployment, or of a whole type.", metavar="K"),
    ] = None,
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only resources of a name: the program's, or a Kubernetes object's.", metavar="N"),
    ] = None,
    format_: Annotated[ResourceFormat, typer.Option("--format", help="Format.")] = ResourceFormat.YAML,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("-o", "--output", help="Write to a file.", metavar="FILE"),
    ] = None,
    program_timeout: ProgramSeconds = 300,
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Show every resource of a stack with its inputs, as the program registers them; judged by nobody.

    Kubernetes objects are as kubectl takes them. What only the update will know is marked, and secrets are not shown.
    Exit code 0 done, 2 spec or usage wrong, 3 the program can't be run.
    """
    with terminal.problems_reported():
        from weighbridge.host import HostError, Timeouts
        from weighbridge.preview.run import run_program
        from weighbridge.preview.selection import select
        from weighbridge.preview.started import Request

        project = terminal.root_of(root)
        stack = terminal.stack_named(project, stack, named)
        request = Request(stack, project, timeouts=Timeouts(program_seconds=program_timeout))
        try:
            with terminal.progress() as show:
                graph = run_program(request, terminal.now(), show)
        except HostError as error:
            tell("".join(f"  {line}\n" for line in error.detail.splitlines()))
            raise
        resources = select(graph, kind, name)
        if format_ is ResourceFormat.JSON:
            from weighbridge.render.resources import json as as_json

            terminal.deliver(as_json.render(resources), output)
        else:
            from weighbridge.render.resources import yaml as as_yaml

            terminal.deliver(as_yaml.render(resources), output)


@dataclass(frozen=True, slots=True)
class Report:
    """A format, and the file that it goes to; None: standard output."""

    kind: Format
    file: Path | None

    @property
    def joint(self) -> bool:
        """Whether several stacks go into one: comments do, as a pull request has one, and lines."""
        return self.kind in (Format.MARKDOWN, Format.JSON_LINES) and _ALL not in str(self.file)

    @property
    def streams(self) -> bool:
        """Whether each stack is printed as soon as it is known."""
        return self.kind is Format.JSON_LINES and self.file is None

    def of(self, stack: str) -> Path | None:
        """The file of one stack."""
        return None if self.file is None else Path(str(self.file).replace(_ALL, stack))


def _preview_one(request: Request, wanted: Sequence[Report], *, all_in_files: bool) -> PreviewResult:
    """Previews one stack and delivers every report, what is printed last. A wrong spec is reported too.

    Where all reports are in files, the verdict is printed all the same.
    """
    from weighbridge.files.problem import FileError, FolderError
    from weighbridge.preview.run import run_preview, wrong_spec

    detailed = any(asked.kind is Format.HTML for asked in wanted)
    request = replace(request, cache=terminal.spec_cache(request.root), detailed=detailed)
    wrong: FileError | FolderError | None = None
    try:
        with terminal.progress() as show:
            result = run_preview(request, terminal.now(), show)
    except (FileError, FolderError) as error:
        wrong, result = error, wrong_spec(request, error, terminal.now())
    for asked in sorted(wanted, key=lambda asked: asked.file is None):
        if wrong is None or asked.kind is not Format.TEXT:
            style = terminal.style() if asked.file is None else plain_style()
            terminal.deliver(renderer(asked.kind, style)(result), asked.of(request.stack))
    if wrong is None and all_in_files:
        from weighbridge.render.preview.text import render_verdict

        terminal.put(render_verdict(result, terminal.style()))
    if wrong is not None:
        tell("".join(f"{terminal.relative(line)}\n" for line in wrong.lines()))
    return result


def _in_deploy_order(root: Path, stacks: Sequence[str], since: str) -> Sequence[str]:
    """The stacks, those that free quota first; says where no order does for all."""
    from weighbridge.catalog import load as load_catalog
    from weighbridge.files.problem import FileError, FolderError
    from weighbridge.files.project import read_project
    from weighbridge.preview.deploy_order import deploy_order
    from weighbridge.preview.revision import checked_out, find_revision
    from weighbridge.quota.demand import demand_of_stacks
    from weighbridge.stacks.load import read_folder

    catalog, folder = load_catalog(), terminal.read_stacks(root)
    after = demand_of_stacks(folder.demands, folder.quota, catalog)
    revision = find_revision(root, since)
    with checked_out(revision) as top:
        try:
            base = read_folder(read_project(top / root.resolve().relative_to(revision.top.resolve())).stacks)
            before = demand_of_stacks(base.demands, base.quota, catalog)
        except (FileError, FolderError) as error:
            tell(f"{revision} can't be read, so no stack is known to free quota: {error.lines()[0]}\n")
            before = {}
        order = deploy_order(stacks, before, after, (name for name in stacks if folder.specs[name].production))
    if order.circle:
        names = ", ".join(order.circle)
        tell(f"each frees quota that another takes: {names}; deploy what they free in a change of its own before\n")
    return order.stacks


def _stacks(root: Path, stack: str | None, changed_since: str | None, *, every: bool = False) -> Sequence[str]:
    """The stacks to preview; says why none is, where none is."""
    from weighbridge.files.project import read_project
    from weighbridge.stacks.names import stack_names

    if changed_since is None:
        if stack is None and every:
            return sorted(stack_names(read_project(root).stacks))
        if stack is None:
            terminal.wrong("name a STACK, or a revision with --changed-since")
        return (stack,)
    from weighbridge.preview.revision import changed_files, find_revision
    from weighbridge.preview.touched import touched

    project = read_project(root)
    known = stack_names(project.stacks)
    if stack is not None and stack not in known:
        terminal.no_stack(stack, known)
    revision = find_revision(root, changed_since)
    changed = changed_files(revision)
    found = touched(project, revision.top, changed.files, known, changed.untracked)
    if found.gone:
        tell(f"gone since {revision}: {', '.join(found.gone)}; take a stack down before its spec goes\n")
    named = [name for name in found.stacks if stack in (None, name)]
    if not named:
        tell(f"nothing since {revision} touches {stack or 'any stack'}\n")
    elif stack is None:
        tell(f"touched since {revision}, as {found.why}: {', '.join(named)}\n")
    return named


def deliver_joint(wanted: Iterable[Report], results: Sequence[PreviewResult]) -> None:
    """Writes what several stacks share."""
    for asked in wanted:
        if asked.kind is Format.MARKDOWN:
            from weighbridge.render.preview.markdown import render_all

            terminal.deliver(render_all(results), asked.file)
        else:
            from weighbridge.render.preview.json import render_line

            terminal.deliver("".join(map(render_line, results)), asked.file)


def refuse_one_for_all(wanted: Iterable[Report]) -> None:
    """Ends the command where several stacks would go into one report that has room for one."""
    for asked in wanted:
        if asked.joint:
            continue
        if asked.file is None and asked.kind is not Format.TEXT:
            terminal.wrong(f"--format {asked.kind}: several stacks don't fit into one: write files, -o out/{_ALL}.FILE")
        if asked.file is not None and _ALL not in str(asked.file):
            terminal.wrong(f"{asked.file}: several stacks would overwrite it: put {_ALL} into its name")


def format_and_file(text: str) -> Report:
    """What `--also` asks for; ends the command where it is no FORMAT=FILE."""
    kind, separator, file = text.partition("=")
    if not separator or not file or kind not in list(Format):
        terminal.wrong(f"--also {text}: expected FORMAT=FILE, where FORMAT is one of {', '.join(Format)}")
    return Report(Format(kind), Path(file))


def renderer(kind: Format, style: Style) -> Callable[[PreviewResult], str]:
    """What makes a report of a result; `style` is for text."""
    match kind:
        case Format.JSON:
            from weighbridge.render.preview.json import render
        case Format.MARKDOWN:
            from weighbridge.render.preview.markdown import render
        case Format.HTML:
            from weighbridge.render.preview.html import render
        case Format.SARIF:
            from weighbridge.render.preview.sarif import render
        case Format.JUNIT:
            from weighbridge.render.preview.junit import render
        case Format.CODE_QUALITY:
            from weighbridge.render.preview.codequality import render
        case Format.JSON_LINES:
            from weighbridge.render.preview.json import render_line as render
        case Format.TEXT:
            from weighbridge.render.preview import text as as_text

            return lambda result: as_text.render(result, style)
    return render


def plain_style() -> Style:
    """How text in a file is: without colour."""
    from weighbridge.render.style import Style

    return Style(whole=True)
