"""`weighbridge catalog …`: the catalog's tables, and their refreshing from Google's APIs. Nothing is decided here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.quota import TableFormat
from weighbridge.cli.terminal import AnyRoot
from weighbridge.errors import BLOCKED, OK

catalog_app = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, epilog="Example: weighbridge catalog --gpu nvidia-l4"
)


@catalog_app.callback()
def catalog(
    context: typer.Context,
    family: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Option(help="Only machine types of a family, such as g2 or ct5lp.", metavar="F"),
    ] = None,
    gpu: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only machine types with a GPU, such as nvidia-l4 (or l4).", metavar="G"),
    ] = None,
    format_: Annotated[TableFormat, typer.Option("--format", help="Format of the table.")] = TableFormat.TEXT,
    _root: AnyRoot = None,
) -> None:
    """List machine types, accelerators and TPU topologies with the quota that each draws."""
    if context.invoked_subcommand is not None:
        return
    from weighbridge.catalog.selection import entries
    from weighbridge.render.catalog import json as catalog_json
    from weighbridge.render.catalog import text as catalog_text

    with terminal.problems_reported():
        listed = entries(family, gpu)
        if format_ is TableFormat.JSON:
            terminal.put(catalog_json.render(listed))
        else:
            terminal.put(catalog_text.render(listed, terminal.style()))


@catalog_app.command(epilog="Example: weighbridge catalog pull --project example-ml --check")
def pull(
    project: Annotated[str, typer.Option(help="A project whose Compute Engine is asked for machine types.")],
    into: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option(help="Folder of the tables. Left out: those of the installed package.", metavar="DIR"),
    ] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if they differ.")] = False,
    _root: AnyRoot = None,
) -> None:
    """Refresh prices and machine types from the Cloud Billing and Compute Engine APIs, each row with its day.

    A price that can't be told whole, or that jumped by more than half, keeps its row and its day, and is named. Signs
    in as `weighbridge quota pull` does. Exit code 0, 1 they differ (--check), 2 usage, 3 no answer.
    """
    from weighbridge.catalog.build import FOLDER
    from weighbridge.cloud_api import billing, machines
    from weighbridge.cloud_api.client import google_cloud
    from weighbridge.files.whole_file import write_whole
    from weighbridge.prometheus import BadAnswer
    from weighbridge.pull.catalog_tables import pull_tables
    from weighbridge.pull.reading import Gathering
    from weighbridge.render.catalog.pulled_text import render

    late = False
    with terminal.problems_reported():
        folder = into or FOLDER
        if not (folder / "prices.csv").is_file():
            terminal.wrong(f"--into: {folder} has no prices.csv: copy the tables of {FOLDER} there first")
        today = terminal.now().date()
        gathering = Gathering(project)
        with google_cloud(os.environ) as cloud:
            no_prices: tuple[billing.ListPrice, ...] = ()
            none_sold: Mapping[str, Sequence[machines.SoldMachine]] = {}
            prices = gathering.read("prices", lambda: tuple(billing.list_prices(cloud)), no_prices)
            sold = gathering.read("machine types", lambda: machines.machine_types(cloud, project), none_sold)
        gathering.end()
        if not prices or not sold:
            raise BadAnswer(f"Google lists no {'machine types' if prices else 'prices'} at all: nothing was changed")
        found = pull_tables(folder, prices, sold, today)
        late = bool(found.moved or found.machines)
        terminal.put(render(found, today, terminal.style()))
        if check:
            terminal.put(f"the tables are {'out of date: weighbridge catalog pull' if late else 'up to date'}\n")
        else:
            for name, text in found.texts.items():
                with terminal.writing(f"{name}.csv"):
                    write_whole(folder / f"{name}.csv", text)
            if found.texts:
                terminal.put(f"wrote {', '.join(f'{name}.csv' for name in found.texts)} in {folder}\n")
    raise typer.Exit(BLOCKED if check and late else OK)
