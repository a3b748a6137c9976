"""`weighbridge plan`: what workloads need. Nothing is decided here."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from weighbridge.cli import terminal


class PlanFormat(StrEnum):
    """Formats of a plan."""

    TEXT = "text"
    JSON = "json"


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
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the file instead.")] = False,  # noqa: FBT002
) -> None:
    """Say how many replicas on which accelerators serve workloads within their objectives, and what that rests on.

    Exit code 0 planned, 1 no option meets an objective, 2 file or usage wrong, 3 nobody measured what would tell.
    """
    if schema:
        from weighbridge.spec.schema import schema_text, workloads_schema

        terminal.put(schema_text(workloads_schema()))
        return
    if workloads is None:
        terminal.wrong("name the file to plan, as in `weighbridge plan workloads.yaml`")
    with terminal.problems_reported("plan"):
        from weighbridge.planner.plan import plan_file
        from weighbridge.render.plan import json as plan_json
        from weighbridge.render.plan import text as plan_text
        from weighbridge.render.style import Style

        with terminal.progress() as show:
            result = plan_file(workloads, show)
        if format_ is PlanFormat.JSON:
            terminal.deliver(plan_json.render(result), output)
        else:
            style = terminal.style() if output is None else Style(whole=True)
            terminal.deliver(plan_text.render(result, style), output)
    raise typer.Exit(result.exit_code)
