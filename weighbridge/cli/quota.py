"""`weighbridge quota …`: the ledger, and what Google Cloud has to say about it. Nothing is decided here."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.spec_change import DryRun, write_changed
from weighbridge.cli.terminal import OVER, Root, StackArgument, StackOption
from weighbridge.errors import BLOCKED, OK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.catalog import Catalog
    from weighbridge.pull.quota_file import PulledFile
    from weighbridge.spec.quota_file import QuotaFile
    from weighbridge.stacks.load import Folder

quota_app = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, epilog="Example: weighbridge quota --format json"
)


class TableFormat(StrEnum):
    """Formats of a table."""

    TEXT = "text"
    JSON = "json"


Format = Annotated[TableFormat, typer.Option("--format", help="Format of what is shown.")]


@quota_app.callback()
def quota(context: typer.Context, format_: Format = TableFormat.TEXT, root: Root = None) -> None:
    """Show the ledger of all stacks: limits, what is kept free and used outside, each stack's peak, what is left.

    Exit code 0 fits, 1 over.
    """
    if root is not None:
        terminal.root_before_the_command(root)
    if context.invoked_subcommand is not None:
        if format_ is not TableFormat.TEXT:
            name = context.invoked_subcommand
            terminal.wrong(f"--format stands behind the command: weighbridge quota {name} --format json")
        return
    from weighbridge.catalog import load as load_catalog
    from weighbridge.claims.held import claimed_of
    from weighbridge.claims.opening import read_claims
    from weighbridge.quota.demand import demand_of_stacks
    from weighbridge.quota.ledger import build_ledger
    from weighbridge.render.quota import json as quota_json
    from weighbridge.render.quota import text as quota_text
    from weighbridge.rules.shared_quota import judge_all

    with terminal.problems_reported():
        catalog, now = load_catalog(), terminal.now()
        project = terminal.root_of(root)
        folder = terminal.read_stacks(project)
        demands, claims = demand_of_stacks(folder.demands, folder.quota, catalog), read_claims(folder.quota, project)
        ledger = build_ledger(folder.quota, demands, catalog, now, claimed_of(claims, demands))
        over = judge_all(demands, folder.quota, catalog, now, claims)
        if format_ is TableFormat.JSON:
            terminal.put(quota_json.render(ledger, over, now))
        else:
            terminal.put(quota_text.render(ledger, sorted(demands), over, terminal.style()))
    raise typer.Exit(OVER if over else OK)


@quota_app.command(epilog="Example: weighbridge quota pull --check")
def pull(
    region: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer evaluates it
        typer.Option(help="List every limit of the file for this region too; may be repeated.", metavar="REGION"),
    ] = None,
    format_: Format = TableFormat.TEXT,
    *,
    advice: Annotated[
        bool, typer.Option("--advice", help="Ask how likely capacity is, too; kept in capacity.json beside it.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if it is out of date.")] = False,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Read limits, use, reservations and what zones sell from Google Cloud into the quota file, keeping its comments.

    Signs in with Application Default Credentials, or GOOGLE_OAUTH_ACCESS_TOKEN. What can't be read is said first, with
    the commands that mend it, and then nothing is written. Exit code 0, 1 out of date (--check), 2 a file or usage
    wrong, 3 no answer.
    """
    from weighbridge.catalog import load as load_catalog
    from weighbridge.pull.quota_file import out_of_date
    from weighbridge.render.pull import json as pull_json
    from weighbridge.render.pull import text as pull_text
    from weighbridge.stacks.load import read_stack_text
    from weighbridge.stacks.names import QUOTA
    from weighbridge.stacks.quota_edit import rewrite_quota

    late = False
    with terminal.problems_reported():
        catalog, now = load_catalog(), terminal.now()
        project_root = terminal.root_of(root)
        for name in region or ():
            _known_region(name, catalog)
        file = terminal.stacks_folder(project_root) / QUOTA
        text = read_stack_text(file)
        folder = terminal.read_stacks(project_root)
        pulled = _pulled(folder, tuple(region or ()), catalog)
        changed = rewrite_quota(text, file, pulled.quota)
        late = out_of_date(folder.quota, pulled.quota, now)
        if format_ is TableFormat.JSON:
            terminal.put(pull_json.render(pulled, changed=changed != text, out_of_date=late))
            if not check and not dry_run:
                _write(file, changed)
        else:
            terminal.put(pull_text.render(pulled, catalog, terminal.style()) + "\n")
            following = "weighbridge quota, then commit the file"
            write_changed(file, text, changed, following, dry_run=dry_run or check)
            if check:
                shown = terminal.relative(str(file))
                terminal.put(f"{shown} is {'out of date: weighbridge quota pull' if late else 'up to date'}\n")
        if advice and not check:
            as_text = format_ is TableFormat.TEXT
            _ask_capacity(folder, pulled.quota, file.parent, catalog, dry_run=dry_run, shown=as_text)
    raise typer.Exit(BLOCKED if check and late else OK)


