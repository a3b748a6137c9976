"""`weighbridge rollout …`: reads and edits the rollout in the spec. Nothing is decided here."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.terminal import Root, Stack
from weighbridge.errors import BLOCKED, COULD_NOT_JUDGE, OK

if TYPE_CHECKING:
    from weighbridge.spec.endpoint import Endpoint
    from weighbridge.spec.root import Spec

rollout_app = typer.Typer(
    help="Read and edit the rollout of an endpoint in its spec.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="The endpoint.", metavar="ENDPOINT")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the change, write nothing.")]


class CheckFormat(StrEnum):
    """Formats of a check."""

    TEXT = "text"
    JSON = "json"


@rollout_app.command(epilog="Example: weighbridge rollout status ranker -s prod")
def status(endpoint: Name, stack: Stack, root: Root = None) -> None:
    """Show who takes which share, the next step and what it waits for."""
    from weighbridge.render.rollout.text import render

    with terminal.problems_reported():
        _, _, _, found = _read(endpoint, stack, root)
        terminal.put(render(endpoint, found, terminal.now()))


@rollout_app.command(epilog='Example: weighbridge rollout approve ranker -s prod --reason "errors and p99 as in v7"')
def approve(
    endpoint: Name,
    stack: Stack,
    reason: Annotated[str, typer.Option(help="Why the step is safe.", metavar="TEXT")],
    by: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Option(help="Who approves. Left out: git's user.email.", metavar="EMAIL"),
    ] = None,
    step: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The step. Left out: the next one.", metavar="PERCENT"),
    ] = None,
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Record an approval of the next step. Exit code 0 written, 1 a policy would block it, 2 usage."""
    from pydantic import ValidationError

    from weighbridge.files.model_problems import problems_of
    from weighbridge.rollouts import change as rollout_change
    from weighbridge.rollouts.weights import ALL, next_step
    from weighbridge.spec.rollout import Approval
    from weighbridge.units import percent

    def change(spec: Spec, found: Endpoint, now: datetime) -> Endpoint:
        following = next_step(found.rollout) if found.rollout else None
        given = {
            "step": step if step is not None else percent(following or ALL),
            "by": by or _git_email(),
            "at": now,
            "reason": reason,
        }
        try:
            approval = Approval.model_validate(given)
        except ValidationError as error:
            wrong = problems_of(error, Approval, given)[0]
            terminal.wrong(f"--{wrong.path[0]}: {wrong.message}")
        return rollout_change.approve(endpoint, found, approval, spec.owner, production=spec.production)

    _edit(endpoint, stack, root, change, dry_run=dry_run)


@rollout_app.command(epilog="Example: weighbridge rollout advance ranker -s prod")
def advance(endpoint: Name, stack: Stack, *, dry_run: DryRun = False, root: Root = None) -> None:
    """Take the next step; at 100% make the candidate stable. Exit code 0 written, 1 a policy would block it."""
    from weighbridge.rollouts import change as rollout_change

    def change(spec: Spec, found: Endpoint, now: datetime) -> Endpoint:
        return rollout_change.advance(endpoint, found, spec.owner, now, production=spec.production)

    _edit(endpoint, stack, root, change, dry_run=dry_run)


