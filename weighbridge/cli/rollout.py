"""`weighbridge rollout …`: reads and edits the rollout in the spec. Nothing is decided here."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.spec_change import DryRun, write_changed
from weighbridge.cli.statement import By, statement
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import Root, Stack
from weighbridge.errors import BLOCKED, COULD_NOT_JUDGE, OK

if TYPE_CHECKING:
    from weighbridge.rollouts.authority import Authority
    from weighbridge.spec.endpoint import Endpoint
    from weighbridge.spec.root import Spec

rollout_app = typer.Typer(
    help="Read and edit the rollout of an endpoint in its spec.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="The endpoint.", metavar="ENDPOINT")]

rollout_app.callback()(terminal.root_of_group)


class CheckFormat(StrEnum):
    """Formats of a check."""

    TEXT = "text"
    JSON = "json"


@rollout_app.command(epilog="Example: weighbridge rollout status ranker -s prod")
def status(endpoint: Name, stack: Stack, root: Root = None) -> None:
    """Show who takes which share, the next step and what it waits for."""
    from weighbridge.render.rollout.text import render

    with terminal.problems_reported():
        file, _, spec, found = _read(endpoint, stack, root)
        terminal.put(render(endpoint, found, _authority(spec, file), terminal.now()))


@rollout_app.command("list", epilog="Example: weighbridge rollout list")
def list_rollouts(root: Root = None) -> None:
    """List the rollouts of all stacks that are going on: stack, endpoint, and what is next."""
    from weighbridge.preview.review import rollouts_of
    from weighbridge.render.rollout.text import render_all

    with terminal.problems_reported():
        folder, now = terminal.read_stacks(terminal.root_of(root)), terminal.now()
        going = [
            (stack, view)
            for stack, spec in sorted(folder.specs.items())
            for view in rollouts_of(spec, folder.quota, now)
            if view.candidate and not view.rolled_back
        ]
        terminal.put(render_all(going))
        if not going:
            tell("no rollout is going on\n")  # a script that reads the list has nothing to read


@rollout_app.command(epilog='Example: weighbridge rollout accept ranker -s prod --reason "serves since May"')
def accept(
    endpoint: Name,
    stack: Stack,
    reason: Annotated[str, typer.Option(help="Why it may take traffic.", metavar="TEXT")],
    by: By = None,
    version: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer evaluates it
        typer.Option(help="The version; may be repeated. Left out: all that nobody has accepted.", metavar="NAME"),
    ] = None,
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Record what a version is, and that it may take traffic: first versions and new candidates.

    A version that is changed afterwards no longer fits its record, and is blocked on production.
    Exit code 0 written, or nobody is missing; 1 a policy would block it, or the named version is accepted; 2 usage.
    """
    from weighbridge.rollouts import change as rollout_change
    from weighbridge.spec.rollout import Binding

    def change(authority: Authority, found: Endpoint, now: datetime) -> Endpoint:
        versions = tuple(version or rollout_change.unaccepted(endpoint, found, authority))
        return rollout_change.accept(endpoint, found, versions, statement(Binding, by, now, reason), authority)

    _edit(endpoint, stack, root, change, dry_run=dry_run)


