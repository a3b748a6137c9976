"""`weighbridge dashboard …`: the dashboards of a stack, as a picture, as JSON or as a list. Nothing is decided here."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.terminal import Root, StackArgument, StackOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.dashboards.curves import Curves
    from weighbridge.dashboards.tile import DashboardPlan
    from weighbridge.spec.root import Spec

MOST_HOURS = 24 * 42


class DashboardFormat(StrEnum):
    """What `dashboard` writes: a drawing, the API's JSON, or a table of text."""

    SVG = "svg"
    JSON = "json"
    TEXT = "text"


def dashboard(
    stack: StackArgument = None,
    output: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option("-o", "--output", help="Write to a file; its ending says the format.", metavar="FILE"),
    ] = None,
    format_: Annotated[
        Optional[DashboardFormat],  # noqa: UP045
        typer.Option("--format", help="Left out: by the file's ending, else text."),
    ] = None,
    only: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="One dashboard, such as overview, or the name of an endpoint.", metavar="NAME"),
    ] = None,
    prometheus: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Draw curves from this server. Left out: PROMETHEUS_URL, else layout only.", metavar="URL"),
    ] = None,
    hours: Annotated[int, typer.Option(help="How far back the curves go.", min=1, max=MOST_HOURS)] = 24,
    named: StackOption = None,
    root: Root = None,
    *,
    example_data: Annotated[bool, typer.Option("--example-data", help="Draw made-up curves, marked as such.")] = False,
) -> None:
    """Draw the dashboards of a stack as one SVG picture, as the API's JSON, or list them.

    PROMETHEUS_TOKEN is the server's bearer token. Exit code 0 done, 2 spec or usage wrong, 3 the server doesn't answer.
    """
    kind = format_ or _by_ending(output)
    with terminal.problems_reported("draw"):
        project = terminal.root_of(root)
        stack = terminal.stack_named(project, stack, named)
        folder = terminal.read_stacks(project)
        if stack not in folder.specs:
            terminal.no_stack(stack, folder.specs)
        plans = _plans(folder.specs[stack], only)
        if kind is DashboardFormat.SVG:
            from weighbridge.render.dashboard import svg as dashboard_svg

            if example_data:
                from weighbridge.dashboards.plausible import plausible

                curves: Curves | None = plausible(plans, terminal.now().replace(second=0, microsecond=0))
            else:
                curves = _curves(prometheus, hours, plans)
            text = dashboard_svg.render(plans, curves)
        elif kind is DashboardFormat.JSON:
            from weighbridge.render.dashboard import json as dashboard_json

            text = dashboard_json.for_people(plans, alone=only is not None)
        else:
            from weighbridge.render.dashboard import text as dashboard_text

            text = dashboard_text.render(plans)
        terminal.deliver(text, output)


def _by_ending(output: Path | None) -> DashboardFormat:
    if output is None:
        return DashboardFormat.TEXT
    ending = output.suffix.removeprefix(".")
    if ending not in {DashboardFormat.SVG, DashboardFormat.JSON}:
        terminal.wrong(f"-o {output}: expected a file that ends in .svg or .json, or --format")
    return DashboardFormat(ending)


def _plans(spec: Spec, only: str | None) -> Sequence[DashboardPlan]:
    from weighbridge.catalog import load as load_catalog
    from weighbridge.dashboards.plan import plan_dashboards
    from weighbridge.signals.quota_words import quota_lists
    from weighbridge.signals.subjects import subjects
    from weighbridge.signals.watched import watched

    catalog = load_catalog()
    of = subjects(spec, quota_lists(spec, catalog))
    plans = plan_dashboards(spec, of, watched(of), catalog)
    if only is None:
        return plans
    found = [plan for plan in plans if only in (plan.name, plan.name.removeprefix("endpoint-"))]
    if not found:
        terminal.wrong(f"--only {only}: {spec.environment} has no such dashboard; it has {_names(plans)}")
    return found[:1]


def _names(plans: Sequence[DashboardPlan]) -> str:
    return ", ".join(plan.name for plan in plans)


def _curves(url: str | None, hours: int, plans: Sequence[DashboardPlan]) -> Curves | None:
    address = (url if url is not None else os.environ.get("PROMETHEUS_URL", "")).strip()
    if not address:
        return None
    from weighbridge.dashboards.curves import gather, refuse_plain_http
    from weighbridge.prometheus import Prometheus

    end = terminal.now().replace(microsecond=0)
    with Prometheus(address, os.environ.get("PROMETHEUS_TOKEN", "").strip() or None) as server:
        refuse_plain_http(address)
        return gather(server, plans, end - timedelta(hours=hours), end)