@rollout_app.command(epilog='Example: weighbridge rollout rollback ranker -s prod --reason "p99 doubled"')
def rollback(
    endpoint: Name,
    stack: Stack,
    reason: Annotated[str, typer.Option(help="Why.", metavar="TEXT")] = "rolled back by hand",
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Give stable all traffic, whatever the state; a second time, remove the candidate."""
    from weighbridge.rollouts import change as rollout_change

    def change(_spec: Spec, found: Endpoint, now: datetime) -> Endpoint:
        return rollout_change.rollback(endpoint, found, now, reason)

    _edit(endpoint, stack, root, change, dry_run=dry_run)


@rollout_app.command(epilog="Example: PROMETHEUS_URL=http://127.0.0.1:9090 weighbridge rollout check ranker -s prod")
def check(
    endpoint: Name,
    stack: Stack,
    window: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Option(
            help="How far back to look, from 10m to 7d. Left out: 1h, or 6h where the server exposes quantiles only.",
            metavar="DURATION",
        ),
    ] = None,
    format_: Annotated[CheckFormat, typer.Option("--format", help="Format of the report.")] = CheckFormat.TEXT,
    output: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option("-o", "--output", help="Write the report to a file.", metavar="FILE"),
    ] = None,
    root: Root = None,
) -> None:
    """Compare candidate and stable by what a Prometheus server knows of them.

    PROMETHEUS_URL is its address, such as http://127.0.0.1:9090 or
    https://monitoring.googleapis.com/v1/projects/P/location/global/prometheus; PROMETHEUS_TOKEN its bearer token.

    Exit code 0 the candidate is as good, 1 it is worse, 2 spec or usage wrong, 3 not enough data or no answer.
    """
    from weighbridge.canary_analysis import check as rollout_check
    from weighbridge.canary_analysis.samples import gather, window_for
    from weighbridge.prometheus import Prometheus
    from weighbridge.render.rollout_check import json as rollout_check_json
    from weighbridge.render.rollout_check import text as rollout_check_text

    with terminal.problems_reported("check"):
        _, _, spec, found = _read(endpoint, stack, root)
        span = _window(window) if window is not None else window_for(endpoint, found)
        if found.rollout is None or found.rollout.rolled_back is not None:
            how = "has no rollout" if found.rollout is None else "is rolled back"
            terminal.wrong(f"{endpoint} {how} in {stack}: there is no candidate to check")
        url = os.environ.get("PROMETHEUS_URL", "").strip()
        if not url:
            terminal.wrong(
                "PROMETHEUS_URL isn't set: the address of a Prometheus server, such as http://127.0.0.1:9090"
            )
        with Prometheus(url, os.environ.get("PROMETHEUS_TOKEN", "").strip() or None) as server:
            samples = gather(server, endpoint, found, spec.environment, span, terminal.now())
        result = rollout_check.check(endpoint, found, spec.environment, samples)
        render = rollout_check_json.render if format_ is CheckFormat.JSON else rollout_check_text.render
        terminal.deliver(render(result), output)
    codes = {rollout_check.CheckVerdict.PASS: OK, rollout_check.CheckVerdict.FAIL: BLOCKED}
    raise typer.Exit(codes.get(result.verdict, COULD_NOT_JUDGE))


def _window(text: str) -> timedelta:
    from pydantic_core import PydanticCustomError

    from weighbridge.canary_analysis.samples import LONGEST, SHORTEST
    from weighbridge.units import format_duration, parse_duration

    try:
        span = parse_duration(text)
    except PydanticCustomError as error:
        terminal.wrong(f"--window: {error.message()}, got {text!r}")
    if not SHORTEST <= span <= LONGEST:
        terminal.wrong(f"--window: expected {format_duration(SHORTEST)} to {format_duration(LONGEST)}, got {text!r}")
    return span


def _edit(
    name: str, stack: str, root: Path | None, change: Callable[[Spec, Endpoint, datetime], Endpoint], *, dry_run: bool
) -> None:
    from difflib import unified_diff

    from weighbridge.conventions import deploy_command
    from weighbridge.files.whole_file import write_whole
    from weighbridge.stacks.rollout_edit import rewrite

    with terminal.problems_reported():
        file, text, spec, found = _read(name, stack, root)
        changed = change(spec, found, terminal.now().replace(microsecond=0))
        edited = rewrite(text, file, name, changed)
        shown = terminal.relative(str(file))
        lines = unified_diff(text.splitlines(keepends=True), edited.splitlines(keepends=True), shown, shown, n=1)
        terminal.put("".join(lines))
        if dry_run:
            terminal.put("\nnothing was written (--dry-run)\n")
            return
        with terminal.writing(shown):
            write_whole(file, edited)
        terminal.put(f"\nNext: weighbridge preview {stack}, commit, and after review: {deploy_command(stack)}\n")


def _read(name: str, stack: str, root: Path | None) -> tuple[Path, str, Spec, Endpoint]:
    from weighbridge.spelling import did_you_mean
    from weighbridge.stacks.load import parse_spec, read_stack_text

    file = terminal.stacks_folder(terminal.root_of(root)) / f"{stack}.yaml"
    text = read_stack_text(file)
    spec = parse_spec(text, file)
    if name not in spec.endpoints:
        known = ", ".join(spec.endpoints) or "none"
        mean = did_you_mean(name, spec.endpoints)
        terminal.wrong(f"{stack} has no endpoint {name!r}; its endpoints: {known}.{mean}")
    return file, text, spec, spec.endpoints[name]


def _git_email() -> str:
    try:
        asked = subprocess.run(["git", "config", "user.email"], capture_output=True, text=True, check=False, timeout=10)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        asked = None
    email = asked.stdout.strip() if asked else ""
    if not email:
        terminal.wrong("git has no user.email here: say who approves with --by")
    return email