@rollout_app.command(epilog='Example: weighbridge rollout approve ranker -s prod --reason "errors and p99 as in v7"')
def approve(
    endpoint: Name,
    stack: Stack,
    reason: Annotated[str, typer.Option(help="Why the step is safe.", metavar="TEXT")],
    by: By = None,
    step: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The step. Left out: the next one.", metavar="PERCENT"),
    ] = None,
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Record an approval of the next step, for the candidate as it is now.

    Where approvals of before don't say what they approved, or are by somebody who may not approve any more, it confirms
    those for the candidate as it is, and approves no step. Exit code 0 written, 1 a policy would block it, 2 usage.
    """
    from weighbridge.rollouts import change as rollout_change
    from weighbridge.rollouts.weights import ALL, next_step
    from weighbridge.spec.rollout import Approval, Binding
    from weighbridge.units import percent

    def change(authority: Authority, found: Endpoint, now: datetime) -> Endpoint:
        if (old := rollout_change.unbound(endpoint, found, authority)) and found.rollout is not None:
            changed = rollout_change.bind(endpoint, found, statement(Binding, by, now, reason), authority)
            shown = ", ".join(percent(approval.step) for approval in old)
            terminal.put(
                f"approvals confirmed for {found.rollout.candidate} as it is now: {shown}; no further step approved\n"
            )
            return changed
        following = next_step(found.rollout) if found.rollout else None
        shown = step if step is not None else percent(following or ALL)
        approval = statement(Approval, by, now, reason, step=shown)
        return rollout_change.approve(endpoint, found, approval, authority)

    _edit(endpoint, stack, root, change, dry_run=dry_run)


@rollout_app.command(epilog="Example: weighbridge rollout advance ranker -s prod")
def advance(endpoint: Name, stack: Stack, *, dry_run: DryRun = False, root: Root = None) -> None:
    """Take the next step; at 100% make the candidate stable. Exit code 0 written, 1 a policy would block it."""
    from weighbridge.rollouts import change as rollout_change

    def change(authority: Authority, found: Endpoint, now: datetime) -> Endpoint:
        return rollout_change.advance(endpoint, found, authority, now)

    _edit(endpoint, stack, root, change, dry_run=dry_run)


@rollout_app.command(epilog='Example: weighbridge rollout rollback ranker -s prod --reason "p99 doubled"')
def rollback(
    endpoint: Name,
    stack: Stack,
    reason: Annotated[str, typer.Option(help="Why.", metavar="TEXT")] = "rolled back by hand",
    *,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take a candidate that is rolled back out of the spec.")
    ] = False,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Give stable all traffic, whatever the state; with --remove, take the candidate out that has none.

    Exit code 0 written, 1 there is nothing to roll back, 2 usage.
    """
    from weighbridge.rollouts import change as rollout_change

    def change(authority: Authority, found: Endpoint, now: datetime) -> Endpoint:
        return rollout_change.rollback(endpoint, found, authority, now, reason, remove=remove)

    _edit(endpoint, stack, root, change, dry_run=dry_run, needs_quota=False)


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
        file, _, spec, found = _read(endpoint, stack, root)
        stack = file.stem
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
            samples = gather(server, endpoint, found, spec.cluster_name, span, terminal.now())
        result = rollout_check.check(endpoint, found, spec.environment, samples, spec.cluster_name)
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
    name: str,
    stack: str,
    root: Path | None,
    change: Callable[[Authority, Endpoint, datetime], Endpoint],
    *,
    dry_run: bool,
    needs_quota: bool = True,
) -> None:
    """`needs_quota`: whether who may decide matters, which a rollback must never wait for."""
    from weighbridge.conventions import deploy_command
    from weighbridge.rollouts.authority import Authority
    from weighbridge.rollouts.change import advice
    from weighbridge.stacks.rollout_edit import rewrite

    with terminal.problems_reported():
        file, text, spec, found = _read(name, stack, root)
        stack = file.stem
        authority = _authority(spec, file) if needs_quota else Authority.of(spec, None)
        changed = change(authority, found, terminal.now().replace(microsecond=0))
        if changed == found:
            terminal.put(f"nothing to do: every version of {name} in {stack} is accepted as it is\n")
            return
        edited = rewrite(text, file, name, changed)
        following = f"weighbridge preview {stack}, commit, and after review: {deploy_command(stack)}"
        write_changed(file, text, edited, following, dry_run=dry_run)
        for message in advice(name, changed, authority, terminal.now()) if needs_quota else ():
            terminal.put(f"\nAdvice: {message}\n")


def _authority(spec: Spec, file: Path) -> Authority:
    """Who decides about a stack, by its spec in `file` and the quota file beside it."""
    from weighbridge.rollouts.authority import Authority
    from weighbridge.stacks.load import parse_quota, read_stack_text
    from weighbridge.stacks.names import QUOTA

    shared = file.with_name(QUOTA)
    return Authority.of(spec, parse_quota(read_stack_text(shared), shared))


def _read(name: str, stack: str, root: Path | None) -> tuple[Path, str, Spec, Endpoint]:
    from weighbridge.spelling import did_you_mean
    from weighbridge.stacks.load import parse_spec, read_stack_text

    file = terminal.spec_file(terminal.root_of(root), stack)
    text = read_stack_text(file)
    spec = parse_spec(text, file)
    if name not in spec.endpoints:
        known = ", ".join(spec.endpoints) or "none"
        mean = did_you_mean(name, spec.endpoints)
        terminal.wrong(f"{file.stem} has no endpoint {name!r}; its endpoints: {known}.{mean}")
    return file, text, spec, spec.endpoints[name]
