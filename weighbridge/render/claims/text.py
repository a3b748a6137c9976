"""Claims for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from weighbridge.catalog import Catalog
from weighbridge.claims.book import Book, StackClaim
from weighbridge.files.model_problems import few
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.reservations import MACHINES, machines_quota
from weighbridge.render.style import BOLD, GREEN, RED, YELLOW, Style
from weighbridge.rules.claim_reservation import ClaimAnswer, InTheWay
from weighbridge.rules.shared_quota import claim_words

_PULL_REQUEST = re.compile(r"pr-([0-9]+)")


def render_answer(answer: ClaimAnswer, catalog: Catalog, style: Style = Style()) -> str:
    """What became of a claim that was asked for: held until when, or why not, who is in the way, and what is next."""
    return _text(_answer(answer, catalog, style), style)


def render_line(answers: Sequence[ClaimAnswer], style: Style = Style()) -> str:
    """Who waits, in order: who may go now, and what keeps the others."""
    if not answers:
        return style.spell("nobody waits\n")
    return _text((line for answer in answers for line in _in_line(answer, style)), style)


def render_book(book: Book, catalog: Catalog, style: Style = Style()) -> str:
    """Everything that is claimed, what waits last."""
    if not book.held and not book.waiting:
        return style.spell("nobody claims anything\n")
    return _text(_book(book, catalog, style), style)


def amounts_text(claim: StackClaim, catalog: Catalog) -> str:
    """What is claimed, such as ``7 NVIDIA L4, 52 N2 CPUs``."""
    return few(_amounts(claim, catalog)) or "nothing"


def _amounts(claim: StackClaim, catalog: Catalog) -> list[str]:
    return [f"{amount:,} {display(key, catalog)}" for key, amount in sorted(claim.amounts.items())]


def display(key: QuotaKey, catalog: Catalog) -> str:
    """How people call a limit."""
    if key.quota_id.startswith(MACHINES):
        return machines_quota(key).display
    known = catalog.units_of(key.quota_id, key.dimensions)
    return known.display if known is not None else str(key)


def how_to_ask(owner: str, holder: str) -> str:
    """Whom to ask to give a claim up, as a sentence."""
    pull_request = _PULL_REQUEST.fullmatch(holder)
    ways = [owner] if owner else []
    if pull_request is not None:
        return f" Ask {owner + ', or c' if owner else 'in a c'}omment on pull request {pull_request[1]}."
    return f" Ask {ways[0]}." if ways else ""


def _answer(answer: ClaimAnswer, catalog: Catalog, style: Style) -> Iterator[str]:
    claim = answer.claim
    if not answer.messages:
        yield f"{style.paint('HELD', GREEN)}  {claim.stack} for {claim.holder} {until(claim)}"
        yield f"  {amounts_text(claim, catalog)}"
        return
    yield f"{style.paint('REFUSED', RED)}  {claim.stack} for {claim.holder}: nothing of it is held"
    yield from (f"  {message}" for message in answer.messages)
    if answer.in_the_way:
        yield ""
        yield style.paint("In the way", BOLD)
        yield from (f"  {_holder(entry, catalog)}" for entry in answer.in_the_way)
    yield ""
    if answer.still_held:
        yield f"What {claim.holder} had reserved of {claim.stack} before is still held."
    yield (
        f"It waits in line, at place {answer.place}, {until(claim)}. `weighbridge claim next` says when it may go; "
        "then reserve again."
    )


def _holder(entry: InTheWay, catalog: Catalog) -> str:
    use = entry.use
    words = f"{claim_words(use)}: {use.amount:,} {display(entry.key, catalog)}"
    if use.until is None:
        owner = f" by {entry.owner}" if entry.owner else ""
        return f"{words} more than the spec has; free once that is deployed{owner}."
    return f"{words}.{how_to_ask(entry.owner, use.holder)}"


def _in_line(answer: ClaimAnswer, style: Style) -> Iterator[str]:
    claim = answer.claim
    if not answer.messages:
        command = f"weighbridge claim reserve {claim.stack} --holder {claim.holder}"
        yield f"{style.paint('MAY GO', GREEN)}  {claim.holder}: {command}"
        return
    yield f"{style.paint('WAITS', YELLOW)}  {claim.holder} for {claim.stack}, {until(claim)}"
    yield from (f"  {message}" for message in answer.messages)


def _book(book: Book, catalog: Catalog, style: Style) -> Iterator[str]:
    for title, claims in (("Held", book.held), ("In line", book.waiting)):
        if claims:
            yield style.paint(title, BOLD)
        for claim in claims:
            owner = f", {claim.owner}" if claim.owner else ""
            whose = f"as it is {claim.holder}" if claim.expires is None else f"by {claim.holder} {until(claim)}"
            yield f"  {claim.stack} {whose}{owner}"
            yield f"    {', '.join(_amounts(claim, catalog))}"


def until(claim: StackClaim) -> str:
    """When it ends."""
    return "until it is released" if claim.until is None else f"until {claim.until:%Y-%m-%d %H:%M} UTC"


def _text(lines: Iterator[str], style: Style) -> str:
    wrapped = (part for line in lines for part in _wrapped(line, style.width))
    return style.spell("\n".join(wrapped) + "\n")


def _wrapped(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]
