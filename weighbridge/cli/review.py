"""`weighbridge review`: the JSON reports of previews that ran elsewhere, in any format and on their pull request."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.preview import (
    Format,
    Report,
    deliver_joint,
    format_and_file,
    plain_style,
    refuse_one_for_all,
    renderer,
)
from weighbridge.cli.stderr_text import tell

if TYPE_CHECKING:
    from weighbridge.preview.result import PreviewResult

EPILOG = "Example: weighbridge review out --format markdown -o comment.md"
MOST_REPORTS = 1000
_SHORT = 10  # characters of a commit for people
_ADDRESS = re.compile(r"https://[\w./:?=&%-]+", re.ASCII)
_FOLDER = re.compile(r"(?:[\w.-]+(?:/[\w.-]+)*)?", re.ASCII)


def review(
    reports: Annotated[
        list[Path],
        typer.Argument(help="Reports of `preview --format json`, or folders that have them.", metavar="REPORT..."),
    ],
    format_: Annotated[Format, typer.Option("--format", help="Format of the review.")] = Format.MARKDOWN,
    output: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option("-o", "--output", help="Write the review to a file.", metavar="FILE"),
    ] = None,
    also: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A further format, as FORMAT=FILE; may be repeated.", metavar="FORMAT=FILE"),
    ] = None,
    repository: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Keep the comments of a pull request of this repository on GitHub, by `gh`.", metavar="OWNER/NAME"
        ),
    ] = None,
    head: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="With --repository: the pull request's branch.", metavar="OWNER:BRANCH"),
    ] = None,
    commit: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="With --repository: the commit that was previewed, in full.", metavar="SHA"),
    ] = None,
    run: Annotated[str, typer.Option("--run", help="With --repository: where the run is shown.", metavar="URL")] = "",
    outcome: Annotated[
        str, typer.Option(help="With --repository: how the run ended; not `success`: a missing report is told.")
    ] = "success",
    folder: Annotated[
        str, typer.Option(help="With --repository: the project's folder in it. Left out: its top.", metavar="DIR")
    ] = "",
    _root: terminal.AnyRoot = None,
) -> None:
    """Write the review of previews that ran elsewhere, from their JSON; nothing is run, and nothing in it is trusted.

    With --repository it keeps one comment on the pull request and at most 10 at lines of it, instead of printing.
    Exit code 0 done, 2 a file is no report or usage wrong, 3 GitHub didn't do it.
    """
    posts = repository is not None
    wanted = [format_and_file(text) for text in also or ()]
    if not posts or output is not None:
        wanted.append(Report(format_, output))
    if posts and not (head and commit):
        terminal.wrong("--repository: say which pull request: --head OWNER:BRANCH and --commit SHA")
    with terminal.problems_reported("review"):
        from weighbridge.render.preview.reading import read_reports

        results = [result for file in _files(reports, may_be_missing=posts) for result in read_reports(file)]
        if not results and not posts:
            terminal.wrong(f"{', '.join(map(str, reports))}: no file that ends in .json or .jsonl")
        if len(results) > 1:
            refuse_one_for_all(wanted)
        for asked in wanted:
            _deliver(asked, results)
        if repository is not None and head and commit:
            _post(results, repository, head, commit, _Origin(run, outcome, folder.strip("/")))


@dataclass(frozen=True, slots=True)
class _Origin:
    """What is known of the run that the reports are from."""

    run: str
    outcome: str
    folder: str

    def __post_init__(self) -> None:
        if self.run and not _ADDRESS.fullmatch(self.run):
            terminal.wrong(f"--run {self.run}: expected an address that begins with https://")
        if not _FOLDER.fullmatch(self.folder) or ".." in self.folder:
            terminal.wrong(f"--folder {self.folder}: expected a folder of the repository, such as ml/platform")

    @property
    def mark(self) -> str:
        """How the comment begins, so that it is found again: one for each project of a repository."""
        return f"<!-- weighbridge:review {self.folder or '.'} -->"

    def footer(self, commit: str) -> str:
        """Whose word the report is."""
        link = f" · [run]({self.run})" if self.run else ""
        return f"<sub>Computed from the pull request's own code at {commit[:_SHORT]}{link}</sub>"


def _files(reports: Sequence[Path], *, may_be_missing: bool) -> Sequence[Path]:
    """The files, and those of folders by name; a folder that isn't there is one without a report, where it may be."""
    found: list[Path] = []
    for path in reports:
        if path.is_dir():
            found += sorted(file for file in path.iterdir() if file.suffix in (".json", ".jsonl") and file.is_file())
        elif path.exists() or not may_be_missing:
            found.append(path)
    if len(found) > MOST_REPORTS:
        terminal.wrong(f"{len(found):,} reports: at most {MOST_REPORTS:,} are read")
    return found


def _deliver(asked: Report, results: Sequence[PreviewResult]) -> None:
    if asked.joint and len(results) > 1:
        deliver_joint([asked], results)
        return
    for result in results:
        style = terminal.style() if asked.file is None else plain_style()
        terminal.deliver(renderer(asked.kind, style)(result), asked.of(result.stack))


def _post(results: Sequence[PreviewResult], repository: str, head: str, commit: str, origin: _Origin) -> None:
    from weighbridge.github import GitHub
    from weighbridge.render.preview.lines import line_comments

    github = GitHub(repository)
    pull = github.find(head, commit)
    if pull is None:
        tell(f"no open pull request of {head} has {commit[:_SHORT]} as its last commit: nothing is written\n")
        return
    report = _report(results, origin, repository, commit)
    body = "\n".join([origin.mark, report, "", origin.footer(commit), ""]) if report else None
    kept = github.keep(pull, origin.mark, body, line_comments(results, origin.folder))
    tell(f"pull request {pull.number}: {kept}\n")


def _report(results: Sequence[PreviewResult], origin: _Origin, repository: str, commit: str) -> str:
    """The comment's text, with links to lines of the commit; empty where no stack is touched."""
    from weighbridge.render.preview.markdown import render, render_all

    if results:
        server = os.environ.get("GITHUB_SERVER_URL") or "https://github.com"
        source = "/".join(filter(None, (server, repository, "blob", commit, origin.folder)))
        return render(results[0], source) if len(results) == 1 else render_all(results, source)
    if origin.outcome == "success":
        return ""
    return "**❓ No report**: the preview ended without one, so nothing is known of this commit; see its run"
