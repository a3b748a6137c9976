"""The command line: flags, files, printing and exit codes; nothing is decided here.

Every command imports what it needs when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from copy import copy
from functools import cache
from typing import Annotated, Any

import typer
from typer.main import get_command_name
from typer.models import CommandInfo

from weighbridge.cli import init as init_cli
from weighbridge.cli import monitor as monitor_cli
from weighbridge.cli import preview as preview_cli
from weighbridge.cli import terminal
from weighbridge.cli.admit import admit
from weighbridge.cli.adopt import adopt
from weighbridge.cli.catalog import catalog_app
from weighbridge.cli.claim import claim_app
from weighbridge.cli.dashboard import dashboard
from weighbridge.cli.doctor import EPILOG as DOCTOR_EPILOG
from weighbridge.cli.doctor import doctor
from weighbridge.cli.interrupts import interrupts_noted
from weighbridge.cli.plan import plan
from weighbridge.cli.quota import quota_app
from weighbridge.cli.retire import retire
from weighbridge.cli.review import EPILOG as REVIEW_EPILOG
from weighbridge.cli.review import review
from weighbridge.cli.rollout import rollout_app
from weighbridge.cli.runbook import runbook
from weighbridge.cli.signals import signals_app
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import Root
from weighbridge.cli.validate import validate
from weighbridge.errors import INTERRUPTED, INTERRUPTED_MESSAGE, OK

app = typer.Typer(
    name="weighbridge",
    help="Weighs every machine-learning stack on Google Cloud against the quota it shares, before it ships.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=init_cli.INIT_EPILOG)(init_cli.init)
app.command(epilog=preview_cli.PREVIEW_EPILOG)(preview_cli.preview)
app.command(epilog="Example: weighbridge report prod --base origin/main -o report.html")(preview_cli.report)
app.command(epilog=REVIEW_EPILOG)(review)
app.command("render", epilog="Example: weighbridge render prod --kind AlertPolicy -o alerts.yaml")(
    preview_cli.render_resources
)
app.command(epilog="Example: weighbridge admit prod --key gcpkms://projects/…/cryptoKeyVersions/1")(admit)
app.add_typer(rollout_app, name="rollout")
app.command(epilog=monitor_cli.EPILOG)(monitor_cli.monitor)
app.command(epilog="Example: weighbridge dashboard prod -o dashboards.svg")(dashboard)
app.command(epilog="Example: weighbridge plan workloads.yaml --format json")(plan)
app.command(epilog="Example: weighbridge runbook ranker -s prod -o ranker.md")(runbook)
app.command(epilog="Example: weighbridge adopt acme-ml/us-central1/platform -s train --owner ml-infra@example.com")(
    adopt
)
app.command(epilog='Example: weighbridge retire prod --reason "moved to europe-west4"')(retire)
app.add_typer(claim_app, name="claim")
app.add_typer(signals_app, name="signals")
app.add_typer(quota_app, name="quota")
app.add_typer(catalog_app, name="catalog")
app.command(epilog=init_cli.PACK_EPILOG)(init_cli.pack)
app.command(epilog=init_cli.PLUGIN_EPILOG)(init_cli.plugin)
app.command(epilog=DOCTOR_EPILOG)(doctor)
app.command(epilog="Example: weighbridge validate dev stacks/prod.yaml")(validate)


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


@app.command(epilog="Example: weighbridge schema > stacks/schema.json")
def schema(_root: terminal.AnyRoot = None) -> None:
    """Print the JSON Schema of a spec."""
    from weighbridge.spec.schema import schema_text, spec_schema

    terminal.put(schema_text(spec_schema()))


def run() -> int:
    """The exit code of the command that the arguments name. What nobody foresaw is raised: see `ending`."""
    try:
        with interrupts_noted() as interrupt:
            named = _commands_of(sys.argv[1:])
            code = named(standalone_mode=False)  # which would make 1 of a reader that has gone
    except typer.Abort:  # Ctrl-C or the end of input where a question was asked
        tell(INTERRUPTED_MESSAGE)
        return INTERRUPTED
    except _USAGE as wrong:
        text = io.StringIO()
        wrong.show(file=text)
        tell(text.getvalue())
        return int(wrong.exit_code)
    if (
        code == INTERRUPTED and interrupt.seen and not interrupt.reported
    ):  # typer makes this code of a Ctrl-C, and says nothing
        tell(INTERRUPTED_MESSAGE)
    return code if isinstance(code, int) else OK


def _commands_of(arguments: Sequence[str]) -> typer.Typer:
    """The command that the arguments begin with, else all: typer builds whatever there is, which takes a while."""
    left = iter(arguments)
    for argument in left:
        if argument in ("-C", "--root"):
            next(left, None)
        elif not argument.startswith(("-C", "--root=")):
            return _with_only(argument)
    return app


@cache
def _with_only(name: str) -> typer.Typer:
    commands = [found for found in app.registered_commands if _name_of(found) == name]
    groups = [found for found in app.registered_groups if found.name == name]
    if not commands and not groups:
        return app
    narrow = copy(app)
    narrow.registered_commands, narrow.registered_groups = commands, groups
    return narrow


def _name_of(command: CommandInfo) -> str:
    return command.name or get_command_name(getattr(command.callback, "__name__", ""))


_USAGE: Any = next(kind for kind in reversed(typer.BadParameter.__mro__) if hasattr(kind, "exit_code"))
"""Every mistake in the arguments: the root of typer's errors that end with a code, which it doesn't export."""
