"""What a ticket is for, and what it has of a preview."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.paths import project_with
from tests.support.results import admitted
from tests.weighbridge.preview.test_revision import git
from weighbridge.admission.ticket import PlannedUpdate
from weighbridge.preview.admission import not_committed, ticket_of, update_of


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stacks").mkdir()
    (tmp_path / "pack").mkdir()
    (tmp_path / "stacks" / "quota.yaml").write_text("version: 1\n")
    return tmp_path


def test_outside_a_repository_there_is_no_commit(folder):
    found = update_of(project_with(folder / "stacks"), "dev", folder / "pack")
    assert (found.project, found.stack, found.commit) == ("weighbridge", "dev", "")
    assert len(found.pack) == len(found.limits) == 64


def test_what_no_commit_has_is_named_and_tickets_are_not(folder):
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "c")
    (folder / ".weighbridge").mkdir()
    (folder / ".weighbridge" / "dev.ticket").write_text("x")
    assert not_committed(folder) == ()
    (folder / "new.py").write_text("x")
    (folder / "stacks" / "quota.yaml").write_text("version: 2\n")
    assert not_committed(folder) == ("new.py", "stacks/quota.yaml")
    assert len(update_of(project_with(folder / "stacks"), "dev", folder / "pack").commit) == 40


def test_the_ticket_has_the_peaks_of_the_preview():
    result = admitted()
    ticket = ticket_of(result, PlannedUpdate("p", "dev", "c", "k", "l"), timedelta(hours=1))
    assert ticket.peaks == {line.row.key: line.peak for line in result.quota if line.peak}
    assert ticket.peaks
    assert (ticket.issued, ticket.expires) == (result.at, result.at + timedelta(hours=1))
