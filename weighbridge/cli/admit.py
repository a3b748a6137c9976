"""`weighbridge admit`: signs the ticket of an update after a clean preview. Nothing is decided here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.preview import Against, PackSeconds, ProgramSeconds
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import Root, StackArgument, StackOption
from weighbridge.errors import OK

_ASK = (
    "the quota file asks for no tickets, so an update needs none. Add a line such as\n"
    "    admission: {public_key: policies/admission.pub}\n"
    "to stacks/quota.yaml"
)


def admit(
    stack: StackArgument = None,
    *,
    key: Annotated[
        str,
        typer.Option(
            help="Who signs: a file with an Ed25519 private key, or gcpkms://…/cryptoKeyVersions/1 of Cloud KMS.",
            metavar="KEY",
        ),
    ],
    expires: Annotated[str, typer.Option(help="After how long the ticket ends, at most 24h.", metavar="SPAN")] = "1h",
    against: Against = None,
    output: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option(
            "-o", "--output", help="Left out: .weighbridge/STACK.ticket, where the pack looks.", metavar="FILE"
        ),
    ] = None,
    policy_pack: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--policy-pack", help="The pack of the update. Left out: see `weighbridge pack`.", metavar="DIR"),
    ] = None,
    program_timeout: ProgramSeconds = 300,
    pack_timeout: PackSeconds = 60,
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Preview a stack, and where it is admitted, sign a ticket with which the pack lets this commit be deployed.

    Exit code 0 signed; 1 blocked by policy, 2 spec or usage wrong, 3 could not judge or sign: then there is no ticket.
    """
    from weighbridge.admission.keys import signer, verifier
    from weighbridge.admission.ticket import TicketWrong, parse_ticket, ticket_file, ticket_text
    from weighbridge.files.project import read_project
    from weighbridge.host import Timeouts
    from weighbridge.preview.admission import not_committed, ticket_of, update_of
    from weighbridge.preview.run import run_preview
    from weighbridge.preview.started import Request
    from weighbridge.render.preview.text import render
    from weighbridge.stacks.load import parse_quota, read_stack_text
    from weighbridge.stacks.names import QUOTA
    from weighbridge.stacks.pack_project import pack_of
    from weighbridge.units import format_timestamp

    lasts = _span(expires)
    with terminal.problems_reported("admit"):
        folder = terminal.root_of(root)
        stack = terminal.spec_file(folder, terminal.stack_named(folder, stack, named)).stem
        project = read_project(folder)
        file = project.stacks / QUOTA
        asked = parse_quota(read_stack_text(file), file).admission
        if asked is None:
            terminal.wrong(_ASK)
        place = ticket_file(folder, stack)
        with terminal.writing(str(place)):  # an old ticket must not outlive a preview that is not clean
            place.unlink(missing_ok=True)
        is_signed, sign = verifier(folder / asked.public_key), signer(key)
        changed = not_committed(folder)
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            terminal.wrong(f"a ticket is for a commit, and no commit has {changed[0]}{more} as it is: commit first")
        pack = policy_pack.resolve() if policy_pack is not None else pack_of(folder)
        update = update_of(project, stack, pack)
        request = Request(stack, folder, against, pack=pack, timeouts=Timeouts(program_timeout, pack_timeout))
        with terminal.progress() as show:
            result = run_preview(request, terminal.now(), show)
        if result.exit_code != OK:
            terminal.put(render(result, terminal.style()))
            tell("weighbridge: no ticket was signed\n")
            raise typer.Exit(result.exit_code)
        ticket = ticket_of(result, update, lasts)
        text = ticket_text(ticket, sign)
        try:
            parse_ticket(text, is_signed)
        except TicketWrong:  # had better be noticed here than by the update
            do = "by which the pack checks tickets: sign with the private key of that one"
            terminal.wrong(f"--key {key} does not fit {asked.public_key}, {do}")
        terminal.deliver(text, output or Path(terminal.relative(str(place))))
        commit = f"commit {update.commit[:10]}"
        terminal.put(f"ADMITTED  {stack}, {commit}: a ticket until {format_timestamp(ticket.expires)}\n")


def _span(expires: str) -> timedelta:
    from weighbridge.admission.ticket import LONGEST
    from weighbridge.units import parse_duration

    try:
        lasts = parse_duration(expires)
    except ValueError as error:
        terminal.wrong(f"--expires {expires}: {error}")
    if lasts > LONGEST:
        terminal.wrong(f"--expires {expires}: a ticket lasts 24h at most, as what it rests on changes")
    return lasts
