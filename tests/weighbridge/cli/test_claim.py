"""Claims as a pull request's pipeline meets them: exit codes, what is printed, what is kept."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml

from tests.support.stacks_folder import small_quota, small_spec, write
from weighbridge.cli import main
from weighbridge.cloud_api.identity import own_identity

SPECS = {"dev": 4, "prod": 4}
LIMITS = [
    {"quota": "NVIDIA-L4-GPUS-per-project-region", "region": "us-central1", "limit": 10},
    {"quota": "CPUS-per-project-region", "region": "us-central1", "limit": 1000},
    {"quota": "GPUS-ALL-REGIONS-per-project", "region": "global", "limit": 1000},
    {"quota": "SSD-TOTAL-GB-per-project-region", "region": "us-central1", "limit": 100_000},
    {"quota": "INSTANCES-per-project-region", "region": "us-central1", "limit": 1000},
    {"quota": "IN-USE-ADDRESSES-per-project-region", "region": "us-central1", "limit": 1000},
]


@pytest.fixture
def project(tmp_path):
    """Two stacks of four L4 of ten, and a store that is empty."""
    (tmp_path / "Pulumi.yaml").write_text("name: weighbridge\nruntime: python\n")
    (tmp_path / "held").mkdir()
    write(tmp_path / "stacks", quota=small_quota(limits=LIMITS, claims={"store": "held"}))
    for stack, most in SPECS.items():
        lower(tmp_path, stack, most)
    return tmp_path


def lower(project, stack, most):
    pool = {
        "machine_type": "g2-standard-8",
        "nodes": {"min": 0, "max": most},
        "upgrade": {"max_surge": 0, "max_unavailable": 1},
    }
    write(project / "stacks", **{stack: small_spec(stack, serve=pool)})


@pytest.fixture
def run(project, monkeypatch, capsys):
    def command(*arguments):
        monkeypatch.chdir(project)
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(sys, "argv", ["weighbridge", "claim", *arguments])
        code = main.run()
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return command


def held(run):
    found = json.loads(run("list", "--format", "json").stdout)
    l4 = LIMITS[0]["quota"]
    return {
        kind: [(one["stack"], one["holder"], amount["amount"]) for one in found[kind] for amount in one["amounts"]
               if amount["quota"] == l4]
        for kind in ("held", "waiting")
    }  # fmt: skip


def test_two_that_fit_together_both_pass_and_the_third_waits_until_one_gives_up(project, run):
    lower(project, "dev", 5)
    assert run("reserve", "dev", "--holder", "pr-1").returncode == 0
    lower(project, "dev", 4)
    lower(project, "prod", 5)
    assert run("reserve", "prod", "--holder", "pr-2").returncode == 0
    lower(project, "prod", 6)
    refused = run("reserve", "prod", "--holder", "pr-3", "--expires", "2d")
    assert refused.returncode == 1
    assert refused.stdout.startswith(
        "REFUSED  prod for pr-3: nothing of it is held\n"
        "  serve: 6 NVIDIA L4 at peak; other stacks 4 (dev 4); outside 0; claimed 6 (prod\n"
    ), refused.stdout
    assert "by pr-2 until" in refused.stdout
    assert "Ask ml@example.com, or comment on pull request 2." in " ".join(refused.stdout.split())
    assert "It waits in line, at place 1" in refused.stdout
    assert held(run) == {"held": [("dev", "pr-1", 5), ("prod", "pr-2", 5)], "waiting": [("prod", "pr-3", 6)]}
    waits = run("next")
    assert (waits.returncode, waits.stdout.startswith("WAITS  pr-3 for prod, until ")) == (0, True)
    assert run("release", "--holder", "pr-2").stdout == "released: prod\n"
    assert run("next").stdout.startswith("WAITS")  # dev has 5 now
    assert run("release", "dev", "--holder", "pr-1").returncode == 0
    assert run("next").stdout == "MAY GO  pr-3: weighbridge claim reserve prod --holder pr-3\n"
    assert json.loads(run("next", "--format", "json").stdout)["waiting"][0]["may_go"] is True
    assert run("reserve", "prod", "--holder", "pr-3").stdout.startswith("HELD  prod for pr-3 until 2")
    assert run("next").stdout == "nobody waits\n"


def test_what_is_deployed_counts_until_it_is_destroyed(project, run):
    lower(project, "prod", 6)
    assert run("reserve", "prod", "--holder", "pr-1").returncode == 0
    noted = run("commit", "prod", "--holder", "pr-1")
    assert (noted.returncode, noted.stdout.startswith("prod is noted as deployed: ")) == (0, True)
    assert held(run)["held"] == [("prod", "deployed", 6)]
    (project / "stacks" / "prod.yaml").unlink()
    lower(project, "dev", 5)
    refused = run("reserve", "dev", "--holder", "pr-2")
    assert refused.returncode == 1
    assert "claimed 6 (prod as it is deployed 6)" in " ".join(refused.stdout.split())
    assert "free once that is deployed by ml@example.com." in " ".join(refused.stdout.split())
    assert run("release", "prod", "--holder", "deployed").stdout == "released: prod\n"
    assert run("reserve", "dev", "--holder", "pr-2").returncode == 0


def test_a_larger_claim_that_is_refused_leaves_what_was_held(project, run):
    lower(project, "dev", 5)
    run("reserve", "dev", "--holder", "pr-1")
    lower(project, "dev", 9)
    assert "What pr-1 had reserved of dev before is still held." in run("reserve", "dev", "--holder", "pr-1").stdout
    assert held(run) == {"held": [("dev", "pr-1", 5)], "waiting": [("dev", "pr-1", 9)]}


def test_the_ledger_of_all_stacks_counts_claims(project, run, monkeypatch, capsys):
    lower(project, "prod", 6)
    run("reserve", "prod", "--holder", "pr-1")
    lower(project, "prod", 4)
    lower(project, "dev", 5)
    monkeypatch.setattr(sys, "argv", ["weighbridge", "quota"])
    assert main.run() == 1
    shown = capsys.readouterr().out
    assert "other stacks 4 (prod 4); outside 0; claimed 2 (prod by pr-1 until " in " ".join(shown.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["reserve", "dev", "--holder", "deployed"],
         "weighbridge: --holder deployed: that is how what exists is called; name the pull request, such as pr-123\n"),
        (["commit", "dev", "--holder", "a b"],
         "weighbridge: --holder 'a b': expected a name such as pr-123: letters, digits and . _ # / -, at most 100\n"),
        (["reserve", "dev", "--holder", "pr-1", "--expires", "1y"],
         "weighbridge: --expires 1y: expected a time span such as 30m, 24h or 7d\n"),
        (["reserve", "dev", "--holder", "pr-1", "--expires", "91d"],
         "weighbridge: --expires 91d: a claim lasts 90d at most; reserve again before it ends\n"),
        (["release", "--holder", "deployed"],
         "weighbridge: --holder deployed: name the one STACK that was destroyed\n"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_and_exits_2(run, arguments, message):
    ran = run(*arguments)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", message)


def test_an_unknown_stack_exits_2_with_those_there_are_whether_there_is_a_store_or_not(project, run):
    quota = project / "stacks" / "quota.yaml"
    with_store = quota.read_text()
    for text in (with_store, yaml.safe_dump({**yaml.safe_load(with_store), "claims": None})):
        quota.write_text(text.replace("claims: null\n", ""))
        for command in ("reserve", "commit"):
            ran = run(command, "prodd", "--holder", "pr-1")
            assert (ran.returncode, ran.stdout) == (2, "")
            assert ran.stderr == "weighbridge: there is no stack 'prodd'; there are dev, prod. Did you mean `prod`?\n"


def test_a_stack_is_named_by_its_spec_or_as_an_option(run):
    assert run("reserve", "stacks/dev.yaml", "--holder", "pr-1").returncode == 0
    assert run("reserve", "-s", "prod", "--holder", "pr-2").returncode == 0
    assert held(run)["held"] == [("dev", "pr-1", 4), ("prod", "pr-2", 4)]
    assert run("commit", "--holder", "pr-1", "-s", "stacks/dev.yaml").stdout.startswith("dev is noted as deployed: ")
    assert run("release", "-s", "prod", "--holder", "pr-2").stdout == "released: prod\n"
    assert run("reserve", "--holder", "pr-2").stderr == "weighbridge: name a stack; there are dev, prod\n"


def test_without_a_store_every_command_says_so_and_lets_the_pipeline_go_on(project, run):
    quota = project / "stacks" / "quota.yaml"
    quota.write_text(
        yaml.safe_dump({**yaml.safe_load(quota.read_text()), "claims": None}).replace("claims: null\n", "")
    )
    for command in (["reserve", "dev"], ["commit", "dev"]):
        ran = run(*command, "--holder", "pr-1")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.startswith("nothing is reserved: the quota file names no store of claims. To have one, add ")
    assert (run("list").returncode, run("next").returncode) == (0, 0)
    assert run("list", "--format", "json").stdout == "null\n"
    ran = run("release", "--holder", "pr-1")
    assert (ran.returncode, ran.stdout) == (0, "nothing to release: the quota file names no store of claims\n")


def test_a_store_that_cannot_be_read_exits_3_and_grants_nothing(project, run):
    (project / "held" / "example-ml.claims").write_bytes(b"not ours")
    for arguments in (["reserve", "dev", "--holder", "pr-1"], ["release", "--holder", "pr-1"], ["list"], ["next"]):
        ran = run(*arguments)
        assert (ran.returncode, ran.stdout) == (3, "")
        assert ran.stderr.startswith("weighbridge: held/example-ml.claims is no file of claims. It may have")
    assert (project / "held" / "example-ml.claims").read_bytes() == b"not ours"


def test_a_wrong_spec_of_somebody_else_does_not_keep_anyone_from_giving_up(project, run):
    run("reserve", "dev", "--holder", "pr-1")
    (project / "stacks" / "prod.yaml").write_text("wrong: [")
    assert run("release", "--holder", "pr-1").returncode == 0
    assert run("release", "--holder", "pr-1").stdout == "pr-1 holds nothing\n"
    assert run("release", "dev", "--holder", "pr-1").stdout == "pr-1 holds nothing of dev\n"


def test_what_is_held_is_listed_within_80_columns(project, run):
    run("reserve", "dev", "--holder", "pr-1")
    run("commit", "prod", "--holder", "pr-2")
    lines = run("list").stdout.splitlines()
    assert lines[0] == "Held"
    assert lines[1].startswith("  dev by pr-1 until 2")
    assert "  prod as it is deployed, ml@example.com" in lines
    assert max(map(len, lines)) <= 80


def test_a_bucket_without_credentials_is_an_answer_that_nobody_has(project, run, monkeypatch):
    write(project / "stacks", quota=small_quota(limits=LIMITS, claims={"store": "gs://example-claims"}))
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "no token")
    own_identity.cache_clear()
    for command in (("reserve", "dev", "--holder", "pr-1"), ("list",)):
        ran = run(*command)
        assert ran.returncode == 3
        assert ".claims can't be reached: GOOGLE_OAUTH_ACCESS_TOKEN is no access token" in " ".join(ran.stderr.split())
