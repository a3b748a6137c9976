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
from tests.support.releases import LEAD, OWNER, PRODUCTION, SRE
from tests.support.specs import changed
from weighbridge.cli import terminal
from weighbridge.cli.main import app
from weighbridge.rollouts.fingerprint import fingerprint
from weighbridge.stacks.load import parse_spec

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
    original = spec.read_text()
    named = (_named(name, text, original) for name, text in endpoints.items())
    text = changed(
        ENDPOINT.sub("".join(named), original),
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
        violation["message"]
        for violation in report["violations"]
        if violation["policy"].startswith("canary") and violation["level"] == "mandatory"
    ]


def _named(name: str, text: str, around: str) -> str:
    """The endpoint under another name and host, its records written as they would be there."""
    text = text.replace("ranker", name, 2)  # the key and the hostname
    endpoint = parse_spec(ENDPOINT.sub(lambda _: text, around), Path("prod.yaml")).endpoints[name]
    was = endpoint.model_copy(update={"hostname": "ranker.example.com"})
    for version in endpoint.versions:
        old, new = fingerprint(PRODUCTION, "ranker", was, version), fingerprint(PRODUCTION, name, endpoint, version)
        text = text.replace(old, new)
    return text


def approve(rollout, at: str, by: str = SRE) -> tuple[int, str]:
    return rollout(at, "approve", "--by", by, "--reason", "as good as v7")


@pytest.mark.slow
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
    code, refused = rollout("19T14:01", "rollback")
    assert (code, refused.partition(" (")[0]) == (
        1,
        "blocked: ranker is rolled back already, from 50% at 2026-11-19T13:00:00Z",
    )
    assert ranker(project) == back
    assert rollout("19T14:01", "rollback", "--remove")[0] == 0
    assert rollout("19T14:02", "status")[1] == "ranker: v7 100% of the requests; no rollout\n"
    return {"back": back, "removed": ranker(project)}


def test_nothing_is_written_that_a_policy_would_block(project, rollout):
    spec = project / "stacks" / "prod.yaml"
    before = spec.read_bytes()

    assert approve(rollout, "19T12:00", OWNER)[0] == 1
    assert rollout("19T12:00", "advance")[0] == 1
    assert rollout("19T12:00", "approve", "--by", SRE, "--reason", "x", "--step", "100%")[0] == 1
    assert rollout("19T12:00", "rollback", "--dry-run")[0] == 0
    assert approve(rollout, "19T12:00", "stranger@example.com")[0] == 1
    assert spec.read_bytes() == before


def test_advance_names_what_is_missing(rollout):
    assert rollout("18T12:00", "advance") == (
        1,
        (
            "blocked: ranker can't go from 10% to 50% yet: 10% began at 2026-11-18T10:30:00Z and bakes for 1d, so wait "
            "until 2026-11-19T10:30:00Z\n"
            f"blocked: ranker can't go from 10% to 50% yet: nobody approved 50%, so let {LEAD} or {SRE} run "
            "`weighbridge rollout "
            "approve ranker -s prod --reason TEXT`\n"
        ),
    )


def test_a_rollback_waits_for_no_quota_file(project, rollout):
    (project / "stacks" / "quota.yaml").write_text("broken: [")
    assert approve(rollout, "19T12:00")[0] == 2
    assert rollout("19T12:00", "rollback")[0] == 0


def judged(project: Path, *arguments: str) -> tuple[int, list[dict[str, str]]]:
    """A preview of prod: exit code, and what blocks it or, with `advice`, all that is said."""
    out = project / "out.json"
    done = CliRunner().invoke(
        app,
        [
            "preview",
            "prod",
            "-C",
            str(project),
            "--format=json",
            f"--output={out}",
            f"--pack-timeout={PATIENCE_SECONDS}",
        ],
    )
    return done.exit_code, json.loads(out.read_text())["violations"]


