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

if TYPE_CHECKING:
    from weighbridge.planner.recorded_rate import Recorder


class PlanFormat(StrEnum):
    """Formats of a plan."""

    TEXT = "text"
    JSON = "json"


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
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the file instead.")] = False,  # noqa: FBT002
) -> None:
    """Say how many replicas serve workloads within their objectives, and what trainings and data pipelines take.

    Which of them come together in a month is simulated. Every number says what it rests on.

    A demand of `prometheus` is asked of PROMETHEUS_URL, with PROMETHEUS_TOKEN if it needs one.
    Exit code 0 planned, 1 no option meets an objective, 2 file or usage wrong, 3 nobody measured what would tell.
    """
    if schema:
        from weighbridge.spec.schema import schema_text, workloads_schema

        terminal.put(schema_text(workloads_schema()))
        return
    if workloads is None:
        terminal.wrong("name the file to plan, as in `weighbridge plan workloads.yaml`")
    with terminal.problems_reported("plan"):
        from weighbridge.planner.inference_quickstart import google_profiles
        from weighbridge.planner.plan import plan_file
        from weighbridge.render.plan import json as plan_json
        from weighbridge.render.plan import text as plan_text
        from weighbridge.render.style import Style

        with ExitStack() as stack, terminal.progress() as show:
            profiles = google_profiles(_quickstart_here())
            result = plan_file(workloads, show, lambda: stack.enter_context(_recording()), profiles)
        if format_ is PlanFormat.JSON:
            terminal.deliver(plan_json.render(result), output)
        else:
            style = terminal.style() if output is None else Style(whole=True)
            terminal.deliver(plan_text.render(result, style), output)
    raise typer.Exit(result.exit_code)


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