def _write(file: Path, text: str) -> None:
    from weighbridge.files.whole_file import write_whole

    with terminal.writing(terminal.relative(str(file))):
        write_whole(file, text)


def _ask_capacity(
    folder: Folder, quota: QuotaFile, stacks: Path, catalog: Catalog, *, dry_run: bool, shown: bool
) -> None:
    """Asks how likely capacity is, keeps the answers, and shows a line a pool."""
    from weighbridge.cloud_api.client import google_cloud
    from weighbridge.pull.capacity import ask_capacity, capacity_lines
    from weighbridge.quota.demand import demand_of_stacks
    from weighbridge.quota.ledger import build_ledger
    from weighbridge.stacks.capacity import CAPACITY, capacity_text

    now = terminal.now()
    with terminal.progress() as show, google_cloud(os.environ) as cloud:
        found = ask_capacity(cloud, folder.specs, catalog, now, show)
    if not dry_run:
        _write(stacks / CAPACITY, capacity_text(found))
    if not shown:
        return
    ledger = build_ledger(quota, demand_of_stacks(folder.demands, quota, catalog), catalog, now)
    terminal.put("\nCapacity, as Google sees it now; it decides nothing\n")
    for stack, spec in folder.specs.items():
        for line in capacity_lines(found, stack, spec, ledger, catalog, now):
            terminal.put(f"  {stack}: {line}\n")
    for entry in found.pools:
        for reason in entry.unknown:
            terminal.put(f"  {entry.stack}: {entry.pool}: not known:\n    {reason}\n")


def _pulled(folder: Folder, regions: tuple[str, ...], catalog: Catalog) -> PulledFile:
    from weighbridge.cloud_api.client import google_cloud
    from weighbridge.pull.quota_file import pulled_file
    from weighbridge.pull.reading import read_project

    now = terminal.now()
    clusters = {spec.cluster_name for spec in folder.specs.values()}
    with terminal.progress() as show, google_cloud(os.environ) as cloud:
        zones = _zones(folder, regions, catalog)
        reading = read_project(cloud, folder.quota.project, zones, catalog, now, show)
    return pulled_file(folder.quota, reading, folder.demands, clusters, regions, catalog, now)


def _zones(folder: Folder, regions: tuple[str, ...], catalog: Catalog) -> list[str]:
    """Zones that anything in the folder is about: of stacks and reservations, and all zones of the file's regions."""
    named = {zone for spec in folder.specs.values() for zone in spec.cloud.zones}
    named |= {entry.zone for entry in folder.quota.reservations}
    for region in {limit.region for limit in folder.quota.limits} | set(regions):
        # Zones for machine learning only are there for few projects: whoever has one names it.
        named |= {zone for zone in catalog.zones(region) if "-ai" not in zone.removeprefix(region)}
    return sorted(named)


def _known_region(name: str, catalog: Catalog) -> None:
    from weighbridge.spelling import did_you_mean

    if name not in catalog.regions:
        terminal.wrong(f"--region: the catalog has no region {name!r}.{did_you_mean(name, catalog.regions)}")