@pytest.mark.slow
def test_a_spec_of_before_is_brought_to_admitted_by_the_commands_that_the_findings_name(project, rollout, shared):
    """The example as it was written, without records. Needs the reference material beside the repository."""
    for name in ("prod", "staging", "dev", "quota"):
        shutil.copy(shared("design/examples") / f"{name}.yaml", project / "stacks")
        (project / "stacks" / f"{name}.yaml").chmod(0o644)
    code, found = judged(project)
    blocking = [violation for violation in found if violation["level"] == "mandatory"]
    assert (code, {violation["policy"] for violation in blocking}) == (1, {"canary-approval"})
    commands = {
        f"weighbridge rollout accept ranker -s prod --version {version} --reason TEXT" for version in ("v7", "v8")
    }
    commands.add("weighbridge rollout approve ranker -s prod --reason TEXT")
    messages = " ".join(violation["message"] for violation in blocking)
    assert set(re.findall("`(weighbridge [^`]*)`", messages)) == commands

    for version in ("v7", "v8"):
        assert rollout("19T12:00", "accept", "--version", version, "--by", SRE, "--reason", "serves since May")[0] == 0
    code, output = approve(rollout, "19T12:05")
    assert code == 0
    assert output.startswith("approvals confirmed for v8 as it is now: 1%, 10%; no further step approved\n")
    code, found = judged(project)
    assert (code, {violation["level"] for violation in found}) == (0, {"advisory"})
    code, output = approve(rollout, "19T12:10")
    assert (code, "step: 50%" in output) == (0, True)


def test_all_versions_are_accepted_at_once_and_then_there_is_nothing_to_do(project, rollout):
    spec = project / "stacks" / "prod.yaml"
    spec.write_text(re.sub(r"\n *accepted: .*", "", spec.read_text()))
    assert rollout("19T12:00", "accept", "--by", SRE, "--reason", "serve since May")[0] == 0
    assert spec.read_text().count("accepted: {as: ") == 2
    assert rollout("19T12:00", "accept", "--by", SRE, "--reason", "serve since May") == (
        0,
        "nothing to do: every version of ranker in prod is accepted as it is\n",
    )


@pytest.mark.slow
def test_production_that_is_said_to_be_none_is_blocked_whatever_is_advisory(project):
    """Also where the quota file lists no stacks: the records say that it was production."""
    spec, quota = project / "stacks" / "prod.yaml", project / "stacks" / "quota.yaml"
    text = changed(spec.read_text(), ("production: true ", "production: false "), ("ranker/v7", "ranker/v6"))
    spec.write_text(f"{text}advisory: [canary-approval, canary-steps]\n")
    quota.write_text(re.sub(r"\nstacks: .*\n(  .*\n)+", "\n", quota.read_text()))
    code, found = judged(project)
    (blocking,) = (violation for violation in found if violation["level"] == "mandatory")
    assert (code, blocking["policy"]) == (1, "shared-quota")
    assert blocking["message"] == (
        "stacks/prod.yaml no longer says `production: true`, and v8 of ranker was accepted on production. Set it "
        "again; to take the stack down, `weighbridge retire prod --reason TEXT`; to make it another kind of stack, "
        "take its `accepted` out and have its versions accepted anew."
    )


@pytest.mark.slow
def test_a_stack_that_is_no_production_shows_the_same_as_advice(project):
    spec = project / "stacks" / "prod.yaml"
    quota = project / "stacks" / "quota.yaml"
    quota.write_text(
        changed(quota.read_text(), ("prod: {production: true, hostnames: [ranker.example.com]}", "prod: {}"))
    )
    text = changed(spec.read_text(), ("production: true ", "production: false "))
    spec.write_text(re.sub(r"\n *accepted: .*", "", text))
    code, found = judged(project)
    of_release = [violation["message"] for violation in found if violation["policy"] == "canary-approval"]
    assert code == 0
    assert len(of_release) == 4  # two versions, two approvals


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


NOTHING = "import pulumi\n"
"""A program that creates nothing."""


@pytest.mark.parametrize("program", [NOTHING, pytest.param(None, marks=pytest.mark.slow)], ids=["nothing", "whole"])
def test_a_spec_edited_around_the_rules_is_blocked_by_the_pack(project, program):
    """The pack reads the spec, whatever a program creates: one that creates nothing lacks the routes in addition."""
    if program is not None:
        (project / "__main__.py").write_text(program)
    right = ranker(project)
    code, messages = preview(project, right=right, **{name: changed(right, edit) for name, (edit, _) in EDITED.items()})

    assert code == 1
    expected = [text for _, texts in EDITED.values() for text in texts]
    if program is not None:
        expected += [f"no HTTPRoute serving/{name} that carries it out" for name in ("right", *EDITED)]
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


def test_that_no_rollout_is_going_on_is_said_beside_the_empty_list(project, rollout):
    assert rollout("19T12:00", "rollback", "--reason", "errors")[0] == 0
    ran = CliRunner().invoke(app, ["rollout", "list", "-C", str(project)])
    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "", "no rollout is going on\n")
