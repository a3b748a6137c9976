"""A whole rollout through the command line, every step previewed offline and judged by the pack."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS
from tests.support.specs import changed
from weighbridge.cli import terminal
from weighbridge.cli.main import app
from weighbridge.stacks.load import parse_spec

SRE, LEAD, OWNER = "sre-oncall@example.com", "lead-ranking@example.com", "ml-platform@example.com"
ENDPOINT = re.compile(r"^  ranker:\n(?:    .*\n)+", re.MULTILINE)


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


def ranker(project: Path) -> str:
    """The endpoint as the spec has it now."""
    found = ENDPOINT.search((project / "stacks" / "prod.yaml").read_text())
    assert found is not None
    return found[0]


def preview(project: Path, **endpoints: str) -> tuple[int, list[str]]:
    """Exit code, and what the canary policies say of production with these endpoints: one preview, many states."""
    spec, quota = project / "stacks" / "prod.yaml", project / "stacks" / "quota.yaml"
    named = (text.replace("ranker", name, 2) for name, text in endpoints.items())  # the key and the hostname
    text = changed(
        ENDPOINT.sub("".join(named), spec.read_text()),
        ("nodes: {min: 2, max: 6}", "nodes: {min: 2, max: 60}"),
    )
    assert list(parse_spec(text, spec).endpoints) == list(endpoints)
    spec.write_text(text)
    quota.write_text(quota.read_text().replace("limit: ", "limit: 9"))  # enough for all of them
    out = project / "out.json"
    arguments = ["preview", "prod", "-C", str(project), "--format=json", f"--output={out}"]
    ran = CliRunner().invoke(app, [*arguments, f"--pack-timeout={PATIENCE_SECONDS}"])
    report = json.loads(out.read_text())
    assert ran.exit_code in (0, 1), report["failure"]
    return ran.exit_code, [
        violation["message"] for violation in report["violations"] if violation["policy"].startswith("canary")
    ]


def approve(rollout, at: str, by: str = SRE) -> tuple[int, str]:
    return rollout(at, "approve", "--by", by, "--reason", "as good as v7")


def test_all_that_the_commands_write_is_admitted_by_the_pack(project, rollout):
    """Both ways that a rollout can end, from the same start; one preview judges every state on them."""
    spec = project / "stacks" / "prod.yaml"
    start = spec.read_text()
    taken_back = rolled_back_at_50_percent(project, rollout)
    spec.write_text(start)
    assert preview(project, **gone_to_100_percent(project, rollout), **taken_back) == (0, [])


def gone_to_100_percent(project, rollout) -> dict[str, str]:
    """The states on the way until v8 is stable."""
    states = {}
    for name, approved, taken in (("half", "19T12:00", "19T12:05"), ("all", "20T13:00", "20T13:05")):
        assert approve(rollout, approved)[0] == 0
        assert rollout(taken, "advance")[0] == 0
        states[name] = ranker(project)
    assert rollout("20T13:06", "status")[1].splitlines()[0] == "ranker: v7 0%, v8 100% of the requests"

    assert rollout("21T14:00", "advance")[0] == 0
    assert rollout("21T14:01", "status")[1] == "ranker: v8 100% of the requests; no rollout\n"
    return {**states, "stable": ranker(project)}


def rolled_back_at_50_percent(project, rollout) -> dict[str, str]:
    """The states from the rollback until v7 is alone."""
    assert approve(rollout, "19T12:00")[0] == 0
    assert rollout("19T12:05", "advance")[0] == 0

    assert rollout("19T13:00", "rollback", "--reason", "p99 doubled")[0] == 0
    assert rollout("19T13:01", "status")[1].splitlines()[:2] == [
        "ranker: v7 100%, v8 0% of the requests",
        "Rolled back from 50% at 2026-11-19 13:00 UTC: p99 doubled",
    ]
    back = ranker(project)
    assert rollout("19T14:00", "advance")[0] == 1
    assert rollout("19T14:01", "rollback")[0] == 0
    assert rollout("19T14:02", "status")[1] == "ranker: v7 100% of the requests; no rollout\n"
    return {"back": back, "removed": ranker(project)}


def test_nothing_is_written_that_a_policy_would_block(project, rollout):
    spec = project / "stacks" / "prod.yaml"
    before = spec.read_bytes()

    assert approve(rollout, "19T12:00", OWNER)[0] == 1
    assert rollout("19T12:00", "advance")[0] == 1
    assert rollout("19T12:00", "approve", "--by", SRE, "--reason", "x", "--step", "100%")[0] == 1
    assert rollout("19T12:00", "rollback", "--dry-run")[0] == 0
    assert spec.read_bytes() == before


EDITED = {
    "soon": (("      at: 10%", "      at: 50%"), ["soon has reached 50%, which nobody approved"]),
    "own": (
        (f"{{step: 10%, by: {SRE}", f"{{step: 10%, by: {OWNER}"),
        ["the approval of 10% for own is by ml-platform@example.com, who owns this spec"],
    ),
    "future": (
        ("at: 2026-11-18T10:30:00Z", "at: 2036-11-18T10:30:00Z"),
        ["the approval of 10% for future is from 2036-11-18"],
    ),
    "raw": (("at: 2026-11-18T10:30:00Z", "at: 2026-11-17T10:30:00Z"), ["raw went from 1% to 10% after 1h30m"]),
    "jump": (
        ("        - {step: 1%, by", "        # - {step: 1%, by"),
        ["jump stands at 10%, and 1% was jumped over", "jump has reached 1%"],
    ),
}


def test_a_spec_edited_around_the_rules_is_blocked_by_the_pack(project):
    right = ranker(project)
    code, messages = preview(project, right=right, **{name: changed(right, edit) for name, (edit, _) in EDITED.items()})

    assert code == 1
    expected = [text for _, texts in EDITED.values() for text in texts]
    assert len(messages) == len(expected)
    for text in expected:
        assert any(text in message for message in messages), (text, messages)


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
    code, output = approve(rollout, "19T12:00", "me")

    assert code == 2
    assert output == ('weighbridge: --by: expected an e-mail address such as ml-platform@example.com, got "me".\n')