@quota_app.command(epilog="Example: weighbridge quota request --contact ml-platform@example.com")
def request(
    contact: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Option(help="Whom Google may ask. Left out: the owner of the stack that asks.", metavar="EMAIL"),
    ] = None,
    stack: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Option(
            "--stack",
            "-s",
            help="Whose program asks. Left out: that of the largest part.",
            metavar="STACK",
            autocompletion=terminal.stacks_to_complete,
        ),
    ] = None,
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Write what to ask Google for, so that all stacks fit, under `requests` of the quota file.

    The program of the stack that an entry names asks for it at its next deployment; what is granted counts once it is
    pulled. Exit code 0 written or nothing to ask, 1 a limit or a share is too small and nothing can be asked, 2 usage.
    """
    from weighbridge.catalog import load as load_catalog
    from weighbridge.cli.quota_request import write_requests
    from weighbridge.quota.demand import demand_of_stacks
    from weighbridge.quota.ledger import build_ledger
    from weighbridge.quota.request import share_lacks, shortfalls
    from weighbridge.render.pull import request_text

    stuck = False
    with terminal.problems_reported():
        catalog, project_root = load_catalog(), terminal.root_of(root)
        folder = terminal.read_stacks(project_root)
        if stack is not None and stack not in folder.specs:
            terminal.no_stack(stack, folder.specs)
        demands = demand_of_stacks(folder.demands, folder.quota, catalog)
        ledger = build_ledger(folder.quota, demands, catalog, terminal.now())
        found = shortfalls(ledger, folder.quota, _contact_of(folder, contact), stack)
        lacks = share_lacks(ledger, folder.quota, found)
        if found:
            stuck = write_requests(found, folder.quota, project_root, dry_run=dry_run)
        else:
            terminal.put("every limit is large enough: nothing to ask for\n")
        shares = request_text.render_shares(lacks, terminal.style())
        terminal.put(f"\n{shares}" if found and shares else shares)
        stuck = stuck or bool(lacks)
    raise typer.Exit(BLOCKED if stuck else OK)


def _contact_of(folder: Folder, contact: str | None) -> Callable[[str], str]:
    """Whom Google may ask about what a stack asks for; a stack that only declarations know has no spec to say it."""
    from pydantic import TypeAdapter, ValidationError

    from weighbridge.units import Email

    if contact is not None:
        try:
            given = TypeAdapter(Email).validate_python(contact)
        except ValidationError:
            terminal.wrong(f"--contact: expected an email address, got {contact!r}")
        return lambda _: given

    def owner(stack: str) -> str:
        if stack not in folder.specs:
            terminal.wrong(f"{stack} has no spec that names an owner: say whom Google may ask with --contact")
        return folder.specs[stack].owner

    return owner


@quota_app.command(epilog="Example: weighbridge quota where prod --pool train")
def where(
    stack: StackArgument = None,
    pool: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Option(help="Move this node pool only; the rest stays where it is.", metavar="POOL"),
    ] = None,
    format_: Format = TableFormat.TEXT,
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Show in which regions of the quota file a stack, or one of its node pools, would fit beside all others.

    Exit code 0 fits somewhere, 1 nowhere, 2 usage.
    """
    from weighbridge.catalog import load as load_catalog
    from weighbridge.pull.where import places
    from weighbridge.render.pull import where_json, where_text
    from weighbridge.spelling import did_you_mean

    with terminal.problems_reported():
        project = terminal.root_of(root)
        stack = terminal.stack_named(project, stack, named)
        folder = terminal.read_stacks(project)
        if stack not in folder.specs:
            terminal.no_stack(stack, folder.specs)
        spec = folder.specs[stack]
        if pool is not None and pool not in spec.node_pools:
            known = ", ".join(spec.node_pools)
            mean = did_you_mean(pool, spec.node_pools)
            terminal.wrong(f"--pool: {stack} has no node pool {pool!r}; its pools: {known}.{mean}")
        found = places(spec, pool, folder.demands, folder.quota, load_catalog(), terminal.now())
        if format_ is TableFormat.JSON:
            terminal.put(where_json.render(stack, pool, found))
        else:
            what = stack if pool is None else f"{pool} of {stack}"
            terminal.put(where_text.render(what, found, terminal.style()))
    raise typer.Exit(OK if any(place.fits for place in found) else BLOCKED)
