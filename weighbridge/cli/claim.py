"""`weighbridge claim …`: reserves what a pull request needs of the shared quota. Nothing is decided here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.terminal import Root, StackArgument, StackOption
from weighbridge.errors import BLOCKED, OK

if TYPE_CHECKING:
    from datetime import timedelta

    from weighbridge.claims.book import Book
    from weighbridge.claims.store import BookStore
    from weighbridge.quota.ledger import StackDemand
    from weighbridge.rules.claim_reservation import Grounds

claim_app = typer.Typer(
    help="Reserve what a pull request needs of the shared quota, before it is merged.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
claim_app.callback()(terminal.root_of_group)

_HOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._#/-]{0,99}")
_NO_STORE = (
    "nothing is reserved: the quota file names no store of claims. To have one, add to stacks/quota.yaml:\n"
    "    claims: {store: gs://BUCKET/claims}\n"
)

Holder = Annotated[str, typer.Option(help="Who holds the claim: the pull request, such as pr-123.", metavar="NAME")]


class ClaimFormat(StrEnum):
    """Formats of claims."""

    TEXT = "text"
    JSON = "json"


Format = Annotated[ClaimFormat, typer.Option("--format", help="Format.")]


@claim_app.command(epilog="Example: weighbridge claim reserve prod --holder pr-123 --expires 14d")
def reserve(
    stack: StackArgument = None,
    *,
    holder: Holder,
    expires: Annotated[
        str, typer.Option(help="After how long it ends by itself, at most 90d.", metavar="SPAN")
    ] = "14d",
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Hold all peaks of a stack for a pull request, or say who is in the way; a refused claim waits in line.

    What the holder had of the stack before is replaced. Exit code 0 held, 1 refused, 2 usage, 3 no answer of the store.
    Where the quota file names no store, every command says so and ends with 0.
    """
    from weighbridge.render.claims.text import render_answer
    from weighbridge.rules.claim_reservation import ClaimRequest
    from weighbridge.rules.claim_reservation import reserve as decide

    _check_holder(holder)
    lasts = _span(expires)
    with terminal.problems_reported():
        stack = terminal.stack_named(terminal.root_of(root), stack, named)
        opened = _open(root, stack)
        owner, own = opened.asked(stack)
        store = opened.store or _not_asked_for()
        asked = ClaimRequest(stack, holder, owner, own, lasts)
        answer = store.change(lambda book, now: decide(book, now, asked, opened.grounds))
        terminal.put(render_answer(answer, opened.grounds.catalog, terminal.style()))
    raise typer.Exit(BLOCKED if answer.messages else OK)


@claim_app.command(epilog="Example: weighbridge claim commit prod --holder pr-123")
def commit(stack: StackArgument = None, *, holder: Holder, named: StackOption = None, root: Root = None) -> None:
    """Note after an update that a stack is deployed as its spec says: that counts until it is destroyed.

    It takes the place of what was deployed before, and of what the holder had reserved of the stack. It is a fact, so
    it is noted even where it doesn't fit. Exit code 0 noted, 2 usage, 3 no answer of the store.
    """
    from weighbridge.claims.book import DEPLOYED
    from weighbridge.render.claims.text import amounts_text
    from weighbridge.rules.claim_reservation import peaks_of

    _check_holder(holder)
    with terminal.problems_reported():
        known = terminal.stack_named(terminal.root_of(root), stack, named)
        opened = _open(root, known)
        owner, own = opened.asked(known)
        store = opened.store or _not_asked_for()

        def decide(book: Book, now: int) -> tuple[Book, str]:
            claim = peaks_of(known, DEPLOYED, owner, own, now)
            return book.deployed(claim, holder), amounts_text(claim, opened.grounds.catalog)

        amounts = store.change(decide)
        terminal.put(f"{known} is noted as deployed: {amounts}\n")


@claim_app.command(epilog="Example: weighbridge claim release --holder pr-123")
def release(
    stack: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Argument(
            help="Only what is held of this stack. Left out: of all.",
            metavar="[STACK]",
            autocompletion=terminal.stacks_to_complete,
        ),
    ] = None,
    *,
    holder: Holder,
    named: StackOption = None,
    root: Root = None,
) -> None:
    """Give up what a pull request holds and waits for, when it is closed without being merged.

    After `pulumi destroy`, `release STACK --holder deployed` gives back what was deployed. Exit code 0 released, or
    there was nothing; 2 usage, 3 no answer of the store.
    """
    from weighbridge.claims.book import DEPLOYED

    with terminal.problems_reported():
        of_all = stack is None and named is None
        if holder == DEPLOYED and of_all:
            terminal.wrong(f"--holder {DEPLOYED}: name the one STACK that was destroyed")
        stack = None if of_all else terminal.stack_named(terminal.root_of(root), stack, named)
        store = _store(root)
        if store is None:
            terminal.put("nothing to release: the quota file names no store of claims\n")
            raise typer.Exit(OK)

        def decide(book: Book, _now: int) -> tuple[Book, tuple[str, ...]]:
            gone = (claim.stack for claim in book.of(holder) if stack in (None, claim.stack))
            return book.without(stack, holder), tuple(dict.fromkeys(gone))

        released = store.change(decide)
        of = f" of {stack}" if stack is not None else ""
        terminal.put(f"released: {', '.join(released)}\n" if released else f"{holder} holds nothing{of}\n")


