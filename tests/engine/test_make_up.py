"""`make up` from nothing and without a terminal, with the real engine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.engine.bounded import Finished, finished
from tests.engine.cloud import names
from tests.engine.projects import REPOSITORY, edit, example

MAKE_SECONDS = 240.0


@pytest.fixture
def project(tmp_path):
    """The repository's project with an environment that is set up, and nothing that Pulumi has ever made."""
    folder = example(tmp_path / "project")
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(REPOSITORY / name, folder / name)
    (folder / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix, name))
    (folder / ".venv" / ".runtime").touch()
    return folder


def make_up(pulumi, project, stack: str, **extra: str) -> Finished:
    """Runs it with nothing on its standard input."""
    programs = project.parent / "bin"
    if not programs.exists():
        programs.mkdir()
        (programs / "pulumi").symlink_to(pulumi.installed.cli)
    environment = {**pulumi.environment, "PATH": f"{programs}:{pulumi.environment['PATH']}", **extra}
    return finished(["make", "up", f"STACK={stack}"], project, environment, MAKE_SECONDS)


def test_it_makes_the_stack_and_deploys_it_and_then_changes_nothing(pulumi, project):
    done = make_up(pulumi, project, "dev")
    assert done.code == 0, f"{done.text}\n{pulumi.words()}"
    assert "serve-l4" in names(pulumi.cloud.urns("create"))
    assert [file.name for file in project.rglob("Pulumi.*.yaml")] == ["Pulumi.dev.yaml"]
    settings = project / "stacks" / "Pulumi.dev.yaml"
    assert "encryptionsalt" in settings.read_text(encoding="utf-8")
    assert not list(Path(pulumi.environment["PULUMI_HOME"], "workspaces").glob("*")), "it selected the stack"

    # Whether the stack is there is asked without its passphrase, for which an attended run would be stopped.
    pulumi.must(project, "stack", "export", "--stack", "dev", PULUMI_CONFIG_PASSPHRASE="wrong")  # noqa: S106 - of no secret

    settings.unlink()  # as in the next run of CI
    operations = len(pulumi.cloud.operations)
    done = make_up(pulumi, project, "dev")
    assert done.code == 0, f"{done.text}\n{pulumi.words()}"
    assert len(pulumi.cloud.operations) == operations


def test_it_never_goes_without_the_pack(pulumi, project):
    edit(project, "dev", "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 20}")
    done = make_up(pulumi, project, "dev")
    assert done.code != 0
    assert "shared-quota" in done.text
    assert pulumi.cloud.operations == []


def test_a_misspelt_stack_is_not_made(pulumi, project):
    done = make_up(pulumi, project, "dve")
    assert done.code != 0
    assert "there is no stack 'dve'" in done.text
    assert "dve" not in pulumi.must(project, "stack", "ls").output
