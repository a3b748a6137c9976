"""`weighbridge plan`: what workloads need. Nothing is decided here."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.spec_change import DryRun
from weighbridge.cli.terminal import Root

if TYPE_CHECKING:
    from weighbridge.planner.choice.targets import StackAtHand
    from weighbridge.planner.plan import PlanResult


class PlanFormat(StrEnum):
    """Formats of a plan."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def plan(
    workloads: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Argument(help="What is to be served, and how fast.", metavar="WORKLOADS.yaml"),
    ] = None,
    format_: Annotated[PlanFormat, typer.Option("--format", help="Format of the plan.")] = PlanFormat.TEXT,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("-o", "--output", help="Write it to a file.", metavar="FILE"),
    ] = None,
    stack: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--stack", "-s", help="Choose hardware within the quota that is left for it.", metavar="STACK"),
    ] = None,
    apply: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--apply", help="Write pools and bounds into its spec, if that is admitted.", metavar="STACK"),
    ] = None,
    request: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--request", help="Write the commands that ask Google for more quota.", metavar="FILE"),
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the file instead.")] = False,  # noqa: FBT002
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Say how many replicas on which accelerators serve workloads within their objectives, and what that rests on.

    With a stack, or a region in the file: on which machines, for what money, within what is left of the quota.
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
    if request is not None and (apply or stack) is None:
        terminal.wrong("--request: name the stack whose quota is meant with --stack")
    if apply is not None and format_ is not PlanFormat.TEXT and output is None:
        terminal.wrong(f"--apply {apply}: it prints the change, so write the plan to a file with -o")
    if dry_run and apply is None:
        terminal.wrong("--dry-run: it shows what --apply would write, so name a stack there")
    with terminal.problems_reported("plan"):
        from weighbridge.planner.plan import plan_file

        at_hand = _at_hand(apply or stack, root)
        with terminal.progress() as show:
            result = plan_file(workloads, show, at_hand)
        terminal.deliver(_rendered(result, format_, output), output)
        if request is not None:
            from weighbridge.render.plan import request as plan_request

            terminal.deliver(plan_request.render(result, terminal.now()), request)
        if apply is not None:
            from weighbridge.cli.plan_apply import apply_hardware

            apply_hardware(result, apply, terminal.root_of(root), dry_run=dry_run)
    raise typer.Exit(result.exit_code)


def _at_hand(stack: str | None, root: Path | None) -> StackAtHand | None:
    """The stack that is named, with what all stacks draw."""
    if stack is None:
        return None
    from weighbridge.catalog import load as load_catalog
    from weighbridge.planner.choice.targets import StackAtHand
    from weighbridge.quota.demand import demand_of_stacks

    folder = terminal.read_stacks(terminal.root_of(root))
    if stack not in folder.specs:
        terminal.no_stack(stack, folder.specs)
    demands = demand_of_stacks(folder.demands, folder.quota, load_catalog())
    return StackAtHand(stack, folder.specs[stack], folder.quota, demands, terminal.now())


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

            return plan_text.render(result, terminal.style() if output is None else Style())
