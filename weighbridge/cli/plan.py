"""`weighbridge plan`: what workloads need. Nothing is decided here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.spec_change import DryRun
from weighbridge.cli.terminal import Root
from weighbridge.errors import BLOCKED, OK

if TYPE_CHECKING:
    from weighbridge.planner.choice.targets import StackAtHand
    from weighbridge.planner.plan import PlanResult
    from weighbridge.planner.recorded_rate import Recorder


class PlanFormat(StrEnum):
    """Formats of a plan."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def plan(
    workloads: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Argument(help="What is to be served and run.", metavar="WORKLOADS.yaml"),
    ] = None,
    format_: Annotated[PlanFormat, typer.Option("--format", help="Format of the plan.")] = PlanFormat.TEXT,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("-o", "--output", help="Write it to a file.", metavar="FILE"),
    ] = None,
    stack: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--stack",
            "-s",
            help="Choose hardware within the quota that is left for it.",
            metavar="STACK",
            autocompletion=terminal.stacks_to_complete,
        ),
    ] = None,
    apply: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--apply",
            help="Write pools and bounds into its spec, if that is admitted.",
            metavar="STACK",
            autocompletion=terminal.stacks_to_complete,
        ),
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the file instead.")] = False,  # noqa: FBT002
    *,
    request: Annotated[
        bool, typer.Option("--request", help="Write what to ask Google for into the quota file, as `quota request`.")
    ] = False,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Say how many replicas serve workloads within their objectives, and what trainings and data pipelines take.

    With a stack, or a region in the file: on which machines, for what money, within what is left of the quota.
    Which runs come together in a month is simulated. Every number says what it rests on.

    A demand of `prometheus` is asked of PROMETHEUS_URL, with PROMETHEUS_TOKEN if it needs one.
    Exit code 0 planned, 1 no option meets an objective or fits the quota, 2 file or usage wrong, 3 nobody measured
    what would tell.
    """
    if schema:
        from weighbridge.spec.schema import schema_text, workloads_schema

        terminal.put(schema_text(workloads_schema()))
        return
    if workloads is None:
        terminal.wrong("name the file to plan, as in `weighbridge plan workloads.yaml`")
    if apply is not None and stack not in (None, apply):
        terminal.wrong(f"--apply {apply} and --stack {stack}: name one stack")
    if request and (apply or stack) is None:
        terminal.wrong("--request: name the stack whose quota is meant with --stack")
    changing = f"--apply {apply}" if apply is not None else "--request" if request else None
    if changing is not None and format_ is not PlanFormat.TEXT and output is None:
        terminal.wrong(f"{changing}: it prints the change, so write the plan to a file with -o")
    if dry_run and changing is None:
        terminal.wrong("--dry-run: it shows what --apply or --request would write, so give one of them")
    stuck = False
    with terminal.problems_reported("plan"):
        from weighbridge.planner.inference_quickstart import google_profiles
        from weighbridge.planner.plan import plan_file

        at_hand = _at_hand(apply or stack, root)
        with ExitStack() as servers, terminal.progress() as show:
            profiles = google_profiles(_quickstart_here())
            result = plan_file(workloads, show, lambda: servers.enter_context(_recording()), profiles, at_hand)
        terminal.deliver(_rendered(result, format_, output), output)
        if request and at_hand is not None:
            stuck = _request(result, at_hand, terminal.root_of(root), dry_run=dry_run)
        if apply is not None:
            from weighbridge.cli.plan_apply import apply_hardware

            apply_hardware(result, apply, terminal.root_of(root), dry_run=dry_run)
    raise typer.Exit(result.exit_code or (BLOCKED if stuck else OK))


def _request(result: PlanResult, at_hand: StackAtHand, root: Path, *, dry_run: bool) -> bool:
    """Writes what the plan would have Google asked for. Returns whether nothing can be asked for some limit."""
    from weighbridge.catalog import load as load_catalog
    from weighbridge.cli.quota_request import write_requests
    from weighbridge.render.plan import text as plan_text
    from weighbridge.stacks.plan_request import quota_wanted

    if result.hardware is None:
        return False
    terminal.put(plan_text.asked(result.hardware.choice, terminal.style()))
    found = quota_wanted(result.hardware, at_hand, lambda _: at_hand.spec.owner, load_catalog())
    return bool(found) and write_requests(found, at_hand.quota, root, dry_run=dry_run)


def _at_hand(stack: str | None, root: Path | None) -> StackAtHand | None:
    """The stack that is named, with what all stacks draw and what is claimed beyond that."""
    if stack is None:
        return None
    from weighbridge.catalog import load as load_catalog
    from weighbridge.claims.held import UnreadClaims
    from weighbridge.claims.opening import read_claims
    from weighbridge.planner.choice.targets import StackAtHand
    from weighbridge.quota.demand import demand_of_stacks
    from weighbridge.rules.rule_input import Shared

    project, catalog = terminal.root_of(root), load_catalog()
    folder = terminal.read_stacks(project)
    if stack not in folder.specs:
        terminal.no_stack(stack, folder.specs)
    spec, quota = folder.specs[stack], folder.quota
    demands, claims = demand_of_stacks(folder.demands, quota, catalog), read_claims(quota, project)
    claimed = Shared.of(stack, spec, folder.demands, quota, catalog, claims).claimed(stack, demands[stack])
    unread = claims.why if isinstance(claims, UnreadClaims) else None
    return StackAtHand(stack, spec, quota, demands, terminal.now(), claimed, unread)


def _rendered(result: PlanResult, format_: PlanFormat, output: Path | None) -> str:
    match format_:
        case PlanFormat.JSON:
            from weighbridge.render.plan import json as plan_json

            return plan_json.render(result)
        case PlanFormat.HTML:
            from weighbridge.render.plan import html as plan_html

            return plan_html.render(result)
        case PlanFormat.TEXT:
            from weighbridge.render.plan import text as plan_text
            from weighbridge.render.style import Style

            return plan_text.render(result, terminal.style() if output is None else Style(whole=True))


@contextmanager
def _recording() -> Iterator[Recorder]:
    """The Prometheus server that a workload's rate is asked of. Ends the command where none is named."""
    from weighbridge.planner.recorded_rate import Recorder
    from weighbridge.prometheus import Prometheus

    url = os.environ.get("PROMETHEUS_URL", "").strip()
    if not url:
        terminal.wrong("PROMETHEUS_URL isn't set: the address of a Prometheus server, such as http://127.0.0.1:9090")
    with Prometheus(url, os.environ.get("PROMETHEUS_TOKEN", "").strip() or None) as server:
        yield Recorder(server, terminal.now())


def _quickstart_here() -> str | None:
    """A stand-in for Google's service, on this machine only: nothing but an address there is taken."""
    from weighbridge.prometheus import on_this_machine

    named = os.environ.get("GKERECOMMENDER_ENDPOINT", "").strip()
    if named and not on_this_machine(named.rpartition(":")[0]):
        terminal.wrong("GKERECOMMENDER_ENDPOINT has to be an address of this machine, such as 127.0.0.1:8080")
    return named or None
