"""`weighbridge plan --apply`: what is written, what isn't and why."""

import pytest
from typer.testing import CliRunner

from tests.support.paths import copy_project
from weighbridge.cli.main import app

RANKER = """\
version: 1
workloads:
  ranker:
    service_time: {base: 200ms}
    demand: {rate: 20}
    hardware: {machine_types: [g2-*], per_replica: {accelerator: nvidia-l4}}
    objective: {wait: 100ms}
"""


@pytest.fixture
def project(tmp_path):
    copy_project(tmp_path / "project")
    return tmp_path / "project"


def planned(project, *arguments, text=RANKER):
    file = project / "workloads.yaml"
    file.write_text(text)
    return CliRunner().invoke(app, ["plan", str(file), "-C", str(project), *arguments])


def test_a_trial_shows_the_change_and_writes_nothing(project):
    before = (project / "stacks" / "prod.yaml").read_text()
    result = planned(project, "--apply", "prod", "--dry-run")
    assert result.exit_code == 0
    assert "+    nodes: {min: 8, max: 9}" in result.output
    assert "nothing was written (--dry-run)" in result.output
    assert (project / "stacks" / "prod.yaml").read_text() == before


def test_what_does_not_fit_is_not_written(project):
    before = (project / "stacks" / "dev.yaml").read_text()
    result = planned(project, "--apply", "dev", text=RANKER.replace("rate: 20", "rate: 200"))
    assert result.exit_code == 1
    assert "nothing was written: no hardware fits what is left of the quota for dev" in result.output
    assert (project / "stacks" / "dev.yaml").read_text() == before


@pytest.mark.slow
def test_what_a_policy_blocks_is_put_back_as_it_was(project):
    before = (project / "stacks" / "prod.yaml").read_text()
    two = RANKER.replace("{accelerator: nvidia-l4}", "{accelerator: nvidia-l4, devices: 2}").replace(
        "rate: 20", "rate: 5"
    )
    result = planned(project, "--apply", "prod", text=two)
    assert result.exit_code == 1
    assert "stacks/prod.yaml is as it was: canary-approval: " in result.output
    assert (project / "stacks" / "prod.yaml").read_text() == before


@pytest.mark.slow
def test_what_is_admitted_is_written(project):
    result = planned(project, "--apply", "staging", text=RANKER.replace("rate: 20", "rate: 5"))
    assert result.exit_code == 0
    assert "staging would be ADMITTED with it" in result.output
    assert "machine_type: g2-standard-4" in (project / "stacks" / "staging.yaml").read_text()
    again = planned(project, "--apply", "staging", text=RANKER.replace("rate: 20", "rate: 5"))
    assert "has this hardware already" in again.output