@claim_app.command("list", epilog="Example: weighbridge claim list --format json")
def list_claims(format_: Format = ClaimFormat.TEXT, root: Root = None) -> None:
    """Show who holds what, until when, and who waits. Changes nothing.

    Exit code 0, also where the quota file names no store; 2 usage, 3 no answer of the store.
    """
    from weighbridge.catalog import load as load_catalog
    from weighbridge.render.claims import json as as_json
    from weighbridge.render.claims import text as as_text

    with terminal.problems_reported():
        store = _store(root)
        if store is None:
            _nothing_named(format_)
        book = store.read()
        if format_ is ClaimFormat.JSON:
            terminal.put(as_json.render_book(book, store.name))
        else:
            terminal.put(as_text.render_book(book, load_catalog(), terminal.style()))


@claim_app.command("next", epilog="Example: weighbridge claim next")
def next_in_line(format_: Format = ClaimFormat.TEXT, root: Root = None) -> None:
    """Say who of those that wait may go now, in order, and what keeps the others; what has expired is cleared away.

    Exit code 0, also where nobody waits or the quota file names no store; 2 usage, 3 no answer of the store.
    """
    from weighbridge.render.claims import json as as_json
    from weighbridge.render.claims import text as as_text
    from weighbridge.rules.claim_reservation import ClaimAnswer, line

    with terminal.problems_reported():
        opened = _open(root, None)
        if opened.store is None:
            _nothing_named(format_)

        def decide(book: Book, now: int) -> tuple[Book, tuple[ClaimAnswer, ...]]:
            return book, tuple(line(book, now, opened.grounds))

        answers = opened.store.change(decide)
        if format_ is ClaimFormat.JSON:
            terminal.put(as_json.render_line(answers))
        else:
            terminal.put(as_text.render_line(answers, terminal.style()))


@dataclass(frozen=True, slots=True)
class _Opened:
    """The store that the quota file names, and what claims are judged by."""

    store: BookStore | None
    grounds: Grounds

    def asked(self, stack: str) -> tuple[str, StackDemand]:
        """Who answers for a stack, and what it draws by its spec; ends the command where there is no such stack."""
        own = self.grounds.peaks.get(stack)
        if own is None:
            terminal.no_stack(stack, self.grounds.peaks)
        spec = self.grounds.specs.get(stack)
        return spec.owner if spec is not None else "", own


def _open(root: Path | None, judged: str | None) -> _Opened:
    from weighbridge.catalog import load as load_catalog
    from weighbridge.claims.opening import open_store
    from weighbridge.quota.demand import demand_of_stacks
    from weighbridge.rules.claim_reservation import Grounds
    from weighbridge.stacks.load import read_folder

    project, catalog = terminal.root_of(root), load_catalog()
    folder = read_folder(terminal.stacks_folder(project), catalog, judged, terminal.spec_cache(project))
    peaks = demand_of_stacks(folder.demands, folder.quota, catalog)
    return _Opened(open_store(folder.quota, project), Grounds(folder.quota, folder.specs, peaks, catalog))


def _store(root: Path | None) -> BookStore | None:
    """The store alone: to give something up no spec has to be right."""
    from weighbridge.claims.opening import open_store
    from weighbridge.stacks.load import parse_quota, read_stack_text
    from weighbridge.stacks.names import QUOTA

    project = terminal.root_of(root)
    file = terminal.stacks_folder(project) / QUOTA
    return open_store(parse_quota(read_stack_text(file), file), project)


def _not_asked_for() -> NoReturn:
    """Claims are off until the quota's owners name a store: a pipeline that reserves goes on without."""
    terminal.put(_NO_STORE)
    raise typer.Exit(OK)


def _nothing_named(format_: ClaimFormat) -> NoReturn:
    terminal.put("null\n" if format_ is ClaimFormat.JSON else "nobody claims anything: the quota file names no store\n")
    raise typer.Exit(OK)


def _check_holder(holder: str) -> None:
    from weighbridge.claims.book import DEPLOYED

    if not _HOLDER.fullmatch(holder):
        terminal.wrong(
            f"--holder {holder!r}: expected a name such as pr-123: letters, digits and . _ # / -, at most 100"
        )
    if holder == DEPLOYED:
        terminal.wrong(f"--holder {DEPLOYED}: that is how what exists is called; name the pull request, such as pr-123")


def _span(expires: str) -> timedelta:
    from datetime import timedelta

    from weighbridge.units import parse_duration

    longest = timedelta(days=90)
    try:
        lasts = parse_duration(expires)
    except ValueError as error:
        terminal.wrong(f"--expires {expires}: {error}")
    if lasts > longest:
        terminal.wrong(f"--expires {expires}: a claim lasts {longest.days}d at most; reserve again before it ends")
    return lasts
