"""`weighbridge signals …`: what is watched, and whether the alerts do what they are for. Nothing is decided here."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import OVER, Root, StackArgument, StackOption
from weighbridge.errors import OK

if TYPE_CHECKING:
    from weighbridge.signals.subjects import Subject
    from weighbridge.signals.watched import WatchedSignal
    from weighbridge.spec.root import Spec

signals_app = typer.Typer(
    help="What is watched of a stack, and the unit tests of its alerts.", no_args_is_help=True, rich_markup_mode=None
)
signals_app.callback()(terminal.root_of_group)


class ListFormat(StrEnum):
    """Formats of the coverage matrix."""

    TEXT = "text"
    JSON = "json"


@signals_app.command("list", epilog="Example: weighbridge signals list prod")
def list_(
    stack: StackArgument = None,
    format_: Annotated[ListFormat, typer.Option("--format", help="Format of the matrix.")] = ListFormat.TEXT,
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Show what must be watched of each endpoint and pipeline, and what watches it; blind spots first."""
    from weighbridge.render.signals import json as signals_json
    from weighbridge.render.signals import text as signals_text
    from weighbridge.signals.coverage import coverage
    from weighbridge.signals.watched import watched

    with terminal.problems_reported():
        stack, spec = _read(stack, named, root)
        subjects = _subjects(spec)
        exempt = spec.monitoring.exempt if spec.monitoring is not None else ()
        cells = coverage(subjects, watched(subjects), exempt, terminal.now().date())
        if format_ is ListFormat.JSON:
            terminal.put(signals_json.render(stack, cells))
        else:
            terminal.put(signals_text.matrix(stack, cells, terminal.style()))


@signals_app.command("test", epilog="Example: weighbridge signals test -s prod --keep out/alerts")
def run_tests(
    stack: StackArgument = None,
    keep: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option(help="Write promtool's files to a folder and keep them.", metavar="DIR"),
    ] = None,
    promtool: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="The program. Left out: the one on the PATH.", metavar="FILE"),
    ] = None,
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Run unit tests of every alert of a stack, derived from its spec, with Prometheus' promtool.

    Exit code 0 all pass, 1 some fail, 2 usage, 3 there is no promtool.
    """
    import tempfile

    with terminal.problems_reported():
        stack, spec = _read(stack, named, root)
        program = _program(promtool)
        with tempfile.TemporaryDirectory(prefix="weighbridge-") as folder:
            code = _test(spec, stack, keep or Path(folder), program, kept=keep is not None)
    raise typer.Exit(code)


@signals_app.command(epilog="Example: weighbridge signals lint -s prod")
def lint(stack: StackArgument = None, named: StackOption = None, root: Root = None) -> None:
    """Check every alert's expression for what Google's dialect of PromQL refuses. Exit code 0 good, 1 not."""
    from weighbridge.render.signals import text as signals_text
    from weighbridge.signals.emitters import lint_of, unknown_of
    from weighbridge.signals.watched import watched

    with terminal.problems_reported():
        stack, spec = _read(stack, named, root)
        signals = watched(_subjects(spec))
        found = [(key, str(flaw)) for key, flaw in lint_of(spec, signals)]
        found += [(key, f"nothing exposes {name}") for key, name in unknown_of(spec, signals)]
        terminal.put(signals_text.lint(stack, sum(len(signal.conditions) for signal in signals), found))
    raise typer.Exit(OVER if found else OK)


def _test(spec: Spec, stack: str, folder: Path, program: Path | None, *, kept: bool) -> int:
    from weighbridge.render.signals import text as signals_text
    from weighbridge.signals import promtool
    from weighbridge.signals.cases import cases_of_spec
    from weighbridge.signals.watched import watched

    signals = watched(_subjects(spec))
    with terminal.writing(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        files = [file for cases in cases_of_spec(spec, signals) for file in promtool.write(cases, folder)]
    if kept:
        tell(f"wrote {folder}\n")
    count = sum(file.count for file in files)
    if program is None:
        raise promtool.NotRun(f"there is no promtool, so {count} cases were not run")
    verdicts = promtool.run(program, files)
    terminal.put(signals_text.verdicts(stack, _untestable(signals), verdicts, terminal.style()))
    return OK if all(verdict.passed for verdict in verdicts) else OVER


def _untestable(signals: tuple[WatchedSignal, ...]) -> tuple[str, ...]:
    return tuple(signal.key for signal in signals if not any(condition.expression for condition in signal.conditions))


def _program(given: Path | None) -> Path | None:
    from shutil import which

    if given is not None:
        if not given.is_file():
            terminal.wrong(f"--promtool {given}: there is no such file")
        return given
    found = which("promtool")
    return Path(found) if found else None


def _read(stack: str | None, named: str | None, root: Path | None) -> tuple[str, Spec]:
    from weighbridge.stacks.load import read_spec

    project = terminal.root_of(root)
    found = terminal.stack_named(project, stack, named)
    return found, read_spec(terminal.spec_file(project, found))


def _subjects(spec: Spec) -> tuple[Subject, ...]:
    from weighbridge.catalog import load
    from weighbridge.signals.quota_words import quota_lists
    from weighbridge.signals.subjects import subjects

    return subjects(spec, quota_lists(spec, load()))
