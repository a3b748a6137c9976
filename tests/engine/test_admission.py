"""Tickets under the real engine: no update begins without one for exactly this commit, and a preview needs none."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from tests.engine.bounded import Finished, finished
from tests.engine.cloud import names
from tests.engine.engine import PACK, UP, RealEngine
from tests.engine.projects import edit, example, weighbridge
from tests.engine.test_life_cycle import AUTOMATION
from tests.support.signing_keys import write_keys
from tests.weighbridge.preview.test_revision import git
from weighbridge.admission.keys import signer
from weighbridge.admission.ticket import Ticket, ticket_file, ticket_text
from weighbridge.files.project import read_project
from weighbridge.preview.admission import update_of

KEY = "keys/admission.key"
NONE = "dev may not be updated without a ticket, and .weighbridge/dev.ticket is none. Preview this commit and have it"


class Gated:
    """The stack dev of a commit whose quota file asks for tickets; nothing is deployed."""

    def __init__(self, pulumi: RealEngine, folder: Path) -> None:
        self.pulumi, self.project = pulumi, example(folder)
        pulumi.init(self.project, "dev")
        (self.project / "keys").mkdir()
        write_keys(self.project / KEY, self.project / "stacks" / "admission.pub")
        edit(self.project, "quota", "keep_free: 10%", "admission: {public_key: stacks/admission.pub}\nkeep_free: 10%")
        (self.project / ".gitignore").write_text("keys/\n.weighbridge/\n__pycache__/\n*.jsonl\n", encoding="utf-8")
        git(self.project, "init", "--quiet")
        self.commit()

    def commit(self) -> None:
        git(self.project, "add", "--all")
        git(self.project, "commit", "--quiet", "--message", "c")

    def admit(self) -> None:
        done = weighbridge(self.project, "admit", "dev", "--key", KEY)
        assert done.code == 0, done.text

    def sign(self, begins: timedelta = timedelta(0)) -> None:
        """A ticket without any amount, signed as it should be, whose hour began a while ago."""
        issued = datetime.now(UTC).replace(microsecond=0) + begins
        update = update_of(read_project(self.project), "dev", self.project / "policies")
        file = ticket_file(self.project, "dev")
        file.parent.mkdir(exist_ok=True)
        ticket = Ticket(update, {}, issued, issued + timedelta(hours=1))
        file.write_text(ticket_text(ticket, signer(str(self.project / KEY))), encoding="ascii")

    def refused(self, words: str, *command: str) -> None:
        """It is refused before anything is created."""
        before = len(self.pulumi.cloud.operations)
        done = self.pulumi.run(self.project, *(command or UP), "--stack", "dev", *PACK)
        self.was_refused(done, words, before)

    def was_refused(self, done: Finished, words: str, before: int) -> None:
        assert done.code != 0, done.text
        assert words in " ".join(done.text.split()), done.text
        assert len(self.pulumi.cloud.operations) == before

    def automated(self) -> Finished:
        """``up`` by the Automation API."""
        programs = self.project.parent / "bin"
        programs.mkdir(exist_ok=True)
        if not (programs / "pulumi").exists():
            (programs / "pulumi").symlink_to(self.pulumi.installed.cli)
        environment = {**self.pulumi.environment, "PATH": f"{programs}:{self.pulumi.environment['PATH']}"}
        return finished([sys.executable, "-c", dedent(AUTOMATION), str(self.project)], self.project, environment, 180)


@pytest.fixture
def gated(pulumi, tmp_path) -> Gated:
    return Gated(pulumi, tmp_path / "project")


def test_without_a_ticket_nothing_begins_and_a_preview_goes(gated):
    gated.pulumi.must(gated.project, "preview", "--stack", "dev", *PACK)
    gated.refused(NONE)
    gated.refused(NONE, "up", "--yes")
    gated.was_refused(gated.automated(), NONE, 0)
    assert gated.pulumi.cloud.operations == []


def test_a_ticket_of_anything_else_is_none(gated):
    gated.sign(begins=timedelta(hours=-2))
    gated.refused("does not admit this update: it ended at")
    gated.admit()
    edit(gated.project, "quota", "keep_free: 10%", "keep_free: 9%")
    gated.refused("does not admit this update: the quota file was another one.")
    gated.commit()
    gated.refused("does not admit this update: it is for commit")
    gated.admit()
    edit(gated.project, "dev", "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 1}")
    gated.refused("it is for a commit, which has stacks/dev.yaml otherwise.")
    policies = gated.project / "policies" / "__main__.py"
    text = policies.read_text(encoding="utf-8")
    policies.write_text(f"{text}\n# more\n", encoding="utf-8")
    gated.refused("another policy pack judged it")
    policies.write_text(text, encoding="utf-8")
    edit(gated.project, "dev", "nodes: {min: 0, max: 1}", "nodes: {min: 0, max: 2}")
    assert gated.pulumi.cloud.operations == []
    gated.sign()
    done = gated.pulumi.run(gated.project, *UP, "--stack", "dev", *PACK)
    assert done.code != 0
    assert "and its ticket has 0 in us-central1" in " ".join(done.text.split())
    assert not {"serve-l4", "system"} & names(gated.pulumi.cloud.urns("create"))


def test_with_its_ticket_an_update_goes_and_what_it_makes_can_be_destroyed_without(gated):
    gated.admit()
    done = gated.automated()
    assert done.code == 0, f"{done.text}\n{gated.pulumi.words()}"
    assert "serve-l4" in names(gated.pulumi.cloud.urns("create"))
    gated.pulumi.up(gated.project, "dev")
    ticket_file(gated.project, "dev").unlink()
    gated.refused(NONE)
    gated.pulumi.must(gated.project, "destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert set(gated.pulumi.cloud.urns("create")) == set(gated.pulumi.cloud.urns("delete"))
