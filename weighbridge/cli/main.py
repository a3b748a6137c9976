"""The command line: flags, files, printing and exit codes; nothing is decided here.

Every command imports what it needs when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import io
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from weighbridge.cli import monitor as monitor_cli
from weighbridge.cli import preview as preview_cli
from weighbridge.cli import terminal
from weighbridge.cli.adopt import adopt
from weighbridge.cli.dashboard import dashboard
from weighbridge.cli.plan import plan
from weighbridge.cli.retire import retire
from weighbridge.cli.rollout import rollout_app
from weighbridge.cli.runbook import runbook
from weighbridge.cli.signals import signals_app
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import OVER, Root
from weighbridge.errors import INTERRUPTED, OK

if TYPE_CHECKING:
    from weighbridge.render.style import Style

app = typer.Typer(
    name="weighbridge",
    help="Weighs every machine-learning stack on Google Cloud against the quota it shares, before it ships.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=preview_cli.PREVIEW_EPILOG)(preview_cli.preview)
app.command(epilog="Example: weighbridge report prod --base origin/main -o report.html")(preview_cli.report)
app.command("render", epilog="Example: weighbridge render prod --kind AlertPolicy -o alerts.yaml")(
    preview_cli.render_resources
)
app.add_typer(rollout_app, name="rollout")
app.command(epilog=monitor_cli.EPILOG)(monitor_cli.monitor)
app.command(epilog="Example: weighbridge dashboard prod -o dashboards.svg")(dashboard)
app.command(epilog="Example: weighbridge plan workloads.yaml --format json")(plan)
app.command(epilog="Example: weighbridge runbook ranker -s prod -o ranker.md")(runbook)
app.command(epilog="Example: weighbridge adopt cluster.json -s train --owner ml-infra@example.com")(adopt)
app.command(epilog='Example: weighbridge retire prod --reason "moved to europe-west4"')(retire)
app.add_typer(signals_app, name="signals")


class TableFormat(StrEnum):
    """Formats of a table."""

    TEXT = "text"
    JSON = "json"


def _print_version(asked: bool) -> None:
    if asked:
        from weighbridge import __version__

        terminal.put(f"weighbridge {__version__}\n")
        raise typer.Exit(OK)


@app.callback()
def before_the_command(
    *,
    root: Root = None,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Weighs every machine-learning stack on Google Cloud against the quota it shares, before it ships."""
    terminal.root_before_the_command(root)


@app.command(epilog="Example: weighbridge validate dev prod")
def validate(
    stacks: Annotated[
        list[str] | None, typer.Argument(help="Stacks to check. Left out: all.", metavar="[STACK]...")
    ] = None,
    root: Root = None,
) -> None:
    """Check specs and the quota file, and whether `rollout` can edit them. Exit code 0 good, 2 wrong."""
    from weighbridge.stacks.load import read_stack_text
    from weighbridge.stacks.rollout_edit import not_editable

    with terminal.problems_reported():
        stacks_folder = terminal.stacks_folder(terminal.root_of(root))
        folder = terminal.read_stacks(terminal.root_of(root))
        unknown = [stack for stack in stacks or () if stack not in folder.specs]
        if unknown:
            terminal.no_stack(unknown[0], folder.specs)
        named = sorted(stacks or folder.specs)
        for stack in named:
            file = stacks_folder / f"{stack}.yaml"
            for line in not_editable(read_stack_text(file), file):
                terminal.put(f"{line} (advice)\n")
        terminal.put(f"{', '.join(named)} and the quota file: good\n")


@app.command(epilog="Example: weighbridge schema > stacks/schema.json")
def schema() -> None:
    """Print the JSON Schema of a spec."""
    from weighbridge.spec.schema import schema_text, spec_schema

    terminal.put(schema_text(spec_schema()))


@app.command(epilog="Example: weighbridge quota --format json")
def quota(
    format_: Annotated[TableFormat, typer.Option("--format", help="Format of the ledger.")] = TableFormat.TEXT,
    root: Root = None,
) -> None:
    """Show the ledger of all stacks: limits, what is kept free and used outside, each stack's peak, what is left.

    Exit code 0 fits, 1 over.
    """
    from weighbridge.catalog import load as load_catalog
    from weighbridge.quota.demand import demand_of_stacks
    from weighbridge.quota.ledger import build_ledger
    from weighbridge.render.quota import json as quota_json
    from weighbridge.render.quota import text as quota_text
    from weighbridge.rules.shared_quota import judge_all

    with terminal.problems_reported():
        catalog, now = load_catalog(), terminal.now()
        folder = terminal.read_stacks(terminal.root_of(root))
        demands = demand_of_stacks(folder.demands, folder.quota, catalog)
        ledger = build_ledger(folder.quota, demands, catalog, now)
        over = judge_all(demands, folder.quota, catalog, now)
        if format_ is TableFormat.JSON:
            terminal.put(quota_json.render(ledger, over, now))
        else:
            terminal.put(quota_text.render(ledger, sorted(demands), over, _style()))
    raise typer.Exit(OVER if over else OK)


@app.command(epilog="Example: weighbridge catalog --gpu nvidia-l4")
def catalog(
    family: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only machine types of a family, such as g2 or ct5lp.", metavar="F"),
    ] = None,
    gpu: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only machine types with a GPU, such as nvidia-l4 (or l4).", metavar="G"),
    ] = None,
    format_: Annotated[TableFormat, typer.Option("--format", help="Format of the table.")] = TableFormat.TEXT,
) -> None:
    """List machine types, accelerators and TPU topologies with the quota that each draws."""
    from weighbridge.catalog.selection import entries
    from weighbridge.render.catalog import json as catalog_json
    from weighbridge.render.catalog import text as catalog_text

    with terminal.problems_reported():
        listed = entries(family, gpu)
        if format_ is TableFormat.JSON:
            terminal.put(catalog_json.render(listed))
        else:
            terminal.put(catalog_text.render(listed, _style()))


def run() -> int:
    """The exit code of the command that the arguments name. What nobody foresaw is raised: see `ending`."""
    try:
        code = app(standalone_mode=False)  # which would make 1 of a reader that has gone
    except typer.Abort:
        return INTERRUPTED
    except _USAGE as wrong:
        text = io.StringIO()
        wrong.show(file=text)
        tell(text.getvalue())
        return int(wrong.exit_code)
    return code if isinstance(code, int) else OK


_USAGE: Any = next(kind for kind in reversed(typer.BadParameter.__mro__) if hasattr(kind, "exit_code"))
"""Every mistake in the arguments: the root of typer's errors that end with a code, which it doesn't export."""


def _style() -> Style:
    return terminal.style()
