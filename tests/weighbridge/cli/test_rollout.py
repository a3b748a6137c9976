"""A whole rollout through the command line, every step previewed offline and judged by the pack."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.paths import ROOT
from weighbridge.cli import terminal
from weighbridge.cli.main import app

SRE, LEAD, OWNER = "sre-oncall@example.com", "lead-ranking@example.com", "ml-platform@example.com"


@pytest.fixture
def project(tmp_path) -> Path:
    for file in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(ROOT / file, tmp_path)
    for folder in ("stacks", "policies"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (tmp_path / "stacks").iterdir():
        file.chmod(0o644)
    return tmp_path


@pytest.fixture
def rollout(project, monkeypatch):
    """Runs `rollout` at a time of November 2026; gives the exit code and all that was printed."""

    def run(at: str, *arguments: str) -> tuple[int, str]:
        moment = datetime.fromisoformat(f"2026-11-{at}:00+00:00").astimezone(UTC)
        monkeypatch.setattr(terminal, "now", lambda: moment)
        name, *rest = arguments
        result = CliRunner().invoke(app, ["rollout", name, "ranker", "-s", "prod", "-C", str(project), *rest])
        return result.exit_code, result.output

    return run


def preview(project: Path) -> tuple[int, list[str]]:
    """Exit code, and what the canary policies say."""
    out = project / "out.json"
    ran = CliRunner().invoke(
        app, ["preview", "prod", "-C", str(project), "--format", "json", "-o", str(out)]
    )  # fmt: skip
    report = json.loads(out.read_text())
    assert ran.exit_code in (0, 1), report["failure"]
    said = [each["message"] for each in report["violations"] if each["policy"].startswith("canary")]
    return ran.exit_code, said


def approve(rollout, at: str, by: str = SRE) -> tuple[int, str]:
    return rollout(at, "approve", "--by", by, "--reason", "as good as v7")


def test_v8_goes_to_100_percent_and_becomes_stable(project, rollout):
    for approved, taken in (("19T12:00", "19T12:05"), ("20T13:00", "20T13:05")):
        assert approve(rollout, approved)[0] == 0
        assert rollout(taken, "advance")[0] == 0
        assert preview(project) == (0, [])
    assert rollout("20T13:06", "status")[1].splitlines()[0] == "ranker: v7 0%, v8 100% of the requests"

    assert rollout("21T14:00", "advance")[0] == 0
    assert rollout("21T14:01", "status")[1] == "ranker: v8 100% of the requests; no rollout\n"
    assert preview(project) == (0, [])


def test_a_rollback_at_50_percent(project, rollout):
    assert approve(rollout, "19T12:00")[0] == 0
    assert rollout("19T12:05", "advance")[0] == 0

    assert rollout("19T13:00", "rollback", "--reason", "p99 doubled")[0] == 0
    assert rollout("19T13:01", "status")[1].splitlines()[:2] == [
        "ranker: v7 100%, v8 0% of the requests",
        "Rolled back from 50% at 2026-11-19 13:00 UTC: p99 doubled",
    ]
    assert preview(project) == (0, [])
    assert rollout("19T14:00", "advance")[0] == 1
    assert rollout("19T14:01", "rollback")[0] == 0
    assert rollout("19T14:02", "status")[1] == "ranker: v7 100% of the requests; no rollout\n"
    assert preview(project) == (0, [])


def test_nothing_is_written_that_a_policy_would_block(project, rollout):
    spec = project / "stacks" / "prod.yaml"
    before = spec.read_bytes()

    assert approve(rollout, "19T12:00", OWNER)[0] == 1
    assert rollout("19T12:00", "advance")[0] == 1
    assert rollout("19T12:00", "approve", "--by", SRE, "--reason", "x", "--step", "100%")[0] == 1
    assert rollout("19T12:00", "rollback", "--dry-run")[0] == 0
    assert spec.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      at: 10%", "      at: 50%", ["ranker has reached 50%, which nobody approved"]),
        (
            f"{{step: 10%, by: {SRE}",
            f"{{step: 10%, by: {OWNER}",
            ["the approval of 10% for ranker is by ml-platform@example.com, who owns this spec"],
        ),
        ("at: 2026-11-18T10:30:00Z", "at: 2036-11-18T10:30:00Z", ["the approval of 10% for ranker is from 2036-11-18"]),
        ("at: 2026-11-18T10:30:00Z", "at: 2026-11-17T10:30:00Z", ["ranker went from 1% to 10% after 1h30m"]),
        (
            "        - {step: 1%, by",
            "        # - {step: 1%, by",
            ["ranker stands at 10%, and 1% was jumped over", "ranker has reached 1%"],
        ),
    ],
)
def test_a_spec_edited_around_the_rules_is_blocked_by_the_pack(project, old, new, said):
    spec = project / "stacks" / "prod.yaml"
    assert old in spec.read_text()
    spec.write_text(spec.read_text().replace(old, new, 1))

    code, found = preview(project)

    assert code == 1
    assert len(found) == len(said)
    for each in said:
        assert any(each in text for text in found)


def test_an_unknown_endpoint_and_stack(project):
    run = CliRunner().invoke
    none = run(app, ["rollout", "status", "rankr", "-s", "prod", "-C", str(project)])
    nowhere = run(app, ["rollout", "status", "ranker", "-s", "prd", "-C", str(project)])

    assert (none.exit_code, none.output) == (
        2,
        "weighbridge: prod has no endpoint 'rankr'; its endpoints: ranker. Did you mean `ranker`?\n",
    )
    assert nowhere.exit_code == 2
    assert "Did you mean `prod`?" in nowhere.output


def test_a_wrong_email_is_said(rollout):
    code, said = approve(rollout, "19T12:00", "me")

    assert code == 2
    assert said == ('weighbridge: --by: expected an e-mail address such as ml-platform@example.com, got "me".\n')
