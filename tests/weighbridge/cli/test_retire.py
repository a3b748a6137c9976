"""`weighbridge retire`: what it writes, and whom it refuses."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.paths import ROOT
from tests.support.releases import OWNER, SRE
from weighbridge.cli import terminal
from weighbridge.cli.main import app
from weighbridge.stacks.load import read_spec

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    for file in (tmp_path / "stacks").iterdir():
        file.chmod(0o644)
    monkeypatch.setattr(terminal, "now", lambda: NOW)
    return tmp_path


def retire(project: Path, stack: str, *arguments: str) -> tuple[int, str]:
    given = ["retire", stack, "--reason", "moved: europe-west4", "-C", str(project), *arguments]
    done = CliRunner().invoke(app, given)
    return done.exit_code, done.output


def test_it_writes_one_line_and_says_what_comes_next(project):
    before = (project / "stacks" / "prod.yaml").read_text()
    code, output = retire(project, "prod", "--by", SRE)
    assert code == 0
    assert output.endswith(
        "Next: weighbridge preview prod, commit, and after review, within a day:\n"
        "  pulumi up --stack prod --policy-pack policies\n"
        "  pulumi destroy --stack prod\n"
    )
    line = f"retire: {{by: {SRE}, at: 2026-11-20T12:00:00Z, reason: 'moved: europe-west4'}}\n"
    assert (project / "stacks" / "prod.yaml").read_text() == before + line
    assert read_spec(project / "stacks" / "prod.yaml").production


@pytest.mark.parametrize(
    ("stack", "by", "message"),
    [
        (
            "prod",
            OWNER,
            (
                f"blocked: the retirement of prod is by {OWNER}, who owns this spec: let lead-ranking@example.com or "
                f"{SRE} run `weighbridge retire prod --reason TEXT`"
            ),
        ),
        ("prod", "stranger@example.com", "blocked: the retirement of prod is by stranger@example.com, and who may for"),
        ("dev", SRE, "blocked: dev is not production, so nothing protects it: `pulumi destroy --stack dev`"),
    ],
)
def test_whom_and_what_it_refuses(project, stack, by, message):
    file = project / "stacks" / f"{stack}.yaml"
    before = file.read_text()
    code, output = retire(project, stack, "--by", by)
    assert (code, output[: len(message)], file.read_text()) == (1, message, before)


def test_a_dry_run_writes_nothing(project):
    before = (project / "stacks" / "prod.yaml").read_text()
    assert retire(project, "prod", "--by", SRE, "--dry-run")[0] == 0
    assert (project / "stacks" / "prod.yaml").read_text() == before
