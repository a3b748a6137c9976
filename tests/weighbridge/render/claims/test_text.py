"""Claims in words, within the width of the terminal."""

from tests.support.claim_books import L4, PROJECT, book, claim
from tests.support.specs import CATALOG
from weighbridge.claims.book import DEPLOYED
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import ClaimedUse
from weighbridge.quota.reservations import MACHINES
from weighbridge.render.claims.text import display, how_to_ask, render_answer, render_book, render_line
from weighbridge.rules.claim_reservation import ClaimAnswer, InTheWay

MINE, THEIRS = claim("dev", "pr-1", 2, ssd=1500), claim("prod", "pr-22", 7)


def test_a_claim_that_holds():
    assert render_answer(ClaimAnswer(MINE), CATALOG) == (
        "HELD  dev for pr-1 until 2026-12-02 11:06 UTC\n  2 NVIDIA L4, 1,500 SSD GB\n"
    )


def test_a_refused_claim_names_who_is_in_the_way_and_how_to_ask_them():
    deployed = ClaimedUse("prod", DEPLOYED, 1, None)
    reserved = ClaimedUse("prod", "pr-22", 3, THEIRS.until)
    in_the_way = (InTheWay(L4, reserved, "lead@example.com"), InTheWay(L4, deployed, "lead@example.com"))
    shown = render_answer(ClaimAnswer(MINE, ("serve: too much.",), in_the_way, 2, still_held=True), CATALOG)
    assert shown == (
        "REFUSED  dev for pr-1: nothing of it is held\n"
        "  serve: too much.\n"
        "\n"
        "In the way\n"
        "  prod by pr-22 until 2026-12-02: 3 NVIDIA L4. Ask lead@example.com, or comment\n"
        "    on pull request 22.\n"
        "  prod as it is deployed: 1 NVIDIA L4 more than the spec has; free once that is\n"
        "    deployed by lead@example.com.\n"
        "\n"
        "What pr-1 had reserved of dev before is still held.\n"
        "It waits in line, at place 2, until 2026-12-02 11:06 UTC. `weighbridge claim\n"
        "  next` says when it may go; then reserve again.\n"
    )


def test_the_line():
    assert render_line(()) == "nobody waits\n"
    assert render_line((ClaimAnswer(MINE), ClaimAnswer(THEIRS, ("too much.",), (), 2))) == (
        "MAY GO  pr-1: weighbridge claim reserve dev --holder pr-1\n"
        "WAITS  pr-22 for prod, until 2026-12-02 11:06 UTC\n"
        "  too much.\n"
    )


def test_the_book():
    assert render_book(book(), CATALOG) == "nobody claims anything\n"
    shown = render_book(book(claim("prod", DEPLOYED, 7), MINE, waiting=(THEIRS,)), CATALOG)
    assert shown == (
        "Held\n"
        "  prod as it is deployed, prod@example.com\n"
        "    7 NVIDIA L4\n"
        "  dev by pr-1 until 2026-12-02 11:06 UTC, dev@example.com\n"
        "    2 NVIDIA L4, 1,500 SSD GB\n"
        "In line\n"
        "  prod by pr-22 until 2026-12-02 11:06 UTC, prod@example.com\n"
        "    7 NVIDIA L4\n"
    )


def test_whom_to_ask():
    assert how_to_ask("lead@example.com", "pr-7") == " Ask lead@example.com, or comment on pull request 7."
    assert how_to_ask("", "pr-7") == " Ask in a comment on pull request 7."
    assert how_to_ask("lead@example.com", "release") == " Ask lead@example.com."
    assert how_to_ask("", "release") == ""


def test_limits_as_people_call_them():
    assert display(L4, CATALOG) == "NVIDIA L4"
    assert display(QuotaKey(PROJECT, "us-central1", f"{MACHINES}block"), CATALOG).startswith("machines of ")
    assert display(QuotaKey(PROJECT, "us-central1", "NEW-per-project"), CATALOG) == "NEW-per-project in us-central1"
