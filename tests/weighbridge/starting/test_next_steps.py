"""What comes after a first project: only what is still to be done, in its order."""

import sys
from datetime import UTC, datetime

import pytest

from tests.weighbridge.starting.test_project_files import answers
from weighbridge.preview.result import PreviewResult, PreviewVerdict
from weighbridge.starting.next_steps import next_steps


def result(verdict):
    return PreviewResult(
        stack="dev", project="acme-ml", region="us-central1", owner="", production=False, verdict=verdict,
        at=datetime(2026, 11, 26, tzinfo=UTC), spec_file="stacks/dev.yaml",
    )  # fmt: skip


@pytest.mark.parametrize("environment", ["/home/me/project/.venv", "/usr"])
def test_what_is_done_is_not_named(environment, monkeypatch, tmp_path):
    monkeypatch.setattr("weighbridge.stacks.install_command._source", lambda: "/srv/weighbridge")
    (tmp_path / "requirements.txt").touch()
    monkeypatch.setattr(sys, "prefix", environment)
    steps = list(next_steps(answers(), result(PreviewVerdict.ADMITTED), tmp_path, "", fill_in_action=False))
    installs = [
        "python3 -m venv .venv   # for Pulumi",
        ".venv/bin/pip install /srv/weighbridge -r requirements.txt",
    ]
    assert steps == [
        "edit stacks/dev.yaml",
        "weighbridge preview dev",
        *(installs if environment == "/usr" else []),
        "weighbridge doctor dev   # what a deployment lacks",
        "pulumi up --stack dev --policy-pack policies",
    ]


def test_limits_that_are_not_known_come_first_of_what_is_edited(tmp_path):
    steps = list(next_steps(answers(), result(PreviewVerdict.BLOCKED), tmp_path, "cd new", fill_in_action=True))
    assert steps[-3].startswith("edit .github/workflows ")
    assert steps[:2] == ["cd new", "weighbridge quota pull   # or write the limits into stacks/quota.yaml"]
