"""The gate as `pulumi up` meets it: nothing is created without a ticket for exactly this, and previews need none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policies.gate import gate_of
from tests.support.graphs import STACK, cluster, node_pool, resource
from tests.support.paths import project_with
from tests.support.policy_pack import RunningPack, messages
from tests.support.quota_demand import QUOTA
from tests.support.signing_keys import write_keys
from tests.support.specs import CATALOG
from tests.weighbridge.preview.test_revision import git
from weighbridge.admission.keys import signer
from weighbridge.admission.ticket import PlannedUpdate, Ticket, ticket_file, ticket_text
from weighbridge.preview.admission import update_of
from weighbridge.quota.holders import graph_demand
from weighbridge.spec.quota_file import AdmissionGate

NOW = datetime(2026, 11, 24, tzinfo=UTC)
THE_STACK = resource(STACK, "weighbridge-dev", {}, provider_inputs=None)
POOL = node_pool(autoscaling={"totalMaxNodeCount": 5.0})
ASKED = AdmissionGate(public_key="admission.pub")
NONE = (
    "dev may not be updated without a ticket, and .weighbridge/dev.ticket is none. Preview this commit and have it "
    "admitted: weighbridge admit dev."
)


@pytest.fixture
def project(stacks: Path) -> Path:
    """A commit of a project whose quota file asks for tickets; its folder."""
    folder = stacks.parent
    quota = stacks / "quota.yaml"
    quota.write_text(f"{quota.read_text()}admission: {{public_key: admission.pub}}\n")
    write_keys(folder / "admission.key", folder / "admission.pub")
    (folder / "pack").mkdir(exist_ok=True)
    git(folder, "init", "--quiet")
    git(folder, "add", "stacks")
    git(folder, "commit", "--quiet", "--message", "c")
    return folder


def update(project: Path) -> PlannedUpdate:
    return update_of(project_with(project / "stacks"), "dev", project / "pack")


def write_ticket(project: Path, of: PlannedUpdate, key: str = "admission.key", **changed: Any) -> None:
    peaks = {key: drawn.peak for key, drawn in graph_demand([cluster(), POOL], QUOTA, CATALOG).drawn.items()}
    ticket = replace(Ticket(of, peaks, NOW, NOW + timedelta(hours=1)), **changed)
    file = ticket_file(project, "dev")
    file.parent.mkdir(exist_ok=True)
    file.write_text(ticket_text(ticket, signer(str(project / key))))


def closed(project: Path, now: datetime = NOW) -> str:
    """Why it is; empty where it is open."""
    return gate_of(project_with(project / "stacks"), "dev", ASKED, project / "pack", now).closed or ""


def test_a_ticket_for_exactly_this_opens_it(project):
    assert closed(project) == NONE
    write_ticket(project, update(project))
    assert closed(project) == ""


def test_whatever_differs_keeps_it_closed(project):
    write_ticket(project, update(project))
    assert closed(project, NOW + timedelta(hours=1)) == (
        ".weighbridge/dev.ticket does not admit this update: it ended at 2026-11-24T01:00:00Z. Preview this commit and "
        "have it admitted: weighbridge admit dev."
    )
    (project / "pack" / "more.py").write_text("x = 1\n")
    assert "another policy pack judged it" in closed(project)
    (project / "pack" / "more.py").unlink()
    quota = project / "stacks" / "quota.yaml"
    quota.write_text(f"{quota.read_text()}# more\n")
    assert "the quota file was another one" in closed(project)
    git(project, "commit", "--quiet", "--all", "--message", "c")
    assert "it is for commit " in closed(project)


def test_what_was_edited_since_its_commit_keeps_it_closed(project):
    write_ticket(project, update(project))
    (project / "new.json").write_text("{}")
    assert closed(project) == "", "what the run itself writes was never in a commit"
    spec = project / "stacks" / "dev.yaml"
    spec.write_text(f"{spec.read_text()}# more\n")
    assert closed(project) == (
        ".weighbridge/dev.ticket does not admit this update: it is for a commit, which has stacks/dev.yaml otherwise. "
        "Preview this commit and have it admitted: weighbridge admit dev."
    )
    prod = project / "stacks" / "prod.yaml"
    prod.rename(project / "prod.yaml")
    assert "has stacks/dev.yaml and 1 more otherwise" in closed(project)


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_a_mark_in_the_index_hides_no_edit(project, mark):
    write_ticket(project, update(project))
    spec = project / "stacks" / "dev.yaml"
    git(project, "update-index", mark, "stacks/dev.yaml", "stacks/prod.yaml")
    assert closed(project) == ""
    spec.write_text(f"{spec.read_text()}# more\n")
    assert "it is for a commit, which has stacks/dev.yaml otherwise" in closed(project)
    spec.unlink()
    sparse = mark == "--skip-worktree"
    assert ("has stacks/dev.yaml otherwise" in closed(project)) is not sparse, "a sparse work tree may lack files"


def test_a_ticket_of_another_stack_or_another_key_keeps_it_closed(project):
    write_ticket(project, replace(update(project), stack="prod"))
    assert "it is for stack prod of project weighbridge" in closed(project)
    write_keys(project / "other.key", project / "other.pub")
    write_ticket(project, update(project), "other.key")
    assert "it is not signed by the key that the quota file names" in closed(project)
    ticket_file(project, "dev").write_bytes(b"\xff")
    assert closed(project) == NONE


def test_what_cannot_be_told_keeps_it_closed(project):
    write_ticket(project, update(project))
    (project / "admission.pub").unlink()
    assert closed(project).startswith("whether .weighbridge/dev.ticket admits this update can't be told: ")


def test_a_file_that_a_disk_does_not_give_keeps_it_closed(project, monkeypatch):
    write_ticket(project, update(project))

    def fails(*_: Any) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("policies.gate.edited_since", fails)
    assert closed(project) == (
        "whether .weighbridge/dev.ticket admits this update can't be told: [Errno 5] Input/output error"
    )


def test_what_is_no_regular_file_is_no_ticket(project):
    ticket = ticket_file(project, "dev")
    ticket.parent.mkdir()
    ticket.symlink_to("/dev/null")
    assert closed(project) == NONE


def test_nothing_is_created_without_a_ticket_and_a_preview_needs_none(project, start: Callable[..., RunningPack]):
    pack = start()
    assert pack.preview(THE_STACK, cluster(), POOL) == []
    created, stopped = pack.create(THE_STACK, cluster(), POOL)
    assert (created, stopped) == ([], [NONE])
    write_ticket(project, update(project))
    assert pack.create(THE_STACK, cluster(), POOL) == ([THE_STACK.name, cluster().name, POOL.name], [])


def test_what_the_program_makes_beyond_the_ticket_is_not_created(project, start: Callable[..., RunningPack]):
    pack = start()
    write_ticket(project, update(project), peaks={})
    created, stopped = pack.create(THE_STACK, cluster(), POOL)
    assert created == [THE_STACK.name]
    assert "and its ticket has 0" in stopped[0]


def test_where_pulumi_announces_no_update_nothing_is_asked(project, start: Callable[..., RunningPack]):
    """`pulumi policy analyze` creates nothing."""
    pack = start()
    pack.configure()
    assert messages(pack.analyze(THE_STACK)) == []
