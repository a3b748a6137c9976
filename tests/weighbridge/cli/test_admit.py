"""`weighbridge admit`: a ticket after a clean preview of a commit, and none after anything else."""

from __future__ import annotations

import pytest

from tests.support.judged_previews import FITS, SHARED_QUOTA, TOO_MANY
from tests.support.signing_keys import write_keys
from tests.weighbridge.cli.test_main import change, command_line
from tests.weighbridge.cli.test_preview import project
from tests.weighbridge.preview.test_revision import git
from weighbridge.admission.keys import verifier
from weighbridge.admission.ticket import parse_ticket, ticket_file
from weighbridge.host import Outcome
from weighbridge.preview import run as preview_run

__all__ = ["command_line", "project"]


MAKE = "Make one: openssl genpkey -algorithm ed25519 -out admission.key"


@pytest.fixture
def asking(project, monkeypatch):
    """A commit that asks for tickets, and whose program fits; the private key lies elsewhere."""
    write_keys(project.parent / "admission.key", project / "policies" / "admission.pub")
    change(project, "keep_free: 10%", "admission: {public_key: policies/admission.pub}\nkeep_free: 10%", "quota.yaml")
    commit(project)
    monkeypatch.setattr(preview_run, "run_host", lambda *_: Outcome(FITS, (), (SHARED_QUOTA,)))
    return project


def commit(project):
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "c")


def admit(command_line, project, *more):
    return command_line(project, "admit", "dev", "--key", str(project.parent / "admission.key"), *more)


def test_a_clean_preview_is_signed(asking, command_line):
    ran = admit(command_line, asking)
    assert (ran.returncode, ran.stderr) == (0, "wrote .weighbridge/dev.ticket\n"), ran.stderr
    assert ran.stdout.startswith("ADMITTED  dev, commit ")
    text = ticket_file(asking, "dev").read_text()
    ticket = parse_ticket(text, verifier(asking / "policies" / "admission.pub"))
    assert (ticket.update.project, ticket.update.stack) == ("weighbridge", "dev")
    assert (ticket.expires - ticket.issued).total_seconds() == 3600
    assert ticket.peaks
    assert admit(command_line, asking).returncode == 0  # the ticket itself is no change


def test_what_is_blocked_has_no_ticket_and_the_old_one_is_gone(asking, command_line, monkeypatch):
    assert admit(command_line, asking).returncode == 0
    theirs = Outcome(TOO_MANY, (), ())
    monkeypatch.setattr(preview_run, "run_host", lambda *_: theirs)
    ran = admit(command_line, asking)
    assert (ran.returncode, ran.stderr) == (1, "weighbridge: no ticket was signed\n")
    assert ran.stdout.startswith("BLOCKED  dev")
    assert not ticket_file(asking, "dev").exists()


def test_what_no_commit_has_gets_no_ticket(asking, command_line):
    change(asking, "monthly_usd: 2500", "monthly_usd: 2600")
    ran = admit(command_line, asking)
    message = "weighbridge: a ticket is for a commit, and no commit has stacks/dev.yaml as it is: commit first\n"
    assert (ran.returncode, ran.stderr) == (2, message)


def test_a_key_that_the_pack_does_not_know_is_noticed_before_the_update(asking, command_line):
    write_keys(asking.parent / "admission.key", asking.parent / "other.pub")
    ran = admit(command_line, asking)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"weighbridge: --key {asking.parent}/admission.key does not fit policies/admission.pub, by which the pack "
        "checks tickets: sign with the private key of that one\n"
    )
    assert not ticket_file(asking, "dev").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--expires", "25h"], "weighbridge: --expires 25h: a ticket lasts 24h at most, as what it rests on changes\n"),
        (["--expires", "x"], "weighbridge: --expires x: expected a time span such as 30m, 24h or 7d\n"),
        (["--key", "none.key"], f"weighbridge: none.key can't be read: No such file or directory. {MAKE}\n"),
    ],
)  # fmt: skip
def test_a_mistake_is_said(asking, command_line, more, message):
    ran = admit(command_line, asking, *more)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", message)


def test_where_no_ticket_is_asked_for_there_is_none(project, command_line):
    ran = admit(command_line, project)
    assert ran.returncode == 2
    assert ran.stderr.startswith("weighbridge: the quota file asks for no tickets, so an update needs none.")


def test_an_unknown_stack_is_said_before_all_else(project, command_line):
    ran = command_line(project, "admit", "-s", "dve", "--key", "none")
    message = "weighbridge: there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?\n"
    assert (ran.returncode, ran.stderr) == (2, message)


def test_the_ticket_may_lie_elsewhere(asking, command_line):
    ran = admit(command_line, asking, "-o", str(asking.parent / "dev.ticket"), "--expires", "2h")
    assert ran.returncode == 0
    assert (asking.parent / "dev.ticket").exists()
